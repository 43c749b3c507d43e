"""What an agent can ask of the hotline, whoever passes it on: the keys of a telephone, `ivr agents`, a page. Pure.

By keys an agent dials `*`, one digit for the command, and what it needs:

    *1 sign in      *3 and a reason   pause      *5 [and a code]  wrap-up is done     *7 and an agent  listen
    *2 sign out     *4                ready      *6               more time           *8, *9           whisper, join
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.errors import AgentRefused


class Supervision(StrEnum):
    """How a supervisor takes part in a talk: hears both; speaks to the agent alone; speaks to both (HB 7.3.3)."""

    LISTEN = "listen"
    WHISPER = "whisper"
    JOIN = "join"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Begin to take calls."""


@dataclass(frozen=True, slots=True)
class SignOut:
    """Take no more calls; a talk goes on to its end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Take no calls for now; `reason` is a key of `Flow.pauses`. After the talk and its wrap-up, where there is one."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ready:
    """Take calls again: ends a pause and a wrap-up."""


@dataclass(frozen=True, slots=True)
class WrapUpDone:
    """The wrap-up is over. `disposition` is a key of `Flow.dispositions`, "" where none is given; it may be given
    during the talk already, or later, as long as no other call has come."""

    disposition: str = ""


@dataclass(frozen=True, slots=True)
class MoreTime:
    """The wrap-up lasts longer by `Flow.more_time_ms`; may be asked for during the talk."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Pass the caller on to `to`, an agent or a queue's number, without a word before; with one, agents use their
    telephones (consult, then transfer)."""

    to: str


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect the caller with the colleague who is being asked, and leave: the end of a transfer with a word before."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Ask a supervisor (an agent's number) into the talk, where all three hear and speak."""

    supervisor: str


@dataclass(frozen=True, slots=True)
class TryRing:
    """Have the telephone ring, so that the agent knows that he will hear it."""


@dataclass(frozen=True, slots=True)
class Supervise:
    """Take part in the talk of `agent`, in the role of a supervisor."""

    how: Supervision
    agent: str


Command = SignIn | SignOut | Pause | Ready | WrapUpDone | MoreTime | Transfer | Connect | Invite | TryRing | Supervise

_KEYS: Mapping[str, tuple[str, Callable[[str], Command]]] = {
    "1": ("", lambda _: SignIn()),
    "2": ("", lambda _: SignOut()),
    "3": ("[0-9]", Pause),
    "4": ("", lambda _: Ready()),
    "5": ("[0-9]?", WrapUpDone),
    "6": ("", lambda _: MoreTime()),
    "7": ("[0-9]{1,10}", lambda agent: Supervise(Supervision.LISTEN, agent)),
    "8": ("[0-9]{1,10}", lambda agent: Supervise(Supervision.WHISPER, agent)),
    "9": ("[0-9]{1,10}", lambda agent: Supervise(Supervision.JOIN, agent)),
}


def from_keys(keys: str) -> Command:
    """What an agent dialled, `*31` for example. Raises AgentRefused."""
    shape, make = _KEYS.get(keys[1:2], ("", None))
    if make is None or keys[:1] != "*" or not re.fullmatch(shape, keys[2:]):
        raise AgentRefused(f"没有 {keys[:12]} 这个功能")
    return make(keys[2:])


#: Command in a request (a line of JSON) → its fields and how it is made.
REQUESTS: Mapping[str, tuple[tuple[str, ...], Callable[..., Command]]] = {
    "sign-in": ((), SignIn),
    "sign-out": ((), SignOut),
    "pause": (("reason",), Pause),
    "ready": ((), Ready),
    "done": (("disposition",), WrapUpDone),
    "more-time": ((), MoreTime),
    "transfer": (("to",), Transfer),
    "connect": ((), Connect),
    "invite": (("supervisor",), Invite),
    "try-ring": ((), TryRing),
    **{str(how): (("other",), lambda other, how=how: Supervise(how, other)) for how in Supervision},
}


def from_request(request: Mapping[str, object]) -> tuple[str, Command]:
    """The agent and the command of a request: {"command": "pause", "agent": "1001", "reason": "1"}. A field that is
    left out is empty. Raises AgentRefused."""
    agent, name = request.get("agent"), request.get("command")
    names, make = REQUESTS.get(name, ((), None)) if isinstance(name, str) else ((), None)
    if make is None:
        raise AgentRefused(f"没有 {str(name)[:20]} 这个命令")
    values = [request.get(field, "") for field in names]
    if not isinstance(agent, str) or not all(isinstance(value, str) and len(value) <= 24 for value in values):
        raise AgentRefused(f"命令 {name} 的内容不对：工号、原因和去向都写成文字")
    return agent, make(*values)
