"""What the records say of an hour that is over: how many called, how many agents had signed in."""

from __future__ import annotations

from sqlalchemy import Engine, exists, func, select

from ivr.records.database.engine import reading
from ivr.records.database.tables import agent_state, call
from ivr.records.days import DAY_MS
from ivr.records.vocabulary import VOICE


class PastLoad:
    """Reads the database of the records. Every method may be called from any thread and raises StoreError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def offered(self, since: int, until: int) -> int:
        """Inbound calls offered in `since` ≤ t < `until` (UTC epoch ms), without drills (D10)."""
        called = (call.c.direction == "in", call.c.channel == VOICE, ~call.c.drill)
        query = select(func.count()).select_from(call).where(*called)
        with reading(self._engine) as connection:
            inside = query.where(call.c.t_offered >= since, call.c.t_offered < until)
            return int(connection.execute(inside).scalar_one())

    def any_call(self, since: int, until: int) -> bool:
        """Whether the hotline was called at all in `since` ≤ t < `until`."""
        query = select(exists().where(call.c.t_offered >= since, call.c.t_offered < until))
        with reading(self._engine) as connection:
            return bool(connection.execute(query).scalar_one())

    def signed_in(self, at: int) -> int:
        """Agents who had signed in at a moment."""
        state = agent_state
        query = select(func.count(state.c.agent_id.distinct())).where(state.c.state != "offline")
        with reading(self._engine) as connection:
            # no state lasts for longer than a day: the index need not be read from there to now
            inside = (state.c.t_to > at, state.c.t_to <= at + DAY_MS, state.c.t_from <= at)
            return int(connection.execute(query.where(*inside)).scalar_one())
