"""Reads the stored sums, and the few records that figures are made from one by one. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, collate, exists, func, or_, select

from ivr.records.counting import purged
from ivr.records.counting.browse import Cursor, browse
from ivr.records.counting.counting import Counting
from ivr.records.counting.neighbourhood import Neighbours, pages
from ivr.records.counting.purged import MadeFigures
from ivr.records.counting.sums import CustomerOfDay, Item, Neighbourhood
from ivr.records.database import tables
from ivr.records.database.engine import reading
from ivr.records.database.privacy_tables import purged_count, purged_figure
from ivr.records.days import DAY_MS, HOUR_MS, day_end, day_start, local_day
from ivr.records.model import Call, Complaint, QualityScore, Transaction, Verification, customer_key
from ivr.records.vocabulary import IdentityOutcome

#: The moments of a complaint that place it in a day.
COMPLAINT_MOMENTS = ("received_at", "ack_due", "due", "extended_to", "closed_at", "notified_at", "decided_at")


@dataclass(frozen=True, slots=True)
class StoredSum:
    """One sum: `name` is the hour or the queue, empty for the whole day."""

    day: date
    name: str
    indicator: str
    term: str
    value: int


class StoredCounts:
    """What is counted in a store; every method may be called from any thread and raises StoreError like the store's."""

    def __init__(self, engine: Engine, counting: Counting) -> None:
        self._engine, self._counting = engine, counting
        self._connection: Connection | None = None

    def within(self, connection: Connection) -> StoredCounts:
        """The same as this transaction sees it."""
        one = StoredCounts(self._engine, self._counting)
        one._connection = connection
        return one

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._connection is not None:
            yield self._connection
            return
        with reading(self._engine) as connection:
            yield connection

    def uncounted(self) -> int:
        """How many calls and states wait to be counted: until then the sums are not the figures."""
        with self._reading() as connection:
            return self._counting.uncounted(connection)

    def count_some(self) -> int:
        """Count one more batch of them: how many these were, 0 where nothing is left. Writes; the store must have
        definitions."""
        return self._counting.count_some(self._engine)

    def sums(self, since: date, until: date, part: str) -> Iterator[StoredSum]:
        """The sums of each of the days, both included, over the whole "day", by "hour" or by "queue"."""
        table = tables.daily_count
        name = {"hour": table.c.hour, "queue": table.c.queue}.get(part)
        keys = [table.c.day, table.c.indicator, table.c.term, *([] if name is None else [name])]
        query = select(*keys, func.sum(table.c.value)).where(table.c.day.between(since, until)).group_by(*keys)
        if part == "queue":
            query = query.where(table.c.requested)
        with self._reading() as connection:
            for row in connection.execute(query):
                yield StoredSum(row[0], "" if name is None else str(row[3]), row[1], row[2], int(row[-1]))

    def purged(self, since: date, until: date) -> dict[date, MadeFigures]:
        """What records of these days, both included, that are gone counted for in the figures made from few records."""
        with self._reading() as connection:
            return purged.between(connection, since, until)

    def any_purged(self, since: date, until: date) -> bool:
        """Whether records of these days, both included, are gone: their figures cannot be computed anew."""
        gone = select(purged_count.c.day).where(purged_count.c.day.between(since, until)).limit(1)
        made = select(purged_figure.c.day).where(purged_figure.c.day.between(since, until)).limit(1)
        with self._reading() as connection:
            return any(connection.execute(query).first() is not None for query in (gone, made))

    def items(self, since: date, until: date, kind: str, most: int, without: Collection[str] = ()) -> list[Item]:
        """The worst of a list over the days, at most `most` of each day, `without` these calls."""
        table, found = tables.follow_up, list[Item]()
        with self._reading() as connection:
            code = connection.dialect.name == "postgresql"
            last = collate(table.c.call_id, "C") if code else table.c.call_id
            # one statement for all days: making each anew costs more than asking
            query = select(table.c.call_id, table.c.at, table.c.ms)
            query = query.where(table.c.kind == kind, table.c.day == bindparam("of_day"))
            query = query.order_by(table.c.rank.desc(), table.c.at, last).limit(most + len(without))
            for day in _days(since, until):
                rows = connection.execute(query, {"of_day": day})
                found += (Item(*row) for row in rows if row[0] not in without)
        return found

    def calls(self, call_ids: Iterable[str]) -> dict[str, Call]:
        """The calls of these ids that there are."""
        with self._reading() as connection:
            return {call.call_id: call for call in Neighbours(connection).calls(set(call_ids))}

    def browse(
        self, start: int, end: int, after: Cursor | None, most: int, dids: frozenset[str] = frozenset()
    ) -> tuple[Neighbourhood, Cursor | None]:
        """The next inbound calls of the half-open interval with what decides about them, and where to go on."""
        with self._reading() as connection:
            return browse(connection, start, end, after, most, dids)

    def annotated(self, since: date, until: date) -> list[Call]:
        """The calls of the days that have annotated turns."""
        call, note = tables.call, tables.annotation
        query = select(note.c.call_id).distinct().join(call, call.c.call_id == note.c.call_id)
        with self._reading() as connection:
            ids = connection.execute(query.where(_offered(since, until))).scalars().all()
            return Neighbours(connection).calls(ids)

    def complaints(self, since: date, until: date, dids: frozenset[str]) -> tuple[Complaint, ...]:
        """Complaints one of whose moments lies in the days; those of drills alone, `dids` being test numbers, are left
        out (D10)."""
        with self._reading() as connection:
            return _complaints(connection, day_start(since), day_end(until), dids)

    def scores(self, since: date, until: date, dids: frozenset[str]) -> list[tuple[date, QualityScore]]:
        """Each score of the days with its day: its call's; where nobody knows the call, its own. None of drills."""
        table, call = tables.quality_score, tables.call
        inside = table.c.t.between(day_start(since), day_end(until) - 1)
        query = (
            select(table, call.c.t_offered)
            .outerjoin(call, call.c.call_id == table.c.call_id)
            .where(or_(_offered(since, until), call.c.call_id.is_(None) & inside))
            .where(or_(call.c.call_id.is_(None), ~or_(call.c.drill, call.c.did.in_(sorted(dids)))))
        )
        found = []
        with self._reading() as connection:
            for row in connection.execute(query).mappings():
                own = {name: value for name, value in row.items() if name != "t_offered"}
                at = row["t"] if row["t_offered"] is None else row["t_offered"]
                found.append((local_day(at), QualityScore(**own)))
        return found

    def sensitive(self, start: int, end: int, dids: frozenset[str]) -> list[Call]:
        """The inbound calls offered from `start` until before `end` (UTC epoch ms) in which a transaction was asked for
        or identity not proved at once, with nothing of them but this. None of drills."""
        with self._reading() as connection:
            return _sensitive(connection, start, end, dids)

    @contextmanager
    def otherwise(
        self, since: date, until: date, as_of: int | None, dids: frozenset[str]
    ) -> Iterator[Iterator[tuple[Neighbourhood, Neighbourhood]]]:
        """The calls of the days that count otherwise than the sums have it: those whose hour is not over at `as_of`
        (UTC epoch ms), and those that calls to the test numbers `dids` have a part in. Each neighbourhood as it was
        counted, and as it is with these numbers."""
        with self._reading() as connection:
            yield _otherwise(connection, since, until, as_of, dids)


