"""Agents' states: they tile a login, whatever order Asterisk's events come in."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.call.agents.agent_tracker import ACW, LONGEST_WRAPUP_MS, AgentTracker, OwnCommand
from ivr.call.agents.commands import MoreTime, Pause, Ready, SignIn, SignOut, WrapUpDone
from ivr.errors import AgentRefused
from ivr.records.model import AgentState
from ivr.telephony.events import interpreter as ev

A = "1001"


def there(t: int, yes: bool = True) -> ev.AgentThere:
    return ev.AgentThere(t, "", "", A, yes)


def paused(t: int, yes: bool = True) -> ev.AgentPaused:
    return ev.AgentPaused(t, "", "", A, yes)


def rings(t: int, channel: str = "c1", call: str = "k1") -> ev.AgentRinging:
    return ev.AgentRinging(t, call, channel, A)


def up(t: int, channel: str = "c1", call: str = "k1") -> ev.ChannelUp:
    return ev.ChannelUp(t, call, channel, A)


def gone(t: int, channel: str = "c1", call: str = "k1") -> ev.ChannelGone:
    return ev.ChannelGone(t, call, channel, A, "PJSIP/1001-00000001", 16, "Normal Clearing")


def watched(*seen: ev.TelephonyEvent, until: int) -> tuple[list[AgentState], list[tuple[str, str, int, int]]]:
    """The states and wrap-ups of agents whose calls have 5 s of wrap-up."""
    states: list[AgentState] = []
    wrapups: list[tuple[str, str, int, int]] = []
    agent_tracker = AgentTracker(lambda _: 5_000, states.append, lambda *each: wrapups.append(each))
    for one in seen:
        agent_tracker.on_event(one)
    agent_tracker.close(until)
    return states, wrapups


def named(states: list[AgentState]) -> list[tuple[str, int, int]]:
    return [(one.state, one.t_from, one.t_to) for one in states]


def test_a_shift_with_one_call() -> None:
    states, wrapups = watched(there(1_000), rings(4_000), up(6_000), gone(20_000), there(40_000, False), until=50_000)
    assert named(states) == [
        ("ready", 1_000, 4_000),
        ("ring", 4_000, 6_000),
        ("talk", 6_000, 20_000),
        ("acw", 20_000, 25_000),
        ("ready", 25_000, 40_000),
    ]
    assert wrapups == [("k1", A, 20_000, 5_000)]


def test_an_agent_is_there_as_long_as_one_of_his_two_telephones_is() -> None:
    at_the_desk, in_the_browser = there(1_000), ev.AgentThere(2_000, "", "", A, True, browser=True)
    left = ev.AgentThere(4_000, "", "", A, False, browser=True)
    states, _ = watched(at_the_desk, in_the_browser, there(3_000, False), left, until=5_000)
    assert named(states) == [("ready", 1_000, 4_000)]


def test_an_unanswered_ring_has_no_wrapup() -> None:
    states, wrapups = watched(there(0), rings(1_000), gone(3_000), until=9_000)
    assert named(states) == [("ready", 0, 1_000), ("ring", 1_000, 3_000), ("ready", 3_000, 9_000)]
    assert not wrapups


def test_the_next_call_ends_the_wrapup_of_the_last() -> None:
    states, wrapups = watched(
        there(0), rings(1_000), up(2_000), gone(3_000), rings(4_000, "c2", "k2"), up(5_000, "c2", "k2"), until=6_000
    )
    assert ("acw", 3_000, 4_000) in named(states)
    assert wrapups == [("k1", A, 3_000, 1_000)]


def test_who_loses_the_network_in_mid_call_is_there_to_its_end() -> None:
    states, _ = watched(there(0), rings(1_000), up(2_000), there(3_000, False), gone(8_000), until=9_000)
    assert named(states)[-1] == ("talk", 2_000, 8_000)


def test_a_pause_waits_for_the_end_of_the_wrapup() -> None:
    states, _ = watched(
        there(0), rings(1_000), up(2_000), paused(2_500), gone(3_000), paused(20_000, False), until=30_000
    )
    assert named(states)[3:] == [("acw", 3_000, 8_000), ("pause", 8_000, 20_000), ("ready", 20_000, 30_000)]


def test_a_look_finds_a_wrapup_that_is_over() -> None:
    states: list[AgentState] = []
    agent_tracker = AgentTracker(lambda _: 5_000, states.append)
    for one in (there(0), rings(1_000), up(2_000), gone(3_000)):
        agent_tracker.on_event(one)
    assert agent_tracker.states(7_999) == {"acw": 1}
    assert agent_tracker.states(8_000) == {"ready": 1}


Step = ev.TelephonyEvent | tuple[int, OwnCommand]


def shift(
    *steps: Step, until: int, more_ms: int = 60_000
) -> tuple[list[tuple[str, int, int, str | None]], AgentTracker]:
    """The states of an agent who asks for things beside what happens; refused commands raise."""
    states: list[AgentState] = []
    tracker = AgentTracker(lambda _: 5_000, states.append)
    for step in steps:
        if isinstance(step, tuple):
            tracker.command(A, step[1], step[0], more_ms=more_ms)
        else:
            tracker.on_event(step)
    tracker.close(until)
    return [(one.state, one.t_from, one.t_to, one.reason) for one in states], tracker


CALL = (there(0), rings(1_000), up(2_000), gone(10_000))


def test_who_signs_out_is_offline_until_he_signs_in() -> None:
    states, _ = shift(there(0), (5_000, SignOut()), (9_000, SignIn()), until=12_000)
    assert states == [("ready", 0, 5_000, None), ("ready", 9_000, 12_000, None)]


def test_signing_out_in_a_talk_lets_the_talk_go_on_and_has_no_wrapup() -> None:
    states, _ = shift(*CALL[:3], (4_000, SignOut()), CALL[3], until=20_000)
    assert states[-1] == ("talk", 2_000, 10_000, None)


def test_the_reason_of_a_pause_is_in_the_states_and_another_reason_is_another_state() -> None:
    states, _ = shift(there(0), (1_000, Pause("1")), (5_000, Pause("2")), (6_000, Ready()), until=7_000)
    assert states == [
        ("ready", 0, 1_000, None),
        ("pause", 1_000, 5_000, "1"),
        ("pause", 5_000, 6_000, "2"),
        ("ready", 6_000, 7_000, None),
    ]


def test_more_time_prolongs_the_wrapup_and_being_done_ends_it() -> None:
    states, _ = shift(*CALL, (14_000, MoreTime()), (40_000, WrapUpDone()), until=50_000)
    assert states[3:] == [("acw", 10_000, 40_000, None), ("ready", 40_000, 50_000, None)]
    states, _ = shift(*CALL, (14_000, MoreTime()), until=100_000)
    assert states[3:] == [("acw", 10_000, 75_000, None), ("ready", 75_000, 100_000, None)]


def test_more_time_may_be_asked_for_during_the_talk() -> None:
    states, _ = shift(*CALL[:3], (3_000, MoreTime()), CALL[3], until=100_000)
    assert states[3:] == [("acw", 10_000, 75_000, None), ("ready", 75_000, 100_000, None)]


def test_a_wrapup_does_not_last_for_ever() -> None:
    states, _ = shift(*CALL, *((12_000, MoreTime()) for _ in range(100)), until=10_000_000)
    assert states[3] == ("acw", 10_000, 10_000 + LONGEST_WRAPUP_MS, None)


def test_asterisk_pauses_who_wraps_up_or_pauses_and_nobody_else() -> None:
    tracker = AgentTracker(lambda _: 5_000, lambda _: None)
    for event in CALL[:3]:
        tracker.on_event(event)
    assert tracker.paused_with(A, 3_000) is None
    tracker.on_event(CALL[3])
    assert (tracker.paused_with(A, 14_999), tracker.paused_with(A, 15_000)) == (ACW, None)
    tracker.command(A, Pause("2"), 16_000)
    assert tracker.paused_with(A, 17_000) == "2"
    tracker.on_event(ev.AgentPaused(18_000, "", "", A, True, ACW))  # what Asterisk has is no wish of the agent's
    assert tracker.paused_with(A, 18_000) is None


def test_a_disposition_is_of_the_call_that_goes_on_or_was_the_last() -> None:
    given: list[tuple[str, str, int, str]] = []
    tracker = AgentTracker(lambda _: 5_000, lambda _: None, disposed=lambda *each: given.append(each))
    for event in CALL[:3]:
        tracker.on_event(event)
    tracker.command(A, WrapUpDone("1"), 3_000)
    assert tracker.now(A, 3_000).state == "talk"
    tracker.on_event(CALL[3])
    tracker.command(A, WrapUpDone("2"), 11_000)
    assert tracker.now(A, 11_000).state == "ready"
    tracker.command(A, WrapUpDone("3"), 60_000)
    assert given == [("k1", A, 3_000, "1"), ("k1", A, 11_000, "2"), ("k1", A, 60_000, "3")]


def test_who_took_a_caller_over_wraps_up_that_callers_call() -> None:
    states, wrapups = watched(there(0), rings(1_000, call="consult"), up(2_000), gone(9_000, call="k1"), until=20_000)
    assert ("acw", 9_000, 14_000) in named(states)
    assert wrapups == [("k1", A, 9_000, 5_000)]


def test_a_telephone_that_rings_again_during_a_talk_changes_nothing() -> None:
    states, _ = watched(*CALL[:3], rings(4_000, "nudge", "n"), gone(5_000, "nudge", "n"), CALL[3], until=20_000)
    assert named(states)[2] == ("talk", 2_000, 10_000)


@pytest.mark.parametrize(
    ("before", "command"),
    [
        ((), MoreTime()),
        ((), WrapUpDone("1")),
        ((there(0), rings(1_000)), WrapUpDone()),
        ((there(0), (1, SignOut())), Pause("1")),
        ((there(0), (1, SignOut())), Ready()),
        ((there(0), (1, SignOut())), MoreTime()),
    ],
)
def test_what_is_not_possible_now_is_refused_and_changes_nothing(before: tuple[Step, ...], command: OwnCommand) -> None:
    states, tracker = shift(*before, until=1_500)
    now = tracker.now(A, 2_000)
    with pytest.raises(AgentRefused):
        tracker.command(A, command, 2_000)
    assert (tracker.now(A, 2_000), shift(*before, until=1_500)[0]) == (now, states)


_EVENTS = st.one_of(
    st.builds(lambda yes: lambda t: there(t, yes), st.booleans()),
    st.builds(lambda yes: lambda t: paused(t, yes), st.booleans()),
    st.builds(lambda c: lambda t: rings(t, c, f"k{c}"), st.sampled_from(["c1", "c2"])),
    st.builds(lambda c: lambda t: up(t, c, f"k{c}"), st.sampled_from(["c1", "c2"])),
    st.builds(lambda c: lambda t: gone(t, c, f"k{c}"), st.sampled_from(["c1", "c2"])),
)


_COMMANDS: st.SearchStrategy[OwnCommand] = st.one_of(
    *(st.just(one) for one in (SignIn(), SignOut(), Ready(), MoreTime())),
    st.builds(Pause, st.sampled_from("12")),
    st.builds(WrapUpDone, st.sampled_from(["", "1"])),
)


@given(st.lists(st.tuples(_EVENTS | _COMMANDS, st.integers(-200, 7_000)), max_size=40))
def test_states_tile_each_login_without_gap_or_overlap(steps: list[tuple[object, int]]) -> None:
    """Whatever is told and asked for, in whatever order: no overlap, and a gap only where the agent was offline. A
    wrap-up is told once for each of its states, and Asterisk pauses nobody who talks to a caller for it."""
    t, states, wrapups = 100_000, list[AgentState](), list[tuple[str, str, int, int]]()
    tracker = AgentTracker(lambda _: 5_000, states.append, lambda *each: wrapups.append(each))
    offline: list[int] = []
    for make, after in steps:
        t += after  # Asterisk's stamps may come a little out of order
        if callable(make):
            tracker.on_event(make(t))
        else:
            with contextlib.suppress(AgentRefused):
                tracker.command(A, make, t, more_ms=3_000)  # type: ignore[arg-type]
        now = tracker.now(A, t)
        if now.state == "offline":
            offline.append(now.since)
        paused = tracker.paused_with(A, t)
        assert not (now.state == "talk" and paused == ACW)
        assert now.state != "acw" or paused is not None
        assert now.state != "ready" or paused is None
    tracker.close(t + 40_000)
    assert all(one.t_from < one.t_to for one in states)
    for one, other in pairwise(states):
        assert one.t_to == other.t_from or any(one.t_to <= gap <= other.t_from for gap in offline)
        assert one.t_to <= other.t_from
    lengths = [(one.t_from, one.t_to - one.t_from) for one in states if one.state == "acw"]
    assert [(began, ms) for _, _, began, ms in wrapups if ms] == lengths
