"""What monitors answered when they scored calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; scores stay as they are, without answers."""
    op.create_table(
        "quality_answer",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("monitor", sa.Text(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "agent_id", "form_id", "monitor", "criterion", name="pk_quality_answer"),
    )


def downgrade() -> None:
    """Forget the answers; the scores stay."""
    op.drop_table("quality_answer")
