"""Reads what decides about some calls: their callbacks, what else their customers did around them, and which earlier
calls these calls have a part in (D4, D6, D9)."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, Row, Select, case, exists, func, literal, select

from ivr.records.counting.sums import FOREVER, CustomerOfDay, Neighbourhood, called
from ivr.records.database import rows, tables
from ivr.records.days import DAY_MS, HOUR_MS, day_end, day_start
from ivr.records.model import Call, CustomerKey, customer_key, customer_of
from ivr.records.vocabulary import VOICE

T = TypeVar("T")

#: Ids per statement, well below SQLite's limit of bound values.
_PAGE = 500
#: A call that lasted no longer than a day and was repeated within the hour began so long before.
_NEAR_MS = DAY_MS + HOUR_MS


class _Near(NamedTuple):
    """A call of one of the customers."""

    call_id: str
    key: CustomerKey
    t_offered: int
    t_ended: int
    requested: bool
    counted: bool


class Neighbours:
    """Reads on one connection. `dids` are test numbers: calls to them are taken for drills (D10)."""

    def __init__(self, connection: Connection, dids: frozenset[str] = frozenset()) -> None:
        self._connection, self._dids = connection, dids

    def calls(self, ids: Collection[str]) -> list[Call]:
        """The calls of these ids that there are."""
        return self._read(select(tables.call), ids, tables.call.c.call_id)

    def earlier(self, calls: Sequence[Call]) -> set[str]:
        """Ids of the earlier calls that these calls have a part in: those they are made for, and those they may
        repeat; a few too many do no harm."""
        found = {call.parent_call_id for call in calls if call.parent_call_id is not None}
        offered: dict[CustomerKey, list[int]] = defaultdict(list)
        for call in calls:
            if called(call) and (key := customer_key(call)) is not None:
                offered[key].append(call.t_offered)
        if not offered:
            return found
        for times in offered.values():
            times.sort()
        first = min(times[0] for times in offered.values())
        last = max(times[-1] for times in offered.values())
        for near in self._near(offered, first - _NEAR_MS, last):
            if _any(offered[near.key], near.t_ended):
                found.add(near.call_id)
        found.update(self._odd(offered, first - HOUR_MS, last))
        return found

    def neighbourhood(
        self, calls: Sequence[Call], customers: Collection[CustomerOfDay] = (), *, none_uncounted: bool = False
    ) -> Neighbourhood:
        """What decides about these calls and these customers' days. `none_uncounted`: no call waits to be counted."""
        calls = [self._drilled(call) for call in calls]
        live = [call for call in calls if call.direction == "in" and not call.drill]
        callbacks = self._callbacks([call.call_id for call in live])
        keys = {customer.key for customer in customers}
        keys.update(key for call in live if called(call) and (key := customer_key(call)) is not None)
        bounds = [*_bounds(live, callbacks), *(b for one in customers for b in (day_start(one.day), day_end(one.day)))]
        near: list[_Near] = []
        if keys:
            uncounted = not none_uncounted and bool(customers)
            near = list(self._near(keys, min(bounds), max(bounds), uncounted=uncounted, requests=bool(customers)))
        offered: dict[CustomerKey, list[int]] = defaultdict(list)
        for one in near:
            offered[one.key].append(one.t_offered)
        for times in offered.values():
            times.sort()
        return Neighbourhood(calls, callbacks, offered, _customers(customers, near))

    def _drilled(self, call: Call) -> Call:
        return replace(call, drill=True) if call.did in self._dids else call

    def _callbacks(self, ids: Collection[str]) -> dict[str, list[Call]]:
        table = tables.call
        query = select(table).where(table.c.parent_call_id.is_not(None), table.c.direction == "out")
        found: dict[str, list[Call]] = defaultdict(list)
        for call in self._read(query.where(table.c.drill.is_(False)), ids, table.c.parent_call_id):
            if call.did not in self._dids:
                found[call.parent_call_id or ""].append(call)
        return found

    def _read(self, query: Select[Any], ids: Collection[str], column: Any) -> list[Call]:
        found: list[Call] = []
        for page in pages(sorted(ids)):
            given = [dict(row) for row in self._connection.execute(query.where(column.in_(page))).mappings()]
            if given:
                found += rows.read_calls(self._connection, given)
        return found

    def _near(
        self, keys: Iterable[CustomerKey], first: int, last: int, *, uncounted: bool = False, requests: bool = False
    ) -> Iterator[_Near]:
        """The inbound calls of these customers, no drills, offered from `first` to `last`."""
        table, handoff = tables.call, tables.handoff
        asked = exists().where(handoff.c.call_id == table.c.call_id, handoff.c.refused.is_(False))
        waits = exists().where(tables.uncounted_call.c.call_id == table.c.call_id)
        query = select(
            table.c.call_id, table.c.customer_id, table.c.caller_number, table.c.caller_kind, table.c.t_offered,
            table.c.t_ended, table.c.did,
            (asked if requests else literal(False)).label("requested"),
            (waits if uncounted else literal(False)).label("waits"),
        ).where(
            table.c.direction == "in", table.c.channel == VOICE, table.c.drill.is_(False),
            table.c.t_offered.between(max(first, -FOREVER), min(last, FOREVER)),
        )  # fmt: skip
        for row in self._by_customer(query, table, keys):
            call_id, customer, number, kind, t_offered, t_ended, did, asked_, waits_ = tuple(row)
            if did not in self._dids:
                key = customer_of(customer, number, kind)
                assert key is not None
                yield _Near(call_id, key, t_offered, t_ended, bool(asked_), not waits_)

    def _odd(self, offered: Mapping[CustomerKey, list[int]], first: int, last: int) -> Iterator[str]:
        """Calls whose end is not within a day after their beginning: by the clock, or by a callback."""
        ends, owner = tables.call.alias("ends"), tables.call.alias("owner")
        back = case((ends.c.direction == "out", ends.c.parent_call_id))
        owns = owner.c.call_id == func.coalesce(back, ends.c.call_id)
        # the words of the index `ix_call_t_ended`
        odd = tables.odd("ends")
        query = (
            select(owner.c.call_id, owner.c.customer_id, owner.c.caller_number, owner.c.caller_kind, ends.c.t_ended)
            .select_from(ends.join(owner, owns))
            .where(odd, ends.c.t_ended.between(max(first, -FOREVER), min(last, FOREVER)))
            .where(owner.c.direction == "in", owner.c.channel == VOICE)
        )
        for row in self._connection.execute(query).mappings():
            key = customer_of(row["customer_id"], row["caller_number"], row["caller_kind"])
            if key is not None and key in offered and _any(offered[key], row["t_ended"]):
                yield row["call_id"]

    def _by_customer(self, query: Select[Any], table: Any, keys: Iterable[CustomerKey]) -> Iterator[Row[Any]]:
        """The rows, which begin with `call_id`, `customer_id`, `caller_number` and `caller_kind`."""
        ids: dict[str, list[str]] = {"customer": [], "number": []}
        for kind, value in sorted(set(keys)):
            ids[kind].append(value)
        for page in pages(ids["customer"]):
            yield from self._connection.execute(query.where(table.c.customer_id.in_(page)))
        for page in pages(ids["number"]):
            for row in self._connection.execute(query.where(table.c.caller_number.in_(page))):
                if row[1] is None and row[3] != "withheld":
                    yield row


