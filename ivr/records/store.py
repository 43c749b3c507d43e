"""The store: calls and the other records in SQLite or PostgreSQL, by URL only. Every method may be called from any
thread and raises StoreError where the database is locked, gone or full: nothing was kept then, and the caller retries.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, delete, func, insert, or_, select

from ivr.records import labels, model, rows, tables, touched
from ivr.records.engine import open_engine, reading, writing
from ivr.records.migrate import upgrade
from ivr.records.model import Annotation, Call, FlowRevision, Labelled, Other, SamplingPlan, Turn
from ivr.records.rollups import RollUps

T = TypeVar("T")

#: Calls per statement or page: well below SQLite's limit of bound values.
_PAGE = 500

_OTHERS: tuple[tuple[Table, type[Any]], ...] = (
    (tables.agent_state, model.AgentState),
    (tables.quality_score, model.QualityScore),
)


class RevisionLike(Protocol):
    """What `Store.save_revision` needs of a flow's revision."""

    @property
    def id(self) -> str:
        """Short hash over the files."""

    @property
    def author(self) -> str:
        """Who wrote it."""

    @property
    def reason(self) -> str:
        """Why."""

    @property
    def files(self) -> Mapping[str, str]:
        """Text by file name."""


class Store:
    """Records in the database `url` names. Connects lazily; call `migrate` once before the first use."""

    def __init__(self, url: str, *, busy_ms: int = 5000) -> None:
        """Raises StoreError for a URL that is neither sqlite:///… nor postgresql://…. A lock held by somebody else is
        waited for `busy_ms`."""
        self._engine = open_engine(url, busy_ms)
        #: What was counted of each day, for reports.
        self.rollups = RollUps(self._engine)

    def migrate(self) -> None:
        """Bring the tables to this version's shape; nodes that start together wait for each other."""
        with writing(self._engine) as connection:
            upgrade(connection)

    def save(self, calls: Iterable[Call]) -> int:
        """Insert or replace calls by call_id, all or none. A rebuilt record never replaces a live one and a live one
        takes the place of what was rebuilt for its linkedid, so no call counts twice. What people annotated since
        stays; of one annotator's two annotations of a turn the later does. Returns how many were written."""
        live_last = sorted(calls, key=lambda call: call.source == "live")
        wanted = list({call.call_id: call for call in live_last}.values())
        if not wanted:
            return 0
        with writing(self._engine) as connection:
            return sum(_save_page(connection, page) for page in _pages(wanted))

    def save_other(self, records: Iterable[Other]) -> None:
        """Insert or replace complaints, agent states and quality scores by their natural keys, all or none."""
        wanted = {model.identity(record): record for record in records}
        with writing(self._engine) as connection:
            days = set[date]()
            for record in wanted.values():
                days |= touched.days_of_other(connection, record)
                _save_other(connection, record)
            touched.mark(connection, days)

    def get(self, call_id: str) -> Call | None:
        """The call, or None."""
        with reading(self._engine) as connection:
            return next(iter(_read(connection, select(tables.call).where(tables.call.c.call_id == call_id))), None)

    def list(
        self,
        since: int | None = None,
        until: int | None = None,
        limit: int | None = 50,
        *,
        caller_number: str | None = None,
        newest_first: bool = True,
    ) -> list[Call]:
        """Calls offered at or after `since` and before `until`, newest first; `limit` None means all of them."""
        table = tables.call
        query = select(table).where(*_between(since, until)).limit(limit)
        if caller_number is not None:
            query = query.where(table.c.caller_number == caller_number)
        order = (table.c.t_offered, table.c.call_id)
        query = query.order_by(*(column.desc() if newest_first else column.asc() for column in order))
        with reading(self._engine) as connection:
            return _read(connection, query)

    def all(self, since: int | None = None, until: int | None = None) -> Iterator[Call]:
        """Every call offered in the half-open interval, oldest first, a page at a time (for export and reports)."""
        table = tables.call
        order = (table.c.t_offered, table.c.call_id)
        after: ColumnElement[bool] | None = None
        while True:
            query = select(table).where(*_between(since, until)).order_by(*order).limit(_PAGE)
            with reading(self._engine) as connection:
                page = _read(connection, query if after is None else query.where(after))
            yield from page
            if len(page) < _PAGE:
                return
            last = page[-1]
            same = and_(table.c.t_offered == last.t_offered, table.c.call_id > last.call_id)
            after = or_(table.c.t_offered > last.t_offered, same)

    def others(self) -> Iterator[Other]:
        """Every complaint, agent state and quality score, each kind in the order of its key."""
        with reading(self._engine) as connection:
            yield from _complaints(connection)
            for table, cls in _OTHERS:
                query = select(table).order_by(*table.primary_key.columns)
                for row in connection.execute(query.execution_options(yield_per=_PAGE)).mappings():
                    yield cls(**row)

    def callbacks(self, call_ids: Collection[str]) -> Iterator[Call]:
        """The calls that were made for these calls (D9), oldest first within a page."""
        table = tables.call
        for page in _pages(sorted(call_ids)):
            query = select(table).where(table.c.parent_call_id.in_(page), table.c.parent_call_id.is_not(None))
            with reading(self._engine) as connection:
                yield from _read(connection, query.order_by(table.c.t_offered, table.c.call_id))

    def known(self, linkedids: Collection[str]) -> set[str]:
        """Those of `linkedids` that have a record."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            for page in _pages(sorted(linkedids)):
                query = select(tables.call.c.linkedid).where(tables.call.c.linkedid.in_(page))
                found.update(connection.execute(query).scalars())
        return found

    def count(self) -> int:
        """How many calls there are."""
        with reading(self._engine) as connection:
            return connection.execute(select(func.count()).select_from(tables.call)).scalar_one()

    def save_revision(self, revision: RevisionLike, first_seen: int) -> None:
        """Keep a flow's revision; one that is known already keeps its first text and date (HB 12.2.2)."""
        table = tables.flow_revision
        row = {
            "id": revision.id,
            "author": revision.author,
            "reason": revision.reason,
            "first_seen": first_seen,
            "files": json.dumps(dict(revision.files), ensure_ascii=False, sort_keys=True),
        }
        with writing(self._engine) as connection:
            if connection.execute(select(table.c.id).where(table.c.id == revision.id)).first() is None:
                connection.execute(insert(table), row)

    def revision(self, revision_id: str) -> FlowRevision | None:
        """A flow's revision by id, or None."""
        table = tables.flow_revision
        with reading(self._engine) as connection:
            row = connection.execute(select(table).where(table.c.id == revision_id)).mappings().first()
        return FlowRevision(**{**row, "files": json.loads(row["files"])}) if row else None

    def annotate(self, turn_id: str, annotation: Annotation) -> bool:
        """What a person says about a turn, in place of what the same person said before (CBA 二十一). False where no
        turn, or more than one, has this id: nothing was written then."""
        return not self.annotate_all([replace(annotation, turn_id=turn_id)])

    def annotate_all(self, annotations: Iterable[Annotation]) -> set[str]:
        """The same for many, all or none but for those without a turn of their own, whose ids are returned."""
        given = list(annotations)
        with writing(self._engine) as connection:
            missing = labels.annotate(connection, given)
            places = labels.places(connection, sorted({one.turn_id for one in given}))
            touched.mark(connection, touched.days_of_calls(connection, {call_id for call_id, _ in places.values()}))
            return missing

    def turns(self, turn_ids: Iterable[str]) -> dict[str, tuple[Call, Turn]]:
        """Turn id → its call and the turn; what no turn has, or several have, is not in it."""
        wanted = list(dict.fromkeys(turn_ids))
        found: dict[str, tuple[Call, Turn]] = {}
        with reading(self._engine) as connection:
            for page in _pages(wanted):
                where = labels.places(connection, page)
                ids = {call_id for call_id, _ in where.values()}
                calls = {
                    c.call_id: c for c in _read(connection, select(tables.call).where(tables.call.c.call_id.in_(ids)))
                }
                found |= {name: (calls[call_id], calls[call_id].turns[at]) for name, (call_id, at) in where.items()}
        return {name: found[name] for name in wanted if name in found}

    def labelled(self, since: int | None = None, until: int | None = None) -> tuple[Labelled, ...]:
        """Every annotated turn of inbound calls offered in the half-open interval, drills left out (D10)."""
        with reading(self._engine) as connection:
            return tuple(labels.labelled(connection, _between(since, until)))

    def save_plan(self, plan: SamplingPlan) -> bool:
        """Keep which turns were drawn to be labelled. False where there is a plan of this id: it stays as it is."""
        with writing(self._engine) as connection:
            return labels.save_plan(connection, plan)

    def plans(self) -> tuple[SamplingPlan, ...]:
        """Every sampling plan, the newest first."""
        with reading(self._engine) as connection:
            return tuple(labels.plans(connection))

    def revised(self) -> tuple[int, ...]:
        """When each revision of the flow was first seen (HB 12.2.2), UTC epoch ms."""
        with reading(self._engine) as connection:
            return tuple(connection.execute(select(tables.flow_revision.c.first_seen)).scalars())

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()


