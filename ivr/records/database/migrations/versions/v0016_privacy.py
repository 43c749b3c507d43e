"""Legal holds, consents, and what is kept of purged records: counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Six tables; records stay as they are."""
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "target", "reason", "placed_by")),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("released_by", sa.Text()),
        sa.Column("released_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_legal_hold"),
    )
    op.create_index("ix_legal_hold_target", "legal_hold", ["kind", "target"])
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("customer", "purpose")),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text()),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_customer", "consent", ["customer", "purpose", "t"])
    op.create_table(
        "purge_file",
        sa.Column("path", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_purge_file"),
    )
    slot = ("day", "hour", "requested", "queue", "indicator", "term")
    op.create_table(
        "purged_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("queue", "indicator", "term")),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*slot, name="pk_purged_count"),
    )
    op.create_table(
        "purged_figure",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_purged_figure"),
    )
    op.create_table(
        "purge_mark",
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("retention", name="pk_purge_mark"),
    )


def downgrade() -> None:
    """Forget them: what purged records counted for is lost."""
    for name in ("purge_mark", "purged_figure", "purged_count", "purge_file", "consent", "legal_hold"):
        op.drop_table(name)