def _called(call: Call) -> bool:
    return call.direction == "in" and call.channel == VOICE


def _any(times: Sequence[int], ended: int) -> bool:
    """One of the calls was offered within the hour after `ended`."""
    return bisect_left(times, ended + HOUR_MS) > bisect_left(times, ended)


def _bounds(calls: Iterable[Call], callbacks: Mapping[str, Sequence[Call]]) -> Iterator[int]:
    for call in calls:
        yield call.t_ended
        yield call.t_ended + HOUR_MS
        for back in callbacks.get(call.call_id, ()):
            yield back.t_ended + HOUR_MS


def _customers(wanted: Collection[CustomerOfDay], near: Iterable[_Near]) -> dict[CustomerOfDay, tuple[int, int]]:
    days: dict[CustomerKey, list[tuple[int, int, date]]] = defaultdict(list)
    for one in wanted:
        days[one.key].append((day_start(one.day), day_end(one.day), one.day))
    found = dict.fromkeys(wanted, (0, 0))
    for call in near:
        for start, end, day in days.get(call.key, ()):
            if call.counted and start <= call.t_offered < end:
                at = CustomerOfDay(day, call.key)
                calls, requests = found[at]
                found[at] = calls + 1, requests + call.requested
    return found


def pages(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at a time as a statement may bind."""
    return (items[at : at + _PAGE] for at in range(0, len(items), _PAGE))
