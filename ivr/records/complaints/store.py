"""Complaints in the database: the case, its steps, and the record that figures are counted from, always together. Every
method may be called from any thread and raises StoreError where the database cannot be used: nothing was changed
then."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, or_, select, update

from ivr.errors import ComplaintChanged
from ivr.records.audit.model import AuditEntry, detail
from ivr.records.audit.trail import append
from ivr.records.complaints import extensions
from ivr.records.complaints.model import Case, Cause, Decision, Extension, State, Step, StepKind, Via
from ivr.records.complaints.record import record_id, record_of
from ivr.records.database import complaint_tables as tables
from ivr.records.database import rows
from ivr.records.database import tables as call_tables
from ivr.records.database.engine import reading, writing
from ivr.records.deliveries.model import Delivery
from ivr.records.deliveries.store import keep, withdraw
from ivr.text.check_digits import with_check_digit

Row = Mapping[Any, Any]


class ComplaintStore:
    """Every complaint that is worked on, or was."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        day: str,
        ref: str,
        make: Callable[[str, int], tuple[Case, Step]],
        numbers: Collection[str],
        within: tuple[int, int],
        audit: AuditEntry,
        now: int,
    ) -> Case:
        """Keep a new complaint, written down `now`: `make` is given its id (`day`, a number of that day, a check digit)
        and how many complaints of the customer with one of `numbers` came `within` these two moments, both included.
        Where one of its `ref` is there already, that one stays and comes back."""
        table = tables.complaint_case
        with writing(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.ref == ref)).mappings().first()
            if row is not None:
                return _case(row)
            before = [one for one in _of_numbers(connection, numbers, within[0]) if one.received_at <= within[1]]
            case, step = make(_next_id(connection, day), len(before))
            connection.execute(insert(table), _row(case))
            connection.execute(insert(tables.complaint_step), _step_row(step))
            _record(connection, case)
            append(connection, _entry(audit, case, step), now)
            return case

    def save(
        self, changes: Sequence[tuple[Case, Step]], audit: AuditEntry, deliveries: Sequence[Delivery] = ()
    ) -> None:
        """Keep what a step made of a case, or of several, all or none. A case's version must be the one after the
        version that is kept: else raises ComplaintChanged, which says who did what meanwhile. `deliveries` are sent
        later; a work order that the case has left is not sent any more. Raises
        ApprovalRefused where a longer term was decided otherwise."""
        table = tables.complaint_case
        with writing(self._engine) as connection:
            for case, step in changes:
                query = update(table).where(table.c.id == case.id, table.c.version == case.version - 1)
                if connection.execute(query.values(**_row(case))).rowcount == 0:
                    raise ComplaintChanged(_meanwhile(connection, case.id))
                connection.execute(insert(tables.complaint_step), _step_row(step))
                _record(connection, case)
                order = f"order-{case.work_order}-" if case.state is State.PASSED_ON else None
                withdraw(connection, f"complaint:{case.id}", order, step.at)
                extensions.follow(connection, case, step)
                append(connection, _entry(audit, case, step), step.at)
            for delivery in deliveries:
                keep(connection, delivery)

    def get(self, id_: str) -> Case | None:
        """The complaint with this reference number, or None."""
        return self._one(tables.complaint_case.c.id == id_)

    def by_ref(self, ref: str) -> Case | None:
        """The complaint that came in as `ref`, or None."""
        return self._one(tables.complaint_case.c.ref == ref)

    def steps(self, id_: str) -> tuple[Step, ...]:
        """What was done, the first first."""
        table = tables.complaint_step
        query = select(table).where(table.c.case_id == id_).order_by(table.c.number)
        with reading(self._engine) as connection:
            return tuple(_step(row) for row in connection.execute(query).mappings())

    def list(
        self,
        *,
        open_only: bool = True,
        states: Collection[State] = (),
        since: int | None = None,
        until: int | None = None,
    ) -> tuple[Case, ...]:
        """Complaints, the first due first; `open_only`: those with something left to be done. `since`, `until` bound
        the receipt, half-open."""
        table = tables.complaint_case
        query = select(table).order_by(table.c.due, table.c.id)
        if open_only:
            query = query.where(table.c.state.not_in([one.value for one in State if one.over]))
        if states:
            query = query.where(table.c.state.in_([one.value for one in states]))
        if since is not None:
            query = query.where(table.c.received_at >= since)
        if until is not None:
            query = query.where(table.c.received_at < until)
        with reading(self._engine) as connection:
            return tuple(_case(row) for row in connection.execute(query).mappings())

    def received(self, since: int, until: int) -> tuple[Case, ...]:
        """Every complaint that came first in the half-open interval, however often it was reopened since."""
        table, step = tables.complaint_case, tables.complaint_step
        came = select(step.c.case_id).where(
            step.c.kind == StepKind.RECEIVE.value, step.c.at >= since, step.c.at < until
        )
        query = select(table).where(table.c.id.in_(came)).order_by(table.c.id)
        with reading(self._engine) as connection:
            return tuple(_case(row) for row in connection.execute(query).mappings())

    def of_numbers(self, numbers: Collection[str], since: int = 0) -> tuple[Case, ...]:
        """Complaints of the customer with one of these numbers (E.164) from `since` on, the first received first;
        what went into another one is that one."""
        with reading(self._engine) as connection:
            return _of_numbers(connection, numbers, since)

    def meanwhile(self, id_: str) -> str:
        """Who did what to a complaint last, in the operators' words."""
        with reading(self._engine) as connection:
            return _meanwhile(connection, id_)

    def _one(self, where: Any) -> Case | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.complaint_case).where(where)).mappings().first()
        return None if row is None else _case(row)


