"""The store's tables. A call's children carry `call_id` and `position` (0, 1, …, the order in the record); column names
are the record's field names. Times are UTC epoch milliseconds (BIGINT)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


#: Calls that belong to another call.
CHILDREN = text("parent_call_id IS NOT NULL")
#: Those, and calls that seem to have lasted less than nothing or more than a day. (As floats: no times overflow then.)
ODD = text(
    "parent_call_id IS NOT NULL OR "
    "CAST(t_ended AS DOUBLE PRECISION) - CAST(t_offered AS DOUBLE PRECISION) NOT BETWEEN 0 AND 86400000"
)


def _child(name: str, *columns: Column[object]) -> Table:
    owner: Column[str] = Column("call_id", Text, ForeignKey("call.call_id", ondelete="CASCADE"), primary_key=True)
    return Table(name, metadata, owner, Column("position", Integer, primary_key=True), *columns)


def _grandchild(name: str, parent: str, place: str, *columns: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("call_id", Text, primary_key=True),
        Column(place, Integer, primary_key=True),
        Column("position", Integer, primary_key=True),
        *columns,
        ForeignKeyConstraint(["call_id", place], [f"{parent}.call_id", f"{parent}.position"], ondelete="CASCADE"),
    )


call = Table(
    "call",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("linkedid", Text, nullable=False, index=True),
    Column("parent_call_id", Text),
    Column("source", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("did", Text, nullable=False),
    Column("caller_number", Text),
    Column("caller_kind", Text, nullable=False),
    Column("customer_id", Text),
    Column("t_offered", BigInteger, nullable=False),
    Column("t_answered", BigInteger),
    Column("t_first_prompt", BigInteger),
    Column("t_ended", BigInteger, nullable=False),
    Column("hangup_by", Text, nullable=False),
    Column("hangup_cause", Text),
    Column("last_prompt_kind", Text),
    Column("flow_revision", Text),
    Column("entry", Text, nullable=False),
    Column("language", Text),
    Column("drill", Boolean, nullable=False),
)
Index("ix_call_t_offered", call.c.t_offered, call.c.call_id)
# who called again, and when
Index("ix_call_caller_number", call.c.caller_number, call.c.t_offered)
Index("ix_call_customer_id", call.c.customer_id, call.c.t_offered)
# callbacks, and calls whose end is not within a day after their beginning: few, and sought by their end
Index("ix_call_parent_call_id", call.c.parent_call_id, sqlite_where=CHILDREN, postgresql_where=CHILDREN)
Index("ix_call_t_ended", call.c.t_ended, sqlite_where=ODD, postgresql_where=ODD)

completed_leaf = _child("completed_leaf", Column("leaf_id", Text, nullable=False))

menu_visit = _child(
    "menu_visit",
    Column("menu_id", Text, nullable=False),
    Column("level", BigInteger, nullable=False),
    Column("t_enter", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("key", Text),
)

handoff = _child(
    "handoff",
    Column("t_requested", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("t_left", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("why", Text),
    Column("t_queued", BigInteger),
    Column("t_ring_first", BigInteger),
    Column("ring_ms_answering", BigInteger),
    Column("t_connected", BigInteger),
    Column("agent_id", Text),
    Column("agent_id_announced_at", BigInteger),
    Column("queue", Text),
)

agent_leg = _child(
    "agent_leg",
    Column("agent_id", Text, nullable=False, index=True),
    Column("t_connected", BigInteger, nullable=False),
    Column("t_released", BigInteger, nullable=False),
    Column("transferred_to", Text),
    Column("acw_ms", BigInteger, nullable=False),
)

hold = _grandchild(
    "hold",
    "agent_leg",
    "leg",
    Column("t_start", BigInteger, nullable=False),
    Column("t_end", BigInteger, nullable=False),
    Column("explained", Boolean, nullable=False),
)

turn = _child(
    "turn",
    Column("turn_id", Text, nullable=False, index=True),
    Column("t_start", BigInteger, nullable=False),
    Column("t_end", BigInteger, nullable=False),
    Column("asr_text", Text, nullable=False),
    Column("asr_conf", Double),
    Column("intent", Text),
    Column("intent_score", Double),
    Column("action", Text),
    Column("barge_in", Boolean, nullable=False),
    Column("audio_ref", Text),
    Column("pii", Boolean, nullable=False),
)

annotation = _grandchild(
    "annotation",
    "turn",
    "turn",
    Column("turn_id", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("ref_text", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("asr_ok", Boolean),
    Column("intent_gold", Text),
    Column("intent_ok", Boolean),
    Column("interaction_ok", Boolean),
)

survey = _child(
    "survey",
    Column("subject", Text, nullable=False),
    Column("invited", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("score", Integer),
)

verification = _child(
    "verification",
    Column("method", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
)

complaint = Table(
    "complaint",
    metadata,
    Column("id", Text, primary_key=True),
    Column("received_at", BigInteger, nullable=False, index=True),
    Column("accepted_at", BigInteger, nullable=False),
    Column("ack_due", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("extended_to", BigInteger),
    Column("approved_by", Text),
    Column("acknowledged_at", BigInteger),
    Column("decided_at", BigInteger),
    Column("notified_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("callback_ok", Boolean),
    Column("satisfied", Boolean),
    Column("work_order", Text),
)

complaint_call = Table(
    "complaint_call",
    metadata,
    Column("id", Text, ForeignKey("complaint.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("call_id", Text, nullable=False, index=True),
)

agent_state = Table(
    "agent_state",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("t_from", BigInteger, primary_key=True),
    Column("t_to", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
)
Index("ix_agent_state_t_to", agent_state.c.t_to, agent_state.c.t_from)

quality_score = Table(
    "quality_score",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("agent_id", Text, primary_key=True),
    Column("form_id", Text, primary_key=True),
    Column("monitor", Text, primary_key=True),
    Column("t", BigInteger, primary_key=True),
    Column("score", Double, nullable=False),
)

sampling_plan = Table(
    "sampling_plan",
    metadata,
    Column("id", Text, primary_key=True),
    Column("t", BigInteger, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("method", Text, nullable=False),
)


def _of_plan(name: str, *columns: Column[object]) -> Table:
    owner: Column[str] = Column("plan", Text, ForeignKey("sampling_plan.id", ondelete="CASCADE"), primary_key=True)
    return Table(name, metadata, owner, Column("position", Integer, primary_key=True), *columns)


stratum = _of_plan(
    "stratum",
    Column("name", Text, nullable=False),
    Column("turns", BigInteger, nullable=False),
    Column("drawn", BigInteger, nullable=False),
)

drawn = _of_plan("drawn", Column("turn_id", Text, nullable=False), Column("stratum", Text, nullable=False))

flow_revision = Table(
    "flow_revision",
    metadata,
    Column("id", Text, primary_key=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("files", Text, nullable=False),
)

# ---- daily roll-ups: what was counted, so that a report of a month reads a month of counts

#: A local day. `version` grows whenever a record that the day's figures depend on is written; the roll-up is good while
#: `kept` is the same. `as_of`: when it was counted; from `undecided_from` on (NULL: never) it must be counted again.
#: `scope` names what else it depends on (the test numbers). `spoken`: JSON, each annotated call's characters.
rollup_day = Table(
    "rollup_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("kept", BigInteger),
    Column("as_of", BigInteger),
    Column("undecided_from", BigInteger),
    Column("scope", Text),
    Column("spoken", Text),
)

#: One indicator's counts of one day: over everything (`part` is "day", `name` empty), an hour or a queue. Numerator and
#: denominator are whole, or exact fractions "a/b"; `excluded` and `parts` are JSON objects of counts.
rollup = Table(
    "rollup",
    metadata,
    Column("day", Date, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("numerator", Text, nullable=False),
    Column("denominator", Text, nullable=False),
    Column("provisional", BigInteger, nullable=False),
    Column("excluded", Text, nullable=False),
    Column("parts", Text, nullable=False),
)

#: The worst of each list of a day (abandoned, over 20 s, …): `position` 0 is the worst. How many there are is counted
#: in `rollup`.
rollup_item = Table(
    "rollup_item",
    metadata,
    Column("day", Date, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ms", BigInteger),
)
