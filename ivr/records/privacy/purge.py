"""Deletes rows that are past their class, a page in a transaction: rows, what they counted for, the files that are to
go with them, and the audit entry are one change. What fails changes nothing, and the next run goes on (CBA 三十)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, delete, exists, func, insert, or_, select

from ivr.records.audit.model import AuditEntry, detail
from ivr.records.audit.trail import append
from ivr.records.counting import purged
from ivr.records.counting.counting import Counting
from ivr.records.counting.purged import MadeFigures
from ivr.records.counting.stored import StoredCounts
from ivr.records.database import label_tables, tables
from ivr.records.database.complaint_tables import complaint_case
from ivr.records.database.delivery_tables import delivery
from ivr.records.database.engine import reading, writing
from ivr.records.database.privacy_tables import consent, legal_hold, purge_file, purge_mark
from ivr.records.database.quality_tables import SCORE_KEY, quality_answer
from ivr.records.database.work_tables import callback, work_item
from ivr.records.days import day_start, local_day
from ivr.records.model import AgentState
from ivr.records.privacy import holds
from ivr.records.privacy.model import Left
from ivr.records.privacy.retention import Retention
from ivr.records.work.model import CallbackState

#: Rows that go in one transaction, so that the records of live calls need not wait for long.
PAGE = 200

#: What a call did may flag calls of so many days, its own included.
_FLAGGED_DAYS = 4

#: The moments whose days a complaint's figures are of.
_COMPLAINT_TIMES = (
    "received_at",
    "ack_due",
    "due",
    "extended_to",
    "acknowledged_at",
    "decided_at",
    "notified_at",
    "closed_at",
    "withdrawn_at",
)

#: Call ids → the files of these calls' sound, as paths below the state folder.
FilesOf = Callable[[Collection[str]], Iterable[str]]


class Making(Protocol):
    """How a day's figures are made from its few records; handed down from where figures are defined."""

    def __call__(self, counts: StoredCounts, days: Collection[date]) -> Mapping[date, MadeFigures]:
        """The days' figures from the records that `counts` reads; what is purged is in none of them."""


