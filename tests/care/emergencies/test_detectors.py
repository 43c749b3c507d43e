"""What warns of an emergency, and how soon: by a clock that is set, never by waiting (CBA 三十三, 三十四, 四十四)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.care.emergencies.detectors import CALM_MS, LEAST_CALLS, Detectors, Observed, Usual, most_by_chance
from ivr.care.emergencies.usual import usual_at
from ivr.flow.emergency import Detector
from ivr.records import days
from ivr.records.emergencies.model import DetectorId, EmergencyWarning
from ivr.records.emergency import EmergencyKind
from ivr.records.facts import Offered, Queued
from ivr.report.monitoring.live_calls import LiveCalls

T = 1_770_000_000_000
MINUTE = 60_000
#: A node looks so often.
LOOK_MS = 5_000
PLAN = {
    id_: Detector(id_, EmergencyKind.SURGE, "general", threshold)
    for id_, threshold in (("surge", 100), ("staff_drop", 40), ("longest_wait", 50), ("recognition", 30), ("bank", 30),
                           ("database", 30))
}  # fmt: skip


def looks(
    observed: Callable[[int], Observed], usual: Usual, minutes: int, since: int = T
) -> Iterator[tuple[int, EmergencyWarning]]:
    """Each warning that begins, with the moment of the look, until a moment after `since`."""
    detectors = Detectors("node1")
    for t in range(since, since + minutes * MINUTE, LOOK_MS):
        begun, _ = detectors.look(PLAN, observed(t), usual)
        yield from ((t, one) for one in begun)


def called(arrivals: list[int]) -> Callable[[int], Observed]:
    """What the live board says of calls that came at these moments."""
    board, left = LiveCalls(), sorted(arrivals, reverse=True)

    def observed(t: int) -> Observed:
        while left and left[-1] <= t:
            at = left.pop()
            board.take(f"c{at}.{len(left)}", Offered(at, "l", "in", "95000", "+8613800000001", "normal"))
        live = board.live(t)
        return Observed(t, live.offered_minute, live.offered)

    return observed


def by_chance(draw: random.Random, per_minute: float, since: int, until: int) -> list[int]:
    """Arrivals as they come by chance."""
    found, t = list[int](), float(since)
    while (t := t + draw.expovariate(per_minute / MINUTE)) < until:
        found.append(int(t))
    return found


@pytest.mark.parametrize("usual", [4.0, 8.0, 60.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_surge_warns_within_a_minute(usual: float, seed: int) -> None:
    """Five times the usual, and at least 25 calls in the minute; the injected surge of CBA 三十三."""
    draw = random.Random(seed)
    before, after = T + 30 * MINUTE, T + 40 * MINUTE
    surge = max(5 * usual, 30)
    arrivals = by_chance(draw, usual, T, before) + by_chance(draw, surge, before, after)
    (first, *_) = looks(called(arrivals), Usual(usual), 40)
    assert before < first[0] <= before + MINUTE and first[1].detector is DetectorId.SURGE
    assert first[1].usual == round(usual) and first[1].value > usual


@pytest.mark.parametrize(("usual", "minutes"), [(0.0, 60), (0.5, 1440), (2.0, 1440), (8.0, 300), (60.0, 90)])
def test_usual_hours_of_calls_warn_of_nothing(usual: float, minutes: int) -> None:
    arrivals = by_chance(random.Random(11), usual, T, T + minutes * MINUTE) if usual else []
    assert list(looks(called(arrivals), Usual(usual), minutes)) == []


@given(st.floats(0.1, 400))
def test_what_comes_by_chance_warns_of_nothing_for_years(expected: float) -> None:
    """The chance of more calls in a minute than the bound (Poisson)."""
    most = math.floor(max(most_by_chance(expected), LEAST_CALLS - 1))
    logs = (n * math.log(expected) - expected - math.lgamma(n + 1) for n in range(most + 1, most + 400))
    assert sum(map(math.exp, logs)) < 1 / 3_000_000


def test_a_slower_rise_warns_by_the_quarter_of_an_hour() -> None:
    """Two and a half times the usual of four: within a minute that is chance, within fifteen it is not."""
    draw = random.Random(3)
    before = T + 30 * MINUTE
    arrivals = by_chance(draw, 4, T, before) + by_chance(draw, 10, before, before + 30 * MINUTE)
    (first, *_) = looks(called(arrivals), Usual(4.0), 60)
    assert before < first[0] <= before + 17 * MINUTE


def test_without_past_weeks_a_surge_is_measured_by_the_minutes_before() -> None:
    draw = random.Random(5)
    before = T + 30 * MINUTE
    arrivals = by_chance(draw, 5, T, before) + by_chance(draw, 40, before, before + 5 * MINUTE)
    (first, *_) = looks(called(arrivals), Usual(), 35)
    assert before < first[0] <= before + MINUTE and first[1].usual is None
    assert list(looks(called(by_chance(draw, 5, T, T + 120 * MINUTE)), Usual(), 120)) == []


def test_agents_who_are_gone_warn_within_a_minute_and_a_shift_does_not() -> None:
    def gone(t: int) -> Observed:
        return Observed(t, signed_in=20 if t < T + 3 * MINUTE else 11)

    (first,) = looks(gone, Usual(None, 20.0), 10)
    assert T + 3 * MINUTE < first[0] <= T + 4 * MINUTE and (first[1].value, first[1].usual) == (11, 20)

    def changing(t: int) -> Observed:
        return Observed(t, signed_in=5 if T + 3 * MINUTE <= t < T + 3 * MINUTE + 15_000 else 20)

    assert list(looks(changing, Usual(None, 20.0), 10)) == []
    assert list(looks(gone, Usual(None, 18.0), 10)) == []  # 11 is not 40 % less than 18
    # three at night, of whom one is at lunch; nobody sees them; nothing is known of past weeks
    for signed_in, usual in ((1, 3.0), (None, 20.0), (2, None)):
        assert list(looks(lambda t, agents=signed_in: Observed(t, signed_in=agents), Usual(None, usual), 5)) == []  # type: ignore[misc]


@pytest.mark.parametrize("name", ["recogniser", "bank", "database"])
def test_what_is_out_of_order_for_half_a_minute_warns_within_a_minute(name: str) -> None:
    def out(t: int) -> Observed:
        return replace(Observed(t), **{name: t < T + 2 * MINUTE})

    (first,) = looks(out, Usual(), 10)
    assert T + 2 * MINUTE + 30_000 <= first[0] <= T + 3 * MINUTE
    assert first[1].value >= 30

    def blinks(t: int) -> Observed:
        return replace(Observed(t), **{name: (t // LOOK_MS) % 4 != 0})

    assert list(looks(blinks, Usual(), 30)) == []
    assert list(looks(lambda t: Observed(t), Usual(), 10)) == []  # there is none: that is no outage


def test_the_longest_wait_warns_through_the_live_board() -> None:
    board = LiveCalls()
    board.take("c1", Offered(T, "c1", "in", "95000", "+8613800000001", "normal"))
    board.take("c1", Queued(T, "general"))

    def observed(t: int) -> Observed:
        return Observed(t, longest_ms=max((line.longest_ms for line in board.live(t).queues.values()), default=0))

    (first,) = looks(observed, Usual(), 10)
    assert first[0] == T + 50_000 and first[1].value == 50


def test_a_warning_is_given_once_and_is_over_when_it_is_calm() -> None:
    detectors = Detectors("node1")
    begun, _ = detectors.look(PLAN, Observed(T, longest_ms=60_000), Usual())
    assert len(begun) == 1 and list(detectors.active) == [DetectorId.LONGEST_WAIT]
    for t, waits in ((T + 5_000, 65_000), (T + 10_000, 0), (T + 60_000, 55_000), (T + 60_000 + CALM_MS - 1, 0)):
        assert detectors.look(PLAN, Observed(t, longest_ms=waits), Usual()) == ((), ())
    _, over = detectors.look(PLAN, Observed(T + 60_000 + CALM_MS), Usual())
    assert over == (replace(begun[0], t_over=T + 60_000 + CALM_MS),) and not detectors.active
    again, _ = detectors.look(PLAN, Observed(T + 999_999, longest_ms=60_000), Usual())
    assert again[0].t_raised == T + 999_999


def test_what_the_plan_does_not_ask_for_warns_of_nothing() -> None:
    detectors = Detectors("node1")
    everything = Observed(T, 1000, 1000, 0, 10**6, False, False, False)
    assert detectors.look({}, everything, Usual(1.0, 100.0)) == ((), ())
    detectors.look(PLAN, everything, Usual(1.0, 100.0))
    assert DetectorId.SURGE in detectors.active
    # taken out of the plan while it stands: it is over
    _, over = detectors.look({}, replace(everything, t=T + 1), Usual())
    assert {one.detector for one in over} == {DetectorId.SURGE, DetectorId.LONGEST_WAIT} and not detectors.active


class Past:
    """Past weeks as they are told: (week → calls in a minute, agents)."""

    def __init__(self, weeks: dict[int, tuple[int, int]], now: int) -> None:
        self.weeks, self.now = weeks, now

    def _week(self, at: int) -> tuple[int, int] | None:
        return self.weeks.get(round((self.now - at) / (7 * days.DAY_MS)))

    def offered(self, since: int, until: int) -> int:
        found = self._week((since + until) // 2)
        assert until - since == 15 * MINUTE
        return 0 if found is None else 15 * found[0]

    def any_call(self, since: int, until: int) -> bool:
        return self._week((since + until) // 2) is not None

    def signed_in(self, at: int) -> int:
        found = self._week(at)
        return 0 if found is None else found[1]


@pytest.mark.parametrize(
    ("weeks", "calls", "agents"),
    [
        ({1: (8, 20), 2: (8, 20), 3: (8, 20), 4: (8, 20)}, 8, 20),
        # a holiday or a surge among them is not what is usual
        ({1: (8, 20), 2: (0, 2), 3: (9, 20), 4: (8, 20)}, 8, 20),
        ({1: (80, 20), 2: (8, 20), 3: (8, 20), 4: (8, 20)}, 8, 20),
        # the hotline is two weeks old
        ({1: (6, 10), 2: (10, 12)}, 8, 11),
        ({1: (8, 20)}, None, None),
        ({}, None, None),
    ],
)
def test_usual_is_the_middle_of_the_past_weeks(
    weeks: dict[int, tuple[int, int]], calls: float | None, agents: float | None
) -> None:
    assert usual_at(Past(weeks, T), T) == Usual(calls, agents)


def test_usual_looks_at_the_same_local_time_where_clocks_change() -> None:
    seen = list[int]()

    class Watching(Past):
        def offered(self, since: int, until: int) -> int:
            seen.append((since + until) // 2)
            return 1

    days.use("Europe/Berlin")
    try:
        now = 1_774_864_800_000  # 2026-03-30 12:00 in Berlin, the day after clocks changed
        usual_at(Watching({1: (1, 1), 2: (1, 1)}, now), now)
        assert {f"{days.moment(t):%H:%M}" for t in seen} == {"11:50", "12:00", "12:10"}
        assert days.moment(seen[1]).date() == days.moment(now).date() - timedelta(weeks=1)
    finally:
        days.use(days.USUAL)
