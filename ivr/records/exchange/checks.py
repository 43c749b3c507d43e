"""What a record from outside must be beyond its form: times in milliseconds of this age, and a number that is one.
Stamps that contradict each other are kept (D5); the figures leave them out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ivr.errors import ExchangeError
from ivr.records.model import Call, Record
from ivr.records.numbers import e164
from ivr.text.check_digits import holds_personal_number

#: Times before 2000 and after 2199 are those of another unit, or of no call.
FIRST_MS = 946_684_800_000
LAST_MS = 7_258_118_400_000 - 1

#: Fields that hold a moment are named so.
_MOMENTS = ("received_at", "accepted_at", "acknowledged_at", "decided_at", "notified_at", "closed_at", "extended_to")


def as_imported(record: Record) -> Record:
    """The record as the store may keep it: a caller's number as the hotline itself would have written it, withheld
    where it is none. Raises ExchangeError, with the name of the field, for a time of another unit or age, and for a
    card's or an ID number where the bank's own ids belong (CBA 十三)."""
    for name, value in _moments(record):
        if not FIRST_MS <= value <= LAST_MS:
            raise ExchangeError(f"字段 {name!r} {_unit(value)}")
    if not isinstance(record, Call):
        return record
    for name, text in _ids(record):
        if holds_personal_number(text):
            raise ExchangeError(f"字段 {name!r} 像是银行卡号或身份证号；记录里只能有银行自己的编号")
    if record.caller_number is None:
        return record
    number = e164(record.caller_number) if record.caller_number.strip("+0") else None
    return replace(record, caller_number=number, caller_kind="withheld" if number is None else record.caller_kind)


def _ids(call: Call) -> Iterator[tuple[str, str]]:
    yield "customer_id", call.customer_id or ""
    for at, one in enumerate(call.transactions):
        yield f"transactions[{at}].reference", one.reference or ""


def _unit(value: int) -> str:
    units = {"秒": 1000, "微秒": 1 / 1000, "纳秒": 1 / 1_000_000}
    for unit, factor in units.items():
        if FIRST_MS <= value * factor <= LAST_MS:
            return f"像是以{unit}为单位，应为毫秒（UTC，1970 年起）"
    return "不是 2000 年至 2199 年之间的时刻，应为毫秒（UTC，1970 年起）"


def _moments(value: Any, where: str = "") -> Iterator[tuple[str, int]]:
    for field in dataclasses.fields(value):
        name, given = f"{where}{field.name}", getattr(value, field.name)
        if isinstance(given, tuple):
            for at, one in enumerate(given):
                if dataclasses.is_dataclass(one):
                    yield from _moments(one, f"{name}[{at}].")
        elif isinstance(given, int) and not isinstance(given, bool) and _is_moment(field.name):
            yield name, given


def _is_moment(name: str) -> bool:
    return name == "t" or name.startswith("t_") or name in _MOMENTS or name.endswith(("_at", "due"))
