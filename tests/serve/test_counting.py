"""What an upgrade left uncounted is counted beside the calls."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import closing
from pathlib import Path

from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.serve.records import counting
from tests.metrics.told import answered, call


def test_a_node_counts_what_waits_and_what_comes_to_wait(tmp_path: Path) -> None:
    asyncio.run(_counts(tmp_path))


async def _counts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ivr.sqlite'}"
    with closing(Store(url)) as plain:
        plain.migrate()
        plain.save([call("a", handoffs=(answered(0),)), call("b")])
    with closing(open_store(url)) as store:
        assert store.counts.uncounted() == 2
        task = asyncio.create_task(counting.keep(store, look_seconds=0.01))
        await asyncio.wait_for(_counted(store), 20)
        with closing(Store(url)) as plain:
            plain.save([call("c")])
        assert store.counts.uncounted() > 0
        await asyncio.wait_for(_counted(store), 20)
        assert store.counts.uncounted() == 0 and not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _counted(store: Store) -> None:
    while await asyncio.to_thread(store.counts.uncounted):  # noqa: ASYNC110 - a database sends no event
        await asyncio.sleep(0.005)
