"""An agent's telephone as SIPp XML: it registers, rings, answers, talks, holds, hangs up."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.rig.phones import document, execute, reply, sdp, send, stream

_TAG = "[pid]a[call_number]"
_AGAIN = "{start}_auth"


@dataclass(frozen=True, slots=True)
class Manner:
    """How an agent behaves. Times are milliseconds; `rings_ms` None never answers; `reject` is a
    SIP code sent at once; `talks_ms` None waits for the caller's BYE; `holds` is (after the
    answer, for how long); `passes_on` is (after the answer, to whom): a blind transfer (REFER);
    `asks_first` the same after a word with the colleague: holds, calls, and 3 s after his answer transfers (REFER
    with Replaces); `asks_only` the same without the transfer; `forwards_to` is a number to which every call is
    redirected at once (302)."""

    rings_ms: int | None = 1000
    talks_ms: int | None = None
    holds: tuple[int, int] | None = None
    reject: int | None = None
    passes_on: tuple[int, str] | None = None
    forwards_to: str | None = None
    asks_first: tuple[int, str] | None = None
    asks_only: tuple[int, str] | None = None


def register(user: str, expires_s: int) -> str:
    """REGISTER, challenged, and again with the credentials of the injection file's field 1."""

    def message(cseq: int, credentials: str) -> str:
        return (
            f"REGISTER sip:[remote_ip]:[remote_port] SIP/2.0\n"
            f"Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
            f"From: <sip:{user}@[remote_ip]>;tag=[pid]r[call_number]\nTo: <sip:{user}@[remote_ip]>\n"
            f"Call-ID: [call_id]\nCSeq: {cseq} REGISTER\nContact: <sip:{user}@[local_ip]:[local_port]>\n"
            f"Max-Forwards: 70\nExpires: {expires_s}{credentials}"
        )

    body = send(message(1, ""), retrans=True) + '<recv response="100" optional="true"/>\n'
    body += '<recv response="200" optional="true" next="done"/>\n<recv response="401" auth="true"/>\n'
    body += send(message(2, "\n[field1]"), retrans=True) + '<recv response="100" optional="true"/>\n'
    # A challenge that was sent twice may come late.
    body += '<recv response="401" optional="true"/>\n'
    return document("register", body + '<recv response="200"/>\n<label id="done"/>\n')


def agent(user: str, manner: Manner, speech: str, codec: str, credentials: bool) -> str:
    """The telephone after it has registered: one scenario run for every call that comes in.
    `speech` is a raw G.711 file, looped while the agent talks."""
    user = escape(user)
    head = (
        '<recv request="INVITE" rrs="true"><action>'
        '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>'
        '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="me"/>'
        '</action></recv>\n<Reference variables="caller,me"/>\n'
    )
    if manner.forwards_to is not None or manner.reject is not None:
        status = f"{manner.reject} Refused" if manner.forwards_to is None else "302 Moved Temporarily"
        refused = send(reply(status, manner.forwards_to or user, _TAG), retrans=True)
        return document("agent", head + refused + '<recv request="ACK"/>\n')
    ringing = send(reply("180 Ringing", user, _TAG))
    if manner.rings_ms is None:
        return document("agent", head + ringing + '<recv request="CANCEL"/>\n' + _gave_up(user))
    wait = f'<recv request="CANCEL" timeout="{max(1, manner.rings_ms)}" ontimeout="answer" next="gave_up"/>\n'
    talk = _talk(user, manner, speech, codec, credentials)
    return document("agent", head + ringing + wait + talk + '<label id="gave_up"/>\n' + _gave_up(user)
                    + '<label id="done"/>\n')  # fmt: skip


def _gave_up(user: str) -> str:
    """The caller's side took the ringing back: answer the CANCEL, then the INVITE."""
    return (
        send(reply("200 OK", user, _TAG))
        + send(reply("487 Request Terminated", user, _TAG, "CSeq: [last_cseq_number] INVITE"), retrans=True)
        + '<recv request="ACK"/>\n'
    )


def _talk(user: str, manner: Manner, speech: str, codec: str, credentials: bool) -> str:
    answer = send(reply("200 OK", user, _TAG), sdp(codec), retrans=True, start="answer")
    parts = [answer, '<recv request="ACK"/>\n', execute(stream(speech, codec))]
    left = manner.talks_ms
    spent = 0
    if manner.holds:
        after, long = manner.holds
        parts += [_until_bye(after, "hold"), _reinvite(user, "hold", 1, codec, "sendonly", credentials)]
        parts += [execute('rtp_stream="pause"'), _until_bye(long, "resume")]
        parts += [_reinvite(user, "resume", 2, codec, "sendrecv", credentials), execute('rtp_stream="resume"')]
        spent = after + long
        left = None if left is None else max(1, left - spent)
    if asks := manner.asks_first or manner.asks_only:
        after, colleague = asks
        parts += [_until_bye(after - spent, "hold"), _reinvite(user, "hold", 1, codec, "sendonly", credentials)]
        parts += [_consultation(user, colleague, codec)]
        if manner.asks_first:
            parts += ['<pause milliseconds="3000"/>\n', _transfer(user, colleague)]
        parts.append('<recv request="BYE" next="left"/>\n')
    elif manner.passes_on:
        after, colleague = manner.passes_on
        parts += [_until_bye(after - spent, "refer"), _refer(user, colleague, credentials)]
        parts.append('<recv request="BYE" next="left"/>\n')
    elif left is None:
        parts.append('<recv request="BYE" next="left"/>\n')
    else:
        parts += [_until_bye(left, "bye"), _bye(user, 3, credentials)]
    return "".join(parts) + send(reply("200 OK", user), start="left", go="done")


