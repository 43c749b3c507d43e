"""What each call adds to the figures, added up when it is saved; the roll-ups that reports kept are gone. Earlier
records are counted afterwards, in batches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the roll-ups, add the counts; records stay as they are."""
    for table in ("rollup_item", "rollup", "rollup_day"):
        op.drop_table(table)
    op.create_table(
        "counting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("definitions", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_counting"),
    )
    op.create_table(
        "daily_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("queue", "indicator", "term")),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "hour", "requested", "queue", "indicator", "term", name="pk_daily_count"),
    )
    op.create_table(
        "follow_up",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.BigInteger()),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "kind", "position", name="pk_follow_up"),
    )
    op.create_index("ix_follow_up_kind", "follow_up", ["kind", "day", "rank"])
    op.create_table(
        "uncounted_call",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_uncounted_call"),
    )
    op.create_table(
        "uncounted_state",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("t_from", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "t_from", name="pk_uncounted_state"),
    )


def downgrade() -> None:
    """Forget the counts; the roll-ups are kept anew by reports."""
    for table in ("uncounted_state", "uncounted_call", "follow_up", "daily_count", "counting"):
        op.drop_table(table)
    op.create_table(
        "rollup_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger()),
        sa.Column("as_of", sa.BigInteger()),
        sa.Column("undecided_from", sa.BigInteger()),
        sa.Column("scope", sa.Text()),
        sa.Column("spoken", sa.Text()),
        sa.PrimaryKeyConstraint("day", name="pk_rollup_day"),
    )
    texts = ("numerator", "denominator", "excluded", "parts")
    op.create_table(
        "rollup",
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("part", "name", "indicator", *texts)),
        sa.Column("provisional", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "part", "name", "indicator", name="pk_rollup"),
    )
    op.create_table(
        "rollup_item",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("day", "kind", "position", name="pk_rollup_item"),
    )
