"""What privacy keeps beside the records: legal holds and consents. Times are UTC epoch milliseconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class HoldKind(StrEnum):
    """What a hold is on: one call, every call and piece of work of a number or of a customer of the bank's, or one
    complaint with its calls."""

    CALL = "call"
    NUMBER = "number"
    CUSTOMER = "customer"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing that it is on is purged or erased until it is released. `target` is a call's or complaint's id, an E.164
    number, or the bank's id of a customer."""

    id: int
    kind: HoldKind
    target: str = field(repr=False)
    reason: str
    placed_by: str
    placed_at: int
    released_by: str | None = None
    released_at: int | None = None


class Purpose(StrEnum):
    """What a customer may agree to."""

    RECORDING = "recording"
    MARKETING = "marketing"


@dataclass(frozen=True, slots=True)
class Consent:
    """The customer agreed (`given`) to a purpose at `t`, or no longer does. `customer` is his number (E.164), or the
    bank's id of him after `customer:`; `how`: key or word (on the call `call_id`), or how else it came: branch, letter,
    web. Of a customer's consents to a purpose the latest counts."""

    customer: str = field(repr=False)
    purpose: Purpose
    given: bool
    t: int
    how: str
    noted_by: str
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What one pass of the purge deleted: rows by class, with the files whose rows went."""

    rows: int = 0
    files: tuple[str, ...] = ()
