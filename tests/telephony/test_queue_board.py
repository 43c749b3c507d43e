"""Positions and expected waits, on captures, by hand, and on any order of events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.telephony.events.queue_board import WINDOW, QueueBoard, QueuePlace
from ivr.telephony.events.types import (
    AgentAnswered,
    ChannelGone,
    QueueConnected,
    QueueJoined,
    QueueLeft,
    QueueStanding,
)
from tests.telephony.captured import WHOLE_CALLS, happened


def joined(t: int, who: str, position: int, queue: str = "general") -> QueueJoined:
    return QueueJoined(t, who, who, None, queue, position, position)


def left(t: int, who: str, queue: str = "general") -> QueueLeft:
    return QueueLeft(t, who, who, None, queue)


def gone(t: int, who: str, agent: str | None = None) -> ChannelGone:
    return ChannelGone(t, who, who, agent, f"PJSIP/{who}", 16, "")


def served(board: QueueBoard, who: str, t: int, wait: int, talk: int, position: int = 1) -> None:
    """A caller is served by agent A and everybody hangs up."""
    board.feed(joined(t, who, position))
    board.feed(AgentAnswered(t + wait, who, f"A-{who}", "A"))
    board.feed(left(t + wait, who))
    board.feed(QueueConnected(t + wait, who, who, "A", "general"))
    board.feed(gone(t + wait + talk, f"A-{who}", "A"))
    board.feed(gone(t + wait + talk, who))


def test_nobody_knows_at_first() -> None:
    board = QueueBoard()
    assert board.position("a") is None and board.waiting("general") == ()
    board.feed(joined(1000, "a", 1))
    assert board.position("a") == QueuePlace("general", 1, 1000, None)


def test_positions_move_up() -> None:
    board = QueueBoard()
    for number, who in enumerate("abc", 1):
        board.feed(joined(number, who, number))
    board.feed(left(9, "a"))
    assert board.waiting("general") == ("b", "c")
    assert board.position("a") is None
    assert board.position("c") == QueuePlace("general", 2, 3, None)


def test_an_elderly_caller_is_put_before_the_others() -> None:
    board = QueueBoard()
    board.feed(joined(1, "a", 1))
    board.feed(joined(2, "b", 2))
    board.feed(joined(3, "elderly", 1))
    assert board.waiting("general") == ("elderly", "a", "b")


def test_expected_wait_is_position_times_the_mean_of_both_paces() -> None:
    board = QueueBoard()
    served(board, "x", 0, wait=20_000, talk=60_000, position=1)
    board.feed(joined(100_000, "a", 1))
    board.feed(joined(100_000, "b", 2))
    assert board.position("a") == QueuePlace("general", 1, 100_000, 40_000)
    assert board.position("b") == QueuePlace("general", 2, 100_000, 80_000)


def test_more_agents_talking_is_a_shorter_wait() -> None:
    board = QueueBoard()
    served(board, "x", 0, wait=0, talk=60_000)
    for who in "abc":
        board.feed(joined(100_000, who, 1))
    board.feed(AgentAnswered(100_000, "a", "A-a", "A"))
    board.feed(AgentAnswered(100_000, "b", "B-b", "B"))
    board.feed(left(100_000, "a"))
    board.feed(left(100_000, "b"))
    assert board.position("c") == QueuePlace("general", 1, 100_000, 15_000)


def test_the_average_forgets() -> None:
    board = QueueBoard()
    served(board, "old", 0, wait=1_000_000, talk=1_000_000)
    for number in range(WINDOW):
        served(board, f"x{number}", 0, wait=10_000, talk=10_000)
    board.feed(joined(0, "a", 1))
    assert board.position("a") == QueuePlace("general", 1, 0, 10_000)


def test_who_gave_up_teaches_nothing_about_the_pace() -> None:
    board = QueueBoard()
    board.feed(joined(0, "x", 1))
    board.feed(left(9000, "x"))
    board.feed(gone(9001, "x"))
    board.feed(joined(0, "a", 1))
    assert board.position("a") == QueuePlace("general", 1, 0, None)


def test_queues_are_apart_and_a_caller_stands_in_one() -> None:
    board = QueueBoard()
    served(board, "x", 0, wait=10_000, talk=10_000)
    board.feed(joined(1, "a", 1))
    board.feed(joined(2, "a", 1, "cards"))
    assert board.waiting("general") == ()
    assert board.position("a") == QueuePlace("cards", 1, 2, None)


def test_a_channel_that_is_gone_stands_nowhere() -> None:
    board = QueueBoard()
    board.feed(joined(1, "a", 1))
    board.feed(gone(2, "a"))
    assert board.position("a") is None and board.waiting("general") == ()


@pytest.mark.parametrize("position", [0, 7])
def test_an_impossible_position_is_the_end(position: int) -> None:
    board = QueueBoard()
    board.feed(joined(1, "a", 1))
    board.feed(joined(2, "b", position))
    assert board.waiting("general") == ("a", "b")


def test_after_a_lost_link_it_is_told_anew() -> None:
    board = QueueBoard()
    served(board, "x", 0, wait=10_000, talk=10_000)
    board.feed(joined(1, "lost", 1))
    board.clear()
    assert board.waiting("general") == ()
    board.feed(QueueStanding(500, "", "a", None, "general", 1))
    assert board.position("a") == QueuePlace("general", 1, 500, 10_000)
    board.feed(AgentAnswered(600, "a", "A-a", "A"))
    board.feed(gone(700, "A-a", "A"))
    assert board.position("a") == QueuePlace("general", 1, 500, round((10_000 + 5_050) / 2))


@pytest.mark.parametrize("name", WHOLE_CALLS)
def test_a_capture_leaves_nobody_standing(name: str) -> None:
    board = QueueBoard()
    seen = set()
    for event in happened(name):
        board.feed(event)
        if isinstance(event, QueueJoined):
            place = board.position(event.uniqueid)
            assert place is not None and place.position == event.position
            seen.add(event.uniqueid)
    assert not any(board.position(who) for who in seen)
    assert not (board._waiting or board._left or board._calls or board._callers)


WHO = st.sampled_from(["a", "b", "c"])
QUEUES = st.sampled_from(["general", "cards"])
EVENTS = st.one_of(
    st.builds(joined, st.integers(0, 10**6), WHO, st.integers(-1, 5), QUEUES),
    st.builds(left, st.integers(0, 10**6), WHO, QUEUES),
    st.builds(gone, st.integers(0, 10**6), WHO),
    st.builds(lambda t, who, queue: QueueConnected(t, who, who, "A", queue), st.integers(0, 10**6), WHO, QUEUES),
    st.builds(lambda t, who: AgentAnswered(t, who, f"A-{who}", "A"), st.integers(0, 10**6), WHO),
    st.builds(lambda t, who: gone(t, f"A-{who}", "A"), st.integers(0, 10**6), WHO),
)


@given(st.lists(EVENTS))
def test_any_order_of_events_keeps_the_board_sane(told: list[object]) -> None:
    board = QueueBoard()
    for event in told:
        board.feed(event)  # type: ignore[arg-type]
        standing = [*board.waiting("general"), *board.waiting("cards")]
        assert len(standing) == len(set(standing))
        for queue in ("general", "cards"):
            places = [board.position(who) for who in board.waiting(queue)]
            assert [place.position for place in places if place] == list(range(1, len(places) + 1))
            assert all(place and place.queue == queue and (place.expected_ms or 0) >= 0 for place in places)
    for who in ("a", "b", "c"):
        board.feed(gone(10**7, who))
        assert board.position(who) is None


# ---- a place that is kept


def stood(*who: str) -> QueueBoard:
    board = QueueBoard()
    for number, one in enumerate(who, 1):
        board.feed(joined(number, one, number))
    return board


def test_who_left_and_comes_back_stands_behind_those_who_were_before_him() -> None:
    board = stood("a", "b", "c", "d")
    board.feed(left(9, "c"))
    assert board.kept("c", "general") == 3
    board.feed(left(10, "a"))  # served meanwhile: everybody moves up
    assert board.kept("c", "general") == 2
    board.feed(left(11, "b"))
    assert board.kept("c", "general") == 1


def test_who_came_later_is_never_before_him() -> None:
    board = stood("a", "b")
    board.feed(left(9, "a"))
    for number in range(5):
        board.feed(joined(10 + number, f"late{number}", 2 + number))
    assert board.kept("a", "general") == 1


def test_an_elderly_caller_who_came_between_goes_before_him_by_priority_alone() -> None:
    board = stood("a", "b")
    board.feed(left(9, "b"))
    board.feed(joined(10, "elder", 1))
    assert board.kept("b", "general") == 3, "behind a, who is behind the elder"


@pytest.mark.parametrize("who", ["b", "nobody"])
def test_no_place_is_kept_for_who_stands_or_never_stood(who: str) -> None:
    board = stood("a", "b")
    assert board.kept(who, "general") is None


def test_a_place_is_one_of_its_queue_and_ends_with_the_call() -> None:
    board = stood("a", "b")
    board.feed(left(9, "b"))
    assert board.kept("b", "cards") is None
    board.feed(gone(10, "b"))
    assert board.kept("b", "general") is None
    board.feed(left(11, "a"))
    board.clear()
    assert board.kept("a", "general") is None
