"""What goes on now, from facts alone; and what Prometheus reads of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ivr.metrics.rules import ANSWER_MS
from ivr.records.facts import (
    CallerSpoke,
    Connected,
    Ended,
    Fact,
    HandoffLeft,
    HandoffRequested,
    MenuEntered,
    MenuKey,
    Offered,
    Queued,
    Released,
)
from ivr.report.monitoring.exporter import Exporter, Snapshot
from ivr.report.monitoring.live_calls import WINDOW_MS, LiveCalls, LiveState, QueueState

NUMBER = "+8613800000007"


def offered(t: int, drill: bool = False) -> Offered:
    return Offered(t, "l", "in", "95000", NUMBER, "normal", drill)


def board(*facts: tuple[str, Fact]) -> LiveCalls:
    found = LiveCalls()
    for call, fact in facts:
        found.take(call, fact)
    return found


def asks(call: str, t: int, queue: str = "general") -> list[tuple[str, Fact]]:
    return [(call, offered(t)), (call, HandoffRequested(t, "key", queue)), (call, Queued(t + 100, queue))]


def test_callers_in_menus_and_queues() -> None:
    found = board(
        ("a", offered(0)),
        ("a", MenuEntered(10, "main", 1)),
        ("b", offered(20)),
        ("b", MenuEntered(30, "main", 1)),
        ("b", MenuKey(40, "choice", "1")),
        ("b", MenuEntered(41, "cards", 2)),
        *asks("c", 1_000),
        *asks("d", 3_000),
    ).live(5_000)
    assert found.calls == 4
    assert found.menus == {"main": 1, "cards": 1}
    assert found.queues == {"general": QueueState(2, 3_900)}
    assert found.offered == 4


def test_a_drill_is_nobodys_call() -> None:
    assert board(("a", offered(0, drill=True))).live(1).calls == 0


def test_a_drill_stays_nobodys_call_whatever_happens_in_it() -> None:
    facts = [(call, offered(t, drill=True) if isinstance(fact, Offered) else fact) for (call, fact), t in _told("a")]
    for number in range(len(facts) + 1):
        assert board(*facts[:number]).live(1) == LiveCalls().live(1)


def test_what_is_told_after_the_end_of_a_call_begins_none() -> None:
    """The application may note what it did in the moment in which Asterisk already told of the hang-up."""
    facts = [fact for fact, _ in _told("a")]
    found = board(*facts, ("a", Ended(9_000, "caller", "16")), *facts)
    assert (found.live(9_000).calls, found.live(9_000).offered_since_start) == (0, 1)
    for number in range(5_000):
        found.take(f"b{number}", offered(9_000))
        found.take(f"b{number}", Ended(9_000, "caller", "16"))
    assert found.live(9_000).calls == 0 and len(found._left_alone) < 5_000, "nor is all of it remembered for ever"


def _told(call: str) -> list[tuple[tuple[str, Fact], int]]:
    facts = [*asks(call, 1_000), (call, MenuEntered(1_500, "main", 1)), (call, MenuKey(1_600, "choice", "1"))]
    return [(fact, fact[1].t) for fact in facts]


def test_who_is_connected_or_gone_waits_no_more() -> None:
    found = board(*asks("a", 0), *asks("b", 0), *asks("c", 0), ("a", Connected(5_000, "1001", 900)))
    found.take("b", HandoffLeft(6_000, "timeout"))
    found.take("c", Ended(7_000, "caller", "16"))
    live = found.live(8_000)
    assert (live.calls, live.queues) == (2, {})
    assert (live.service_level.numerator, live.service_level.denominator) == (1, 3)


def test_the_service_level_is_exact_to_the_millisecond_and_counts_who_still_waits_too_long() -> None:
    found = board(*asks("a", 0), *asks("b", 0), *asks("c", 10))
    found.take("a", Connected(ANSWER_MS, "1001", 0))
    assert found.live(ANSWER_MS).service_level.value == 1.0
    assert found.live(ANSWER_MS + 1).service_level.value == 0.5
    found.take("b", Connected(ANSWER_MS + 1, "1001", 0))
    found.take("c", Connected(ANSWER_MS + 10, "1001", 0))
    assert (found.live(30_000).service_level.numerator, found.live(30_000).service_level.denominator) == (2, 3)


def test_only_the_first_request_of_a_call_decides() -> None:
    found = board(*asks("a", 0), ("a", HandoffLeft(1_000, "timeout")))
    for fact in (HandoffRequested(2_000, "key", "general"), Queued(2_100, "general"), Connected(2_200, "1001", 0)):
        found.take("a", fact)
    assert (found.live(3_000).service_level.numerator, found.live(3_000).service_level.denominator) == (0, 1)


def test_what_was_is_forgotten_after_the_window() -> None:
    found = board(*asks("a", 0), ("a", Connected(1_000, "1001", 0)), ("a", Released(5_000, "1001")))
    assert found.live(WINDOW_MS).service_level.denominator == 1
    late = found.live(WINDOW_MS + 1_001)
    assert (late.service_level.denominator, late.service_level.value, late.offered, late.calls) == (0, None, 0, 1)


_FACTS = st.one_of(
    st.builds(offered, st.integers(0, 10**6)),
    st.builds(MenuEntered, st.integers(0, 10**6), st.just("main"), st.just(1)),
    st.builds(HandoffRequested, st.integers(0, 10**6), st.just("key"), st.just("general"), st.booleans()),
    st.builds(Queued, st.integers(0, 10**6), st.just("general")),
    st.builds(Connected, st.integers(0, 10**6), st.just("1001"), st.just(0)),
    st.builds(HandoffLeft, st.integers(0, 10**6), st.just("timeout")),
    st.builds(Ended, st.integers(0, 10**6), st.just("caller"), st.just("16")),
)


@given(st.lists(st.tuples(st.sampled_from("abc"), _FACTS), max_size=60), st.integers(0, 2 * 10**6))
def test_any_order_of_facts_leaves_figures_that_make_sense(facts: list[tuple[str, Fact]], now: int) -> None:
    live = board(*facts).live(now)
    assert 0 <= live.calls <= 3
    assert 0 <= live.service_level.numerator <= live.service_level.denominator
    assert all(line.depth > 0 and line.longest_ms >= 0 for line in live.queues.values())


def test_prometheus_reads_few_names_and_no_caller() -> None:
    found = board(*asks("a", 1_000))
    spoke = CallerSpoke(2_000, "a-t1", 2_500, "我的卡丢了", 0.9, "card_loss", 1.0, "confirm:card_loss", True)
    found.take("a", spoke)
    live = Exporter(lambda: Snapshot(found.live(3_000), {"ready": 2}, found.spoken, journal_lag=4, recogniser=True))
    live.latency.observe(0.31)
    text = live.text().decode()
    values = {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    assert values["ivr_calls_in_progress",] == 1
    assert values["ivr_queue_depth", "general"] == 1
    assert values["ivr_queue_longest_wait_seconds", "general"] == 1.9
    assert values["ivr_agents", "ready"] == 2
    assert values["ivr_utterances_total", "confirm"] == 1
    assert values["ivr_recogniser_up",] == 1
    assert values["ivr_recogniser_latency_seconds_count",] == 1
    assert "1380000" not in text and "卡" not in text
    assert len(values) < 120


def test_an_empty_hotline_has_no_service_level() -> None:
    live: LiveState = LiveCalls().live(0)
    assert live.service_level.value is None
    assert b"ivr_service_level_15m_denominator 0.0" in Exporter(lambda: Snapshot(live)).text()
