"""Sends what is to be told by mail and webhook, and what could not be sent before."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ivr.care.notify.channel import MailServer, WebhookSigning
from ivr.care.notify.notifier import Notifier
from ivr.errors import StoreError
from ivr.records.store import Store
from ivr.settings import Settings
from ivr.tasks import background

log = logging.getLogger(__name__)

#: What is kept is begun to be sent so much later at the latest, unless so many receivers dawdle already.
LOOK_SECONDS = 1.0
MOST = 16


def notifier(settings: Settings, store: Store) -> Notifier:
    """As the settings say."""
    mail, webhook = settings.mail, settings.webhook
    server = MailServer(mail.host, mail.port, mail.sender, mail.user, mail.password, mail.tls, _file(mail.ca))
    return Notifier(
        store.deliveries, server, WebhookSigning(webhook.secret, _file(webhook.ca)), lambda: time.time_ns() // 1_000_000
    )


async def keep(sending: Notifier, look_seconds: float = LOOK_SECONDS) -> None:
    """Until cancelled. In threads of its own: a receiver who dawdles holds up nothing of the node, and none of the
    other receivers."""
    loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor(MOST + 1, "deliveries")
    running: dict[str, asyncio.Task[None]] = {}

    async def send(key: str) -> None:
        try:
            await loop.run_in_executor(threads, sending.send_kept, key)
        except StoreError as wrong:
            log.debug("delivery %s waits for the database: %s", key, wrong)
        finally:
            running.pop(key, None)

    try:
        while True:
            try:
                keys = await loop.run_in_executor(threads, sending.due)
            except StoreError as wrong:
                # the journal and the database's own task say so already
                log.debug("deliveries wait for the database: %s", wrong)
                keys = ()
            for key in keys:
                if key not in running and len(running) < MOST:
                    running[key] = background(send(key), f"delivery {key}")
            await asyncio.sleep(look_seconds)
    finally:
        for task in running.values():
            task.cancel()
        threads.shutdown(wait=False, cancel_futures=True)


def _file(name: str) -> Path | None:
    return Path(name) if name else None
