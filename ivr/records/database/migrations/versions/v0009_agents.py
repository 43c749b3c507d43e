"""Why an agent paused, what he says became of a call, and the supervisors who took part in a talk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; of earlier calls it is not known."""
    op.add_column("agent_leg", sa.Column("disposition", sa.Text()))
    op.add_column("agent_state", sa.Column("reason", sa.Text()))
    op.create_table(
        "supervision",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("supervisor", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("t_start", sa.BigInteger(), nullable=False),
        sa.Column("t_end", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "position", name="pk_supervision"),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name="fk_supervision_call", ondelete="CASCADE"),
    )
    op.create_index("ix_supervision_supervisor", "supervision", ["supervisor"])


def downgrade() -> None:
    """Forget them; the calls stay."""
    op.drop_table("supervision")
    op.drop_column("agent_state", "reason")
    op.drop_column("agent_leg", "disposition")
