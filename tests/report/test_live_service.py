"""Service in the last 15 minutes by both standards' definitions: worked out by hand, and in any order of facts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.rules import ANSWER_MS, SHORT_MS
from ivr.records.facts import Connected, Ended, Fact, HandoffLeft, HandoffRequested
from ivr.report.monitoring.live_service import WINDOW_MS, LiveService, ServiceState


def service(*facts: tuple[str, Fact]) -> LiveService:
    found = LiveService()
    for call, fact in facts:
        found.take(call, fact)
    return found


def asks(t: int, queue: str = "general", *, refused: bool = False) -> HandoffRequested:
    return HandoffRequested(t, "key", queue, refused)


def test_both_definitions_side_by_side() -> None:
    """Six callers: in time, late, gave up in 5 s, gave up after 5 s, timed out and connected later, refused."""
    found = service(
        ("in_time", asks(0)), ("in_time", Connected(ANSWER_MS, "1001", 0)),
        ("late", asks(0)), ("late", Connected(ANSWER_MS + 1, "1001", 0)),
        ("short", asks(0)), ("short", Ended(SHORT_MS, "caller", "16")),
        ("left", asks(0)), ("left", Ended(SHORT_MS + 1, "caller", "16")),
        ("again", asks(0)), ("again", HandoffLeft(10_000, "timeout")), ("again", asks(11_000)),
        ("again", Connected(12_000, "1001", 0)),
        ("refused", asks(0, refused=True)), ("refused", Ended(9, "caller", "16")),
    ).state(30_000)  # fmt: skip
    assert found == ServiceState(in_time=1, due=5, connected=3, asked=4, short=1)
    assert (found.level.value, found.response.value) == (0.2, 0.75)


def test_whom_the_hotline_hung_up_on_did_not_give_up() -> None:
    assert service(("a", asks(0)), ("a", Ended(1, "system", "16"))).state(2) == ServiceState(due=1, asked=1)


def test_who_still_waits_is_due_when_his_20_seconds_are_over_and_asked_when_it_is_decided() -> None:
    found = service(("a", asks(0)))
    assert found.state(ANSWER_MS) == ServiceState()
    assert found.state(ANSWER_MS + 1) == ServiceState(due=1)
    found.take("a", Connected(ANSWER_MS + 5, "1001", 0))
    assert found.state(ANSWER_MS + 6) == ServiceState(due=1, connected=1, asked=1)


def test_a_call_belongs_to_the_queue_that_it_asked_for_first() -> None:
    found = service(
        ("a", asks(0, "loss")), ("a", HandoffLeft(1, "timeout")), ("a", asks(2)), ("a", Connected(3, "1001", 0)),
        ("b", asks(0)), ("b", Connected(3, "1001", 0)),
    )  # fmt: skip
    assert found.by_queue(4) == {
        "general": ServiceState(in_time=1, due=1, connected=1, asked=1),
        "loss": ServiceState(due=1, connected=1, asked=1),
    }


def test_what_was_is_forgotten_after_the_window() -> None:
    found = service(("a", asks(0)), ("a", Connected(10, "1001", 0)))
    assert found.state(10 + WINDOW_MS).asked == 1
    assert found.state(11 + WINDOW_MS) == ServiceState()


_T = st.integers(0, 10**6)
_FACTS = st.one_of(
    st.builds(HandoffRequested, _T, st.just("key"), st.sampled_from(["general", "loss"]), st.booleans()),
    st.builds(Connected, _T, st.just("1001"), st.just(0)),
    st.builds(HandoffLeft, _T, st.just("timeout")),
    st.builds(Ended, _T, st.sampled_from(["caller", "system"]), st.just("16")),
)


@given(st.lists(st.tuples(st.sampled_from("abc"), _FACTS), max_size=60), _T)
def test_any_order_of_facts_leaves_shares_that_make_sense(facts: list[tuple[str, Fact]], now: int) -> None:
    found = service(*facts)
    for one in (found.state(now), *found.by_queue(now).values()):
        assert 0 <= one.in_time <= one.due and 0 <= one.connected <= one.asked
