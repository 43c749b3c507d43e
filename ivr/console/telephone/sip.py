"""What a browser may say to Asterisk, message by message (RFC 3261, one in each WebSocket frame, RFC 7118). Pure.

The page's code is ours, but the page's visitor may write what he likes: so each message is read strictly, and what is
not as our telephone writes it goes no further."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.console.telephone.line import Line
from ivr.errors import ProtocolError

#: A message is no longer than this (characters).
LONGEST = 32 * 1024
_METHODS = frozenset({"REGISTER", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "PRACK"})
#: Headers that would say who calls, take over a call or lead elsewhere; and short names, which would hide others.
_REFUSED = frozenset({
    "replaces", "refer-to", "referred-by", "route", "p-asserted-identity", "p-preferred-identity", "remote-party-id",
    "privacy", "join", "target-dialog", "proxy-authorization", "identity", "path",
})  # fmt: skip
_ONCE = ("from", "to", "call-id", "cseq", "content-length")
_REQUEST = re.compile(r"([A-Z]+) (sips?:[\x21-\x7e]{1,256}) SIP/2\.0")
#: No redirection (3xx): it would have Asterisk call whomever the browser names.
_RESPONSE = re.compile(r"SIP/2\.0 [12456][0-9]{2} [^\x00-\x1f\x7f]{0,128}")
_HEADER = re.compile(r"([A-Za-z][A-Za-z-]{1,40}): ?([^\r\n\x00-\x08\x0b-\x1f\x7f]*)")
_TO = re.compile(r"(?:\"[^\"<>\\]*\" )?<[^<>\"]{1,256}>(?:;tag=([\w.~!%*+`'-]{1,128}))?")
_FROM = re.compile(r"<sip:([^<>\"@;]+)@([a-z.]+)>;tag=[\w.-]{1,64}")
#: Parts of a proof that stand without quotes.
_BARE = frozenset({"algorithm", "qop", "nc"})
_PART = re.compile(r'(\w+)=(?:"([^"\\]*)"|([\w.]+))')


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    target: str
    headers: Mapping[str, str]


def checked(text: str, line: Line) -> str:
    """The message as Asterisk is given it: where it proves who it is by the session's password, by the endpoint's own.
    Raises ProtocolError, which says what is wrong and quotes nothing."""
    if not 0 < len(text) <= LONGEST:
        raise ProtocolError("an empty or an endless SIP message")
    head, blank, body = text.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = _headers(lines) if blank else None
    if headers is None:
        raise ProtocolError("a SIP message without an end of its headers")
    _one_message(headers["content-length"], body)
    if _RESPONSE.fullmatch(first):
        return text
    request = _REQUEST.fullmatch(first)
    if request is None or request[1] not in _METHODS:
        raise ProtocolError("no request that a telephone of the console makes")
    _allowed(_Message(request[1], request[2], headers), line)
    if "authorization" not in headers:
        return text
    proof = _authorization(request[1], headers["authorization"], line)
    kept = [one for one in lines if not one.lower().startswith("authorization:")]
    return "\r\n".join([first, *kept, *([f"Authorization: {proof}"] if proof else []), "", body])


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw in lines:
        header = _HEADER.fullmatch(raw)
        if header is None:
            raise ProtocolError("a SIP header that cannot be read")
        name = header[1].lower()
        if name in _REFUSED:
            raise ProtocolError(f"a SIP header {name}")
        if name in found and name in (*_ONCE, "authorization", "contact"):
            raise ProtocolError(f"a second SIP header {name}")
        found[name] = header[2]
    if missing := [name for name in _ONCE if name not in found]:
        raise ProtocolError(f"no SIP header {missing[0]}")
    return found


def _one_message(length: str, body: str) -> None:
    """Asterisk reads on in a frame where `length` (bytes) says that the message ends, whatever we took for its body."""
    try:
        written = len(body.encode())
    except UnicodeEncodeError as wrong:
        raise ProtocolError("a SIP message that is no text") from wrong
    if length != str(written):
        raise ProtocolError("a SIP message of another length than it says")


def _allowed(message: _Message, line: Line) -> None:
    to = _TO.fullmatch(message.headers["to"])
    if to is None:
        raise ProtocolError("a SIP header to that cannot be read")
    register = message.method == "REGISTER"
    if to[1] is not None and not register:
        return  # within a dialog, which Asterisk knows by its tags; where it does not, that is the answer
    own = _FROM.fullmatch(message.headers["from"])
    if own is None or (own[1], own[2]) != (line.user, line.domain):
        raise ProtocolError("another's SIP address")
    if register and (not line.registers or to[0] != f"<{line.address}>" or message.target != f"sip:{line.domain}"):
        raise ProtocolError("a registration for another")
    if message.method == "INVITE":
        called = re.fullmatch(rf"sip:([^@;]+)@{re.escape(line.domain)}", message.target)
        if called is None or line.calls.fullmatch(called[1]) is None:
            raise ProtocolError("a call to a number that is not for this telephone")


def _authorization(method: str, given: str, line: Line) -> str | None:
    """The answer to Asterisk's challenge with the endpoint's password; None where the browser's is not right."""
    scheme, _, rest = given.partition(" ")
    parts = {name: quoted or plain for name, quoted, plain in _PART.findall(rest)}
    if scheme != "Digest" or parts.get("username") != line.endpoint:
        raise ProtocolError("another's proof")
    if not {"realm", "nonce", "uri", "response"} <= set(parts) or parts.get("algorithm", "MD5") != "MD5":
        raise ProtocolError("a proof that cannot be read")
    if not hmac.compare_digest(parts["response"].encode(), _response(method, parts, line.secret).encode()):
        return None
    answer = {**parts, "response": _response(method, parts, line.known)}
    written = [f"{name}={text}" if name in _BARE else f'{name}="{text}"' for name, text in answer.items()]
    return f"Digest {', '.join(written)}"


def _response(method: str, parts: Mapping[str, str], password: str) -> str:
    """RFC 3261, 22.4."""
    ours = _md5(f"{parts['username']}:{parts['realm']}:{password}")
    asked = _md5(f"{method}:{parts['uri']}")
    if "qop" not in parts:
        return _md5(f"{ours}:{parts['nonce']}:{asked}")
    between = ":".join(parts.get(name, "") for name in ("nonce", "nc", "cnonce", "qop"))
    return _md5(f"{ours}:{between}:{asked}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
