"""The node's database, for as long as a command needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ivr.errors import StoreError
from ivr.records.audit.witness import Witness
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.settings import Settings


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The node's store, its tables brought up to date; closed in the end. Raises StoreError."""
    store = open_store(settings.url)
    try:
        store.migrate()
        try:
            yield store
        finally:
            Witness(settings.state).keep(store.audit)
    finally:
        store.close()


@contextmanager
def opened_to_read(settings: Settings) -> Iterator[Store]:
    """The node's store, which cannot be written by this; closed in the end. Raises StoreError, where its tables are not
    up to date too."""
    store = open_store(settings.url, read_only=True)
    try:
        if not store.is_current():
            raise StoreError("数据库由别的版本建立：先启动新版热线，或运行 ivr records count")
        yield store
    finally:
        store.close()
