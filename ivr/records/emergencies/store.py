"""Emergencies in the database: each decision with its entry in the audit trail and with what is told of it, in one
transaction. Every method may be called from any thread and raises StoreError where the database cannot be used: nothing
was changed then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from ivr.errors import EmergencyChanged, EmergencyRefused
from ivr.records.audit.model import AuditEntry
from ivr.records.audit.trail import append
from ivr.records.database import emergency_tables as tables
from ivr.records.database.engine import reading, writing
from ivr.records.deliveries.model import Delivery
from ivr.records.deliveries.store import keep
from ivr.records.emergencies.model import STEP_WORDS, Decision, DetectorId, Emergency, EmergencyWarning, Step
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce

#: What is told of an emergency once it has its id, and of its decision once that has its number.
Tell = Callable[[Emergency, Decision], Iterable[Delivery]]

_Row = Mapping[Any, Any]


class EmergencyStore:
    """Every emergency and drill; at most one of them is in force."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_force(self) -> InForce | None:
        """What calls are served under now."""
        now = self.current()
        return None if now is None else now.in_force

    def current(self) -> Emergency | None:
        """The emergency that is not ended yet."""
        with reading(self._engine) as connection:
            return _current(connection)

    def get(self, id_: int) -> Emergency | None:
        """An emergency, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(tables.emergency).where(tables.emergency.c.id == id_)).mappings().first()
        return None if row is None else _emergency(row)

    def list(self, limit: int | None = None) -> tuple[Emergency, ...]:
        """All of them, the newest first."""
        query = select(tables.emergency).order_by(tables.emergency.c.t_started.desc(), tables.emergency.c.id.desc())
        with reading(self._engine) as connection:
            return tuple(_emergency(row) for row in connection.execute(query.limit(limit)).mappings())

    def last_drill(self) -> int | None:
        """When the last drill was ended; None where none ever was."""
        table = tables.emergency
        with reading(self._engine) as connection:
            found = connection.execute(select(func.max(table.c.t_ended)).where(table.c.drill)).scalar()
        return None if found is None else int(found)

    def decisions(self, id_: int) -> tuple[Decision, ...]:
        """Who decided what, the first first."""
        table = tables.decision
        query = select(table).where(table.c.emergency_id == id_).order_by(table.c.number)
        with reading(self._engine) as connection:
            return tuple(_decision(row) for row in connection.execute(query).mappings())

    def start(self, emergency: Emergency, decision: Decision, audit: AuditEntry, tell: Tell) -> Emergency:
        """Put it in force and give it its id. A drill gives way to an emergency: it is ended by the same decision.
        Raises EmergencyRefused where another one is in force."""
        with writing(self._engine) as connection:
            other = _current(connection)
            if other is not None and (not other.drill or emergency.drill):
                raise EmergencyRefused(f"已有一个应急在执行（编号 {other.id}，{other.words}）：可以变更或结束它")
            if other is not None:
                self._give_way(connection, other, decision, audit)
            values = {name: value for name, value in asdict(emergency).items() if name != "id"}
            key = connection.execute(insert(tables.emergency).values(**values)).inserted_primary_key
            assert key is not None
            started = replace(emergency, id=int(key[0]))
            _decide(connection, started, decision, audit, tell)
            return started

    def save(self, then: Emergency, decision: Decision, audit: AuditEntry, tell: Tell) -> None:
        """Keep what a decision made of an emergency; `then.version` is the one after the version that was seen. Raises
        EmergencyChanged where somebody else has decided meanwhile."""
        table = tables.emergency
        with writing(self._engine) as connection:
            query = update(table).where(
                table.c.id == then.id, table.c.version == then.version - 1, table.c.t_ended.is_(None)
            )
            values = {name: value for name, value in asdict(then).items() if name != "id"}
            if connection.execute(query.values(**values)).rowcount == 0:
                raise EmergencyChanged(_meanwhile(connection, then.id))
            _decide(connection, then, decision, audit, tell)

    def _give_way(self, connection: Connection, drill: Emergency, decision: Decision, audit: AuditEntry) -> None:
        ended = replace(drill, t_ended=decision.t, t_changed=decision.t, version=drill.version + 1)
        query = update(tables.emergency).where(tables.emergency.c.id == drill.id)
        connection.execute(query.values(t_ended=ended.t_ended, t_changed=ended.t_changed, version=ended.version))
        own = replace(
            decision, step=Step.END, kind=drill.kind, level=drill.level, phase=drill.phase,
            reason=f"真实应急启动，演练中止：{decision.reason}",
        )  # fmt: skip
        _decide(connection, ended, own, audit, lambda emergency, told: ())

    # ---- warnings

    def warn(self, warning: EmergencyWarning, told: Iterable[Delivery] = ()) -> None:
        """Keep a warning, or what became of it, with what is told of it; both once."""
        table = tables.warning
        own = (table.c.node == warning.node, table.c.detector == warning.detector.value)
        with writing(self._engine) as connection:
            query = update(table).where(*own, table.c.t_raised == warning.t_raised)
            if connection.execute(query.values(**_warning_row(warning))).rowcount == 0:
                connection.execute(insert(table).values(**_warning_row(warning)))
            for delivery in told:
                keep(connection, delivery)

    def warnings(self, since: int | None = None, until: int | None = None) -> tuple[EmergencyWarning, ...]:
        """Those that stood at some moment of `since` ≤ t < `until`, the first first."""
        table = tables.warning
        query = select(table).order_by(table.c.t_raised, table.c.node, table.c.detector)
        if since is not None:
            query = query.where(table.c.t_over.is_(None) | (table.c.t_over >= since))
        if until is not None:
            query = query.where(table.c.t_raised < until)
        with reading(self._engine) as connection:
            return tuple(_warning(row) for row in connection.execute(query).mappings())


def _current(connection: Connection) -> Emergency | None:
    row = connection.execute(select(tables.emergency).where(tables.emergency.c.t_ended.is_(None))).mappings().first()
    return None if row is None else _emergency(row)


def _decide(connection: Connection, then: Emergency, decision: Decision, audit: AuditEntry, tell: Tell) -> None:
    """The decision, its entry in the trail, and what is told of it."""
    table = tables.decision
    count = select(func.count()).select_from(table).where(table.c.emergency_id == then.id)
    numbered = replace(decision, number=int(connection.execute(count).scalar_one()) + 1)
    connection.execute(insert(table).values(emergency_id=then.id, **asdict(numbered)))
    append(connection, replace(audit, target=then.target), decision.t)
    for delivery in tell(then, numbered):
        keep(connection, delivery)


def _meanwhile(connection: Connection, id_: int) -> str:
    table = tables.decision
    query = select(table).where(table.c.emergency_id == id_).order_by(table.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().first()
    if row is None:
        return f"没有编号为 {id_} 的应急"
    last = _decision(row)
    return f"应急 {id_} 刚刚由 {last.person} {STEP_WORDS[last.step]}（{last.reason}）：请看过现状再决定"


def _emergency(row: _Row) -> Emergency:
    return Emergency(**{**row, "kind": EmergencyKind(row["kind"]), "phase": EmergencyPhase(row["phase"])})


def _decision(row: _Row) -> Decision:
    own = {name: value for name, value in row.items() if name != "emergency_id"}
    own |= {"step": Step(own["step"]), "kind": EmergencyKind(own["kind"]), "phase": EmergencyPhase(own["phase"])}
    return Decision(**own)


def _warning_row(warning: EmergencyWarning) -> dict[str, object]:
    return asdict(warning)


def _warning(row: _Row) -> EmergencyWarning:
    return EmergencyWarning(**{**row, "kind": EmergencyKind(row["kind"]), "detector": DetectorId(row["detector"])})
