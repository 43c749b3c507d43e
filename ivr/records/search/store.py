"""Searches calls in the database. A page is found in bounded time whatever is asked for: calls are looked through from
the newest on, a few thousand at a time along the index of their times, until the page is full or the time is spent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, exists, or_, select, tuple_

from ivr.records.database import rows, tables
from ivr.records.database.engine import reading
from ivr.records.days import DAY_MS
from ivr.records.model import Call
from ivr.records.search.model import CallFilter, Cursor, FoundCalls, WorstCalls, WorstCursor

#: Calls looked through at a time, and how long (s) a page may be looked for.
STRIDE, BUDGET_S = 2_000, 0.08
#: An agent's legs looked through at a time.
LEGS = 400
#: The most days that the worst calls are asked for at once.
MOST_DAYS = 92
_call = tables.call


class CallSearch:
    """Calls of a store. Every method may be called from any thread and raises StoreError like the store's."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock

    def find(self, wanted: CallFilter, after: Cursor | None = None, limit: int = 50) -> FoundCalls:
        """The next page of the calls, newest first, from `after` on."""
        with reading(self._engine) as connection:
            ids, following, whole = self._ids(connection, wanted, after, limit)
            return FoundCalls(tuple(_calls(connection, ids)), following, whole)

    def _ids(
        self, connection: Connection, wanted: CallFilter, after: Cursor | None, limit: int
    ) -> tuple[list[str], Cursor | None, bool]:
        conditions = [*_of_call(wanted), *_of_parts(wanted)]
        few = wanted.call_id or wanted.caller_number or wanted.customer_id or wanted.agent
        bounded = bool(conditions) and not few
        source = select(_call.c.t_offered, _call.c.call_id)
        if wanted.agent is not None:
            source = source.join_from(tables.agent_leg, _call).distinct()
            conditions.append(tables.agent_leg.c.agent_id == wanted.agent)
        found: list[Cursor] = []
        until = self._clock() + BUDGET_S
        place, bound = after, None
        while True:
            legs: list[ColumnElement[bool]] = []
            if wanted.agent is not None:
                bound = _stride_of_legs(connection, wanted, place)
                legs = list(_of_agent(wanted, place, bound))
            elif bounded:
                bound = _stride(connection, wanted, place)
            query = source.where(*conditions, *legs, *_range(wanted, place, bound))
            query = query.order_by(_call.c.t_offered.desc(), _call.c.call_id.desc()).limit(limit + 1 - len(found))
            found += [Cursor(*row) for row in connection.execute(query)]
            if len(found) > limit:
                return [one.call_id for one in found[:limit]], found[limit - 1], True
            if bound is None:
                return [one.call_id for one in found], None, True
            place = bound
            if self._clock() > until:
                return [one.call_id for one in found], place, False

    def worst(
        self, kind: str, since: date, until: date, after: WorstCursor | None = None, limit: int = 50
    ) -> WorstCalls:
        """The calls of a list (`Item.ms` is their rank) that came in on the local days, both included, the highest
        rank first. At most MOST_DAYS days are looked at, the last ones."""
        table = tables.follow_up
        keys = (table.c.rank, table.c.at, table.c.call_id)
        found: list[WorstCursor] = []
        with reading(self._engine) as connection:
            for back in range(min((until - since).days + 1, MOST_DAYS)):
                query = select(*keys).where(table.c.kind == kind, table.c.day == until - timedelta(days=back))
                if after is not None:
                    query = query.where(table.c.rank <= after.rank, tuple_(*keys) < tuple_(*after))
                query = query.order_by(*(key.desc() for key in keys)).limit(limit + 1)
                found += [WorstCursor(*row) for row in connection.execute(query)]
            page = sorted(found, reverse=True)[: limit + 1]
            calls = {call.call_id: call for call in _calls(connection, [one.call_id for one in page[:limit]])}
        ranked = tuple((calls[one.call_id], one.rank) for one in page[:limit] if one.call_id in calls)
        return WorstCalls(ranked, page[limit - 1] if len(page) > limit else None)


def _calls(connection: Connection, ids: list[str]) -> list[Call]:
    """The calls of these ids, in their order."""
    found = connection.execute(select(_call).where(_call.c.call_id.in_(ids))).mappings()
    calls = {call.call_id: call for call in rows.read_calls(connection, [dict(row) for row in found])}
    return [calls[one] for one in ids if one in calls]


