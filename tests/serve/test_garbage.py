"""Python's search for rings of garbage keeps no caller waiting."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterator

import pytest

from ivr.serve.upkeep.garbage import BUSY_S, FEW_CALLS, QUIET_S, GarbageSearch


class _Node:
    """So many calls, so late."""

    calls = 0
    now = 0.0

    def search(self) -> GarbageSearch:
        return GarbageSearch(lambda: self.calls, lambda: self.now)


@pytest.fixture
def usual() -> Iterator[None]:
    """The usual search comes back."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_everything_is_searched_now_and_then_while_few_call() -> None:
    node = _Node()
    search = node.search()
    node.calls = FEW_CALLS
    node.now = QUIET_S - 1
    assert not search.look()
    node.now = QUIET_S
    assert search.look()
    node.now += 1
    assert not search.look()


def test_while_many_call_it_waits_but_not_for_ever() -> None:
    node = _Node()
    search = node.search()
    node.calls = FEW_CALLS + 1
    node.now = BUSY_S - 1
    assert not search.look()
    node.now = BUSY_S
    assert search.look()


async def _begun() -> None:
    keeping = asyncio.create_task(_Node().search().keep())
    await asyncio.sleep(0)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


@pytest.mark.usefixtures("usual")
def test_what_there_is_at_the_start_is_searched_no_more_and_the_rest_not_by_itself() -> None:
    asyncio.run(_begun())
    assert gc.get_freeze_count() > 10_000
    before = gc.get_stats()[2]["collections"]
    alive = [[] for _ in range(500_000)]  # type: ignore[var-annotated]
    assert gc.get_stats()[2]["collections"] == before, len(alive)
    assert gc.get_stats()[1]["collections"] > 0


def test_rings_are_taken_away_by_it() -> None:
    node = _Node()
    search = node.search()
    node.now = QUIET_S
    ring: list[object] = []
    ring.append(ring)
    marked = id(ring)
    del ring
    assert search.look()
    assert all(id(one) != marked for one in gc.get_objects())
