"""Work that outlives a call: promised callbacks, and messages that wait for somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables; records stay as they are."""
    op.create_table(
        "callback",
        sa.Column("parent_call_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("queue", "number", "about")),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("t_requested", "t_asked", "t_next")),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text()),
        sa.Column("t_closed", sa.BigInteger()),
        sa.PrimaryKeyConstraint("parent_call_id", name="pk_callback"),
    )
    op.create_index("ix_callback_state", "callback", ["state"])
    op.create_table(
        "work_item",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("ref", "kind", "call_id", "queue")),
        sa.Column("number", sa.Text()),
        sa.Column("about", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("t_received", "t_due")),
        sa.Column("audio", sa.Text()),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("t_done", sa.BigInteger()),
        *(sa.Column(name, sa.Text()) for name in ("done_by", "note")),
        sa.PrimaryKeyConstraint("id", name="pk_work_item"),
    )
    op.create_index("ix_work_item_ref", "work_item", ["ref"], unique=True)
    op.create_index("ix_work_item_t_due", "work_item", ["t_due"])


def downgrade() -> None:
    """Forget both."""
    op.drop_table("work_item")
    op.drop_table("callback")
