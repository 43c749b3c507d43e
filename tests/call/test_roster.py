"""Agents' states: they tile a login, whatever order Asterisk's events come in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ivr.call.roster import Roster
from ivr.records.model import AgentState
from ivr.telephony import events as ev

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
    roster = Roster(lambda _: 5_000, states.append, lambda *each: wrapups.append(each))
    for one in seen:
        roster.on_event(one)
    roster.close(until)
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
    roster = Roster(lambda _: 5_000, states.append)
    for one in (there(0), rings(1_000), up(2_000), gone(3_000)):
        roster.on_event(one)
    assert roster.states(7_999) == {"acw": 1}
    assert roster.states(8_000) == {"ready": 1}


_EVENTS = st.one_of(
    st.builds(lambda yes: lambda t: there(t, yes), st.booleans()),
    st.builds(lambda yes: lambda t: paused(t, yes), st.booleans()),
    st.builds(lambda c: lambda t: rings(t, c, f"k{c}"), st.sampled_from(["c1", "c2"])),
    st.builds(lambda c: lambda t: up(t, c, f"k{c}"), st.sampled_from(["c1", "c2"])),
    st.builds(lambda c: lambda t: gone(t, c, f"k{c}"), st.sampled_from(["c1", "c2"])),
)


@given(st.lists(st.tuples(_EVENTS, st.integers(-200, 7_000)), max_size=40))
def test_states_tile_each_login_without_gap_or_overlap(steps: list[tuple[object, int]]) -> None:
    t, seen = 100_000, []
    for make, after in steps:
        t += after  # Asterisk's stamps may come a little out of order
        seen.append(make(t))  # type: ignore[operator]
    states, _ = watched(*seen, until=t + 10_000)
    assert all(one.t_from < one.t_to for one in states)
    for one, other in pairwise(states):
        assert one.t_to <= other.t_from