def _pages(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while page := list(islice(rest, _PAGE)):
        yield page


def _between(since: int | None, until: int | None) -> list[ColumnElement[bool]]:
    offered = tables.call.c.t_offered
    bounds = [] if since is None else [offered >= since]
    return bounds if until is None else [*bounds, offered < until]


def _read(connection: Connection, query: Select[Any]) -> list[Call]:
    found = [dict(row) for row in connection.execute(query).mappings()]
    return [call for page in _pages(found) for call in rows.read_calls(connection, page)]


def _save_page(connection: Connection, page: list[Call]) -> int:
    table = tables.call
    ids, links = [call.call_id for call in page], [call.linkedid for call in page]
    query = select(table.c.call_id, table.c.linkedid, table.c.source)
    there = list(connection.execute(query.where(or_(table.c.call_id.in_(ids), table.c.linkedid.in_(links)))))
    live = {call.linkedid for call in page if call.source == "live"}
    live_ids = {row.call_id for row in there if row.source == "live"}
    live_links = live | {row.linkedid for row in there if row.source == "live"}
    kept = [c for c in page if c.source == "live" or (c.call_id not in live_ids and c.linkedid not in live_links)]
    gone = {call.call_id for call in kept} | {r.call_id for r in there if r.source == "rebuilt" and r.linkedid in live}
    written = labels.carried(connection, kept)
    days = touched.days_of_calls(connection, gone)
    if gone:
        connection.execute(delete(table).where(table.c.call_id.in_(gone)))
    for child, values in rows.call_rows(written).items():
        if values:
            connection.execute(insert(child), values)
    touched.mark(connection, days | touched.days_of_calls(connection, {call.call_id for call in kept}))
    return len(kept)


def _save_other(connection: Connection, record: Other) -> None:
    table, row = rows.other_table(record), rows.other_row(record)
    key = [column == bindparam(f"key_{column.name}") for column in table.primary_key.columns]
    values = {f"key_{column.name}": row[column.name] for column in table.primary_key.columns}
    connection.execute(delete(table).where(*key), values)
    connection.execute(insert(table), row)
    if isinstance(record, model.Complaint) and (ties := rows.complaint_call_rows(record)):
        connection.execute(insert(tables.complaint_call), ties)


def _complaints(connection: Connection) -> Iterator[model.Complaint]:
    ties: dict[str, list[str]] = {}
    tie = tables.complaint_call
    for row in connection.execute(select(tie).order_by(tie.c.id, tie.c.position)):
        ties.setdefault(row.id, []).append(row.call_id)
    for found in connection.execute(select(tables.complaint).order_by(tables.complaint.c.id)).mappings():
        yield model.Complaint(**found, call_ids=tuple(ties.get(found["id"], ())))
