"""The audit trail in the database: entries are added, listed and verified, never changed. Every method may be called
from any thread and raises StoreError where the database cannot be used."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from ivr.records.audit.counts import AuditCounts
from ivr.records.audit.model import BEFORE_ALL, AuditEntry, Kept, chained, hash_of
from ivr.records.database.audit_tables import audit
from ivr.records.database.engine import reading, writing

#: Entries that are read at once.
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry: how many there are, and its hash."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class TrailFault:
    """What is wrong with the trail at an entry: `number` as it is kept there, or the one that is not there."""

    number: int
    words: str

    def __str__(self) -> str:
        return f"第 {self.number} 条：{self.words}"


def append(connection: Connection, entry: AuditEntry, now: int) -> None:
    """Add an entry within the transaction of the change that it tells of (`writing`): both are kept, or neither."""
    last = _head(connection)
    kept = chained(last.number + 1, now, entry, last.hash)
    row = {**asdict(entry), "number": kept.number, "t": now, "previous": kept.previous, "hash": kept.hash}
    connection.execute(insert(audit), row)


class AuditTrail:
    """The trail of the node's database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: How many entries there are of each kind.
        self.counts = AuditCounts(engine)

    def note(self, entry: AuditEntry, now: int) -> None:
        """Add an entry in a transaction of its own: what is read, what is refused."""
        with writing(self._engine) as connection:
            append(connection, entry, now)

    def list(
        self,
        since: int | None = None,
        until: int | None = None,
        *,
        person: str | None = None,
        target: str | None = None,
        action: str | None = None,
        refused: bool = False,
        limit: int | None = None,
        below: int | None = None,
    ) -> tuple[Kept, ...]:
        """Entries of `since` ≤ t < `until`, the newest first. `refused`: only what was refused; `below`: only those
        with a lower number, for the next page."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if below is not None:
            query = query.where(audit.c.number < below)
        if since is not None:
            query = query.where(audit.c.t >= since)
        if until is not None:
            query = query.where(audit.c.t < until)
        for column, wanted in ((audit.c.person, person), (audit.c.target, target), (audit.c.action, action)):
            if wanted is not None:
                query = query.where(column == wanted)
        if refused:
            query = query.where(audit.c.allowed.is_(False))
        with reading(self._engine) as connection:
            return tuple(_kept(row) for row in connection.execute(query).mappings())

    def all(self, after: int | None = None, *, pause: float = 0.0) -> Iterator[Kept]:
        """Every entry, or those with a higher number than `after`, the oldest first, and what is added meanwhile. After
        each thousand it waits `pause` seconds, so that others get on."""
        while True:
            query = select(audit).order_by(audit.c.number).limit(_PAGE)
            if after is not None:
                query = query.where(audit.c.number > after)
            with reading(self._engine) as connection:
                page = [_kept(row) for row in connection.execute(query).mappings()]
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].number
            time.sleep(pause)

    def head(self) -> Head:
        """The last entry; number 0 where there is none."""
        with reading(self._engine) as connection:
            return _head(connection)

    def hash_at(self, number: int) -> str | None:
        """The hash of an entry, None where there is none of this number."""
        with reading(self._engine) as connection:
            return connection.execute(select(audit.c.hash).where(audit.c.number == number)).scalar()

    def verify(self, witnesses: Mapping[int, str] | None = None, *, pause: float = 0.0) -> tuple[TrailFault, ...]:
        """Every place where an entry was changed, taken out, put in or moved; empty where the trail is whole.
        `witnesses`: number → hash of entries as they were seen earlier and kept elsewhere. Without them nobody can see
        that the end was cut off, or that all was written anew. `pause` as in `all`."""
        return tuple(faults(self.all(pause=pause), witnesses or {}))

    def faults_after(self, number: int, hash_: str) -> Iterator[TrailFault]:
        """The same of the entries after the one of this number and hash."""
        return faults(self.all(number or None), {}, number, hash_)


def faults(
    trail: Iterator[Kept], witnesses: Mapping[int, str], after: int = 0, previous: str = BEFORE_ALL
) -> Iterator[TrailFault]:
    """What is wrong with a trail in the order of its numbers; it begins behind `after`, whose hash is `previous`."""
    wanted, seen = after + 1, dict(witnesses)
    for kept in trail:
        if kept.number != wanted:
            yield TrailFault(wanted, "缺少" if kept.number > wanted else "编号重复")
        elif kept.previous != previous:
            yield TrailFault(kept.number, "与前一条不衔接")
        if kept.hash != hash_of(kept.number, kept.t, kept.entry, kept.previous):
            yield TrailFault(kept.number, "内容被改动")
        if seen.pop(kept.number, kept.hash) != kept.hash:
            yield TrailFault(kept.number, "与另处留存的校验值不符")
        wanted, previous = kept.number + 1, kept.hash
    for number in sorted(seen):
        yield TrailFault(number, "另处留存过校验值，现在没有这一条")


def _head(connection: Connection) -> Head:
    query = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
    row = connection.execute(query).first()
    return Head(0, BEFORE_ALL) if row is None else Head(row.number, row.hash)


def _kept(row: Mapping[Any, Any]) -> Kept:
    own = {name: row[name] for name in AuditEntry.__dataclass_fields__}
    return Kept(row["number"], row["t"], AuditEntry(**own), row["previous"], row["hash"])
