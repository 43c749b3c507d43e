"""The call watchdog's judgement: who is taken back from the application, when, and who is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.serve.watchdog.stalls import DOUBTFUL_TICKS, IDLE_TICKS, STALLED_TICKS, Stalls
from ivr.telephony.ami.messages import AmiEvent


def event(name: str, call: str = "1", **headers: str) -> AmiEvent:
    fields = {"Event": name, "Uniqueid": f"node1-{call}", "Channel": f"PJSIP/trunk-{call}", **headers}
    return AmiEvent(fields, 0)


def asked(call: str = "1") -> AmiEvent:
    return event("UserEvent", call, UserEvent="AppAsked")


def begun(command: str, call: str = "1") -> AmiEvent:
    return event("AGIExecStart", call, Command=command)


def done(call: str = "1", code: str = "200") -> AmiEvent:
    return event("AGIExecEnd", call, ResultCode=code)


def fed(*events: AmiEvent) -> Stalls:
    stalls = Stalls()
    for one in events:
        stalls.feed(one)
    return stalls


def taken(stalls: Stalls, ticks: int, *, alive: bool) -> list[str]:
    found: list[str] = []
    for _ in range(ticks):
        if alive:
            stalls.beat()
        found += stalls.tick()
    return found


@pytest.mark.parametrize("last", [asked(), done(), begun("WAIT FOR DIGIT 5000"), begun("GET VARIABLE x")])
def test_of_an_application_that_stands_still_every_silent_caller_is_taken_back_in_time(last: AmiEvent) -> None:
    stalls = fed(last)
    assert taken(stalls, STALLED_TICKS - 1, alive=False) == []
    assert not stalls.stalled
    assert taken(stalls, 1, alive=False) == ["PJSIP/trunk-1"]
    assert stalls.stalled
    assert taken(stalls, 100, alive=False) == []


def test_who_hears_a_prompt_hears_it_to_its_end_or_to_the_key_that_ends_it() -> None:
    stalls = fed(asked(), begun('STREAM FILE "p" "123"'))
    assert taken(stalls, 600, alive=False) == []
    stalls.feed(done())
    assert taken(stalls, 1, alive=False) == ["PJSIP/trunk-1"]


def test_a_slow_application_keeps_its_callers() -> None:
    stalls = fed(done())
    assert taken(stalls, STALLED_TICKS - 1, alive=False) == []
    stalls.beat()
    stalls.feed(begun("WAIT FOR DIGIT 5000"))
    assert taken(stalls, 600, alive=True) == []


def test_one_caller_whom_a_living_application_forgets_is_taken_back() -> None:
    stalls = fed(done("1"), begun("WAIT FOR DIGIT 5000", "2"))
    assert taken(stalls, IDLE_TICKS + 1, alive=True) == ["PJSIP/trunk-1"]


@pytest.mark.parametrize("asked_meanwhile", [0, 3])
@pytest.mark.parametrize("before", range(0, IDLE_TICKS + 1, 3))
def test_silence_before_the_stall_counts(before: int, asked_meanwhile: int) -> None:
    """What is asked of Asterisk meanwhile is nothing that the caller hears; a tick is a tenth of a second."""
    stalls = fed(asked(), begun("STREAM FILE x"), done())
    assert taken(stalls, before, alive=True) == []
    for _ in range(asked_meanwhile):
        stalls.feed(begun("GET VARIABLE x"))
        stalls.feed(done())
    waited = 0
    while not stalls.tick():
        waited += 1
    assert before + waited <= max(STALLED_TICKS, IDLE_TICKS, before + DOUBTFUL_TICKS)


def test_the_callers_own_turn_is_no_silence_before_a_stall() -> None:
    stalls = fed(asked(), begun("WAIT FOR DIGIT 5000"))
    assert taken(stalls, 40, alive=True) == []
    stalls.beat()
    assert taken(stalls, STALLED_TICKS - 1, alive=False) == []
    stalls.feed(done())
    stalls.beat()
    assert taken(stalls, STALLED_TICKS - 1, alive=False) == []


@pytest.mark.parametrize(
    "end",
    [
        event("UserEvent", UserEvent="AppLeft"),
        event("UserEvent", UserEvent="Stalled"),
        event("UserEvent", UserEvent="Fallback"),
        event("Hangup"),
        done(code="-1"),
    ],
)
def test_who_has_left_the_application_is_left_alone(end: AmiEvent) -> None:
    stalls = fed(asked(), done(), begun("WAIT FOR DIGIT 5000"), end)
    assert taken(stalls, 100, alive=False) == []
    assert stalls.callers == 0


def test_after_a_lost_link_nobody_is_taken_back_on_old_knowledge() -> None:
    stalls = fed(done())
    stalls.clear()
    assert taken(stalls, 100, alive=False) == []


EVENTS = st.sampled_from([asked, done, lambda call: begun('STREAM FILE "p" ""', call), lambda call: begun("X", call)])


@given(st.lists(st.tuples(EVENTS, st.sampled_from("123"), st.integers(0, 5)), max_size=60))
def test_while_heartbeats_come_nobody_is_taken_back_early(story: list[tuple[object, str, int]]) -> None:
    stalls = Stalls()
    since = dict.fromkeys("123", 0)
    for make, call, ticks in story:
        stalls.feed(make(call))  # type: ignore[operator]
        since[call] = 0
        for _ in range(ticks):
            stalls.beat()
            for channel in stalls.tick():
                assert since[channel[-1]] >= STALLED_TICKS
            since = {name: count + 1 for name, count in since.items()}
