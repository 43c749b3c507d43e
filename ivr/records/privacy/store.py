"""What privacy keeps in the database of the records. Every method may be called from any thread and raises StoreError
where the database cannot be used: nothing was changed then."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy import Engine, select

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.counting.counting import Counting
from ivr.records.counting.stored import StoredCounts
from ivr.records.database import tables
from ivr.records.database.engine import reading, tidy, writing
from ivr.records.database.privacy_tables import purge_mark
from ivr.records.database.work_tables import callback, work_item
from ivr.records.privacy import holds
from ivr.records.privacy.consents import Consents
from ivr.records.privacy.model import Hold, HoldKind
from ivr.records.privacy.purge import Making, Purge
from ivr.records.privacy.retention import Retention
from ivr.records.work.model import CallbackState

#: Ids per statement, well below SQLite's limit of bound values.
_PAGE = 500


class PrivacyStore:
    """Holds, consents and the purge."""

    def __init__(self, engine: Engine, counting: Counting, counts: StoredCounts) -> None:
        self._engine, self._counting, self._counts = engine, counting, counts
        self.consents = Consents(engine)

    def purge(self, making: Making) -> Purge:
        """The purge of rows; `making` says how a day's figures are made from few records."""
        return Purge(self._engine, self._counting, self._counts, making)

    def tidy(self) -> None:
        """Nothing that was deleted stays readable in the database's files, as far as the database can see to it."""
        tidy(self._engine)

    def hold(self, kind: HoldKind, target: str, reason: str, audit: AuditEntry, now: int) -> Hold:
        """Place a hold; where the same stands already it stays, and comes back. The trail names it by its id, after
        what `audit` is on."""
        with writing(self._engine) as connection:
            one = holds.place(connection, kind, target, reason, audit.person, now)
            append(connection, replace(audit, target=f"{audit.target}:{one.id}"), now)
            return one

    def release(self, id_: int, audit: AuditEntry, now: int) -> Hold | None:
        """End a hold; None, and nothing is changed, where none of this id stands."""
        with writing(self._engine) as connection:
            if (one := holds.release(connection, id_, audit.person, now)) is not None:
                append(connection, audit, now)
            return one

    def holds(self, *, standing: bool = True) -> tuple[Hold, ...]:
        """Holds, the newest first; `standing`: those that are not released."""
        with reading(self._engine) as connection:
            return holds.listed(connection, standing=standing)

    def held_calls(self) -> frozenset[str]:
        """Every call that is on hold, by its own hold, its customer's or a complaint's, and every call that there is
        no record of and that a hold names."""
        call, tie = tables.call, tables.complaint_call
        with reading(self._engine) as connection:
            found = set(connection.execute(select(call.c.call_id).where(holds.of_call())).scalars())
            found.update(one.target for one in holds.listed(connection) if one.kind is HoldKind.CALL)
            found.update(connection.execute(select(tie.c.call_id)).scalars(), holds.of_cases(connection))
        return frozenset(found)

    def offered(self, ids: Collection[str]) -> dict[str, int]:
        """Call id → when it came in (UTC epoch ms), of those that there are."""
        call, found = tables.call, dict[str, int]()
        with reading(self._engine) as connection:
            for page in _pages(sorted(ids)):
                query = select(call.c.call_id, call.c.t_offered).where(call.c.call_id.in_(page))
                found.update((row.call_id, row.t_offered) for row in connection.execute(query))
        return found

    def work_of(self, number: str) -> tuple[tuple[str, int, bool], ...]:
        """The callbacks and work items of a number (E.164): the call that each came of, when it came (UTC epoch ms),
        and whether it is still open; the oldest first."""
        back, item = callback.c, work_item.c
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(back.parent_call_id, back.t_asked, back.state == CallbackState.OPEN.value).where(
                    back.number == number
                )
            ).all()
            query = select(item.call_id, item.t_received, item.t_done.is_(None)).where(item.number == number)
            rows = [*rows, *connection.execute(query)]
        return tuple(sorted(((str(row[0]), int(row[1]), bool(row[2])) for row in rows), key=lambda one: one[1]))

    def purged_before(self) -> dict[Retention, date]:
        """Class → the day from before which its rows were purged last."""
        with reading(self._engine) as connection:
            return {Retention(row.retention): row.before for row in connection.execute(select(purge_mark))}


def _pages(ids: list[str]) -> Iterator[list[str]]:
    return (ids[at : at + _PAGE] for at in range(0, len(ids), _PAGE))
