"""Keeps a monitor's score of an agent's part of a call with its answers, once: it is never changed. Every method may be
called from any thread and raises StoreError where the database cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select

from ivr.errors import RecordsError
from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database import rows, tables
from ivr.records.database.engine import reading, writing
from ivr.records.database.quality_tables import SCORE_KEY, quality_answer, quality_form
from ivr.records.model import QualityScore


@dataclass(frozen=True, slots=True)
class Scored:
    """A score with what was answered, item → points (yes 1, no 0), and the form it was given with, as it was kept; none
    of both where the score came from elsewhere."""

    score: QualityScore
    answers: Mapping[str, int]
    form: str | None


class QualityStore:
    """Scores in the database of the records."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, score: QualityScore, answers: Mapping[str, int], form: str, audit: AuditEntry, now: int) -> None:
        """Keep it, and the form with its first score. Raises RecordsError where this monitor has scored this part
        already, by whatever form."""
        table, forms = tables.quality_score, quality_form
        named = {name: getattr(score, name) for name in SCORE_KEY}
        with writing(self._engine) as connection:
            once = [table.c[name] == value for name, value in named.items() if name != "form_id"]
            if connection.execute(select(table.c.t).where(*once)).first() is not None:
                raise RecordsError("您已经给这段通话评过分，评分不能修改")
            if connection.execute(select(forms.c.t).where(forms.c.form_id == score.form_id)).first() is None:
                connection.execute(insert(forms).values(form_id=score.form_id, t=now, content=form))
            rows.replace_other(connection, score)
            given = [{**named, "criterion": name, "points": points} for name, points in answers.items()]
            connection.execute(insert(quality_answer), given)
            append(connection, audit, now)

    def of_call(self, call_id: str) -> tuple[Scored, ...]:
        """Every score of a call, the earliest first."""
        score, answer = tables.quality_score, quality_answer
        with reading(self._engine) as connection:
            scores = connection.execute(select(score).where(score.c.call_id == call_id).order_by(score.c.t)).mappings()
            found = [QualityScore(**row) for row in scores]
            answers: dict[tuple[str, ...], dict[str, int]] = {}
            for row in connection.execute(select(answer).where(answer.c.call_id == call_id)).mappings():
                key = (row["agent_id"], row["form_id"], row["monitor"])
                answers.setdefault(key, {})[row["criterion"]] = row["points"]
            used = quality_form.c.form_id.in_({one.form_id for one in found})
            query = select(quality_form.c.form_id, quality_form.c.content).where(used)
            forms = {row.form_id: row.content for row in connection.execute(query)}
        return tuple(
            Scored(one, answers.get((one.agent_id, one.form_id, one.monitor), {}), forms.get(one.form_id))
            for one in found
        )
