"""What a browser may say to Asterisk: as our telephone writes it, and nothing of anybody else's."""

from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.console.telephone.line import Line, agents_line, try_line
from ivr.console.telephone.sip import LONGEST, checked
from ivr.errors import ProtocolError

NUMBERS = ("95000", "4008895000")
AGENT = agents_line("node-secret", "session-hash", "1001", NUMBERS)
TRIED = try_line("node-secret", "session-hash", NUMBERS)


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def response(user: str, password: str, method: str, uri: str) -> str:
    """RFC 3261, 22.4, written a second time."""
    return md5(f"{md5(f'{user}:asterisk:{password}')}:n0nce:00000001:c1:auth:{md5(f'{method}:{uri}')}")


def proof(user: str, password: str, method: str, uri: str) -> str:
    answer = response(user, password, method, uri)
    return (
        f'Authorization: Digest algorithm=MD5, username="{user}", realm="asterisk", nonce="n0nce", uri="{uri}", '
        f'response="{answer}", qop=auth, cnonce="c1", nc=00000001'
    )


def request(
    line: Line,
    method: str,
    target: str,
    *more: str,
    user: str | None = None,
    to: str | None = None,
    domain: str | None = None,
) -> str:
    """A request as JsSIP writes it."""
    own = f"sip:{user or line.user}@{domain or line.domain}"
    lines = [
        f"{method} {target} SIP/2.0", "Via: SIP/2.0/WS k3j4.invalid;branch=z9hG4bK12", "Max-Forwards: 69",
        f"To: {to or (f'<{own}>' if method == 'REGISTER' else f'<{target}>')}", f"From: <{own}>;tag=abc123",
        "Call-ID: hg4jk3", f"CSeq: 1 {method}", "Contact: <sip:xyz@k3j4.invalid;transport=ws>;expires=60", *more,
        "Supported: path,gruu,outbound", "User-Agent: JsSIP 3.13.8", "Content-Length: 0", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


REGISTER = request(AGENT, "REGISTER", "sip:desk.invalid")
CALL = request(TRIED, "INVITE", "sip:95000@try.invalid")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (AGENT, REGISTER),
        (AGENT, request(AGENT, "INVITE", "sip:1002@desk.invalid")),
        (AGENT, request(AGENT, "INVITE", "sip:*3@desk.invalid")),
        (TRIED, CALL),
        (TRIED, request(TRIED, "CANCEL", "sip:95000@try.invalid")),
        (TRIED, request(TRIED, "BYE", "sip:asterisk@127.0.0.1:5060;transport=ws", to="<sip:a@b>;tag=as58-9")),
        (AGENT, request(AGENT, "BYE", "sip:a@b", to="<sip:a@b>;tag=t", user="xyz", domain="k3j4.invalid")),
        (AGENT, request(AGENT, "OPTIONS", "sip:desk.invalid").replace("OPTIONS sip:desk.invalid", "SIP/2.0 200 OK", 1)
         .replace("SIP/2.0 200 OK SIP/2.0", "SIP/2.0 200 OK")),
    ],
)  # fmt: skip
def test_what_the_telephone_says_goes_on_as_it_is(line: Line, text: str) -> None:
    assert checked(text, line) == text


