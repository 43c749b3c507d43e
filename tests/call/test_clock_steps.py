"""The machine's clock is set in the middle of calls: their records tell what happened, in its order and as long as it
took, and calls that come afterwards have the new time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call.clock_steps import STEP_MS, ClockSteps
from ivr.call.queue_announcer import QueueAnnouncer
from ivr.call.served_flow import ServedFlow
from ivr.call.switchboard import Switchboard
from ivr.flow.loader import require
from ivr.records.facts import CallerSpoke, Connected, Ended, Fact, Offered
from ivr.speech.prompts.catalogue import Catalogue
from ivr.telephony.events.types import ChannelStarted
from tests.call.test_arrival import Nobody, Taken
from tests.telephony.captured import WHOLE_CALLS, happened

EVENTS = {name: happened(name) for name in WHOLE_CALLS}
FLOW = replace(
    require(Path(__file__).parents[2] / "flows"),
    numbers=tuple({e.exten for seen in EVENTS.values() for e in seen if isinstance(e, ChannelStarted) and e.inbound}),
)
#: Minutes, hours, days, back and ahead; two seconds are the least that this tells from an event that came late.
STEPS = st.one_of(st.integers(-10 * 86_400_000, -2000), st.integers(2000, 10 * 86_400_000))


class Machine:
    """A machine's clocks: what has really passed, and the wall clock, which somebody sets."""

    def __init__(self, now: int) -> None:
        self.really = now
        self.set_by = 0
        self.steps = ClockSteps(lambda: self.really + self.set_by, lambda: self.really - 1_000)


def told(name: str, step_at: int, step: int, lag: int) -> list[Fact]:
    """What a switchboard takes down of a captured call when the clock is set before its event number `step_at`; each
    event arrives `lag` ms late, so that those just before it arrive after the step."""
    events = EVENTS[name]
    machine = Machine(events[0].t)
    taken = Taken()
    served = ServedFlow(FLOW, cast(Catalogue, None))
    switchboard = Switchboard(lambda: served, taken, cast(QueueAnnouncer, Nobody()), clock=machine.steps)
    turning = events[min(step_at, len(events) - 1)].t
    for event in events:
        machine.really = max(machine.really, event.t + lag)
        machine.set_by = step if machine.really >= turning else 0
        switchboard.on_event(replace(event, t=event.t + (step if event.t >= turning else 0)))
    return taken.facts


@pytest.mark.parametrize("name", WHOLE_CALLS)
@given(step_at=st.integers(4, 60), step=STEPS, lag=st.integers(0, 300))
def test_a_record_is_as_if_nobody_had_set_the_clock(name: str, step_at: int, step: int, lag: int) -> None:
    events = EVENTS[name]
    if events[min(step_at, len(events) - 1)].t <= events[0].t + lag:
        return  # before the call was known
    facts = told(name, step_at, step, lag)
    assert facts == told(name, len(events), 0, 0)
    assert isinstance(facts[0], Offered) and isinstance(facts[-1], Ended)
    assert all(fact.ring_ms >= 0 for fact in facts if isinstance(fact, Connected))


@given(step=STEPS, passes=st.integers(0, 3_600_000))
def test_a_call_that_begins_after_the_step_has_the_new_time(step: int, passes: int) -> None:
    machine = Machine(1_800_000_000_000)
    old = machine.steps.total()
    machine.set_by = step
    new = machine.steps.total()
    machine.really += passes
    now = machine.really + step
    assert machine.steps.carried(now, new) == now
    assert machine.steps.carried(now, old) == machine.really


@given(steps=st.lists(st.tuples(STEPS, st.integers(1, 600_000)), max_size=6))
def test_however_often_it_is_set(steps: list[tuple[int, int]]) -> None:
    machine = Machine(1_800_000_000_000)
    began = machine.steps.total()
    for step, passes in steps:
        machine.set_by += step
        machine.really += passes
        assert machine.steps.carried(machine.really + machine.set_by, began) in (
            machine.really, machine.really + machine.set_by,
        )  # fmt: skip
    if abs(machine.set_by) >= STEP_MS:
        assert machine.steps.carried(machine.really + machine.set_by, began) == machine.really


@given(st.lists(st.integers(-STEP_MS + 1, STEP_MS - 1), max_size=50))
def test_a_time_server_that_steers_the_clock_makes_no_step(steered: list[int]) -> None:
    machine = Machine(1_800_000_000_000)
    for by in steered:
        machine.set_by += by
        assert machine.steps.total() == 0


def test_what_was_said_keeps_its_length() -> None:
    machine = Machine(1_800_000_000_000)
    began = machine.steps.total()
    machine.set_by = -600_000
    start = machine.really + machine.set_by
    spoke = CallerSpoke(start - 900, "t1", start, "", 1.0, None, None, "rephrase", False, None, True)
    moved = machine.steps.fact(spoke, began)
    assert isinstance(moved, CallerSpoke)
    assert (moved.t, moved.t_end) == (machine.really - 900, machine.really)
