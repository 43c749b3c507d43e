"""The rows of a list are read in the order of the worst, from the index alone."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index gets what decides between rows of one rank."""
    op.drop_index("ix_follow_up_kind", "follow_up")
    op.create_index("ix_follow_up_kind", "follow_up", ["kind", "day", "rank", "at", "call_id"])


def downgrade() -> None:
    """The index as it was."""
    op.drop_index("ix_follow_up_kind", "follow_up")
    op.create_index("ix_follow_up_kind", "follow_up", ["kind", "day", "rank"])
