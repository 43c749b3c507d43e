"""Who has labelled what, and labels that are taken back. Every method may be called from any thread and raises
StoreError where the database cannot be used: nothing was changed then."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.counting.counting import Counting
from ivr.records.database.engine import reading, writing
from ivr.records.labels import annotations as labels
from ivr.records.model import Annotation


class LabelStore:
    """Annotations in the database of the records."""

    def __init__(self, engine: Engine, counting: Counting) -> None:
        self._engine, self._counting = engine, counting

    def annotators(self, turn_ids: Iterable[str]) -> dict[str, frozenset[str]]:
        """Turn id → who has labelled it, in the order of `turn_ids`; what no turn has, or several have, is not in
        it. Whole calls are not read for it."""
        with reading(self._engine) as connection:
            return labels.annotators(connection, list(turn_ids))

    def put_back(self, said: Annotation, before: Annotation | None, audit: AuditEntry, now: int) -> bool:
        """The annotation `said` becomes what the same annotator had said `before`, or goes; the sums follow. False
        where it is not there any more as it was written: then nothing is changed, and nothing entered."""
        with writing(self._engine) as connection:
            places = labels.places(connection, [said.turn_id])
            with self._counting.calls(connection, {call_id for call_id, _ in places.values()}):
                done = labels.put_back(connection, said, before)
            if done:
                append(connection, audit, now)
            return done
