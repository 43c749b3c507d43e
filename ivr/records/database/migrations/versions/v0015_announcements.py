"""The announcements that callers heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; of earlier calls it is not known."""
    op.create_table(
        "announcement_heard",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("announcement", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "position", name="pk_announcement_heard"),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name="fk_announcement_heard_call", ondelete="CASCADE"),
    )
    op.create_index("ix_announcement_heard_announcement", "announcement_heard", ["announcement"])


def downgrade() -> None:
    """Forget them; the calls stay."""
    op.drop_table("announcement_heard")