def _otherwise(
    connection: Connection, since: date, until: date, as_of: int | None, dids: frozenset[str]
) -> Iterator[tuple[Neighbourhood, Neighbourhood]]:
    plain, tested = Neighbours(connection), Neighbours(connection, dids)
    ids = set(_undecided(connection, since, until, as_of))
    customers: set[CustomerOfDay] = set()
    if dids:
        query = select(tables.call.c.call_id).where(tables.call.c.did.in_(sorted(dids)), tables.call.c.drill.is_(False))
        every = connection.execute(query.order_by(tables.call.c.call_id)).scalars().all()
        for page in pages(every):
            calls = plain.calls(page)
            ids |= set(page) | plain.earlier(calls)
            customers |= {
                CustomerOfDay(local_day(call.t_offered), key) for call in calls if (key := customer_key(call))
            }
    first = True
    for page in pages(sorted(ids)):
        calls = [call for call in plain.calls(page) if since <= local_day(call.t_offered) <= until]
        some = [one for one in customers if since <= one.day <= until] if first else []
        first = False
        counted = plain.neighbourhood(calls, some)
        yield counted, tested.neighbourhood(calls, some) if dids else counted


def _undecided(connection: Connection, since: date, until: date, as_of: int | None) -> Iterator[str]:
    """Calls, and a few more, that were not over for an hour: no call lasts longer than a day (D5)."""
    if as_of is None:
        return
    call, back = tables.call, tables.call.alias("back")
    start, end = max(day_start(since), as_of - DAY_MS - HOUR_MS), day_end(until)
    recent = select(call.c.call_id).where(call.c.t_offered >= start, call.c.t_offered < end)
    yield from connection.execute(recent.where(call.c.t_ended > as_of - HOUR_MS, call.c.direction == "in")).scalars()
    kept = select(back.c.parent_call_id).where(
        tables.odd("back"), back.c.parent_call_id.is_not(None), back.c.t_ended > as_of - HOUR_MS
    )
    yield from connection.execute(kept).scalars()


