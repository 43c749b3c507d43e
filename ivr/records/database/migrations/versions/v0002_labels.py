"""Labelling (CBA 二十一): turns are found by their id, and what was drawn to be labelled is kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index of turns and the tables of sampling plans."""
    op.create_index("ix_turn_turn_id", "turn", ["turn_id"])
    op.create_table(
        "sampling_plan",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sampling_plan"),
    )
    _of_plan("stratum", ("name", sa.Text()), ("turns", sa.BigInteger()), ("drawn", sa.BigInteger()))
    _of_plan("drawn", ("turn_id", sa.Text()), ("stratum", sa.Text()))


def downgrade() -> None:
    """Remove them; what was drawn is lost, annotations stay."""
    for name in ("drawn", "stratum", "sampling_plan"):
        op.drop_table(name)
    op.drop_index("ix_turn_turn_id", "turn")


def _of_plan(name: str, *columns: tuple[str, Any]) -> None:
    op.create_table(
        name,
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(sa.Column(column, kind, nullable=False) for column, kind in columns),
        sa.PrimaryKeyConstraint("plan", "position", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["plan"], ["sampling_plan.id"], name=f"fk_{name}_sampling_plan", ondelete="CASCADE"),
    )
