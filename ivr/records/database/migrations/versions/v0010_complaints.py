"""Complaints as they are worked on, and every step; when one was withdrawn, and when the customer was told of a longer
term."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TIMES = ("accepted_at", "acknowledged_at", "decided_at", "notified_at", "called_back_at", "closed_at", "withdrawn_at",
          "extended_to", "extension_told_at", "passed_on_at", "receipt_at")  # fmt: skip
_TEXTS = ("number", "call_back_number", "kind", "right", "audio", "transcript", "summary", "grade", "owner", "handler",
          "contact", "extension", "extended_by", "decision", "cause", "merged_into", "work_order",
          "receipt")  # fmt: skip
_OF_RECORD = ("extension_told_at", "withdrawn_at")


def upgrade() -> None:
    """Two tables, and what a record says of a withdrawal and of an extension; earlier records say nothing of them."""
    for name in _OF_RECORD:
        op.add_column("complaint", sa.Column(name, sa.BigInteger()))
    op.create_table(
        "complaint_case",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "ref", "via", "state", "call_ids", "waived")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("received_at", "ack_due", "due", "ms")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("version", "round")),
        *(sa.Column(name, sa.Text()) for name in _TEXTS),
        sa.Column("amount", sa.BigInteger()),
        *(sa.Column(name, sa.BigInteger()) for name in _TIMES),
        sa.Column("complex", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Boolean()) for name in ("callback_ok", "satisfied")),
        sa.PrimaryKeyConstraint("id", name="pk_complaint_case"),
    )
    op.create_index("ix_complaint_case_ref", "complaint_case", ["ref"], unique=True)
    for name in ("received_at", "state", "number"):
        op.create_index(f"ix_complaint_case_{name}", "complaint_case", [name])
    op.create_table(
        "complaint_step",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "state", "person")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_complaint_step"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["complaint_case.id"], name="fk_complaint_step_complaint_case", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Forget it; the records stay."""
    op.drop_table("complaint_step")
    op.drop_table("complaint_case")
    for name in _OF_RECORD:
        op.drop_column("complaint", name)
