"""What callers said who were asked whether the call may be recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table; records stay as they are."""
    op.create_table(
        "recording_consent",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "position", name="pk_recording_consent"),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name="fk_recording_consent_call", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Forget them; the calls stay."""
    op.drop_table("recording_consent")