def _next_id(connection: Connection, day: str) -> str:
    """One more than the largest of the day, which some may have been erased from; writers come one at a time."""
    column = tables.complaint_case.c.id
    query = select(column).where(column.like(f"{day}%")).order_by(func.length(column).desc(), column.desc())
    last = connection.execute(query.limit(1)).scalar()
    number = 0 if last is None else int(last[len(day) : -1])
    return with_check_digit(f"{day}{number + 1:03d}")


def _of_numbers(connection: Connection, numbers: Collection[str], since: int) -> tuple[Case, ...]:
    table = tables.complaint_case
    if not numbers:
        return ()
    where = or_(table.c.number.in_(numbers), table.c.call_back_number.in_(numbers))
    counted = table.c.state != State.MERGED.value
    query = select(table).where(where, counted, table.c.received_at >= since)
    query = query.order_by(table.c.received_at, table.c.id)
    return tuple(_case(row) for row in connection.execute(query).mappings())


def _record(connection: Connection, case: Case) -> None:
    """The record as it follows from the case now."""
    record = record_of(case)
    if record is None:
        table = call_tables.complaint
        connection.execute(delete(table).where(table.c.id == record_id(case)))
    else:
        rows.replace_other(connection, record)


def _entry(audit: AuditEntry, case: Case, step: Step) -> AuditEntry:
    return replace(audit, target=f"complaint:{case.id}", detail=detail(step=step.kind.value, version=case.version))


def _meanwhile(connection: Connection, id_: str) -> str:
    table = tables.complaint_step
    query = select(table).where(table.c.case_id == id_).order_by(table.c.number.desc())
    row = connection.execute(query).mappings().first()
    if row is None:
        return f"没有编号为 {id_} 的投诉"
    last = _step(row)
    return f"投诉 {id_} 刚刚被 {last.person} 改动过（{last.kind.label}），请重新查看后再操作"


def _row(case: Case) -> dict[str, Any]:
    values = {column.name: getattr(case, column.name) for column in tables.complaint_case.columns}
    for name in ("extension", "decision"):
        values[name] = None if values[name] is None else _json(asdict(values[name]))
    return {**values, "call_ids": _json(case.call_ids), "waived": _json(case.waived)}


def _case(row: Row) -> Case:
    values = dict(row)
    for name in ("call_ids", "waived"):
        values[name] = tuple(json.loads(values[name]))
    values["extension"] = None if row["extension"] is None else Extension(**json.loads(row["extension"]))
    values["decision"] = None if row["decision"] is None else Decision(**json.loads(row["decision"]))
    cause = None if row["cause"] is None else Cause(row["cause"])
    return Case(**{**values, "via": Via(row["via"]), "state": State(row["state"]), "cause": cause})


def _step_row(step: Step) -> dict[str, Any]:
    return {**asdict(step), "detail": _json(step.detail)}


def _step(row: Row) -> Step:
    read = {"kind": StepKind(row["kind"]), "state": State(row["state"]), "detail": json.loads(row["detail"])}
    return replace(Step(**{**row, "detail": {}}), **read)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
