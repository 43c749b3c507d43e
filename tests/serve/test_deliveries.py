"""The node's task that sends what is kept."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from ivr.care.notify.channel import MailServer, WebhookSigning
from ivr.care.notify.notifier import Notifier, delivery_of_webhook
from ivr.records.deliveries.model import DeliveryState
from ivr.records.store import Store
from ivr.serve.care import deliveries
from tests.care.notify import receivers

PATIENCE_SECONDS = 30.0


def clock() -> int:
    return time.time_ns() // 1_000_000


async def delivered(store: Store, key: str) -> None:
    """Wait until the receiver has said yes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (found := store.deliveries.get(key)) is None or found.state is not DeliveryState.DELIVERED:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


def test_what_is_kept_is_sent_though_others_dawdle_and_the_database_was_away(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    sending = Notifier(store.deliveries, MailServer(), WebhookSigning("s" * 32), clock, 1.0, lambda seconds: None)

    async def run(slow: int, hook: receivers.Webhook) -> None:
        task = asyncio.create_task(deliveries.keep(sending, 0.01))
        await asyncio.sleep(0.05)  # tables are not there yet: the task lives on
        store.migrate()
        for number in range(3):
            url = f"http://127.0.0.1:{slow}/x"
            store.deliveries.keep(delivery_of_webhook(f"slow:{number}", url, {}, about="x:1", now=clock()))
        for number in range(2):
            url = hook.url + "/orders"
            store.deliveries.keep(delivery_of_webhook(f"well:{number}", url, {}, about="x:2", now=clock()))
            await delivered(store, f"well:{number}")
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with receivers.dripping(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.05) as slow, receivers.webhook() as hook:
        asyncio.run(run(slow, hook))
    assert len(hook.posts) == 2
    store.close()
