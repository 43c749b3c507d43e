"""A caller's and an agent's telephone as SIPp scenario XML.

Words in braces are filled here; words in square brackets are SIPp's own and filled on the wire.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.rig.errors import StepError
from tests.rig.steps import (
    Act,
    Cancel,
    Dial,
    HangUp,
    Refused,
    Step,
    WaitForBye,
)

#: Our codec name → RTP payload type and SDP name.
CODECS = {"alaw": (8, "PCMA/8000"), "ulaw": (0, "PCMU/8000")}

_SDP = """v=0
o=- 1 {version} IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP {payload} 96
a=x-audio-pcap-port:[media_port]
a=rtpmap:{payload} {name}
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
a=ptime:20
a={direction}"""

_REPLY = """SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
{cseq}
Contact: <sip:{user}@[local_ip]:[local_port]>"""


def sdp(codec: str, direction: str = "sendrecv", version: int = 1) -> str:
    """The session offered or answered; DTMF is payload type 96, SIPp knows no other."""
    payload, name = CODECS[codec]
    return _SDP.format(payload=payload, name=name, direction=direction, version=version)


def send(text: str, body: str = "", retrans: bool = False, start: str = "", go: str = "") -> str:
    """One message to send: headers, an SDP body or none, resent until answered if `retrans`."""
    kind = "Content-Type: application/sdp\n" if body else ""
    attributes = (' retrans="500"' if retrans else "") + (f' next="{go}"' if go else "")
    length = "Content-Length: [len]" if body else "Content-Length: 0"
    label = f'<label id="{start}"/>\n' if start else ""
    return f"{label}<send{attributes}><![CDATA[\n\n{text}\n{kind}{length}\n\n{body}\n]]></send>\n"


def execute(*actions: str) -> str:
    """Media actions, as attributes of <exec>."""
    return "<nop><action>" + "".join(f"<exec {action}/>" for action in actions) + "</action></nop>\n"


def pause(ms: int) -> str:
    """Do nothing for `ms`; nothing at all for 0."""
    return f'<pause milliseconds="{ms}"/>\n' if ms > 0 else ""


def stream(file: str, codec: str, loops: int = -1) -> str:
    """Play a raw G.711 file into the call so many times, -1 for ever; what was playing before stops."""
    payload, name = CODECS[codec]
    return f'rtp_stream="{escape(file)},{loops},{payload},{name}"'


def spoken(number: int, codec: str) -> str:
    """The raw file of a caller's act number `number`."""
    return f"say-{number}.{codec}"


def document(name: str, body: str) -> str:
    """A whole scenario file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="{escape(name)}">\n{body}</scenario>\n'


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a caller says it is and whom it dials; `number` None withholds it (RFC 3325's way)."""

    number: str | None
    dialled: str
    codec: str = "alaw"

    @property
    def user(self) -> str:
        """The user part of Contact."""
        return self.number or "anonymous"

    @property
    def origin(self) -> str:
        """The From header's address."""
        if self.number is None:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        return f"<sip:{self.number}@[local_ip]:[local_port]>"


def _request(who: Identity, method: str, cseq: int, target: str, to: str, via: str = "[branch]") -> str:
    return (
        f"{method} {target} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch={via}\n"
        f"From: {who.origin};tag=[pid]c[call_number]\n{to}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n"
        f"Contact: <sip:{who.user}@[local_ip]:[local_port]>\nMax-Forwards: 70"
    )


_TARGET = "sip:{dialled}@[remote_ip]:[remote_port]"
_PROVISIONAL = "".join(f'<recv response="{code}" optional="true"/>\n' for code in (100, 180, 181, 182, 183))


