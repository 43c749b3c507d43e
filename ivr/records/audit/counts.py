"""How many entries of the audit trail there are of each kind, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from sqlalchemy import Engine, func, select

from ivr.kept import Kept
from ivr.records.database.audit_tables import audit
from ivr.records.database.engine import reading
from ivr.records.days import day_end, local_day

#: So many days are kept.
_DAYS = 1_000


@dataclass(frozen=True, slots=True)
class TrailKind:
    """What entries have in common: what was done or refused (`allowed`), without saying why (`silent`)."""

    action: str
    allowed: bool
    silent: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entries, and when the last one was made."""

    number: int
    last: int

    def with_later(self, later: Counted) -> Counted:
        """Both together."""
        return Counted(self.number + later.number, max(self.last, later.last))


TrailCounts: TypeAlias = Mapping[TrailKind, Counted]


def number_of(counts: TrailCounts, which: Callable[[TrailKind], bool] = lambda _kind: True) -> int:
    """How many entries are of such kinds."""
    return sum(one.number for kind, one in counts.items() if which(kind))


class AuditCounts:
    """Counts; what it found of a day is kept until that day has another number of entries: none ever changes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Kept[TrailCounts] = Kept(_DAYS)
        self._last: Kept[TrailCounts] = Kept(4)

    def between(self, since: int, until: int) -> TrailCounts:
        """Of `since` ≤ t < `until`. Raises StoreError."""
        with reading(self._engine) as connection:
            head = connection.execute(select(func.max(audit.c.number))).scalar()
        return self._last.get((since, until, head), partial(self._between, since, until))

    def _between(self, since: int, until: int) -> TrailCounts:
        found: dict[TrailKind, Counted] = {}
        for day in _days(since, until):
            for kind, one in self._day(*day).items():
                found[kind] = one if kind not in found else found[kind].with_later(one)
        return found

    def _day(self, since: int, until: int) -> TrailCounts:
        there = select(func.count()).select_from(audit).where(audit.c.t >= since, audit.c.t < until)
        with reading(self._engine) as connection:
            number = connection.execute(there).scalar_one()
        return self._kept.get((since, until, number), partial(self._count, since, until)) if number else {}

    def _count(self, since: int, until: int) -> TrailCounts:
        silent = audit.c.reason.is_(None)
        query = select(audit.c.action, audit.c.allowed, silent, func.count(), func.max(audit.c.t))
        query = query.where(audit.c.t >= since, audit.c.t < until).group_by(audit.c.action, audit.c.allowed, silent)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return {TrailKind(row[0], bool(row[1]), bool(row[2])): Counted(row[3], row[4]) for row in rows}


def _days(since: int, until: int) -> Iterator[tuple[int, int]]:
    """The local days of an interval, the first and the last perhaps cut."""
    while since < until:
        end = min(day_end(local_day(since)), until)
        yield since, end
        since = end
