"""What warns of an emergency (CBA 三十四, 四十四): judged from one look at the node after the other, against what is
usual at this hour. Pure: every moment is given, UTC epoch ms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ivr.flow.emergency import Detector
from ivr.records.emergencies.model import DetectorId, EmergencyWarning

#: A detector's usual threshold, where the plan names none: percent more, percent less, seconds.
USUAL_THRESHOLDS: Mapping[DetectorId, int] = {
    DetectorId.SURGE: 100,
    DetectorId.STAFF_DROP: 40,
    DetectorId.LONGEST_WAIT: 300,
    DetectorId.RECOGNITION: 30,
    DetectorId.BANK: 30,
    DetectorId.DATABASE: 30,
}
#: Fewer calls than this in a minute are no surge, whatever is usual.
LEAST_CALLS = 10
#: So many standard deviations of what comes by chance (Poisson) above the usual, and so many calls more, are no chance:
#: fewer than one minute in three million has more (tests/care/emergencies/test_detectors.py computes it).
BY_CHANCE, AND_CALLS = 5.0, 5
#: Where no past weeks are known: more than this in a minute, and so many times the minutes before (as the alert rule
#: CallSurge).
UNKNOWN_CALLS, UNKNOWN_TIMES = 20, 3
#: The minutes of the longer look.
QUARTER = 15
#: Of fewer agents no drop is told: one who goes to lunch is a third of three.
LEAST_AGENTS = 4
#: Agents who change shifts are not gone.
STAFF_MS = 20_000
#: A warning is over when nothing was found for so long.
CALM_MS = 120_000


@dataclass(frozen=True, slots=True)
class Observed:
    """One look: calls offered in the last minute and in the last 15; agents who have signed in (None: nobody sees
    them); the longest wait in any queue (ms); whether recognition, bank and database serve (None: there is none)."""

    t: int
    offered_minute: int = 0
    offered_quarter: int = 0
    signed_in: int | None = None
    longest_ms: int = 0
    recogniser: bool | None = None
    bank: bool | None = None
    database: bool | None = None


@dataclass(frozen=True, slots=True)
class Usual:
    """At this hour in past weeks: calls in a minute, agents who had signed in; None where too few weeks are known."""

    offered_minute: float | None = None
    signed_in: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a detector finds now: its number, and what it was compared with."""

    value: int
    usual: int | None = None


@dataclass(slots=True)
class Detectors:
    """Remembers since when what is so; one for each node. `active` are the warnings that stand now."""

    node: str
    active: dict[DetectorId, EmergencyWarning] = field(default_factory=dict)
    _since: dict[DetectorId, int] = field(default_factory=dict)
    _last: dict[DetectorId, int] = field(default_factory=dict)

    def look(
        self, wanted: Mapping[str, Detector], now: Observed, usual: Usual
    ) -> tuple[tuple[EmergencyWarning, ...], tuple[EmergencyWarning, ...]]:
        """What is to be warned of from now on, and what is over; by the detectors of the plan."""
        begun, over = [], []
        for id_ in DetectorId:
            detector = wanted.get(id_.value)
            found = None if detector is None else self._find(id_, detector, now, usual)
            if found is not None and detector is not None:
                self._last[id_] = now.t
                if id_ not in self.active:
                    begun.append(
                        EmergencyWarning(self.node, id_, now.t, detector.kind, detector.level, found.value, found.usual)
                    )
                    self.active[id_] = begun[-1]
            elif id_ in self.active and (detector is None or now.t - self._last[id_] >= CALM_MS):
                over.append(replace(self.active.pop(id_), t_over=now.t))
        return tuple(begun), tuple(over)

    def _find(self, id_: DetectorId, detector: Detector, now: Observed, usual: Usual) -> Found | None:
        limit = USUAL_THRESHOLDS[id_] if detector.threshold is None else detector.threshold
        match id_:
            case DetectorId.SURGE:
                return _surge(limit, now, usual.offered_minute)
            case DetectorId.STAFF_DROP:
                return self._held(id_, now.t, _staff_drop(limit, now.signed_in, usual.signed_in), STAFF_MS)
            case DetectorId.LONGEST_WAIT:
                return Found(now.longest_ms // 1000) if now.longest_ms >= 1000 * limit else None
            case DetectorId.RECOGNITION:
                return self._out(id_, limit, now.t, up=now.recogniser)
            case DetectorId.BANK:
                return self._out(id_, limit, now.t, up=now.bank)
            case DetectorId.DATABASE:
                return self._out(id_, limit, now.t, up=now.database)

    def _held(self, id_: DetectorId, t: int, found: Found | None, ms: int) -> Found | None:
        """What has been found for so long."""
        if found is None:
            self._since.pop(id_, None)
            return None
        return found if t - self._since.setdefault(id_, t) >= ms else None

    def _out(self, id_: DetectorId, seconds: int, t: int, *, up: bool | None) -> Found | None:
        """Out of order for so long."""
        if up is not False:
            self._since.pop(id_, None)
            return None
        lasts = t - self._since.setdefault(id_, t)
        return Found(lasts // 1000) if lasts >= 1000 * seconds else None


def most_by_chance(expected: float) -> float:
    """So many calls come by chance where `expected` are usual."""
    return expected + BY_CHANCE * math.sqrt(expected) + AND_CALLS


def _surge(percent: int, now: Observed, usual: float | None) -> Found | None:
    """In the last minute, or more slowly in the last quarter of an hour."""
    if usual is None:
        before = (now.offered_quarter - now.offered_minute) / (QUARTER - 1)
        sudden = now.offered_minute > UNKNOWN_CALLS and now.offered_minute > UNKNOWN_TIMES * before
        return Found(now.offered_minute) if sudden else None
    for calls, minutes in ((now.offered_minute, 1), (now.offered_quarter, QUARTER)):
        expected = usual * minutes
        if calls >= LEAST_CALLS and calls > max(expected * (1 + percent / 100), most_by_chance(expected)):
            return Found(round(calls / minutes), round(usual))
    return None


def _staff_drop(percent: int, agents: int | None, usual: float | None) -> Found | None:
    if agents is None or usual is None or usual < LEAST_AGENTS:
        return None
    return Found(agents, round(usual)) if agents < usual * (1 - percent / 100) else None


def of_plan(detectors: Mapping[str, Detector]) -> Iterator[DetectorId]:
    """The detectors that the plan asks for."""
    return (id_ for id_ in DetectorId if id_.value in detectors)
