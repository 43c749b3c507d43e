"""Whose telephone a browser is, an agent's own or one to try the hotline with, and what it proves itself with. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace

from ivr.serve.asterisk.browser_telephones import AGENTS_DOMAIN, TRY_DOMAIN, password
from ivr.telephony import channels

#: Callers who try the hotline have numbers of a country that there is not (E.164: 999 is assigned to nobody).
_NO_COUNTRY = "+999"
_NO_CALLS = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Line:
    """One browser's telephone. `endpoint` is who it is in Asterisk, `user` and `domain` make its address; `secret` is
    the browser's own password, good for this session alone, `known` the endpoint's in Asterisk, which no browser ever
    sees. `calls` says which numbers it may call (when they change it is the same line), `registers` whether it can be
    called."""

    endpoint: str
    user: str
    domain: str
    secret: str = field(repr=False)
    known: str = field(repr=False)
    calls: re.Pattern[str] = field(compare=False)
    registers: bool

    def without_calls(self) -> Line:
        """The same to end the call that there is, and to make none."""
        return replace(self, calls=_NO_CALLS)

    @property
    def address(self) -> str:
        """Its SIP address."""
        return f"sip:{self.user}@{self.domain}"


def agents_line(browsers: str, session: str, agent: str, numbers: tuple[str, ...]) -> Line:
    """The telephone of an agent who is signed in by `session` (its secret). An agent calls colleagues, queues and
    commands, never one of the bank's `numbers`: such a call would be a customer's."""
    name = channels.browser_endpoint(agent)
    ours = "|".join(re.escape(number) for number in numbers)
    calls = re.compile(rf"(?!(?:{ours})\Z)[0-9*]{{1,24}}")
    return Line(name, name, AGENTS_DOMAIN, _of_session(browsers, session, name), password(browsers, name), calls, True)


def try_line(browsers: str, session: str, numbers: tuple[str, ...]) -> Line:
    """A telephone to call the bank's `numbers` with, and nothing else. Its own number is this session's."""
    made = int.from_bytes(hashlib.sha256(f"try {session}".encode()).digest()[:6], "big") % 10**9
    calls = re.compile("|".join(re.escape(number) for number in numbers))
    name = channels.TRY
    secret = _of_session(browsers, session, name)
    return Line(name, f"{_NO_COUNTRY}{made:09d}", TRY_DOMAIN, secret, password(browsers, name), calls, False)


def _of_session(browsers: str, session: str, endpoint: str) -> str:
    return hmac.new(browsers.encode(), f"session {session} {endpoint}".encode(), hashlib.sha256).hexdigest()
