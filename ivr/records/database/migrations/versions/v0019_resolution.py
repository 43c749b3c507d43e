"""What customers said of the answers to their questions in writing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody was asked before."""
    op.add_column("turn", sa.Column("resolution", sa.Text()))


def downgrade() -> None:
    """Forget it; what was said stays."""
    op.drop_column("turn", "resolution")  # in place: a table made anew would lose its annotations
