"""Emergencies and drills, their decisions, and what warned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables; records stay as they are."""
    op.create_table(
        "emergency",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "level", "phase")),
        sa.Column("drill", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("t_started", "t_changed")),
        sa.Column("t_ended", sa.BigInteger()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_emergency"),
    )
    op.create_table(
        "emergency_decision",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("emergency_id", "number")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("step", "kind", "level", "phase", "person")),
        sa.Column("role", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("emergency_id", "number", name="pk_emergency_decision"),
        sa.ForeignKeyConstraint(["emergency_id"], ["emergency.id"], name="fk_emergency_decision"),
    )
    op.create_table(
        "emergency_warning",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("node", "detector")),
        sa.Column("t_raised", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "level")),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer()),
        sa.Column("t_over", sa.BigInteger()),
        sa.PrimaryKeyConstraint("node", "detector", "t_raised", name="pk_emergency_warning"),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("emergency_warning")
    op.drop_table("emergency_decision")
    op.drop_table("emergency")
