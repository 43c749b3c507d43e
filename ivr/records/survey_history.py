"""What a customer was asked in earlier calls, and what he answered, looked up while he is on the line."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from ivr.records.database import tables
from ivr.records.database.engine import reading
from ivr.records.model import Subject


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A customer was asked in a call that came in at `t` (UTC epoch ms); `score` as in `Survey`."""

    t: int
    subject: Subject
    answered: bool
    score: int | None = None


class SurveyHistory:
    """The surveys in a database. May be asked from any thread; raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, number: str | None, customer_id: str | None, since: int) -> tuple[Surveyed, ...]:
        """What this customer was asked in calls since `since` (UTC epoch ms), by his number or by his id, whichever the
        call knew; the latest first. `number` None where it is withheld. Drills are left out (D10)."""
        call, asked = tables.call, tables.survey
        found: dict[tuple[str, int], Surveyed] = {}
        with reading(self._engine) as connection:
            # two questions: one with "or" would make use of no index
            for column, value in ((call.c.caller_number, number), (call.c.customer_id, customer_id)):
                if value is None:
                    continue
                wanted = (call.c.call_id, asked.c.position, call.c.t_offered, call.c.caller_kind)
                query = select(*wanted, asked.c.subject, asked.c.answered, asked.c.score)
                query = query.join(asked, asked.c.call_id == call.c.call_id)
                query = query.where(column == value, call.c.t_offered >= since, call.c.drill.is_(False))
                for call_id, position, t, kind, *answer in connection.execute(query):
                    if column is call.c.customer_id or kind != "withheld":
                        found[call_id, position] = Surveyed(t, *answer)
        return tuple(sorted(found.values(), key=lambda one: -one.t))