@pytest.mark.parametrize(
    ("line", "text", "why"),
    [
        (AGENT, request(AGENT, "REGISTER", "sip:desk.invalid", user="1002-web"), "another's SIP address"),
        (AGENT, request(AGENT, "REGISTER", "sip:desk.invalid", to="<sip:1002-web@desk.invalid>"), "registration"),
        (AGENT, request(AGENT, "REGISTER", "sip:desk.invalid", to="<sip:1002-web@desk.invalid>;tag=1"), "registration"),
        (TRIED, request(TRIED, "REGISTER", "sip:try.invalid"), "registration"),
        (AGENT, request(AGENT, "INVITE", "sip:95000@desk.invalid"), "a number"),
        (AGENT, request(AGENT, "INVITE", "sip:4008895000@desk.invalid"), "a number"),
        (AGENT, request(AGENT, "INVITE", "sip:1002@10.0.0.1"), "a number"),
        (AGENT, request(AGENT, "INVITE", "sip:95000%20@desk.invalid"), "a number"),
        (AGENT, request(AGENT, "INVITE", "sip:1002@desk.invalid;user=phone"), "a number"),
        (TRIED, request(TRIED, "INVITE", "sip:1001@try.invalid"), "a number"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", user="+8613800000001"), "another's SIP address"),
        (AGENT, request(AGENT, "INVITE", "sip:95000@try.invalid", domain="try.invalid"), "another's SIP address"),
        (AGENT, request(AGENT, "MESSAGE", "sip:1002@desk.invalid"), "no request"),
        (AGENT, request(AGENT, "REFER", "sip:1002@desk.invalid"), "no request"),
        (AGENT, request(AGENT, "INFO", "sip:1002@desk.invalid"), "no request"),
        (AGENT, request(AGENT, "SUBSCRIBE", "sip:1002@desk.invalid"), "no request"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", "Replaces: a;to-tag=b;from-tag=c"), "replaces"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", "P-Asserted-Identity: <sip:1@b>"), "p-asserted"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", "Route: <sip:10.0.0.1;lr>"), "route"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", "From: <sip:1@b>;tag=2"), "second"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", "f: <sip:1@b>;tag=2"), "cannot be read"),
        (TRIED, request(TRIED, "INVITE", "sip:95000@try.invalid", "X-A: b", " continued"), "cannot be read"),
        (TRIED, CALL.replace("\r\n", "\n"), "end of its headers"),
        (TRIED, CALL.replace("Call-ID: hg4jk3\r\n", ""), "call-id"),
        (TRIED, CALL.replace("From: <", "From: <sip:1@b> <"), "another's SIP address"),
        (TRIED, CALL.replace("From: <", 'From: "<sip:+1@try.invalid>" <'), "another's SIP address"),
        (TRIED, CALL + "x" * LONGEST, "endless"),
        (TRIED, "", "empty"),
        (TRIED, "GET / HTTP/1.1\r\n\r\n", "call-id|from|no"),
    ],
)
def test_what_is_not_this_telephones_goes_no_further(line: Line, text: str, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        checked(text, line)


SDP = "v=0\r\ns=\u884c\r\n"
HELLO = request(AGENT, "OPTIONS", "sip:desk.invalid")
ANSWER = HELLO.replace("OPTIONS sip:desk.invalid SIP/2.0", "SIP/2.0 200 OK")


def sized(text: str, body: str, length: str = "") -> str:
    """The message with this body, which says that it is so long; the right length where none is given."""
    wanted = length or f"Content-Length: {len(body.encode())}"
    return text.replace("Content-Length: 0", wanted) + body


@pytest.mark.parametrize("text", [HELLO, ANSWER])
def test_a_frame_holds_one_message_and_nothing_behind_it(text: str) -> None:
    """pjsip reads message after message from a frame: the second would have been looked at by nobody."""
    assert checked(sized(text, SDP), AGENT) == sized(text, SDP)
    body = len(SDP.encode())
    frames = [
        text + CALL, text + "\r\n", "\r\n" + text, "\r\n\r\n" + text, sized(text, SDP) + CALL,
        sized(text, CALL, "Content-Length: 0"), sized(text, SDP, "X-Length: 1"), sized(text, SDP, f"l: {body}"),
        sized(text, SDP, f"Content-Length: {len(SDP)}"), sized(text, SDP, f"Content-Length: {body + 1}"),
        sized(text, SDP, f"Content-Length: 0\r\nContent-Length: {body}"),
        sized(text, SDP, f"Content-Length: {body}\r\nCONTENT-LENGTH: 0"),
        sized(text, SDP, f"Content-Length: {body}\r\nl: 0"), sized(text, SDP, f"Content-Length : {body}"),
        sized(text, SDP, f"Content-Length:\r\n {body}"), sized(text, SDP, f"Content-Length: 0{body}"),
        sized(text, SDP, f"Content-Length: +{body}"), sized(text, SDP, "Content-Length: "), sized(text, "\ud800", "x"),
    ]  # fmt: skip
    for frame in frames:
        with pytest.raises(ProtocolError):
            checked(frame, AGENT)


def test_no_answer_sends_asterisk_elsewhere() -> None:
    with pytest.raises(ProtocolError, match="no request"):
        checked(ANSWER.replace("200 OK", "302 Moved"), AGENT)


def test_the_sessions_password_becomes_the_endpoints() -> None:
    given = proof("1001-web", AGENT.secret, "REGISTER", "sip:desk.invalid")
    sent = checked(request(AGENT, "REGISTER", "sip:desk.invalid", given), AGENT)
    wanted = response("1001-web", AGENT.known, "REGISTER", "sip:desk.invalid")
    assert f'response="{wanted}"' in sent and sent.count("Authorization:") == 1
    assert re.search(r"algorithm=MD5, .* qop=auth, .* nc=00000001", sent)
    assert sent.endswith("\r\n\r\n") and AGENT.secret not in sent


@pytest.mark.parametrize("password", ["", "guessed", AGENT.known, TRIED.secret])
def test_a_wrong_password_proves_nothing(password: str) -> None:
    """Not even the endpoint's own: a browser that had it would not get further."""
    given = proof("1001-web", password, "REGISTER", "sip:desk.invalid")
    sent = checked(request(AGENT, "REGISTER", "sip:desk.invalid", given), AGENT)
    assert "authorization" not in sent.lower()


def test_nobody_proves_to_be_another() -> None:
    given = proof("1002-web", AGENT.secret, "REGISTER", "sip:desk.invalid")
    with pytest.raises(ProtocolError, match="another's proof"):
        checked(request(AGENT, "REGISTER", "sip:desk.invalid", given), AGENT)


def test_passwords_are_of_one_session_one_endpoint_and_one_hotline() -> None:
    names = (
        ("node-secret", "other", "1001"),
        ("node-secret", "session-hash", "1002"),
        ("other", "session-hash", "1001"),
    )
    others = {agents_line(*name, NUMBERS).secret for name in names} | {TRIED.secret}
    assert AGENT.secret not in others and len(others) == 4
    assert agents_line("node-secret", "session-hash", "1001", NUMBERS) == AGENT
    assert AGENT.secret not in repr(AGENT) and AGENT.known not in repr(AGENT)


@given(st.text(max_size=60))
def test_two_sessions_that_try_have_numbers_of_no_country(session: str) -> None:
    line = try_line("node-secret", session, NUMBERS)
    assert re.fullmatch(r"\+999[0-9]{9}", line.user)


@given(st.sampled_from([REGISTER, CALL]), st.integers(0, 400), st.text(max_size=12), st.integers(0, 20))
def test_no_change_of_a_message_makes_it_anothers(text: str, at: int, put: str, cut: int) -> None:
    """Whatever is written into it: it is refused, or still says the same of who calls, and whom."""
    changed = text[:at] + put + text[at + cut :]
    line = AGENT if text is REGISTER else TRIED
    try:
        sent = checked(changed, line)
    except ProtocolError:
        return
    head = sent.split("\r\n\r\n")[0]
    if head.startswith("SIP/2.0 "):
        return
    tagged = re.search(r"(?m)^[Tt][Oo]: .*>;tag=", head)
    own = [one for one in head.split("\r\n") if one.lower().startswith("from:")]
    assert len(own) == 1
    assert tagged or f"<{line.address}>;tag=" in own[0]
    assert head.split(" ")[0] != "REGISTER" or line.registers
