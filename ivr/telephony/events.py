"""What Asterisk's events say in the words of a hotline. Pure: one event in, at most a few facts out.

How this hotline's calls look on AMI (Asterisk 22): the caller's channel is born in the context `from-trunk`. A
queue reaches agent 1001 through `Local/1001@agents/n`, whose second half dials the endpoint `PJSIP/1001`, so
only dialling that endpoint means that a telephone rings. All channels of a call share its `linkedid`. An
`AudioSocket/…` channel is our own ear on a caller: a call of its own to Asterisk, none to a hotline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields

from ivr.telephony.event_types import (
    AgentAnswered,
    AgentBridged,
    AgentMissed,
    AgentPaused,
    AgentRinging,
    AgentThere,
    AgentUnbridged,
    ChannelGone,
    ChannelStarted,
    ChannelUp,
    HangupAsked,
    HoldBegan,
    HoldOver,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    QueueStanding,
    QueueUnserved,
    TelephonyEvent,
    Transferred,
    UserEvent,
)
from ivr.telephony.messages import AmiEvent

__all__ = [
    "AgentAnswered",
    "AgentBridged",
    "AgentMissed",
    "AgentPaused",
    "AgentRinging",
    "AgentThere",
    "AgentUnbridged",
    "AmiEvent",
    "ChannelGone",
    "ChannelStarted",
    "ChannelUp",
    "HangupAsked",
    "HoldBegan",
    "HoldOver",
    "QueueConnected",
    "QueueJoined",
    "QueueLeft",
    "QueueStanding",
    "QueueUnserved",
    "TelephonyEvent",
    "Transferred",
    "UserEvent",
    "agent_of",
    "interpret",
]

TRUNK = "trunk"
FROM_TRUNK = "from-trunk"
_ENDPOINT = re.compile(r"PJSIP/(.+)-[0-9a-f]{8,}")
_MEMBER = re.compile(r"Local/(.+)@agents(?:/n)?")
_DEVICE = re.compile(r"PJSIP/([^-]+)")
#: States of a telephone that cannot be reached; every other one is that of a telephone that can.
_AWAY = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN", ""})
_EAR = "AudioSocket/"
_UP = "6"
_UNKNOWN = "<unknown>"


def interpret(event: AmiEvent) -> tuple[TelephonyEvent, ...]:
    """What an AMI event means; () where it means nothing to a hotline, or lacks what it needs."""
    reader = _READERS.get(event.name)
    return () if reader is None else reader(event)


def agent_of(channel: str, context: str = "") -> str | None:
    """The agent on whose telephone the channel ends; None for the trunk, Local and other channels."""
    endpoint = _ENDPOINT.fullmatch(channel)
    if endpoint is None or endpoint[1] == TRUNK or context == FROM_TRUNK:
        return None
    return endpoint[1]


_Made = tuple[TelephonyEvent, ...]
_Common = tuple[int, str, str, str | None]


def _common(event: AmiEvent, prefix: str = "") -> _Common | None:
    """t, linkedid, uniqueid and agent of the channel described by the headers with this prefix."""
    uniqueid = event.get(prefix + "Uniqueid", "")
    linkedid = event.get(prefix + "Linkedid", "")
    channel = event.get(prefix + "Channel", "")
    if not uniqueid or not linkedid or channel.startswith(_EAR):
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
    inbound = event.get("Context") == FROM_TRUNK
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


def _bridge(cls: type[AgentBridged] | type[AgentUnbridged]) -> Callable[[AmiEvent], _Made]:
    def read(event: AmiEvent) -> _Made:
        common = _common(event)
        return () if common is None or common[3] is None else (cls(*common, event.get("BridgeUniqueid", "")),)

    return read


def _dialbegin(event: AmiEvent) -> _Made:
    common = _common(event, "Dest")
    return () if common is None or common[3] is None else (AgentRinging(*common),)


def _dialend(event: AmiEvent) -> _Made:
    common = _common(event, "Dest")
    if common is None or common[3] is None:
        return ()
    status = event.get("DialStatus", "")
    return (AgentAnswered(*common) if status == "ANSWER" else AgentMissed(*common, status),)


def _connect(event: AmiEvent) -> _Made:
    common = _common(event)
    member = _MEMBER.fullmatch(event.get("Interface", ""))
    if common is None or member is None:
        return ()
    return (QueueConnected(*common[:3], member[1], event.get("Queue", "")),)


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
    target = agent_of(event.get("TransferTargetChannel", ""), event.get("TransferTargetContext", ""))
    return (Transferred(*common, target or event.get("TransferTargetCallerIDNum", ""), True),)


def _user(event: AmiEvent) -> _Made:
    common = _common(event) or (event.t, "", "", None)
    return (UserEvent(*common, event.get("UserEvent", ""), dict(event)),)


def _device(event: AmiEvent) -> _Made:
    endpoint = _DEVICE.fullmatch(event.get("Device", ""))
    if endpoint is None or endpoint[1] == TRUNK:
        return ()
    return (AgentThere(event.t, "", "", endpoint[1], event.get("State", "") not in _AWAY),)


def _pause(event: AmiEvent) -> _Made:
    member = _MEMBER.fullmatch(event.get("Interface", "") or event.get("Location", ""))
    return () if member is None else (AgentPaused(event.t, "", "", member[1], event.get("Paused") == "1"),)


_READERS: Mapping[str, Callable[[AmiEvent], _Made]] = {
    "Newchannel": _newchannel,
    "Newstate": _newstate,
    "HangupRequest": _plain(HangupAsked, "Channel"),
    "Hangup": _hangup,
    "QueueCallerJoin": _plain(QueueJoined, "Queue", "Position", "Count"),
    "QueueCallerAbandon": _plain(QueueUnserved, "Queue", "Position"),
    "QueueCallerLeave": _plain(QueueLeft, "Queue"),
    "QueueEntry": _entry,
    "QueueMember": _pause,
    "QueueMemberPause": _pause,
    "DeviceStateChange": _device,
    "AgentConnect": _connect,
    "DialBegin": _dialbegin,
    "DialEnd": _dialend,
    "BridgeEnter": _bridge(AgentBridged),
    "BridgeLeave": _bridge(AgentUnbridged),
    "Hold": _plain(HoldBegan),
    "Unhold": _plain(HoldOver),
    "BlindTransfer": _blind,
    "AttendedTransfer": _attended,
    "UserEvent": _user,
}
