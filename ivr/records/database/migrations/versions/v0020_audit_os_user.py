"""Which user of the operating system acted as the person of an audit entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries that are there have none, and keep their hashes."""
    op.add_column("audit", sa.Column("os_user", sa.Text()))


def downgrade() -> None:
    """Forget it; `ivr audit verify` finds the entries that had one."""
    op.drop_column("audit", "os_user")
