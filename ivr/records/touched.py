"""Which local days' figures depend on a record. Whoever writes records marks those days in the same transaction, so
that a roll-up is never taken for good after a fact came late."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import Connection, Text, bindparam, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import TextClause

from ivr.records import model, tables
from ivr.records.days import local_day

#: Ids per statement, well below SQLite's limit of bound values.
_PAGE = 300
#: A day and the hour in which a call may be repeated.
_NEAR_MS = 86_400_000 + 3_600_000
_HOUR_MS = 3_600_000

#: The calls that were written; absurd times are left to the calls' own days.
_WRITTEN = """(
  SELECT call_id, parent_call_id, direction, customer_id,
    CASE WHEN customer_id IS NULL AND caller_kind <> 'withheld' THEN caller_number END AS number, t_offered,
    CASE WHEN t_offered BETWEEN 0 AND 9000000000000 THEN t_offered ELSE 0 END AS at
  FROM call WHERE call_id IN :ids
) n"""

#: (The CASE keeps SQLite from looking up the many who have no customer id.)
#: D4, D9: a call decides about the earlier call that it repeats within the hour, and about the one it calls back.
_CALLS = tuple(
    f"SELECT {what} FROM {_WRITTEN} JOIN {join} WHERE {where}"  # noqa: S608 our own names only
    for what, join, where in (
        ("n.t_offered", "call same ON same.call_id = n.call_id", "1 = 1"),
        ("p.t_offered", "call p ON p.call_id = n.parent_call_id", "1 = 1"),
        *(
            ("e.t_offered", f"call e ON e.{column} = n.{key}{also}", "n.direction = 'in' AND e.direction = 'in'"
             f" AND e.t_offered >= n.at - {_NEAR_MS} AND e.t_offered <= n.at"
             f" AND e.t_ended <= n.at AND e.t_ended > n.at - {_HOUR_MS}")
            for column, key, also in (
                ("customer_id", "customer_id", ""),
                ("caller_number", "number",
                 " AND CASE WHEN e.customer_id IS NULL THEN 1 END = 1 AND e.caller_kind <> 'withheld'"),
            )
        ),
        ("p.t_offered",
         "call e ON (e.parent_call_id IS NOT NULL OR CAST(e.t_ended AS DOUBLE PRECISION)"
         " - CAST(e.t_offered AS DOUBLE PRECISION) NOT BETWEEN 0 AND 86400000)"
         f" AND e.t_ended <= n.at AND e.t_ended > n.at - {_HOUR_MS}"
         " JOIN call p ON p.call_id = coalesce(CASE WHEN e.direction = 'out' THEN e.parent_call_id END, e.call_id)",
         "n.direction = 'in' AND p.direction = 'in' AND (p.customer_id = n.customer_id OR (p.customer_id IS NULL"
         " AND p.caller_kind <> 'withheld' AND p.caller_number = n.number))"),
    )
)  # fmt: skip
_SCORES = "SELECT t FROM quality_score WHERE call_id IN :ids"
_COMPLAINTS = "SELECT DISTINCT id FROM complaint_call WHERE call_id IN :ids"


def days_of_calls(connection: Connection, call_ids: Collection[str]) -> set[date]:
    """The days whose figures these calls, as they are in the database now, have a part in: their own, those of calls
    they repeat or call back, and those of complaints and scores about them."""
    found: set[date] = set()
    for page in _pages(call_ids):
        for statement in (*_CALLS, _SCORES):
            times = connection.execute(_of(statement), {"ids": page}).scalars()
            found.update(local_day(t) for t in times)
        found |= days_of_complaints(connection, connection.execute(_of(_COMPLAINTS), {"ids": page}).scalars().all())
    return found


def days_of_complaints(connection: Connection, ids: Collection[str]) -> set[date]:
    """The days of every clock of these complaints, as they are in the database now."""
    table, found = tables.complaint, set[date]()
    clocks = [column for column in table.columns if column.name in _CLOCKS]
    for page in _pages(ids):
        for row in connection.execute(select(*clocks).where(table.c.id.in_(page))):
            found.update(local_day(t) for t in row if t is not None)
    return found


_CLOCKS = ("received_at", "ack_due", "due", "extended_to", "closed_at", "notified_at", "decided_at")


def days_of_other(connection: Connection, record: model.Other) -> set[date]:
    """The days of this record, and of the one of the same key that is in the database now."""
    match record:
        case model.Complaint():
            own = {local_day(t) for name in _CLOCKS if (t := getattr(record, name)) is not None}
            return own | days_of_complaints(connection, [record.id])
        case model.AgentState():
            table = tables.agent_state
            key = (table.c.agent_id == record.agent_id) & (table.c.t_from == record.t_from)
            ends = [record.t_to, *connection.execute(select(table.c.t_to).where(key)).scalars()]
            return _between(record.t_from, max(ends))
        case model.QualityScore():
            query = select(tables.call.c.t_offered).where(tables.call.c.call_id == record.call_id)
            return {local_day(t) for t in (record.t, *connection.execute(query).scalars())}


def mark(connection: Connection, days: Iterable[date]) -> None:
    """The days must be counted again."""
    table = tables.rollup_day
    rows = [{"day": day, "version": 1} for day in sorted(days)]
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    if rows:
        added = make(table).on_conflict_do_update(index_elements=["day"], set_={"version": table.c.version + 1})
        connection.execute(added, rows)


#: A state that lasts longer was never ended; its days are not marked one by one.
_LONGEST_DAYS = 3660


def _between(t_from: int, t_to: int) -> set[date]:
    if t_to <= t_from:
        return {local_day(t_from)}
    first, last = local_day(t_from).toordinal(), local_day(t_to - 1).toordinal()
    return {date.fromordinal(at) for at in range(first, min(last, first + _LONGEST_DAYS) + 1)}


def _of(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", expanding=True, type_=Text))


def _pages(ids: Collection[str]) -> Iterable[list[str]]:
    listed = list(ids)
    return (listed[at : at + _PAGE] for at in range(0, len(listed), _PAGE))
