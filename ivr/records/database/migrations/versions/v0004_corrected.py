"""What an utterance was taken for, beside what the recogniser wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of earlier turns it is not known."""
    op.add_column("turn", sa.Column("corrected", sa.Text()))


def downgrade() -> None:
    """Forget it; what the recogniser wrote stays."""
    op.drop_column("turn", "corrected")  # in place: a table made anew would lose its annotations
