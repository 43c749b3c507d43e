"""Inbound calls in the order in which they came, a few at a time, each with what decides about it: for looking at what
a figure was counted from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

from ivr.records.counting.neighbourhood import Neighbours
from ivr.records.counting.sums import CustomerOfDay, Neighbourhood
from ivr.records.database import tables
from ivr.records.days import local_day
from ivr.records.model import customer_key


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last call that was looked at: when it was offered (UTC epoch ms), and its id."""

    at: int
    call_id: str


def browse(
    connection: Connection, start: int, end: int, after: Cursor | None, most: int, dids: frozenset[str]
) -> tuple[Neighbourhood, Cursor | None]:
    """The next `most` inbound calls offered from `start` until before `end`, after `after`, with what decides about
    them and their customers' days; and where to go on, None where there are no more. `dids` are test numbers (D10)."""
    call = tables.call
    query = select(call.c.call_id, call.c.t_offered).where(
        call.c.direction == "in", call.c.t_offered >= start, call.c.t_offered < end
    )
    if after is not None:
        same = and_(call.c.t_offered == after.at, call.c.call_id > after.call_id)
        query = query.where(call.c.t_offered >= after.at, or_(call.c.t_offered > after.at, same))
    found = connection.execute(query.order_by(call.c.t_offered, call.c.call_id).limit(most)).all()
    neighbours = Neighbours(connection, dids)
    calls = sorted(neighbours.calls([row.call_id for row in found]), key=lambda one: (one.t_offered, one.call_id))
    customers = {
        CustomerOfDay(local_day(one.t_offered), key) for one in calls if (key := customer_key(one)) is not None
    }
    last = Cursor(found[-1].t_offered, found[-1].call_id) if len(found) == most else None
    return neighbours.neighbourhood(calls, customers), last
