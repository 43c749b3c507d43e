"""Warnings and what is usual, in the database, on both engines."""

from __future__ import annotations

from dataclasses import replace

from ivr.records.deliveries.model import Channel, Delivery, DeliveryState
from ivr.records.emergencies.model import DetectorId, EmergencyWarning
from ivr.records.emergency import EmergencyKind
from ivr.records.model import AgentState, Call
from ivr.records.store import Store

T = 1_770_000_000_000
WARNING = EmergencyWarning("node1", DetectorId.SURGE, T, EmergencyKind.SURGE, "general", 40, 8)
TOLD = Delivery("k", Channel.MAIL, "a@b.example", "warning:1", "s", "b", "0" * 64, T, T)


def call(call_id: str, t: int, *, drill: bool = False, direction: str = "in") -> Call:
    return Call(call_id, call_id, direction, "95000", "normal", t, t + 1000, "caller", drill=drill)  # type: ignore[arg-type]


def test_a_warning_is_kept_once_with_what_is_told_of_it(store: Store) -> None:
    for _ in range(2):
        store.emergencies.warn(WARNING, [TOLD])
    assert store.emergencies.warnings() == (WARNING,) and store.deliveries.about("warning:1") == (TOLD,)
    over = replace(WARNING, t_over=T + 300_000)
    store.emergencies.warn(over)
    assert store.emergencies.warnings() == (over,)
    other = replace(WARNING, node="node2", value=41)
    store.emergencies.warn(other)
    assert store.emergencies.warnings(since=T + 300_001) == (other,)
    assert store.emergencies.warnings(since=T + 300_000) == (over, other)
    assert store.emergencies.warnings(until=T) == ()


def test_past_load_counts_callers_and_agents_of_its_span(store: Store) -> None:
    store.save([call("a", T), call("b", T + 59_999), call("late", T + 60_000), call("d", T, drill=True)])
    store.save([call("out", T, direction="out")])
    assert store.past_load.offered(T, T + 60_000) == 2
    assert store.past_load.any_call(T, T + 1) and not store.past_load.any_call(T + 60_001, T + 99_999)
    store.save_other([
        AgentState("1001", "ready", T, T + 10), AgentState("1001", "talk", T + 10, T + 20),
        AgentState("1002", "pause", T, T + 15), AgentState("1003", "offline", T, T + 99),
    ])  # fmt: skip
    assert [store.past_load.signed_in(T + ms) for ms in (0, 9, 14, 15, 20)] == [2, 2, 2, 1, 0]


def test_a_delivery_is_kept_in_the_transaction_of_what_it_tells_of(store: Store) -> None:
    assert store.deliveries.keep(TOLD) == TOLD
    assert store.deliveries.keep(replace(TOLD, subject="else")) == TOLD
    held = store.deliveries.hold("k", T, T + 9)
    assert held is not None and store.deliveries.hold("k", T + 8, T + 20) is None
    done = replace(held, state=DeliveryState.DELIVERED, receipt="250", body=None, t_held=0)
    assert store.deliveries.settle(held, done) and store.deliveries.get("k") == done
    assert not store.deliveries.settle(held, replace(done, receipt="251")) and store.deliveries.due(T + 99) == ()
