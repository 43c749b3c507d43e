"""Names of channels and queues, both ways: what this hotline's configuration calls them, and what a name that Asterisk
tells (events, CEL) stands for. Pure.

A queue reaches agent 1001 through `Local/1001@agents/n`, whose second half dials the endpoint `PJSIP/1001`. A caller's
channel is `PJSIP/trunk-…`, or `PJSIP/try-…` where the hotline is tried from the console's page. An agent has two
telephones: the one on the desk, and the one in the browser, `PJSIP/1001-web`. An `AudioSocket/…` channel is the
application listening to a caller: a call of its own to Asterisk, none to a hotline."""

from __future__ import annotations

import re

from ivr.telephony.dialplan import Context

TRUNK = "trunk"
#: The same trunk in the other direction: for callbacks alone.
TRUNK_OUT = "trunk-out"
#: Calls from the console's page to try the hotline: tests, never a customer (D10).
TRY = "try"
_QUEUE_PREFIX = "q-"
_BROWSER = "-web"
_LISTENER = "AudioSocket/"
_ENDPOINT = re.compile(rf"PJSIP/(.+?)(?:{_BROWSER})?-[0-9a-f]{{8,}}")
_DEVICE = re.compile(rf"PJSIP/([^-]+)({_BROWSER})?")
_NO_AGENTS = frozenset({TRUNK, TRUNK_OUT, TRY})
_MEMBER = re.compile(rf"Local/(.+)@{Context.AGENTS}(?:/n)?")
_HALF = re.compile(rf"Local/(.+)@{Context.AGENTS}-[0-9a-f]{{8,}};[12]")
_WHISPER = re.compile(rf"Local/(.+)@{Context.WHISPER}-[0-9a-f]{{8,}};[12]")


def asterisk_queue(queue: str) -> str:
    """A flow's queue as Asterisk knows it: it would take one named `general` for a section of its own."""
    return _QUEUE_PREFIX + queue


def flow_queue(name: str) -> str:
    """Asterisk's queue as the flow knows it."""
    return name.removeprefix(_QUEUE_PREFIX)


def device(agent: str) -> str:
    """The telephone on an agent's desk, as it is dialled."""
    return f"PJSIP/{agent}"


def browser_endpoint(agent: str) -> str:
    """The telephone in an agent's browser, as it registers."""
    return f"{agent}{_BROWSER}"


def browser_device(agent: str) -> str:
    """The telephone in an agent's browser, as it is dialled."""
    return f"PJSIP/{browser_endpoint(agent)}"


def reachable_device(agent: str) -> str:
    """For the dialplan: the telephone in the agent's browser where that can be reached, else the one on the desk. Only
    one rings: each ring is a ring of the agent."""
    away = f'"${{DEVICE_STATE({browser_device(agent)})}}" =~ "INVALID|UNAVAILABLE|UNKNOWN"'
    return f"{device(agent)}${{IF($[{away}]?:{_BROWSER})}}"


def both_devices(agent: str) -> str:
    """What a hint watches to know whether an agent can be rung: busy on one telephone, he is busy."""
    return f"{device(agent)}&{browser_device(agent)}"


def state_interface(agent: str) -> str:
    """What a queue asks whether an agent can be rung."""
    return f"hint:{agent}@{Context.AGENT_STATES}"


def is_try(channel: str) -> bool:
    """Whether the call comes from the console's page: a test (D10)."""
    return channel.startswith(f"PJSIP/{TRY}-")


def member(agent: str) -> str:
    """An agent as the member of a queue."""
    return f"Local/{agent}@{Context.AGENTS}/n"


def whisper(call_id: str) -> str:
    """A channel that speaks to this one caller."""
    return f"Local/{call_id}@{Context.WHISPER}/n"


def talk_tap(channel: str) -> str:
    """A channel on which both sides of another one (its unique id) are heard."""
    return f"Local/{channel}@{Context.TALK_TAP}/n"


def agent_of(channel: str, context: str = "") -> str | None:
    """The agent on whose telephone the channel ends; None for the trunk, Local and other channels."""
    endpoint = _ENDPOINT.fullmatch(channel)
    if endpoint is None or endpoint[1] in _NO_AGENTS or context == Context.FROM_TRUNK:
        return None
    return endpoint[1]


def agent_of_device(name: str) -> str | None:
    """The agent whose telephone it is; None for the trunk and what is no telephone."""
    found = _DEVICE.fullmatch(name)
    return None if found is None or found[1] in _NO_AGENTS else found[1]


def is_browser(name: str) -> bool:
    """Whether an agent's channel, or device, is the telephone in the browser."""
    return re.fullmatch(rf"PJSIP/[^-]+{_BROWSER}(?:-[0-9a-f]{{8,}})?", name) is not None


def agent_of_member(interface: str) -> str | None:
    """The agent who is this member of a queue."""
    found = _MEMBER.fullmatch(interface)
    return None if found is None else found[1]


def agent_of_half(channel: str) -> str | None:
    """The agent whom a queue reaches through this half of a Local channel."""
    found = _HALF.fullmatch(channel)
    return None if found is None else found[1]


def whispered_call(channel: str) -> str | None:
    """The call to whose caller this channel speaks: it has a call id of its own in Asterisk."""
    found = _WHISPER.fullmatch(channel)
    return None if found is None else found[1]


def is_listener(channel: str) -> bool:
    """Whether it is the application that listens to a caller."""
    return channel.startswith(_LISTENER)
