"""Callbacks and work items in the database, on both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.records.audit.model import AuditEntry
from ivr.records.store import Store
from ivr.records.work.model import Callback, CallbackState, WorkItem, WorkKind

PROMISED = Callback("n-1.1", "general", "+8613800000001", "综合业务", 1, 2, 1000, 61_000, 61_000)
LEFT = WorkItem("m-1", WorkKind.MESSAGE, "n-1.2", "general", None, "综合业务", 2000, 90_000, "messages/m-1.wav", 4000)
CLOSED = AuditEntry("li", "work.close", "work:1")


def test_a_promise_outlives_the_application_that_made_it(store: Store) -> None:
    assert store.work.promise(PROMISED) == PROMISED
    assert store.work.open_callbacks() == (PROMISED,)
    tried = replace(PROMISED, tries=1, t_next=700_000, call_id="n-9.9")
    store.work.save_callback(tried)
    assert store.work.callback(PROMISED.parent_call_id) == tried
    store.work.save_callback(replace(tried, state=CallbackState.DONE, t_closed=710_000))
    assert store.work.open_callbacks() == ()


def test_a_call_has_one_callback_whatever_is_said_twice(store: Store) -> None:
    store.work.promise(PROMISED)
    assert store.work.promise(replace(PROMISED, number="+8613900000002", t_asked=99_000)) == PROMISED
    assert store.work.open_callbacks() == (PROMISED,)


def test_who_waits_longest_comes_first(store: Store) -> None:
    later = replace(PROMISED, parent_call_id="n-1.3", t_requested=5000)
    for one in (later, PROMISED):
        store.work.promise(one)
    assert [one.parent_call_id for one in store.work.open_callbacks()] == ["n-1.1", "n-1.3"]


def test_a_message_is_one_item_and_is_closed_once(store: Store) -> None:
    kept = store.work.add(LEFT)
    assert kept == replace(LEFT, id=kept.id) and kept.id > 0
    assert store.work.add(replace(LEFT, about="别的")) == kept
    sooner = store.work.add(replace(LEFT, ref="m-2", t_due=50_000))
    assert [one.ref for one in store.work.items()] == ["m-2", "m-1"]
    done = store.work.close_item(kept.id, "1001 李静", "已回电", CLOSED, 3000)
    assert done == replace(kept, t_done=3000, done_by="1001 李静", note="已回电")
    assert store.work.close_item(kept.id, "somebody else", None, CLOSED, 4000) is None
    assert store.work.item(kept.id) == done
    assert store.work.items() == (sooner,)
    assert store.work.items(open_only=False) == (sooner, done)
    assert store.work.close_item(999, "x", None, CLOSED, 1) is None and store.work.item(999) is None


@pytest.mark.parametrize(("now", "late"), [(90_000, False), (90_001, True)])
def test_work_is_overdue_after_its_time(now: int, late: bool) -> None:
    assert LEFT.overdue(now) is late
    assert not replace(LEFT, t_done=5).overdue(now)


def test_no_number_is_shown_by_accident() -> None:
    assert "138" not in repr(PROMISED) and "138" not in repr(replace(LEFT, number="+8613800000001"))
