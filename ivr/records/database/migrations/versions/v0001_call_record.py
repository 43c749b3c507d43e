"""The tables of the call record (requirements 2.0). Written down once, apart from `ivr.records.database.tables`, which
moves on.

In the lists below `?` marks a column that may be NULL and `#` one of the primary key."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KINDS: dict[str, Any] = {
    "text": sa.Text,
    "ms": sa.BigInteger,
    "int": sa.Integer,
    "bool": sa.Boolean,
    "real": sa.Double,
}

_CHILD = "call_id:text# position:int# "

_TABLES = {
    "call": (
        "call_id:text# linkedid:text parent_call_id:text? source:text direction:text channel:text did:text "
        "caller_number:text? caller_kind:text customer_id:text? t_offered:ms t_answered:ms? t_first_prompt:ms? "
        "t_ended:ms hangup_by:text hangup_cause:text? last_prompt_kind:text? flow_revision:text? entry:text "
        "language:text? drill:bool"
    ),
    "completed_leaf": _CHILD + "leaf_id:text",
    "menu_visit": _CHILD + "menu_id:text level:ms t_enter:ms outcome:text key:text?",
    "handoff": _CHILD
    + (
        "t_requested:ms reason:text t_left:ms outcome:text refused:bool why:text? t_queued:ms? t_ring_first:ms? "
        "ring_ms_answering:ms? t_connected:ms? agent_id:text? agent_id_announced_at:ms?"
    ),
    "agent_leg": _CHILD + "agent_id:text t_connected:ms t_released:ms transferred_to:text? acw_ms:ms",
    "hold": "call_id:text# leg:int# position:int# t_start:ms t_end:ms explained:bool",
    "turn": _CHILD
    + (
        "turn_id:text t_start:ms t_end:ms asr_text:text asr_conf:real? intent:text? intent_score:real? action:text? "
        "barge_in:bool audio_ref:text? pii:bool"
    ),
    "annotation": (
        "call_id:text# turn:int# position:int# turn_id:text annotator:text ref_text:text valid:bool t:ms "
        "asr_ok:bool? intent_gold:text? intent_ok:bool? interaction_ok:bool?"
    ),
    "survey": _CHILD + "subject:text invited:bool answered:bool score:int?",
    "verification": _CHILD + "method:text attempts:ms outcome:text t:ms",
    "complaint": (
        "id:text# received_at:ms accepted_at:ms ack_due:ms due:ms extended_to:ms? approved_by:text? "
        "acknowledged_at:ms? decided_at:ms? notified_at:ms? closed_at:ms? callback_ok:bool? satisfied:bool? "
        "work_order:text?"
    ),
    "complaint_call": "id:text# position:int# call_id:text",
    "agent_state": "agent_id:text# t_from:ms# t_to:ms state:text",
    "quality_score": "call_id:text# agent_id:text# form_id:text# monitor:text# t:ms# score:real",
    "flow_revision": "id:text# author:text reason:text first_seen:ms files:text",
}

#: child table, its columns, the table and columns they point at
_OWNERS = [
    *((name, ["call_id"], "call", ["call_id"]) for name, text in _TABLES.items() if text.startswith(_CHILD)),
    ("hold", ["call_id", "leg"], "agent_leg", ["call_id", "position"]),
    ("annotation", ["call_id", "turn"], "turn", ["call_id", "position"]),
    ("complaint_call", ["id"], "complaint", ["id"]),
]

_INDEXES = [
    ("call", ["linkedid"]),
    ("call", ["caller_number"]),
    ("call", ["customer_id"]),
    ("call", ["t_offered", "call_id"]),
    ("agent_leg", ["agent_id"]),
    ("complaint", ["received_at"]),
    ("complaint_call", ["call_id"]),
]


def upgrade() -> None:
    """Make every table, its keys and its indexes."""
    for name, text in _TABLES.items():
        op.create_table(name, *_columns(text), *_constraints(name, text))
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{columns[0]}", table, columns)


def downgrade() -> None:
    """Remove every table and what is in it."""
    for name in reversed(_TABLES):
        op.drop_table(name)


def _columns(text: str) -> list[sa.Column[Any]]:
    columns = []
    for word in text.split():
        name, _, kind = word.partition(":")
        columns.append(sa.Column(name, _KINDS[kind.rstrip("?#")](), nullable=kind.endswith("?")))
    return columns


def _constraints(name: str, text: str) -> list[sa.Constraint]:
    keys = [word.partition(":")[0] for word in text.split() if word.endswith("#")]
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*keys, name=f"pk_{name}")]
    for child, columns, owner, targets in _OWNERS:
        if child == name:
            references = [f"{owner}.{target}" for target in targets]
            foreign = sa.ForeignKeyConstraint(columns, references, name=f"fk_{name}_{owner}", ondelete="CASCADE")
            constraints.append(foreign)
    return constraints
