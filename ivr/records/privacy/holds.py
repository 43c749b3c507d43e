"""Legal holds in the database: what is on hold is neither purged nor erased (CBA 五十一(一)). Calls that a complaint
speaks of are held as long as there is the complaint, without anybody's asking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, exists, func, insert, or_, select, update

from ivr.records.database import tables
from ivr.records.database.complaint_tables import complaint_case
from ivr.records.database.privacy_tables import legal_hold
from ivr.records.privacy.model import Hold, HoldKind

_HOLD, _TIE = legal_hold.alias("standing"), tables.complaint_call.alias("tie")
_OWN, _PARENT, _CHILD, _TOLD = (tables.call.alias(name) for name in ("own", "parent", "child", "told"))


def place(connection: Connection, kind: HoldKind, target: str, reason: str, by: str, now: int) -> Hold:
    """Place a hold; where the same target is on hold already that one stays, and comes back."""
    here = and_(legal_hold.c.kind == kind.value, legal_hold.c.target == target, legal_hold.c.released_at.is_(None))
    row = connection.execute(select(legal_hold).where(here)).mappings().first()
    if row is not None:
        return _hold(row)
    values = {"kind": kind.value, "target": target, "reason": reason, "placed_by": by, "placed_at": now}
    key = connection.execute(insert(legal_hold).values(**values)).inserted_primary_key
    assert key is not None
    return Hold(int(key[0]), kind, target, reason, by, now)


def release(connection: Connection, id_: int, by: str, now: int) -> Hold | None:
    """End a hold; None where there is none of this id that stands."""
    query = update(legal_hold).where(legal_hold.c.id == id_, legal_hold.c.released_at.is_(None))
    if connection.execute(query.values(released_by=by, released_at=now)).rowcount == 0:
        return None
    return _hold(connection.execute(select(legal_hold).where(legal_hold.c.id == id_)).mappings().one())


def listed(connection: Connection, *, standing: bool = True) -> tuple[Hold, ...]:
    """Holds, the newest first; `standing`: those that are not released."""
    query = select(legal_hold).order_by(legal_hold.c.placed_at.desc(), legal_hold.c.id.desc())
    if standing:
        query = query.where(legal_hold.c.released_at.is_(None))
    return tuple(_hold(row) for row in connection.execute(query).mappings())


def stands(kind: HoldKind, target: ColumnElement[Any]) -> ColumnElement[bool]:
    """SQL: what `target` names is on hold."""
    return exists().where(_HOLD.c.kind == kind.value, _HOLD.c.target == target, _HOLD.c.released_at.is_(None))


@cache
def of_call(call: FromClause = tables.call) -> ColumnElement[bool]:
    """SQL: the call is on hold: itself, its customer, a complaint that speaks of it, or the call that it belongs to by
    a callback, one way or the other."""
    return or_(
        _itself(call),
        exists().where(_PARENT.c.call_id == call.c.parent_call_id, _itself(_PARENT)),
        exists().where(_CHILD.c.parent_call_id == call.c.call_id, _itself(_CHILD)),
    )


@cache
def of_work(table: Table, call_id: str) -> ColumnElement[bool]:
    """SQL: a callback or work item is on hold: its number, or the call, named by the column `call_id`, that it came of,
    whether there is a record of that call or not."""
    return or_(
        stands(HoldKind.CALL, table.c[call_id]),
        stands(HoldKind.NUMBER, table.c.number),
        exists().where(_OWN.c.call_id == table.c[call_id], of_call(_OWN)),
        exists().where(_TIE.c.call_id == table.c[call_id]),
    )


@cache
def of_complaint(table: Table = tables.complaint) -> ColumnElement[bool]:
    """SQL: the record of a complaint is on hold: itself, the complaint that it is a later round of, or a call that it
    speaks of. Its case's own number is `cases`' matter."""
    ties = tables.complaint_call.alias("ties")
    first = func.substr(table.c.id, 1, func.length(_HOLD.c.target) + 1) == _HOLD.c.target + "-"
    return or_(
        stands(HoldKind.COMPLAINT, table.c.id),
        exists().where(_HOLD.c.kind == HoldKind.COMPLAINT.value, first, _HOLD.c.released_at.is_(None)),
        exists().where(ties.c.id == table.c.id, stands(HoldKind.CALL, ties.c.call_id)),
        exists().where(ties.c.id == table.c.id, _TOLD.c.call_id == ties.c.call_id, _asked(_TOLD)),
    )


@cache
def of_consent(table: Table) -> ColumnElement[bool]:
    """SQL: what a customer agreed to is on hold: his number, he himself, or the call on which he said it."""
    customer = exists().where(
        _HOLD.c.kind == HoldKind.CUSTOMER.value,
        table.c.customer == "customer:" + _HOLD.c.target,
        _HOLD.c.released_at.is_(None),
    )
    return or_(stands(HoldKind.NUMBER, table.c.customer), stands(HoldKind.CALL, table.c.call_id), customer)


@cache
def _itself(call: FromClause) -> ColumnElement[bool]:
    return or_(_asked(call), exists().where(_TIE.c.call_id == call.c.call_id))


def _asked(call: FromClause) -> ColumnElement[bool]:
    """Somebody placed a hold on the call, its number or its customer."""
    return or_(
        stands(HoldKind.CALL, call.c.call_id),
        stands(HoldKind.NUMBER, call.c.caller_number),
        stands(HoldKind.CUSTOMER, call.c.customer_id),
    )


def cases(connection: Connection) -> frozenset[str]:
    """The ids of complaints on hold: themselves, one of their numbers, or a call that they speak of, whether there is a
    record of that call or not."""
    standing = listed(connection)
    if not standing:
        return frozenset()
    case, call = complaint_case.c, tables.call
    calls = {one.target for one in standing if one.kind is HoldKind.CALL}
    calls.update(connection.execute(select(call.c.call_id).where(_asked(call))).scalars())
    own = or_(
        stands(HoldKind.COMPLAINT, case.id),
        stands(HoldKind.NUMBER, case.number),
        stands(HoldKind.NUMBER, case.call_back_number),
    )
    found = connection.execute(select(case.id, case.call_ids, own.label("own")))
    return frozenset(row.id for row in found if row.own or not calls.isdisjoint(json.loads(row.call_ids)))


def of_cases(connection: Connection) -> frozenset[str]:
    """The calls of complaints that are not over, from the first word on, before they are records, or that are on
    hold."""
    case = complaint_case.c
    held = case.id.in_(sorted(cases(connection)))
    query = select(case.call_ids).where(or_(and_(case.closed_at.is_(None), case.withdrawn_at.is_(None)), held))
    return frozenset(call_id for ids in connection.execute(query).scalars() for call_id in json.loads(ids))


def _hold(row: Mapping[Any, Any]) -> Hold:
    return Hold(**{**row, "kind": HoldKind(row["kind"])})
