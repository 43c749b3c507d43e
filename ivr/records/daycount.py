"""Counts one local day in the database, by sets and not call by call. What a count means is for `ivr.metrics` to say;
this module knows only how to count it, in SQLite and PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, Text, bindparam, exists, or_, select, text
from sqlalchemy import Row as SqlRow
from sqlalchemy.sql.elements import TextClause

from ivr.errors import RecordRefused, StoreError, Uncountable
from ivr.records import daycount_sql as sql
from ivr.records import model, rows, tables
from ivr.records.days import DAY_MS, day_start
from ivr.records.engine import translated

Measures = Mapping[str, int]

#: An hour after its end nothing repeats a call any more (D4).
_REPEAT_MS = 3_600_000
#: No time of a record is later: as of then everything is decided.
FOREVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list: which call, when (UTC epoch ms) and for how long."""

    call_id: str
    at: int
    ms: int | None


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was counted of one day.

    `measures`: part ("day", "hour" or "queue") → name ("", "0"…"23", the queue's) → measure → count. `first_open`: the
    earliest end of a call whose hour is not over, None where all are decided. `annotated`: the day's calls with
    annotated turns; `complaints` one of whose moments lies in the day; `scores` of the day's calls. None of these
    belongs to a drill. `version`: of the day, in the same view of the database."""

    day: date
    version: int
    measures: Mapping[str, Mapping[str, Measures]]
    first_open: int | None
    items: Mapping[str, tuple[Item, ...]]
    annotated: tuple[model.Call, ...] = ()
    complaints: tuple[model.Complaint, ...] = field(default=())
    scores: tuple[model.QualityScore, ...] = field(default=())


def count_day(engine: Engine, day: date, dids: frozenset[str], as_of: int, most: int) -> DayCount:
    """Count the day as it stands at `as_of` (UTC epoch ms), with at most `most` rows of each list. Calls to `dids` are
    drills. Raises StoreError, and Uncountable where times are so absurd that whole numbers of 64 bits do
    not hold their sums."""
    try:
        return _count(engine, day, dids, as_of, most)
    except StoreError as wrong:
        # PostgreSQL refuses the value, SQLite the sum.
        if isinstance(wrong, RecordRefused) or "integer overflow" in str(wrong):
            raise Uncountable(f"{day} 的通话记录中有无法计算的时间") from wrong
        raise


def _count(engine: Engine, day: date, dids: frozenset[str], as_of: int, most: int) -> DayCount:
    start = day_start(day)
    given = {"start": start, "end": start + DAY_MS, "dids": sorted(dids)}
    with _snapshot(engine) as connection:
        table = tables.rollup_day
        version = connection.execute(select(table.c.version).where(table.c.day == day)).scalar_one_or_none()
        _prepare(connection, given, as_of if as_of == FOREVER else as_of - _REPEAT_MS)
        measures = {part: _measures(connection, part) for part in ("day", "hour", "queue")}
        measures["day"][""] |= _day_alone(connection, given)
        return DayCount(
            day,
            version or 0,
            measures,
            connection.execute(text(sql.FIRST_OPEN)).scalar_one(),
            {kind: _items(connection, query, most) for kind, query in sql.ITEMS.items()},
            _annotated(connection),
            complaints(connection, given),
            _scores(connection, given),
        )


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """One view of the database for many statements; what they make is gone afterwards."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with translated(), engine.connect().execution_options(**options) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


def _prepare(connection: Connection, given: Mapping[str, Any], decided: int) -> None:
    binary = _binary(connection)
    for statement in sql.TABLES:
        connection.execute(text(statement))
    connection.execute(_with_dids(sql.CALLS), given)
    connection.execute(text(sql.HANDOFFS))
    _known(connection, "count_call", "count_ask")
    connection.execute(_with_dids(sql.CALLBACKS.format(binary=binary)), given)
    connection.execute(text(sql.KEPT_PROMISES))
    filled = {"decided": decided, "ratings": sql.ratings(), "rating_columns": sql.rating_columns()}
    connection.execute(text(sql.CASES.format(**filled)))
    _known(connection, "count_case")
    for key, same in sql.SAME_CUSTOMER.items():
        connection.execute(_with_dids(sql.REPEATED.format(key=key, same=same)), given)


def _known(connection: Connection, *names: str) -> None:
    """PostgreSQL plans better when it knows how much there is."""
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.execute(text(f"ANALYZE {name}"))


def _binary(connection: Connection) -> str:
    return 'COLLATE "C"' if connection.dialect.name == "postgresql" else "COLLATE BINARY"


def _with_dids(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("dids", expanding=True, type_=Text))


def _measures(connection: Connection, part: str) -> dict[str, dict[str, int]]:
    found = {}
    for row in connection.execute(text(sql.sums(part))).mappings():
        name = "" if part == "day" else str(row["part"])
        found[name] = {measure: _whole(value) for measure, value in row.items() if measure != "part"}
    return found


def _day_alone(connection: Connection, given: Mapping[str, Any]) -> dict[str, int]:
    """What is counted of a whole day only."""
    found: dict[str, int] = {}
    for which, suffix in (("req = 1", ""), ("1 = 1", "_all")):
        customers, once = connection.execute(text(sql.CUSTOMERS.format(which=which))).one()
        withheld = connection.execute(text(sql.WITHHELD.format(which=which))).scalar_one()
        found |= {f"customers{suffix}": _whole(customers), f"once{suffix}": _whole(once), f"withheld{suffix}": withheld}
    found["drills"] = connection.execute(_with_dids(sql.DRILLS), given).scalar_one()
    spent = {row[0]: _whole(row[1]) for row in connection.execute(text(sql.STATES), given)}
    return found | {f"state_{name}_ms": spent.get(name, 0) for name in ("ready", "ring", "talk", "acw", "pause")}


def _whole(value: Any) -> int:
    """Sums are whole; SQLite makes a float of one that does not fit, PostgreSQL a Decimal of every sum."""
    if isinstance(value, float):
        raise Uncountable("通话记录中有无法计算的时间")
    return int(value)


def _items(connection: Connection, query: str, most: int) -> tuple[Item, ...]:
    statement = text(sql.WORST.format(items=query, binary=_binary(connection)))
    return tuple(Item(*row) for row in connection.execute(statement, {"most": most}))


def _annotated(connection: Connection) -> tuple[model.Call, ...]:
    query = "SELECT call_id FROM count_call c WHERE EXISTS (SELECT 1 FROM annotation a WHERE a.call_id = c.call_id)"
    return read_calls(connection, list(connection.execute(text(query)).scalars()))


def read_calls(connection: Connection, ids: list[str]) -> tuple[model.Call, ...]:
    """The calls of these ids that there are."""
    found: list[model.Call] = []
    for at in range(0, len(ids), 500):
        query = select(tables.call).where(tables.call.c.call_id.in_(ids[at : at + 500]))
        found += rows.read_calls(connection, [dict(row) for row in connection.execute(query).mappings()])
    return tuple(found)


def complaints(connection: Connection, given: Mapping[str, Any]) -> tuple[model.Complaint, ...]:
    """Complaints one of whose moments lies from `start` to before `end`; those of drills alone, `dids` being test
    numbers, are left out (D10)."""
    table, tie, call = tables.complaint, tables.complaint_call, tables.call
    inside = [
        table.c[name].between(given["start"], given["end"] - 1)
        for name in ("received_at", "ack_due", "due", "extended_to", "closed_at", "notified_at", "decided_at")
    ]
    real = exists().where(
        tie.c.id == table.c.id,
        ~exists().where(call.c.call_id == tie.c.call_id, or_(call.c.drill, call.c.did.in_(given["dids"]))),
    )
    untied = ~exists().where(tie.c.id == table.c.id)
    query = select(table).where(or_(*inside), or_(untied, real)).order_by(table.c.id)
    found = [dict(row) for row in connection.execute(query).mappings()]
    ties: dict[str, list[str]] = {}
    for at in range(0, len(found), 500):
        ids = [row["id"] for row in found[at : at + 500]]
        for row in connection.execute(select(tie).where(tie.c.id.in_(ids)).order_by(tie.c.id, tie.c.position)):
            ties.setdefault(row.id, []).append(row.call_id)
    return tuple(model.Complaint(**row, call_ids=tuple(ties.get(row["id"], ()))) for row in found)


def _scores(connection: Connection, given: Mapping[str, Any]) -> tuple[model.QualityScore, ...]:
    """A score counts on its call's day; where nobody knows the call, on its own."""
    table, call = tables.quality_score, tables.call
    query = (
        select(table)
        .outerjoin(call, call.c.call_id == table.c.call_id)
        .where(
            or_(
                call.c.t_offered.between(given["start"], given["end"] - 1),
                call.c.call_id.is_(None) & table.c.t.between(given["start"], given["end"] - 1),
            ),
            or_(call.c.call_id.is_(None), ~or_(call.c.drill, call.c.did.in_(given["dids"]))),
        )
    )
    return tuple(_score(row) for row in connection.execute(query))


def _score(row: SqlRow[Any]) -> model.QualityScore:
    return model.QualityScore(**row._mapping)