class Purge:
    """Every method deletes at most `PAGE` rows and says what went; it is called again until nothing does. `entry` is
    the audit entry of the whole; `now` is UTC epoch ms. Raises StoreError: then nothing was changed."""

    def __init__(self, engine: Engine, counting: Counting, counts: StoredCounts, making: Making) -> None:
        self._engine, self._counting, self._counts, self._making = engine, counting, counts, making

    def page(self, retention: Retention, before: date, files: FilesOf, entry: AuditEntry, now: int) -> Left:
        """One page of a class: what is of a local day before `before` and not on hold."""
        with writing(self._engine) as connection:
            left = self._OF[retention](self, connection, day_start(before), files)
            if left.rows:
                _mark(connection, retention, before)
                told = detail(retention=retention.value, before=before.isoformat(), rows=left.rows)
                append(connection, replace(entry, detail=told), now)
            return left

    def calls(self, ids: Collection[str], files: FilesOf, entry: AuditEntry, now: int) -> Left:
        """These calls, but for those on hold, whatever their age: an erasure."""
        with writing(self._engine) as connection:
            wanted = sorted(set(ids) - holds.of_cases(connection))
            free = select(tables.call.c.call_id).where(tables.call.c.call_id.in_(wanted), ~holds.of_call())
            left = self._calls(connection, connection.execute(free).scalars().all(), files)
            if left.rows:
                append(connection, replace(entry, detail=detail(calls=left.rows)), now)
            return left

    def work_of(self, number: str, entry: AuditEntry, now: int) -> int:
        """The closed callbacks and work items of a number, but for those on hold: how many went. An erasure."""
        with writing(self._engine) as connection:
            closed = and_(callback.c.state != CallbackState.OPEN.value, callback.c.number == number)
            gone = _delete_all(connection, callback, closed, ~holds.of_work(callback, "parent_call_id"))
            done = and_(work_item.c.t_done.is_not(None), work_item.c.number == number)
            while (some := _delete_with_audio(connection, work_item, done, ~holds.of_work(work_item, "call_id")))[0]:
                gone += some[0]
                _to_delete(connection, some[1])
            if gone:
                append(connection, replace(entry, detail=detail(work=gone)), now)
            return gone

    def files(self) -> tuple[str, ...]:
        """Files whose rows are gone and that are still to be deleted, as paths below the state folder."""
        with reading(self._engine) as connection:
            return tuple(connection.execute(select(purge_file.c.path).order_by(purge_file.c.path)).scalars())

    def files_gone(self, paths: Collection[str]) -> None:
        """These files are deleted."""
        with writing(self._engine) as connection:
            connection.execute(delete(purge_file).where(purge_file.c.path.in_(sorted(paths))))

    @contextmanager
    def _figures(self, connection: Connection, days: Collection[date]) -> Iterator[None]:
        """While the body deletes records that figures of these days are made from: what they counted for is kept."""
        counts = self._counts.within(connection)
        before = self._making(counts, days)
        yield
        after = self._making(counts, days)
        purged.add(connection, {day: before[day].plus(after[day], -1) for day in days})

    # ---- the classes

    def _old_calls(self, connection: Connection, before: int, files: FilesOf) -> Left:
        call = tables.call
        waiting = call.c.call_id.not_in(sorted(holds.of_cases(connection)))
        query = select(call.c.call_id).where(call.c.t_offered < before, waiting, ~holds.of_call())
        ids = connection.execute(query.order_by(call.c.t_offered, call.c.call_id).limit(PAGE)).scalars().all()
        return self._calls(connection, ids, files)

    def _calls(self, connection: Connection, ids: Collection[str], files: FilesOf) -> Left:
        if not ids:
            return Left()
        paths = tuple(files(ids))
        scores = tables.quality_score
        with self._figures(connection, _days_of_calls(connection, ids)), self._counting.purged(connection, ids):
            for table in (scores, quality_answer):
                connection.execute(delete(table).where(table.c.call_id.in_(ids)))
            connection.execute(delete(tables.call).where(tables.call.c.call_id.in_(ids)))
        _to_delete(connection, paths)
        return Left(len(ids), paths)

    def _complaints(self, connection: Connection, before: int, _files: FilesOf) -> Left:
        table = tables.complaint
        over = func.coalesce(table.c.closed_at, table.c.withdrawn_at)
        held, case = sorted(holds.cases(connection)), complaint_case.c
        later = func.substr(table.c.id, 1, func.length(case.id) + 1) == case.id + "-"
        of_held = exists().where(case.id.in_(held), or_(case.id == table.c.id, later))
        old = (over < before, ~holds.of_complaint(), ~of_held)
        found = connection.execute(select(table).where(*old).order_by(table.c.id).limit(PAGE)).mappings().all()
        days = {local_day(row[name]) for row in found for name in _COMPLAINT_TIMES if row[name] is not None}
        if found:
            with self._figures(connection, days):
                connection.execute(delete(table).where(table.c.id.in_([row["id"] for row in found])))
        cases, paths = _delete_with_audio(connection, complaint_case, *_closed_case(before, held))
        _to_delete(connection, paths)
        return Left(len(found) + cases, paths)

    def _agents(self, connection: Connection, before: int, _files: FilesOf) -> Left:
        table, scores, call = tables.agent_state, tables.quality_score, tables.call
        query = select(table).where(table.c.t_to < before).order_by(table.c.t_to, table.c.t_from, table.c.agent_id)
        states = [AgentState(**row) for row in connection.execute(query.limit(PAGE)).mappings()]
        self._counting.purge_states(connection, states)
        for state in states:
            here = (table.c.agent_id == state.agent_id, table.c.t_from == state.t_from)
            connection.execute(delete(table).where(*here))
        old = select(scores.c.t, call.c.t_offered, *scores.primary_key.columns).outerjoin(
            call, call.c.call_id == scores.c.call_id
        )
        found = connection.execute(old.where(scores.c.t < before, ~holds.of_call(call)).limit(PAGE)).all()
        days = {local_day(int(row[1] if row[1] is not None else row[0])) for row in found}
        if found:
            with self._figures(connection, days):
                for row in found:
                    key = [column == row._mapping[column.name] for column in scores.primary_key.columns]
                    connection.execute(delete(scores).where(*key))
                    named = [quality_answer.c[name] == row._mapping[name] for name in SCORE_KEY]
                    connection.execute(delete(quality_answer).where(*named))
        return Left(len(states) + len(found))

    def _work(self, connection: Connection, before: int, _files: FilesOf) -> Left:
        closed = and_(callback.c.state != CallbackState.OPEN.value, callback.c.t_closed < before)
        free = ~holds.of_work(callback, "parent_call_id")
        gone = _delete_some(connection, callback, closed, free)
        gone += _delete_some(connection, delivery, delivery.c.t_done < before)
        done = (work_item.c.t_done < before, ~holds.of_work(work_item, "call_id"))
        items, paths = _delete_with_audio(connection, work_item, *done)
        _to_delete(connection, paths)
        return Left(gone + items, paths)

    def _labels(self, connection: Connection, before: int, _files: FilesOf) -> Left:
        return Left(_delete_some(connection, label_tables.sampling_plan, label_tables.sampling_plan.c.t < before))

    def _consents(self, connection: Connection, before: int, _files: FilesOf) -> Left:
        later = consent.alias()
        same = and_(later.c.customer == consent.c.customer, later.c.purpose == consent.c.purpose)
        after = or_(later.c.t > consent.c.t, and_(later.c.t == consent.c.t, later.c.id > consent.c.id))
        replaced = exists().where(same, after, later.c.t < before)
        return Left(_delete_some(connection, consent, replaced, ~holds.of_consent(consent)))

    def _holds(self, connection: Connection, before: int, _files: FilesOf) -> Left:
        return Left(_delete_some(connection, legal_hold, legal_hold.c.released_at < before))

    #: In this order: what a complaint speaks of is on hold as long as there is the complaint.
    _OF: Mapping[Retention, Callable[[Purge, Connection, int, FilesOf], Left]] = {
        Retention.COMPLAINTS: _complaints,
        Retention.CALLS: _old_calls,
        Retention.AGENTS: _agents,
        Retention.WORK: _work,
        Retention.LABELS: _labels,
        Retention.CONSENTS: _consents,
        Retention.HOLDS: _holds,
    }


