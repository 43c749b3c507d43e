"""What Asterisk's events say in the words of a hotline. Pure: one event in, at most a few facts out.

How this hotline's calls look on AMI (Asterisk 22): the caller's channel is born in the context `from-trunk`. Of the
channels to an agent (see `ivr.telephony.channels`) only dialling the endpoint means that a telephone rings. All
channels of a call share its `linkedid`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields

from ivr.telephony.ami.messages import AmiEvent
from ivr.telephony.channels import agent_of, agent_of_device, agent_of_half, agent_of_member, is_browser, is_listener
from ivr.telephony.dialplan import Context
from ivr.telephony.events.types import (
    AgentAnswered,
    AgentPaused,
    AgentRinging,
    AgentThere,
    ChannelGone,
    ChannelStarted,
    ChannelUp,
    ContactChanged,
    HangupAsked,
    HoldEnded,
    HoldStarted,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    QueueStanding,
    TelephonyEvent,
    Transferred,
    UserEvent,
)

__all__ = [
    "EVENTS",
    "UNREAD",
    "AgentAnswered",
    "AgentPaused",
    "AgentRinging",
    "AgentThere",
    "AmiEvent",
    "ChannelGone",
    "ChannelStarted",
    "ChannelUp",
    "ContactChanged",
    "HangupAsked",
    "HoldEnded",
    "HoldStarted",
    "QueueConnected",
    "QueueJoined",
    "QueueLeft",
    "QueueStanding",
    "TelephonyEvent",
    "Transferred",
    "UserEvent",
    "interpret",
]

#: States of a telephone that cannot be reached; every other one is that of a telephone that can.
_AWAY = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN", ""})
_UP = "6"
_UNKNOWN = "<unknown>"
#: What stands in the place of a caller's number until the dialplan has read it (pjsip.conf [trunk]).
UNREAD = "unread"


def interpret(event: AmiEvent) -> tuple[TelephonyEvent, ...]:
    """What an AMI event means; () where it means nothing to a hotline, or lacks what it needs."""
    reader = _READERS.get(event.name)
    return () if reader is None else reader(event)


_Made = tuple[TelephonyEvent, ...]
_Common = tuple[int, str, str, str | None]


def _common(event: AmiEvent, prefix: str = "") -> _Common | None:
    """t, linkedid, uniqueid and agent of the channel described by the headers with this prefix."""
    uniqueid = event.get(prefix + "Uniqueid", "")
    linkedid = event.get(prefix + "Linkedid", "")
    channel = event.get(prefix + "Channel", "")
    if not uniqueid or not linkedid or is_listener(channel):
        return None
    agent = agent_of(channel, event.get(prefix + "Context", ""))
    return event.t, linkedid, uniqueid, agent


def _number(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


def _newchannel(event: AmiEvent) -> _Made:
    common = _common(event)
    if common is None:
        return ()
    number = event.get("CallerIDNum", "")
    inbound = event.get("Context") == Context.FROM_TRUNK
    caller = None if number in ("", _UNKNOWN) else number
    return (ChannelStarted(*common, event.get("Channel", ""), inbound, event.get("Exten", ""), caller),)


def _hangup(event: AmiEvent) -> _Made:
    common = _common(event)
    if common is None:
        return ()
    cause = _number(event.get("Cause", ""))
    return (ChannelGone(*common, event.get("Channel", ""), cause, event.get("Cause-txt", "")),)


def _newstate(event: AmiEvent) -> _Made:
    common = _common(event)
    return (ChannelUp(*common),) if common is not None and event.get("ChannelState") == _UP else ()


def _plain(cls: type[TelephonyEvent], *headers: str) -> Callable[[AmiEvent], _Made]:
    """A reader for a class whose further fields are these headers, as text or as whole numbers."""
    numeric = [field.type in (int, "int") for field in fields(cls)[4:]]

    def read(event: AmiEvent) -> _Made:
        common = _common(event)
        if common is None:
            return ()
        texts = [event.get(header, "") for header in headers]
        return (cls(*common, *(_number(text) if one else text for text, one in zip(texts, numeric, strict=True))),)

    return read


def _dialbegin(event: AmiEvent) -> _Made:
    common = _common(event, "Dest")
    return () if common is None or common[3] is None else (AgentRinging(*common),)


def _dialend(event: AmiEvent) -> _Made:
    common = _common(event, "Dest")
    if common is None or common[3] is None or event.get("DialStatus") != "ANSWER":
        return ()
    return (AgentAnswered(*common),)


def _connect(event: AmiEvent) -> _Made:
    common = _common(event)
    agent = agent_of_member(event.get("Interface", ""))
    if common is None or agent is None:
        return ()
    return (QueueConnected(*common[:3], agent, event.get("Queue", "")),)


def _entry(event: AmiEvent) -> _Made:
    uniqueid = event.get("Uniqueid", "")
    if not uniqueid:
        return ()
    since = event.t - 1000 * _number(event.get("Wait", ""))
    return (QueueStanding(since, "", uniqueid, None, event.get("Queue", ""), _number(event.get("Position", ""))),)


def _blind(event: AmiEvent) -> _Made:
    common = _common(event, "Transferer")
    if common is None or event.get("Result") != "Success":
        return ()
    return (Transferred(*common, event.get("Extension", ""), False),)


def _attended(event: AmiEvent) -> _Made:
    common = _common(event, "OrigTransferer")
    if common is None or event.get("Result") != "Success":
        return ()
    name = event.get("TransferTargetChannel", "")
    target = agent_of(name, event.get("TransferTargetContext", "")) or agent_of_half(name)
    to = target or event.get("TransferTargetCallerIDNum", "")
    return (Transferred(*common, to, True, event.get("TransferTargetUniqueid", "")),)


def _user(event: AmiEvent) -> _Made:
    common = _common(event) or (event.t, "", "", None)
    return (UserEvent(*common, event.get("UserEvent", ""), dict(event)),)


def _device(event: AmiEvent) -> _Made:
    device = event.get("Device", "")
    agent, there = agent_of_device(device), event.get("State", "") not in _AWAY
    return () if agent is None else (AgentThere(event.t, "", "", agent, there, is_browser(device)),)


def _contact(event: AmiEvent) -> _Made:
    device = f"PJSIP/{event.get('AOR', '')}"
    agent = agent_of_device(device)
    if agent is None:
        return ()
    status, contact = event.get("ContactStatus", ""), event.get("URI", "")
    return (ContactChanged(event.t, "", "", agent, status, is_browser(device), contact),)


def _pause(event: AmiEvent) -> _Made:
    agent = agent_of_member(event.get("Interface", "") or event.get("Location", ""))
    if agent is None:
        return ()
    return (AgentPaused(event.t, "", "", agent, event.get("Paused") == "1", event.get("PausedReason", "")),)


_READERS: Mapping[str, Callable[[AmiEvent], _Made]] = {
    "Newchannel": _newchannel,
    "Newstate": _newstate,
    "HangupRequest": _plain(HangupAsked, "Channel"),
    "Hangup": _hangup,
    "QueueCallerJoin": _plain(QueueJoined, "Queue", "Position", "Count"),
    "QueueCallerLeave": _plain(QueueLeft, "Queue"),
    "QueueEntry": _entry,
    "QueueMember": _pause,
    "QueueMemberPause": _pause,
    "DeviceStateChange": _device,
    "ContactStatus": _contact,
    "AgentConnect": _connect,
    "DialBegin": _dialbegin,
    "DialEnd": _dialend,
    "Hold": _plain(HoldStarted),
    "Unhold": _plain(HoldEnded),
    "BlindTransfer": _blind,
    "AttendedTransfer": _attended,
    "UserEvent": _user,
}

#: AMI's names of the events that mean something here: all that Asterisk need send.
EVENTS = frozenset(_READERS)
