"""Facts of what a caller was told beside what he came for. Part of `ivr.records.facts`."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.records.fact import Fact


@dataclass(frozen=True, slots=True)
class AnnouncementHeard(Fact):
    """An announcement began to be spoken at `t`: its id in announcements.yaml, or `emergency:KIND:LEVEL:PHASE`; `place`
    an `AnnouncementPlace`; `whole`: it has been heard to its end."""

    announcement: str
    place: str
    whole: bool


@dataclass(frozen=True, slots=True)
class DrillJoined(Fact):
    """The call is served under an emergency that is a drill: it is one itself (D10)."""
