"""Transactions, recordings and their gaps, and what a customer said about his answer to a survey."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and the column; earlier calls have none of these."""
    op.add_column("survey", sa.Column("audio_ref", sa.Text()))
    _child(
        "transaction",
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("key", sa.Text()),
    )
    moments = [sa.Column(name, sa.BigInteger(), nullable=False) for name in ("t_start", "t_end")]
    _child("recording", sa.Column("ref", sa.Text(), nullable=False), *moments)
    op.create_table(
        "muted",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("recording", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("t_start", "t_end")),
        sa.PrimaryKeyConstraint("call_id", "recording", "position", name="pk_muted"),
        sa.ForeignKeyConstraint(
            ["call_id", "recording"],
            ["recording.call_id", "recording.position"],
            name="fk_muted_recording",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    """Forget them; the calls stay."""
    for table in ("muted", "recording", "transaction"):
        op.drop_table(table)
    op.drop_column("survey", "audio_ref")


def _child(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("call_id", "position", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["call_id"], ["call.call_id"], name=f"fk_{name}_call", ondelete="CASCADE"),
    )