#: The classes whose rows are purged, in this order.
ROWS: tuple[Retention, ...] = tuple(Purge._OF)


def _days_of_calls(connection: Connection, ids: Collection[str]) -> set[date]:
    """Every day of which a figure is made from few records, these calls or what hangs on them among them."""
    call, score, tie, complaint = tables.call, tables.quality_score, tables.complaint_call, tables.complaint
    found: set[date] = set()
    noted = select(tables.annotation.c.call_id).where(tables.annotation.c.call_id.in_(ids))
    checked = select(tables.verification.c.call_id).where(tables.verification.c.call_id.in_(ids))
    done = select(tables.transaction.c.call_id).where(tables.transaction.c.call_id.in_(ids))
    scored = select(score.c.call_id).where(score.c.call_id.in_(ids))
    offered = select(call.c.t_offered, call.c.t_ended).where(
        call.c.call_id.in_(noted.union_all(checked, done, scored).scalar_subquery())
    )
    for row in connection.execute(offered):
        # what a call did flags calls until two days after it, see `ivr.metrics.patterns`
        found.update(local_day(row.t_offered) + timedelta(days=more) for more in range(_FLAGGED_DAYS))
    for t in connection.execute(select(score.c.t).where(score.c.call_id.in_(ids))).scalars():
        found.add(local_day(t))
    tied = (
        select(*(complaint.c[name] for name in _COMPLAINT_TIMES))
        .join(tie, tie.c.id == complaint.c.id)
        .where(tie.c.call_id.in_(ids))
    )
    for moments in connection.execute(tied):
        found.update(local_day(t) for t in moments if t is not None)
    return found


def _delete_some(connection: Connection, table: Table, *old: ColumnElement[bool]) -> int:
    (key,) = table.primary_key.columns
    ids = connection.execute(select(key).where(*old).order_by(key).limit(PAGE)).scalars().all()
    connection.execute(delete(table).where(key.in_(ids)))
    return len(ids)


def _delete_all(connection: Connection, table: Table, *old: ColumnElement[bool]) -> int:
    gone = 0
    while some := _delete_some(connection, table, *old):
        gone += some
    return gone


def _delete_with_audio(connection: Connection, table: Table, *old: ColumnElement[bool]) -> tuple[int, tuple[str, ...]]:
    """How many rows went, and the files that their column `audio` names."""
    query = select(table.c.id, table.c.audio).where(*old).order_by(table.c.id).limit(PAGE)
    found = connection.execute(query).all()
    connection.execute(delete(table).where(table.c.id.in_([row.id for row in found])))
    return len(found), tuple(row.audio for row in found if row.audio is not None)


def _closed_case(before: int, held: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Closed, withdrawn, or merged into one that is gone, and none of `held`."""
    case, into = complaint_case, complaint_case.alias()
    over = func.coalesce(case.c.closed_at, case.c.withdrawn_at) < before
    merged = and_(case.c.merged_into.is_not(None), ~exists().where(into.c.id == case.c.merged_into))
    return or_(over, and_(merged, case.c.received_at < before)), case.c.id.not_in(held)


def _to_delete(connection: Connection, paths: Iterable[str]) -> None:
    there = set(connection.execute(select(purge_file.c.path)).scalars())
    if rows := [{"path": path} for path in sorted(set(paths) - there)]:
        connection.execute(insert(purge_file), rows)


def _mark(connection: Connection, retention: Retention, before: date) -> None:
    mark = purge_mark.c.retention == retention.value
    known = connection.execute(select(purge_mark.c.before).where(mark)).scalar()
    if known is None or known < before:
        connection.execute(delete(purge_mark).where(mark))
        connection.execute(insert(purge_mark), {"retention": retention.value, "before": before})


def purged_before(connection: Connection) -> int | None:
    """Calls offered before this moment (UTC epoch ms) are gone but for those on hold, and are not taken in again; None
    where none are."""
    mark = select(purge_mark.c.before).where(purge_mark.c.retention == Retention.CALLS.value)
    before = connection.execute(mark).scalar()
    return None if before is None else day_start(before)
