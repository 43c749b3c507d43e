"""What an agent did in a span of time, as the records have it: for the agent's own page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Engine, case, func, select

from ivr.records.database import tables
from ivr.records.database.engine import reading
from ivr.records.model import StateName


@dataclass(frozen=True, slots=True)
class AgentDay:
    """Talks that began in the span, their sums (ms), how long callers were on hold and how often longer than they
    should (`held_long`), talks passed on, codes given, and how long (ms) the agent was in each state that is over, cut
    at the span's ends."""

    talks: int
    talk_ms: int
    acw_ms: int
    hold_ms: int
    holds: int
    held_long: int
    passed_on: int
    dispositions: Mapping[str, int]
    states: Mapping[StateName, int]


class AgentRecords:
    """Part of `ivr.records.store.Store`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def day(self, agent: str, since: int, until: int, longest_hold_ms: int) -> AgentDay:
        """From `since` to before `until` (epoch ms); a hold is long beyond `longest_hold_ms`. Raises StoreError."""
        leg, hold, state = tables.agent_leg, tables.hold, tables.agent_state
        mine = (leg.c.agent_id == agent, leg.c.t_connected >= since, leg.c.t_connected < until)
        lasted = hold.c.t_end - hold.c.t_start
        with reading(self._engine) as connection:
            talks = connection.execute(
                select(
                    func.count(),
                    func.coalesce(func.sum(leg.c.t_released - leg.c.t_connected), 0),
                    func.coalesce(func.sum(leg.c.acw_ms), 0),
                    func.count(leg.c.transferred_to),
                ).where(*mine)
            ).one()
            held = connection.execute(
                select(
                    func.count(),
                    func.coalesce(func.sum(lasted), 0),
                    func.coalesce(func.sum(case((lasted > longest_hold_ms, 1), else_=0)), 0),
                )
                .join(leg, (leg.c.call_id == hold.c.call_id) & (leg.c.position == hold.c.leg))
                .where(*mine)
            ).one()
            codes = connection.execute(
                select(leg.c.disposition, func.count())
                .where(*mine, leg.c.disposition.is_not(None))
                .group_by(leg.c.disposition)
            ).all()
            spans = connection.execute(
                select(state.c.state, state.c.t_from, state.c.t_to).where(
                    state.c.agent_id == agent, state.c.t_to > since, state.c.t_from < until
                )
            ).all()
        states: Counter[StateName] = Counter()
        for name, began, ended in spans:
            states[cast(StateName, name)] += min(ended, until) - max(began, since)
        return AgentDay(
            talks[0], int(talks[1]), int(talks[2]), int(held[1]), held[0], int(held[2]), talks[3],
            {row[0]: row[1] for row in codes}, states,
        )  # fmt: skip
