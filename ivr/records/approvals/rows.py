"""Requests and decisions within somebody's transaction: the one place where it is made sure that two people decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, insert, select, update

from ivr.errors import ApprovalRefused
from ivr.records.approvals.model import Approval, ApprovalKind, ApprovalState
from ivr.records.database.people_tables import approval as table
from ivr.records.days import moment


def request(connection: Connection, wanted: Approval) -> Approval:
    """Keep a request and give it its id. Raises ApprovalRefused where the same is asked for already."""
    same = (table.c.kind == wanted.kind.value, table.c.target == wanted.target, table.c.digest == wanted.digest)
    for row in connection.execute(select(table).where(*same, table.c.approved.is_(None))).mappings():
        there = read(row)
        if there.state(wanted.t_requested) is ApprovalState.OPEN:
            raise ApprovalRefused(f"{there.requested_by} 已在 {_at(there.t_requested)} 提出同样的申请 {there.id}")
    values = {name: value for name, value in asdict(wanted).items() if name != "id"} | {"kind": wanted.kind.value}
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return replace(wanted, id=int(key[0]))


def found(connection: Connection, id_: int) -> Approval:
    """A request by id. Raises ApprovalRefused where there is none."""
    row = connection.execute(select(table).where(table.c.id == id_)).mappings().first()
    if row is None:
        raise ApprovalRefused(f"没有申请 {id_}")
    return read(row)


def of_target(connection: Connection, kind: ApprovalKind, target: str) -> Approval:
    """The last request about a target. Raises ApprovalRefused where there is none."""
    query = select(table).where(table.c.kind == kind.value, table.c.target == target).order_by(table.c.id.desc())
    row = connection.execute(query.limit(1)).mappings().first()
    if row is None:
        raise ApprovalRefused(f"没有关于 {target} 的申请")
    return read(row)


def open_of_target(connection: Connection, kind: ApprovalKind, target: str) -> tuple[Approval, ...]:
    """The requests about a target that nobody has decided."""
    query = select(table).where(table.c.kind == kind.value, table.c.target == target, table.c.approved.is_(None))
    return tuple(read(row) for row in connection.execute(query.order_by(table.c.id)).mappings())


def fitting(
    connection: Connection, kind: ApprovalKind, digest: str, person: str, now: int, id_: int | None = None
) -> Approval:
    """The request `id_` of this person, or the last one of this kind and content, an approved one first. Raises
    ApprovalRefused where there is none."""
    query = select(table).where(table.c.kind == kind.value, table.c.requested_by == person).order_by(table.c.id.desc())
    query = query.where(table.c.digest == digest) if id_ is None else query.where(table.c.id == id_)
    listed = [read(row) for row in connection.execute(query).mappings()]
    if not listed:
        raise ApprovalRefused(f"{person} 没有提出过这样的申请（{kind.word}）：先申请，由另一个人批准")
    return next((one for one in listed if one.state(now) is ApprovalState.APPROVED), listed[0])


def decide(connection: Connection, id_: int, person: str, approved: bool, now: int) -> Approval:
    """The second person's word. Raises ApprovalRefused: whoever asked cannot decide, and nobody twice or too late."""
    asked = found(connection, id_)
    if person == asked.requested_by:
        raise ApprovalRefused(f"申请 {id_}（{asked.kind.word}）是 {person} 本人提出的，必须由另一个人决定")
    if asked.decided_by is not None:
        word = "批准" if asked.approved else "否决"
        raise ApprovalRefused(f"申请 {id_} 已由 {asked.decided_by} 于 {_at(asked.t_decided or 0)} {word}")
    if asked.state(now) is ApprovalState.EXPIRED:
        raise ApprovalRefused(f"申请 {id_} 已于 {_at(asked.t_expires)} 过期，请重新提出")
    connection.execute(
        update(table).where(table.c.id == id_).values(decided_by=person, t_decided=now, approved=approved)
    )
    return replace(asked, decided_by=person, t_decided=now, approved=approved)


def close(connection: Connection, id_: int, person: str, now: int) -> None:
    """The one who asked takes the request back, as long as nobody has decided."""
    query = update(table).where(table.c.id == id_, table.c.approved.is_(None), table.c.requested_by == person)
    connection.execute(query.values(decided_by=person, t_decided=now, approved=False))


def supersede(connection: Connection, id_: int, now: int) -> None:
    """What was asked for has happened without a decision: nobody is to decide it any more."""
    connection.execute(update(table).where(table.c.id == id_, table.c.approved.is_(None)).values(t_expires=now))


def use(connection: Connection, approval: Approval, digest: str, now: int) -> Approval:
    """Carry out what was approved, once. Raises ApprovalRefused where it was not approved, is used, has expired, or is
    about something else."""
    state = approval.state(now)
    if state is not ApprovalState.APPROVED:
        raise ApprovalRefused(f"申请 {approval.id}（{approval.kind.word}）{state}，不能执行")
    if digest != approval.digest:
        raise ApprovalRefused(f"申请 {approval.id} 批准的不是这个内容，不能执行")
    connection.execute(update(table).where(table.c.id == approval.id).values(t_used=now))
    return replace(approval, t_used=now)


def read(row: Mapping[Any, Any]) -> Approval:
    """A row of the table."""
    return Approval(**{**row, "kind": ApprovalKind(row["kind"])})


def _at(t: int) -> str:
    return f"{moment(t):%Y-%m-%d %H:%M}"
