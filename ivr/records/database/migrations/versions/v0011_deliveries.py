"""What is sent by mail and webhook, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "delivery",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("t_asked", sa.BigInteger(), nullable=False),
        sa.Column("t_next", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("t_done", sa.BigInteger()),
        sa.Column("receipt", sa.Text()),
        sa.Column("trouble", sa.Text()),
        sa.Column("t_held", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_delivery"),
    )
    op.create_index("ix_delivery_about", "delivery", ["about"])
    op.create_index("ix_delivery_state", "delivery", ["state"])


def downgrade() -> None:
    """Forget what was sent."""
    op.drop_table("delivery")
