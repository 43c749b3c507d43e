"""Checks of identity and transactions are sought by when they were."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    for table in ("verification", "transaction"):
        op.create_index(f"ix_{table}_t", table, ["t"])


def downgrade() -> None:
    """Drop them."""
    for table in ("verification", "transaction"):
        op.drop_index(f"ix_{table}_t", table)