def caller(who: Identity, steps: Sequence[Step], acts: Sequence[Act], silence: str) -> str:
    """A caller's whole scenario. `acts` is `steps.plan` of these steps, `silence` the raw file
    that is looped so that Asterisk always hears somebody."""
    target = _TARGET.format(dialled=escape(who.dialled))
    invite = send(_request(who, "INVITE", 1, target, f"To: <{target}>"), sdp(who.codec), retrans=True)
    match steps[0], steps[-1]:
        case Dial(answered=False), Refused(code):
            back = _PROVISIONAL.count("<recv") + 2
            body = _PROVISIONAL + f'<recv response="{code}"/>\n' + _ack(who, target, f"[branch-{back}]")
        case Dial(answered=False), Cancel():
            body = _cancelled(who, target, acts[-1].at_ms)
        case Dial(answered=True), HangUp() | WaitForBye() as end:
            body = _answered(who, acts, silence, isinstance(end, WaitForBye)) + _ended(who, end)
        case first, last:
            raise StepError(f"a call cannot begin with {first} and end with {last}")
    return document("caller", invite + body)


def _ack(who: Identity, target: str, via: str) -> str:
    return send(_request(who, "ACK", 1, target, "[last_To:]", via))


def _cancelled(who: Identity, target: str, after_ms: int) -> str:
    # A CANCEL and the ACK after it carry the INVITE's branch; SIPp counts scenario elements back to it.
    provisional = _PROVISIONAL.count("<recv")
    # SIPp looks at the limit of the first element it waits in, so every one of them gets it.
    wait = (_PROVISIONAL + '<recv response="487"/>\n').replace(
        "/>", f' timeout="{max(1, after_ms)}" ontimeout="cancel"/>'
    )
    headers = _request(who, "CANCEL", 1, target, f"To: <{target}>", f"[branch-{provisional + 2}]")
    replies = _PROVISIONAL + '<recv response="200"/>\n<recv response="487"/>\n'
    back = 2 * provisional + 5
    return wait + send(headers, retrans=True, start="cancel") + replies + _ack(who, target, f"[branch-{back}]")


def _answered(who: Identity, acts: Sequence[Act], silence: str, waits: bool) -> str:
    out = [_PROVISIONAL, '<recv response="200" rrs="true"/>\n', _ack(who, "[next_url]", "[branch]")]
    out.append(execute(stream(silence, who.codec)))
    now = 0
    for number, act in enumerate(acts[:-1]):
        following = acts[number + 1].begins_ms
        out.append(pause(act.begins_ms - now))
        now = act.begins_ms
        if act.say:
            # The raw file ends in silence, so that the change back to the endless one leaves no hole.
            out += [execute(stream(spoken(number, who.codec), who.codec, 1)), pause(act.over_ms - now)]
            out.append(execute(stream(silence, who.codec)))
            now = act.over_ms
            continue
        out.append(execute('rtp_stream="pause"', f'play_dtmf="{act.keys}"'))
        last = number + 2 == len(acts)
        # Who waits for the other side's BYE sends sound all the while, or Asterisk takes the line for dead.
        if act.over_ms < following or acts[number + 1].say or (waits and last):
            out += [pause(act.over_ms - now), execute('rtp_stream="resume"')]
            now = act.over_ms
    return "".join(out) + pause(acts[-1].at_ms - now)


def _ended(who: Identity, end: HangUp | WaitForBye) -> str:
    if isinstance(end, HangUp):
        bye = send(_request(who, "BYE", 2, "[next_url]", "[last_To:]"), retrans=True)
        return bye + '<recv response="200"/>\n'
    limit = f' timeout="{end.ms}"' if end.ms else ""
    wait = '<label id="wait"/>\n<recv request="INVITE" optional="true" next="again"/>\n'
    wait += f'<recv request="BYE" next="left"{limit}/>\n'
    # A re-INVITE (hold, resume) is accepted, and the waiting goes on.
    again = send(reply("200 OK", who.user), sdp(who.codec), retrans=True, start="again")
    return wait + again + '<recv request="ACK" next="wait"/>\n' + send(reply("200 OK", who.user), start="left")


def reply(status: str, user: str, tag: str = "", cseq: str = "[last_CSeq:]") -> str:
    """A response to the last request."""
    return _REPLY.format(status=status, user=user, tag=f";tag={tag}" if tag else "", cseq=cseq)
