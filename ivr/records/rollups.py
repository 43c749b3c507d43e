"""Daily roll-ups in the database: which days must be counted, what was counted, and what was kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import Engine, delete, insert, select, update

from ivr.records import tables, touched
from ivr.records.daycount import DayCount, Item, complaints, count_day, read_calls
from ivr.records.days import DAY_MS, day_start
from ivr.records.engine import reading, writing
from ivr.records.model import Call, Complaint

#: Rows of each list of a day that are kept, the worst first.
MOST = 50
_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator's counts of one day, whole ("day", "") or in part ("hour", "9"; "queue", "cards")."""

    part: str
    name: str
    indicator: str
    numerator: Fraction
    denominator: Fraction
    provisional: int
    excluded: Mapping[str, int]
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RollUp:
    """A day's roll-up. `as_of` and `undecided_from` in UTC epoch ms, `scope` what else it was counted with; `spoken` is
    (reference, output, errors) in characters of each annotated call; `items` at most `MOST` of each list."""

    day: date
    as_of: int
    undecided_from: int | None
    scope: str
    figures: Sequence[Figure]
    spoken: Sequence[tuple[int, int, int]]
    items: Mapping[str, Sequence[Item]]


class RollUps:
    """The roll-ups of a store; every method may be called from any thread and raises StoreError like the store's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def stale(self, since: date, until: date, as_of: int, scope: str) -> list[date]:
        """The days from `since` to `until` whose roll-up is missing, was touched by a later record, was counted with
        another scope or later than `as_of`, or can by `as_of` decide what it could not."""
        table = tables.rollup_day
        with reading(self._engine) as connection:
            rows = {row.day: row for row in connection.execute(select(table).where(table.c.day.between(since, until)))}

        def good(day: date) -> bool:
            row = rows.get(day)
            if row is None or row.kept != row.version or row.scope != scope:
                return False
            return bool(row.as_of <= as_of and (row.undecided_from is None or as_of < row.undecided_from))

        return [day for day in _days(since, until) if not good(day)]

    def count(self, day: date, dids: frozenset[str], as_of: int) -> DayCount:
        """Count a day in the database, see `count_day`."""
        return count_day(self._engine, day, dids, as_of, MOST)

    def keep(self, one: RollUp, version: int) -> bool:
        """Keep a roll-up in place of the day's earlier one. False where a record of the day was written since
        `version`: the roll-up is kept, but the day must be counted again."""
        table = tables.rollup_day
        with writing(self._engine) as connection:
            now = connection.execute(select(table.c.version).where(table.c.day == one.day)).scalar_one_or_none()
            if now is None:
                connection.execute(insert(table), {"day": one.day, "version": version})
            for part in (tables.rollup, tables.rollup_item):
                connection.execute(delete(part).where(part.c.day == one.day))
            told = {"kept": version, "as_of": one.as_of, "undecided_from": one.undecided_from, "scope": one.scope}
            told["spoken"] = json.dumps([list(sums) for sums in one.spoken])
            connection.execute(update(table).where(table.c.day == one.day).values(**told))
            for rows in _chunks([_row(one.day, figure) for figure in one.figures]):
                connection.execute(insert(tables.rollup), rows)
            for rows in _chunks(list(_item_rows(one))):
                connection.execute(insert(tables.rollup_item), rows)
        return now is None or now == version

    def version(self, day: date) -> int:
        """How often records of the day were written; give it to `keep`."""
        table = tables.rollup_day
        with reading(self._engine) as connection:
            return connection.execute(select(table.c.version).where(table.c.day == day)).scalar_one_or_none() or 0

    def figures(self, since: date, until: date, part: str) -> Iterator[tuple[date, Figure]]:
        """What is kept of the days, over the whole "day", by "hour" or by "queue"."""
        table = tables.rollup
        query = select(table).where(table.c.day.between(since, until), table.c.part == part)
        with reading(self._engine) as connection:
            for row in connection.execute(query.order_by(*table.primary_key.columns)):
                exact = Fraction(row.numerator), Fraction(row.denominator)
                counts = json.loads(row.excluded), json.loads(row.parts)
                yield row.day, Figure(row.part, row.name, row.indicator, *exact, row.provisional, *counts)

    def spoken(self, since: date, until: date) -> list[tuple[int, int, int]]:
        """(reference, output, errors) of each annotated call of the days."""
        table = tables.rollup_day
        query = select(table.c.spoken).where(table.c.day.between(since, until), table.c.spoken.is_not(None))
        with reading(self._engine) as connection:
            texts = connection.execute(query.order_by(table.c.day)).scalars().all()
        return [(a, b, c) for one in texts for a, b, c in json.loads(one)]

    def items(self, since: date, until: date, kind: str, most: int) -> list[Item]:
        """The worst of a list over the days, at most `most`."""
        table = tables.rollup_item
        query = select(table.c.call_id, table.c.at, table.c.ms)
        query = query.where(table.c.day.between(since, until), table.c.kind == kind)
        with reading(self._engine) as connection:
            found = [Item(*row) for row in connection.execute(query)]
        return sorted(found, key=lambda item: (-(item.ms or 0), item.at, item.call_id))[:most]

    def calls(self, call_ids: Iterable[str]) -> dict[str, Call]:
        """The calls of these ids that there are."""
        with reading(self._engine) as connection:
            return {call.call_id: call for call in read_calls(connection, sorted(set(call_ids)))}

    def complaints(self, since: date, until: date, dids: frozenset[str]) -> tuple[Complaint, ...]:
        """Complaints one of whose moments lies in the days, but those of drills alone."""
        given = {"start": day_start(since), "end": day_start(until) + DAY_MS, "dids": sorted(dids)}
        with reading(self._engine) as connection:
            return complaints(connection, given)

    def touch(self, days: Iterable[date]) -> None:
        """Have these days counted again."""
        with writing(self._engine) as connection:
            touched.mark(connection, days)


def _days(since: date, until: date) -> Iterator[date]:
    return (since + timedelta(days=at) for at in range((until - since).days + 1))


def _row(day: date, one: Figure) -> dict[str, object]:
    return {
        "day": day,
        "part": one.part,
        "name": one.name,
        "indicator": one.indicator,
        "numerator": str(one.numerator),
        "denominator": str(one.denominator),
        "provisional": one.provisional,
        "excluded": json.dumps(dict(one.excluded)),
        "parts": json.dumps(dict(one.parts)),
    }


def _item_rows(one: RollUp) -> Iterator[dict[str, object]]:
    for kind, items in one.items.items():
        for position, item in enumerate(items[:MOST]):
            place = {"day": one.day, "kind": kind, "position": position}
            yield place | {"call_id": item.call_id, "at": item.at, "ms": item.ms}


def _chunks(rows: list[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    return (rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS))
