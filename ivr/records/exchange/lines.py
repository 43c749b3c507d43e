"""The exchange form (requirements 2.0, frozen): JSON Lines, one record a line, `type` absent for a call. Reading is
strict and goes on: a bad line is reported by its number and the others are taken."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.errors import ExchangeError, RecordRefused
from ivr.records.exchange.checks import as_imported
from ivr.records.exchange.typed import Wrong, build, plain
from ivr.records.model import RECORDS, Call, Other, Record, identity

_TYPES = {cls: name for name, cls in RECORDS.items()}

#: No record is nearly as long (characters or bytes).
LONGEST = 16_000_000
#: Records saved in one transaction.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Numbered:
    """A record and the line it stood in, from 1."""

    number: int
    record: Record


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was not taken, and why."""

    number: int
    why: str

    def __str__(self) -> str:
        return f"第 {self.number} 行：{self.why}"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: how many records were taken, and the lines that were not."""

    taken: int
    faults: tuple[Fault, ...]


class Target(Protocol):
    """The part of `Store` that an import needs."""

    def save(self, calls: Iterable[Call]) -> int:
        """Keep calls, all or none."""

    def save_other(self, records: Iterable[Other]) -> None:
        """Keep other records, all or none."""


def to_line(record: Record) -> str:
    """The record as one line, newline included, every field named."""
    given = {"type": _TYPES[type(record)]} | plain(record)
    return json.dumps(given, ensure_ascii=False) + "\n"


def from_line(line: str | bytes) -> Record:
    """The record of one line. Raises ExchangeError with the name of the field at fault."""
    if len(line) > LONGEST:
        raise ExchangeError(f"这一行太长，超过 {LONGEST // 1_000_000} MB")
    try:
        text = line if isinstance(line, str) else line.decode("utf-8")
        given = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as wrong:
        raise ExchangeError("不是 UTF-8 文本") from wrong
    except Wrong as wrong:
        raise ExchangeError(str(wrong)) from wrong
    except (ValueError, RecursionError) as wrong:
        raise ExchangeError("不是完整的 JSON") from wrong
    kind = given.pop("type", "call") if isinstance(given, dict) else "call"
    cls = RECORDS.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise ExchangeError(f"未知的记录类型，应为 {'、'.join(RECORDS)} 之一")
    try:
        return build(cls, given)
    except Wrong as wrong:
        raise ExchangeError(str(wrong)) from wrong


def read(lines: Iterable[str | bytes]) -> Iterator[Numbered | Fault]:
    """Every record of `lines` as it may be kept (`as_imported`), and a Fault for each line that is wrong or says again
    what an earlier line said. Blank lines are nothing."""
    seen: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        # Files that were put together have a mark at the beginning of each.
        bare = bare.removeprefix("\ufeff") if isinstance(bare, str) else bare.removeprefix(b"\xef\xbb\xbf")
        if not bare:
            continue
        try:
            record = as_imported(from_line(bare))
        except ExchangeError as wrong:
            yield Fault(number, str(wrong))
            continue
        first = seen.setdefault(identity(record), number)
        yield Numbered(number, record) if first == number else Fault(number, f"与第 {first} 行重复")


def import_lines(lines: Iterable[str | bytes], store: Target) -> ImportResult:
    """Take every good line into the store; a second import changes nothing. Raises StoreError where the store cannot
    be used; what was taken before stays, and the import may simply be repeated."""
    faults: list[Fault] = []
    taken, batch = 0, list[Numbered]()
    for item in read(lines):
        if isinstance(item, Fault):
            faults.append(item)
            continue
        batch.append(item)
        if len(batch) >= _BATCH:
            taken, batch = taken + _take(batch, store, faults), []
    taken += _take(batch, store, faults)
    return ImportResult(taken, tuple(sorted(faults, key=lambda fault: fault.number)))


def _take(batch: list[Numbered], store: Target, faults: list[Fault]) -> int:
    try:
        _save([item.record for item in batch], store)
    except RecordRefused as wrong:
        if len(batch) == 1:
            faults.append(Fault(batch[0].number, str(wrong)))
            return 0
        return sum(_take([item], store, faults) for item in batch)
    return len(batch)


def _save(records: list[Record], store: Target) -> None:
    calls = [record for record in records if isinstance(record, Call)]
    others = [record for record in records if not isinstance(record, Call)]
    if calls:
        store.save(calls)
    if others:
        store.save_other(others)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) < len(pairs):
        raise Wrong("同一字段出现了两次")
    return given


def _no_constant(_name: str) -> Any:
    raise Wrong("NaN 与 Infinity 不是数字")
