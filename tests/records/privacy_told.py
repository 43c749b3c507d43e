"""What the tests of privacy share: an audit entry, and the purge of one class until nothing is left of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from ivr.records.audit.model import AuditEntry
from ivr.records.privacy.purge import Purge
from ivr.records.privacy.retention import Retention

ENTRY = AuditEntry("os:tester", "privacy.purge", "purge", reason="test")


def no_files(_ids: Collection[str]) -> tuple[str, ...]:
    return ()


def purge_all(purge: Purge, retention: Retention, before: date, now: int) -> int:
    """Pages until nothing goes; how many rows went."""
    gone = 0
    while (left := purge.page(retention, before, no_files, ENTRY, now)).rows:
        gone += left.rows
    return gone