def _until_bye(ms: int, then: str) -> str:
    return f'<recv request="BYE" timeout="{max(1, ms)}" ontimeout="{then}" next="left"/>\n'


def _own(method: str, user: str, cseq: int, extra: str = "") -> str:
    """A request of the agent inside the call that the other side began."""
    return (
        f"{method} [next_url] SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        f"From:[$me];tag={_TAG}\nTo:[$caller]\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n"
        f"Contact: <sip:{user}@[local_ip]:[local_port]>\nMax-Forwards: 70{extra}"
    )


def _reinvite(user: str, start: str, version: int, codec: str, direction: str, credentials: bool) -> str:
    body, good = sdp(codec, direction, version + 1), f"{start}_ok"
    out = send(_own("INVITE", user, 10 * version, ""), body, retrans=True, start=start)
    out += '<recv response="100" optional="true"/>\n'
    if credentials:
        out += f'<recv response="401" optional="true" auth="true" next="{_AGAIN.format(start=start)}"/>\n'
    out += f'<recv response="200" rrs="true" next="{good}"/>\n'
    if credentials:
        out += f'<label id="{_AGAIN.format(start=start)}"/>\n' + send(_own("ACK", user, 10 * version))
        out += send(_own("INVITE", user, 10 * version + 1, "\n[field1]"), body, retrans=True)
        out += '<recv response="100" optional="true"/>\n<recv response="200" rrs="true"/>\n'
    return out + f'<label id="{good}"/>\n' + send(_own("ACK", user, 10 * version))


def _refer(user: str, colleague: str, credentials: bool) -> str:
    """SIPp's -aa answers the NOTIFYs that follow."""
    extra = f"\nRefer-To: <sip:{colleague}@[remote_ip]:[remote_port]>\nReferred-By: <sip:{user}@[remote_ip]>"
    out = send(_own("REFER", user, 40, extra), retrans=True, start="refer")
    if credentials:
        out += '<recv response="401" optional="true" auth="true" next="refer_auth"/>\n'
    out += '<recv response="202" next="refer_ok"/>\n'
    if credentials:
        out += '<label id="refer_auth"/>\n' + send(_own("REFER", user, 41, f"{extra}\n[field1]"), retrans=True)
        out += '<recv response="202" next="refer_ok"/>\n'
    return out + '<label id="refer_ok"/>\n'


def _consultation(user: str, colleague: str, codec: str) -> str:
    """A call of its own, which SIPp takes for a part of this one by what stands behind the slashes."""

    def message(method: str, cseq: int, to: str = "", extra: str = "") -> str:
        uri = f"sip:{colleague}@[remote_ip]:[remote_port]"
        return (
            f"{method} {uri} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
            f"From: <sip:{user}@[remote_ip]>;tag=[pid]c[call_number]\nTo: <{uri}>{to}\n"
            f"Call-ID: c///[call_id]\nCSeq: {cseq} {method}\n"
            f"Contact: <sip:{user}@[local_ip]:[local_port]>\nMax-Forwards: 70{extra}"
        )

    tag = ";tag=[$colleague]"
    provisional = "".join(f'<recv response="{code}" optional="true"/>\n' for code in (100, 180, 183))
    out = send(message("INVITE", 60), sdp(codec), retrans=True) + '<recv response="100" optional="true"/>\n'
    out += '<recv response="401" auth="true"><action><ereg regexp="tag=([^;]*)" search_in="hdr" header="To:"'
    out += ' assign_to="whole,refused"/></action></recv>\n<Reference variables="whole,refused"/>\n'
    out += send(message("ACK", 60, ";tag=[$refused]"))
    out += send(message("INVITE", 61, extra="\n[field1]"), sdp(codec), retrans=True) + provisional
    out += '<recv response="200"><action><ereg regexp="tag=([^;]*)" search_in="hdr" header="To:"'
    out += ' assign_to="all,colleague"/></action></recv>\n<Reference variables="all,colleague"/>\n'
    return out + send(message("ACK", 61, tag))


def _transfer(user: str, colleague: str) -> str:
    """The caller and the colleague are connected; Asterisk ends both calls of this telephone."""
    replaces = "c%2F%2F%2F[call_id]%3Bto-tag%3D[$colleague]%3Bfrom-tag%3D[pid]c[call_number]"
    extra = f"\nRefer-To: <sip:{colleague}@[remote_ip]:[remote_port]?Replaces={replaces}>"
    extra += f"\nReferred-By: <sip:{user}@[remote_ip]>"
    out = send(_own("REFER", user, 70, extra), retrans=True)
    out += '<recv response="401" optional="true" auth="true" next="transfer_auth"/>\n'
    out += '<recv response="202" next="transferred"/>\n<label id="transfer_auth"/>\n'
    out += send(_own("REFER", user, 71, f"{extra}\n[field1]"), retrans=True)
    return out + '<recv response="202"/>\n<label id="transferred"/>\n'


def _bye(user: str, number: int, credentials: bool) -> str:
    out = send(_own("BYE", user, 10 * number), retrans=True, start="bye")
    if credentials:
        out += '<recv response="401" optional="true" auth="true" next="bye_auth"/>\n'
    out += '<recv response="200" next="done"/>\n'
    if credentials:
        out += '<label id="bye_auth"/>\n' + send(_own("BYE", user, 10 * number + 1, "\n[field1]"), retrans=True)
        out += '<recv response="200" next="done"/>\n'
    return out
