"""What was refused is entered in the audit trail, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ivr.errors import ApprovalRefused, PublishingRefused
from ivr.people.access import Permit
from ivr.records.audit.model import detail
from ivr.records.store import Store


@contextmanager
def told(store: Store, permit: Permit, target: str, now: int) -> Iterator[None]:
    """Whatever the rules of approvals and of publishing refuse in here is in the trail when the error comes out."""
    try:
        yield
    except (ApprovalRefused, PublishingRefused) as wrong:
        entry = replace(permit.entry, target=target, allowed=False, detail=detail(why=str(wrong)))
        store.audit.note(entry, now)
        raise
