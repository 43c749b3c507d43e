"""The store: calls and the other records in SQLite or PostgreSQL, by URL only. Every method may be called from any
thread and raises StoreError where the database is locked, gone or full: nothing was kept then, and the caller retries.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
)

from ivr.errors import RecordRefused
from ivr.records import model
from ivr.records.agent_day import AgentRecords
from ivr.records.approvals.store import ApprovalStore
from ivr.records.audit.trail import AuditTrail
from ivr.records.complaints.store import ComplaintStore
from ivr.records.console.store import ConsoleStore
from ivr.records.counting.counting import Counting
from ivr.records.counting.menu_counts import MenuCounts
from ivr.records.counting.stored import StoredCounts
from ivr.records.counting.sums import Definitions
from ivr.records.database import others, rows, tables
from ivr.records.database.engine import open_engine, reading, writing
from ivr.records.database.migrate import is_current, upgrade
from ivr.records.deliveries.store import DeliveryStore
from ivr.records.emergencies.store import EmergencyStore
from ivr.records.emergencies.usual import PastLoad
from ivr.records.labels import annotations as labels
from ivr.records.labels.store import LabelStore
from ivr.records.model import Annotation, Call, FlowRevision, Other, Turn
from ivr.records.people.store import PeopleStore
from ivr.records.privacy.purge import purged_before
from ivr.records.privacy.store import PrivacyStore
from ivr.records.publishing.store import PublishingStore
from ivr.records.quality.store import QualityStore
from ivr.records.sampling import Labelled, SamplingPlan
from ivr.records.search.store import CallSearch
from ivr.records.survey_history import SurveyHistory
from ivr.records.work.store import WorkStore

T = TypeVar("T")

#: Calls per statement or page: well below SQLite's limit of bound values.
_PAGE = 500


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

    def __init__(
        self, url: str, *, busy_ms: int = 5000, definitions: Definitions | None = None, read_only: bool = False
    ) -> None:
        """Raises StoreError for a URL that is neither sqlite:///… nor postgresql://…. A lock held by somebody else is
        waited for `busy_ms`. What is saved is counted by `definitions`; without them it is counted later. `read_only`:
        the database itself refuses to be written."""
        self._engine = open_engine(url, busy_ms, read_only=read_only)
        self._counting = Counting(definitions)
        #: Labels that are taken back.
        self.labels = LabelStore(self._engine, self._counting)
        #: What was counted, for reports.
        self.counts = StoredCounts(self._engine, self._counting)
        #: Calls by what is in them.
        self.search = CallSearch(self._engine)
        #: What callers do in menus.
        self.menu_counts = MenuCounts(self._engine)
        #: What monitors scored.
        self.quality = QualityStore(self._engine)
        #: What customers were asked.
        self.surveys = SurveyHistory(self._engine)
        #: What agents did.
        self.agents = AgentRecords(self._engine)
        #: What outlives calls.
        self.work = WorkStore(self._engine)
        #: Complaints that are worked on.
        self.complaints = ComplaintStore(self._engine)
        #: What is sent by mail and webhook.
        self.deliveries = DeliveryStore(self._engine)
        #: Emergencies, drills, and what warns of them.
        self.emergencies = EmergencyStore(self._engine)
        #: What is usual at an hour.
        self.past_load = PastLoad(self._engine)
        #: Who did what.
        self.audit = AuditTrail(self._engine)
        #: Who may do what.
        self.people = PeopleStore(self._engine)
        #: Who is signed in to the console.
        self.console = ConsoleStore(self._engine)
        #: What waits for a second person.
        self.approvals = ApprovalStore(self._engine)
        #: What the operator's files are to be.
        self.publishing = PublishingStore(self._engine)
        #: Legal holds, consents, the purge.
        self.privacy = PrivacyStore(self._engine, self._counting, self.counts)

    def migrate(self) -> None:
        """Bring the tables to this version's shape; nodes that start together wait for each other."""
        with writing(self._engine) as connection:
            upgrade(connection)

    def is_current(self) -> bool:
        """The tables have this version's shape; else `migrate` is wanted first."""
        with reading(self._engine) as connection:
            return is_current(connection)

    def save(self, calls: Iterable[Call]) -> int:
        """Insert or replace calls by call_id, all or none. A rebuilt record never replaces a live one and a live one
        takes the place of what was rebuilt for its linkedid, so no call counts twice. What people annotated since
        stays; of one annotator's two annotations of a turn the later does. Returns how many were written."""
        live_last = sorted(calls, key=lambda call: call.source == "live")
        wanted = list({call.call_id: call for call in live_last}.values())
        if not wanted:
            return 0
        with writing(self._engine) as connection:
            return sum(self._save_page(connection, page) for page in _pages(wanted))

    def save_other(self, records: Iterable[Other]) -> None:
        """Insert or replace complaints, agent states and quality scores by their natural keys, all or none."""
        wanted = {model.identity(record): record for record in records}
        with writing(self._engine) as connection:
            states = [record for record in wanted.values() if isinstance(record, model.AgentState)]
            with self._counting.states(connection, states):
                for record in wanted.values():
                    rows.replace_other(connection, record)

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
        transactions: bool = False,
    ) -> list[Call]:
        """Calls offered at or after `since` and before `until`, newest first; `limit` None means all of them.
        `transactions`: those in which there was a transaction (HB 7.3.3)."""
        table = tables.call
        query = select(table).where(*_between(since, until)).limit(limit)
        if transactions:
            query = query.where(exists().where(tables.transaction.c.call_id == table.c.call_id))
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
            yield from others.read(connection)

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

    def save_revision(self, revision: RevisionLike, first_seen: int) -> bool:
        """Keep a flow's revision; one that is known already keeps its first text and date (HB 12.2.2): False then."""
        table = tables.flow_revision
        row = {
            "id": revision.id,
            "author": revision.author,
            "reason": revision.reason,
            "first_seen": first_seen,
            "files": json.dumps(dict(revision.files), ensure_ascii=False, sort_keys=True),
        }
        with writing(self._engine) as connection:
            if connection.execute(select(table.c.id).where(table.c.id == revision.id)).first() is not None:
                return False
            connection.execute(insert(table), row)
            return True

    def forget_revision(self, revision_id: str) -> None:
        """A revision that was kept, but could not be served after all."""
        table = tables.flow_revision
        with writing(self._engine) as connection:
            connection.execute(delete(table).where(table.c.id == revision_id))

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
            places = labels.places(connection, sorted({one.turn_id for one in given}))
            with self._counting.calls(connection, {call_id for call_id, _ in places.values()}):
                return labels.annotate(connection, given)

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

    def _save_page(self, connection: Connection, page: Sequence[Call]) -> int:
        table = tables.call
        ids, links = [call.call_id for call in page], [call.linkedid for call in page]
        query = select(table.c.call_id, table.c.linkedid, table.c.source)
        there = connection.execute(query.where(or_(table.c.call_id.in_(ids), table.c.linkedid.in_(links)))).all()
        live = {call.linkedid for call in page if call.source == "live"}
        live_ids = {row.call_id for row in there if row.source == "live"}
        live_links = live | {row.linkedid for row in there if row.source == "live"}
        kept = [c for c in page if c.source == "live" or (c.call_id not in live_ids and c.linkedid not in live_links)]
        written = {call.call_id for call in kept}
        gone = {r.call_id for r in there if r.call_id in written or (r.source == "rebuilt" and r.linkedid in live)}
        start = purged_before(connection)
        if start is not None and any(call.t_offered < start for call in kept if call.call_id not in gone):
            raise RecordRefused("早于已按保存期限清除的日期，不再收入")
        carried = labels.carried(connection, kept) if gone else kept
        with self._counting.calls(connection, gone, carried):
            if gone:
                connection.execute(delete(table).where(table.c.call_id.in_(gone)))
            rows.insert_calls(connection, carried)
        return len(kept)


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
