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
from sqlalchemy.sql.elements import TextClause

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

CHILDREN = text("parent_call_id IS NOT NULL")
_ODD = (
    "{0}parent_call_id IS NOT NULL OR "
    "CAST({0}t_ended AS DOUBLE PRECISION) - CAST({0}t_offered AS DOUBLE PRECISION) NOT BETWEEN 0 AND 86400000"
)
#: Those, and calls that seem to have lasted less than nothing or more than a day. (As floats: no times overflow then.)
ODD = text(_ODD.format(""))


def odd(alias: str) -> TextClause:
    """The same of an alias of table `call`."""
    return text(f"({_ODD.format(f'{alias}.')})")


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
Index("ix_call_caller_number", call.c.caller_number, call.c.t_offered)  # who called again, and when
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
    Column("agent_id", Text, nullable=False),
    Column("t_connected", BigInteger, nullable=False),
    Column("t_released", BigInteger, nullable=False),
    Column("transferred_to", Text),
    Column("acw_ms", BigInteger, nullable=False),
    Column("disposition", Text),
)
Index("ix_agent_leg_agent_id", agent_leg.c.agent_id, agent_leg.c.t_connected, agent_leg.c.call_id)

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
    Column("corrected", Text),
    Column("resolution", Text),
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
    Column("audio_ref", Text),
)

verification = _child(
    "verification",
    Column("method", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
)

transaction = _child(
    "transaction",
    Column("operation", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reference", Text),
    Column("key", Text),
)

# who did what lately: few of many calls
Index("ix_verification_t", verification.c.t)
Index("ix_transaction_t", transaction.c.t)

recording = _child(
    "recording",
    Column("ref", Text, nullable=False),
    Column("t_start", BigInteger, nullable=False),
    Column("t_end", BigInteger, nullable=False),
)

muted = _grandchild(
    "muted",
    "recording",
    "recording",
    Column("t_start", BigInteger, nullable=False),
    Column("t_end", BigInteger, nullable=False),
)

supervision = _child(
    "supervision",
    Column("supervisor", Text, nullable=False, index=True),
    Column("agent_id", Text, nullable=False),
    Column("how", Text, nullable=False),
    Column("t_start", BigInteger, nullable=False),
    Column("t_end", BigInteger, nullable=False),
)

announcement_heard = _child(
    "announcement_heard",
    Column("announcement", Text, nullable=False, index=True),
    Column("place", Text, nullable=False),
    Column("t", BigInteger, nullable=False),
    Column("whole", Boolean, nullable=False),
)

recording_consent = _child(
    "recording_consent",
    Column("given", Boolean, nullable=False),
    Column("how", Text, nullable=False),
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
    Column("extension_told_at", BigInteger),
    Column("withdrawn_at", BigInteger),
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
    Column("reason", Text),
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

flow_revision = Table(
    "flow_revision",
    metadata,
    Column("id", Text, primary_key=True),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("files", Text, nullable=False),
)

# ---- counts: what every counted call, customer's day and state adds to the figures, added up

#: One row (`id` 1): the definitions and the time zone that the sums were made with; NULL where nobody knows, and all
#: must be counted anew.
counting = Table(
    "counting",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("definitions", Text),
)

#: The sum of one indicator's term over one slot, see `ivr.records.counting.sums`.
daily_count = Table(
    "daily_count",
    metadata,
    Column("day", Date, primary_key=True),
    Column("hour", BigInteger, primary_key=True),
    Column("requested", Boolean, primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("indicator", Text, primary_key=True),
    Column("term", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

#: Calls that somebody should look at: the rows of the lists (`kind`), at most one for each `position` of a call; those
#: of the highest `rank` (`ms`, 0 where nobody knows) come first.
follow_up = Table(
    "follow_up",
    metadata,
    Column("call_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("ms", BigInteger),
    Column("rank", BigInteger, nullable=False),
)
Index("ix_follow_up_kind", *(follow_up.c[name] for name in ("kind", "day", "rank", "at", "call_id")))

#: What is not counted yet.
uncounted_call = Table("uncounted_call", metadata, Column("call_id", Text, primary_key=True))
uncounted_state = Table(
    "uncounted_state",
    metadata,
    Column("agent_id", Text, primary_key=True),
    Column("t_from", BigInteger, primary_key=True),
)
