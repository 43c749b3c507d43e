"""What callers heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; records stay as they are and say nothing of it."""
    op.create_table(
        "prompts_heard",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("prompts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_prompts_heard"),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name="fk_prompts_heard_call", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget them; the calls stay."""
    op.drop_table("prompts_heard")
