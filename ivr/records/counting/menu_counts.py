"""What callers do in each menu, counted in the database: who comes, leaves, listens again, is not understood, asks for
a person. Drills and calls that we made are not in it (D10)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, func, select

from ivr.records.database.engine import reading
from ivr.records.database.tables import call, completed_leaf, handoff, menu_visit
from ivr.records.model import VisitOutcome


@dataclass(frozen=True, slots=True)
class MenuCount:
    """How often a menu was spoken, in how many calls, what came of it (outcome → times), and which keys chose (key →
    times)."""

    calls: int = 0
    outcomes: Mapping[VisitOutcome, int] = field(default_factory=dict)
    keys: Mapping[str, int] = field(default_factory=dict)

    @property
    def spoken(self) -> int:
        """How often it was spoken."""
        return sum(self.outcomes.values())

    @property
    def missed(self) -> int:
        """How often nothing came of it: no key in time, or one that leads nowhere."""
        return self.outcomes.get("invalid", 0) + self.outcomes.get("timeout", 0)

    @property
    def left(self) -> int:
        """How often the caller hung up in it."""
        return self.outcomes.get("hangup", 0)

    @property
    def left_share(self) -> float:
        """That, of the calls that came here: 0 … 1."""
        return self.left / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """Of one time: by menu, how often each leaf was listened to, how often each queue was asked for."""

    menus: Mapping[str, MenuCount]
    leaves: Mapping[str, int]
    queues: Mapping[str, int]


class MenuCounts:
    """Reads what callers did in menus. Raises StoreError where the database cannot be used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def between(self, since: int, until: int) -> PlaceCounts:
        """Of the calls offered in the half-open interval of UTC epoch ms."""
        of_call = and_(call.c.t_offered >= since, call.c.t_offered < until, call.c.direction == "in", ~call.c.drill)
        with reading(self._engine) as connection:
            return PlaceCounts(
                _menus(connection, of_call),
                _by(connection, completed_leaf, completed_leaf.c.leaf_id, of_call),
                _by(connection, handoff, handoff.c.queue, of_call),
            )


def _menus(connection: Connection, of_call: ColumnElement[bool]) -> dict[str, MenuCount]:
    visit, joined = menu_visit.c, call.join(menu_visit, menu_visit.c.call_id == call.c.call_id)
    calls = select(visit.menu_id, func.count(visit.call_id.distinct())).select_from(joined).where(of_call)
    came: dict[str, int] = {row[0]: row[1] for row in connection.execute(calls.group_by(visit.menu_id))}
    outcomes: dict[str, Counter[VisitOutcome]] = defaultdict(Counter)
    keys: dict[str, Counter[str]] = defaultdict(Counter)
    found = select(visit.menu_id, visit.outcome, visit.key, func.count()).select_from(joined).where(of_call)
    for menu, outcome, key, count in connection.execute(found.group_by(visit.menu_id, visit.outcome, visit.key)):
        outcomes[menu][outcome] += count
        if outcome == "choice" and key is not None:
            keys[menu][key] += count
    return {menu: MenuCount(came[menu], outcomes[menu], keys[menu]) for menu in came}


def _by(
    connection: Connection, table: Table, column: ColumnElement[str], of_call: ColumnElement[bool]
) -> dict[str, int]:
    found = select(column, func.count()).select_from(call.join(table, table.c.call_id == call.c.call_id)).where(of_call)
    return {name: count for name, count in connection.execute(found.group_by(column)) if name is not None}
