"""Which callers sit in silence because the application does not go on. Pure: fed with Asterisk's events, the
application's heartbeats and ticks; no clock, no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.telephony.ami.messages import AmiEvent
from ivr.telephony.dialplan import DialplanEvent

#: A tick comes this often (s), a heartbeat of a healthy application twice as seldom. Ticks are counted and no time is
#: taken: a watchdog that was held up itself must not blame the application.
TICK_S = 0.1
#: So many ticks without a heartbeat: the application stands still.
STALLED_TICKS = 12
#: So many ticks without a command for one caller: it has forgotten him, though it lives.
IDLE_TICKS = 15
#: Who has been in silence for as long as that goes after so many ticks without a heartbeat, though the application may
#: only be slow: silence before a stall and in it are one to the caller.
DOUBTFUL_TICKS = 5

_PLAYS = "STREAM FILE"
#: The caller's turn to speak or to press a key is no silence of ours.
_HEARS = "WAIT FOR DIGIT"
#: AMI's names of the events that `Stalls` is fed with.
EVENTS = ("AGIExecStart", "AGIExecEnd", "UserEvent", "Hangup")


@dataclass(slots=True)
class _Segment:
    """A caller in the application's hands: what Asterisk does for it now ("" nothing), and for how many ticks; for how
    many ticks the caller has been left in silence, whatever was asked of Asterisk meanwhile."""

    channel: str
    command: str = ""
    ticks: int = 0
    silent: int = 0


class Stalls:
    """Feed it every AGIExecStart, AGIExecEnd, UserEvent and Hangup; `beat` for each heartbeat; `tick` regularly."""

    def __init__(self) -> None:
        self._segments: dict[str, _Segment] = {}
        self._missed = 0

    @property
    def stalled(self) -> bool:
        """Whether the application stands still."""
        return self._missed >= STALLED_TICKS

    @property
    def callers(self) -> int:
        """How many callers are in the application's hands."""
        return len(self._segments)

    def beat(self) -> None:
        """The application lives."""
        self._missed = 0

    def clear(self) -> None:
        """What happened was not seen."""
        self._segments.clear()

    def feed(self, event: AmiEvent) -> None:
        """Take in one event; those that mean nothing here are ignored."""
        uniqueid, channel = event.get("Uniqueid", ""), event.get("Channel", "")
        if not uniqueid or not channel:
            return
        match event.name:
            case "AGIExecStart":
                self._now(uniqueid, channel, event.get("Command", "?"))
            case "AGIExecEnd" if event.get("ResultCode") == "-1":
                self._segments.pop(uniqueid, None)  # hung up, or taken elsewhere
            case "AGIExecEnd":
                self._now(uniqueid, channel)
            case "UserEvent" if event.get("UserEvent") == DialplanEvent.APP_ASKED:
                self._segments[uniqueid] = _Segment(channel)
            case "UserEvent" | "Hangup":
                # whatever else the dialplan tells, the application no longer has the caller
                self._segments.pop(uniqueid, None)

    def tick(self) -> tuple[str, ...]:
        """The channels to take back from the application now; each is named once."""
        self._missed += 1
        taken = tuple(self._silent())
        channels = tuple(self._segments.pop(uniqueid).channel for uniqueid in taken)
        for segment in self._segments.values():
            segment.ticks += 1
            segment.silent += 1
        return channels

    def _now(self, uniqueid: str, channel: str, command: str = "") -> None:
        """This is done for the caller from now on."""
        before = self._segments.get(uniqueid, _Segment(channel))
        served = command.startswith((_PLAYS, _HEARS)) or before.command.startswith((_PLAYS, _HEARS))
        self._segments[uniqueid] = _Segment(channel, command, silent=0 if served else before.silent)

    def _silent(self) -> Iterator[str]:
        """Who hears nothing: nothing is done for them; or Asterisk waits for a key that nobody would take. Who hears a
        prompt hears it to its end."""
        for uniqueid, segment in self._segments.items():
            if self.stalled:
                silent = not segment.command.startswith(_PLAYS)
            elif segment.command.startswith((_PLAYS, _HEARS)):
                silent = False
            else:
                long = segment.silent >= IDLE_TICKS and self._missed >= DOUBTFUL_TICKS
                silent = long or (not segment.command and segment.ticks >= IDLE_TICKS)
            if silent:
                yield uniqueid