def _sensitive(connection: Connection, start: int, end: int, dids: frozenset[str]) -> list[Call]:
    call, check, deed = tables.call, tables.verification, tables.transaction
    found: dict[str, dict[str, Any]] = {}
    inside = [
        call.c.t_offered.between(start, end - 1), call.c.direction == "in", call.c.drill.is_(False),
        call.c.did.not_in(sorted(dids)),
    ]  # fmt: skip
    vain = or_(check.c.attempts > 1, check.c.outcome.not_in([IdentityOutcome.VERIFIED, IdentityOutcome.IDENTIFIED]))
    for child, field, cls, wanted in (
        (check, "verifications", Verification, [vain]),
        (deed, "transactions", Transaction, []),
    ):
        # no call lasts longer than a day (D5)
        own = [column for column in child.columns if column.name not in ("call_id", "position")]
        query = select(*call.columns, *(column.label(f"of_{column.name}") for column in own)).join(
            child, child.c.call_id == call.c.call_id
        )
        query = query.where(*inside, *wanted, child.c.t.between(start, end + DAY_MS))
        for row in connection.execute(query.order_by(call.c.call_id, child.c.position)).mappings():
            given = {name: value for name, value in row.items() if not name.startswith("of_")}
            kept = found.setdefault(row["call_id"], given | {"verifications": (), "transactions": ()})
            kept[field] = (*kept[field], cls(**{column.name: row[f"of_{column.name}"] for column in own}))
    return [Call(**given) for given in found.values()]


def _offered(since: date, until: date) -> Any:
    return tables.call.c.t_offered.between(day_start(since), day_end(until) - 1)


def _complaints(connection: Connection, start: int, end: int, dids: frozenset[str]) -> tuple[Complaint, ...]:
    table, tie, call = tables.complaint, tables.complaint_call, tables.call
    inside = [table.c[name].between(start, end - 1) for name in COMPLAINT_MOMENTS]
    drill = or_(call.c.drill, call.c.did.in_(sorted(dids)))
    real = exists().where(tie.c.id == table.c.id, ~exists().where(call.c.call_id == tie.c.call_id, drill))
    untied = ~exists().where(tie.c.id == table.c.id)
    query = select(table).where(or_(*inside), or_(untied, real)).order_by(table.c.id)
    found = [dict(row) for row in connection.execute(query).mappings()]
    ties = _ties(connection, [row["id"] for row in found])
    return tuple(Complaint(**row, call_ids=tuple(ties.get(row["id"], ()))) for row in found)


def _ties(connection: Connection, ids: Sequence[str]) -> Mapping[str, list[str]]:
    tie, found = tables.complaint_call, dict[str, list[str]]()
    for page in pages(ids):
        for row in connection.execute(select(tie).where(tie.c.id.in_(page)).order_by(tie.c.id, tie.c.position)):
            found.setdefault(row.id, []).append(row.call_id)
    return found


def _days(since: date, until: date) -> Iterator[date]:
    return (since + timedelta(days=at) for at in range((until - since).days + 1))