def _stride(connection: Connection, wanted: CallFilter, place: Cursor | None) -> Cursor | None:
    """The call that is so many further on; None where there are fewer."""
    query = select(_call.c.t_offered, _call.c.call_id).where(*_range(wanted, place, None))
    query = query.order_by(_call.c.t_offered.desc(), _call.c.call_id.desc()).offset(STRIDE).limit(1)
    row = connection.execute(query).first()
    return None if row is None else Cursor(*row)


def _range(wanted: CallFilter, after: Cursor | None, bound: Cursor | None) -> Iterable[ColumnElement[bool]]:
    """Between the filter's times, behind `after` and up to `bound`. Row values are compared along the index."""
    if wanted.since is not None:
        yield _call.c.t_offered >= wanted.since
    if wanted.until is not None:
        yield _call.c.t_offered < wanted.until
    key = tuple_(_call.c.t_offered, _call.c.call_id)
    if after is not None:
        yield key < tuple_(*after)
    if bound is not None:
        yield key >= tuple_(*bound)


def _of_call(wanted: CallFilter) -> Iterable[ColumnElement[bool]]:
    for name in ("call_id", "caller_number", "customer_id", "did", "channel", "entry", "hangup_by", "flow_revision"):
        if (value := getattr(wanted, name)) is not None:
            yield _call.c[name] == value
    if wanted.least_ms is not None:
        yield _call.c.t_ended - _call.c.t_offered >= wanted.least_ms
    if wanted.drill is not None:
        yield _call.c.drill == wanted.drill


def _of_parts(wanted: CallFilter) -> Iterable[ColumnElement[bool]]:
    turn, handoff, survey = tables.turn, tables.handoff, tables.survey
    if wanted.menu is not None:
        yield _has(tables.menu_visit, tables.menu_visit.c.menu_id == wanted.menu)
    if wanted.leaf is not None:
        yield _has(tables.completed_leaf, tables.completed_leaf.c.leaf_id == wanted.leaf)
    if wanted.intent is not None:
        yield _has(turn, turn.c.intent == wanted.intent)
    if wanted.action is not None:
        starts = turn.c.action.startswith(f"{wanted.action}:", autoescape=True)
        yield _has(turn, or_(turn.c.action == wanted.action, starts))
    if wanted.queue is not None or wanted.outcome is not None:
        yield _has(handoff, *_of_handoff(wanted))
    if wanted.dissatisfied:
        yield _has(survey, and_(survey.c.answered, survey.c.score == 3))
    if wanted.transactions:
        yield _has(tables.transaction)
    if wanted.recorded:
        yield _has(tables.recording)


def _stride_of_legs(connection: Connection, wanted: CallFilter, place: Cursor | None) -> Cursor | None:
    """The moment that so many of the agent's legs are after; None where there are fewer."""
    leg = tables.agent_leg
    query = select(leg.c.t_connected).where(leg.c.agent_id == wanted.agent, *_of_agent(wanted, place, None))
    row = connection.execute(query.order_by(leg.c.t_connected.desc()).offset(LEGS).limit(1)).first()
    if row is None or (place is not None and int(row[0]) >= place.t_offered):
        return None
    return Cursor(int(row[0]), "")


def _of_agent(wanted: CallFilter, after: Cursor | None, bound: Cursor | None) -> Iterable[ColumnElement[bool]]:
    """The agent's legs along the index of their times: a leg begins within a day of its call's beginning (D5)."""
    leg = tables.agent_leg
    starts = [t for t in (wanted.since, bound.t_offered if bound is not None else None) if t is not None]
    if starts:
        yield leg.c.t_connected >= max(starts) - DAY_MS
    ends = [t for t in (wanted.until, after.t_offered if after is not None else None) if t is not None]
    if ends:
        yield leg.c.t_connected <= min(ends) + DAY_MS


def _of_handoff(wanted: CallFilter) -> Iterable[ColumnElement[bool]]:
    handoff = tables.handoff
    if wanted.queue is not None:
        yield handoff.c.queue == wanted.queue
    if wanted.outcome == "refused":
        yield handoff.c.refused
    elif wanted.outcome is not None:
        yield and_(handoff.c.outcome == wanted.outcome, ~handoff.c.refused)


def _has(table: Table, *conditions: Any) -> ColumnElement[bool]:
    return exists().where(table.c.call_id == _call.c.call_id, *conditions)
