"""What can happen to a call, in the words of a hotline; `ivr.telephony.events.interpreter` finds it in Asterisk's
events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TelephonyEvent:
    """Something that happened at `t` (Asterisk's clock, UTC epoch ms) on the channel `uniqueid` of the call
    `linkedid`. `agent_id` is the agent whose telephone it concerns, None where it is the caller's channel or
    one that Asterisk made for itself."""

    t: int
    linkedid: str
    uniqueid: str
    agent_id: str | None


@dataclass(frozen=True, slots=True)
class ChannelStarted(TelephonyEvent):
    """A channel was born; `inbound` where it is a caller on the trunk. `caller_number` is None if withheld, and
    `events.UNREAD` where the dialplan's UserEvent `Caller` will tell it."""

    channel: str
    inbound: bool
    exten: str
    caller_number: str | None


@dataclass(frozen=True, slots=True)
class ChannelUp(TelephonyEvent):
    """The channel was answered."""


@dataclass(frozen=True, slots=True)
class HangupAsked(TelephonyEvent):
    """The other end of this channel hung up: who ended the call. Local channels pass this on among themselves."""

    channel: str


@dataclass(frozen=True, slots=True)
class ChannelGone(TelephonyEvent):
    """The channel is over; `cause` as in Q.850 (16 normal, 17 busy, 0 unknown)."""

    channel: str
    cause: int
    cause_text: str


@dataclass(frozen=True, slots=True)
class QueueJoined(TelephonyEvent):
    """The caller stands in the queue, at this position (1 is the head) among `count`."""

    queue: str
    position: int
    count: int


@dataclass(frozen=True, slots=True)
class QueueLeft(TelephonyEvent):
    """The caller no longer stands in the queue, whatever the reason: an agent took the call, the caller hung up (a
    HangupAsked of this channel came before) or waited until the time-out."""

    queue: str


@dataclass(frozen=True, slots=True)
class QueueConnected(TelephonyEvent):
    """The queue connects the caller (`uniqueid`) with the agent; comes after QueueLeft."""

    queue: str


@dataclass(frozen=True, slots=True)
class QueueStanding(TelephonyEvent):
    """From the answer to the action QueueStatus: who stands where, since about `t` (whole seconds).
    There is no linkedid in it."""

    queue: str
    position: int


@dataclass(frozen=True, slots=True)
class AgentThere(TelephonyEvent):
    """A telephone of the agent's, on the desk or in the browser, can be reached from now on, or no longer. The ids are
    empty: it concerns no channel."""

    there: bool
    browser: bool = False


@dataclass(frozen=True, slots=True)
class ContactChanged(TelephonyEvent):
    """A telephone of the agent's registers or leaves: `status` is Asterisk's word (Created, Updated, Removed,
    Reachable, Unreachable, NonQualified), `contact` its address, the whole URI. Told at once, before the device's
    state. The ids are empty."""

    status: str
    browser: bool = False
    contact: str = ""


@dataclass(frozen=True, slots=True)
class AgentPaused(TelephonyEvent):
    """The agent takes no calls for now, and why ("" where nobody said), or takes them again. The ids are empty."""

    paused: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgentRinging(TelephonyEvent):
    """The agent's telephone is called; `uniqueid` is the agent's channel."""


@dataclass(frozen=True, slots=True)
class AgentAnswered(TelephonyEvent):
    """The agent took the call."""


@dataclass(frozen=True, slots=True)
class HoldStarted(TelephonyEvent):
    """This side put the other on hold."""


@dataclass(frozen=True, slots=True)
class HoldEnded(TelephonyEvent):
    """This side took the other back; also comes, without a HoldStarted, with a SIP transfer."""


@dataclass(frozen=True, slots=True)
class Transferred(TelephonyEvent):
    """The agent passed the call on to `to`, an agent or an extension, with or without asking there first; where he
    asked first, `channel` is the other end there, by its unique id."""

    to: str
    attended: bool
    channel: str = ""


@dataclass(frozen=True, slots=True)
class UserEvent(TelephonyEvent):
    """The dialplan's UserEvent(name,…); `fields` are its own headers and Asterisk's. The ids are empty where
    it came from the manager and concerns no channel."""

    name: str
    fields: Mapping[str, str]
