"""Daily roll-ups, the queue of a handoff, and the indexes that counting a day needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CHILDREN = "parent_call_id IS NOT NULL"
_ODD = (
    "parent_call_id IS NOT NULL OR "
    "CAST(t_ended AS DOUBLE PRECISION) - CAST(t_offered AS DOUBLE PRECISION) NOT BETWEEN 0 AND 86400000"
)


def upgrade() -> None:
    """Add the tables, the column and the indexes; records stay as they are."""
    op.add_column("handoff", sa.Column("queue", sa.Text()))
    for column in ("caller_number", "customer_id"):
        op.drop_index(f"ix_call_{column}", "call")
        op.create_index(f"ix_call_{column}", "call", [column, "t_offered"])
    for column, where in (("parent_call_id", _CHILDREN), ("t_ended", _ODD)):
        few = sa.text(where)
        op.create_index(f"ix_call_{column}", "call", [column], sqlite_where=few, postgresql_where=few)
    op.create_index("ix_agent_state_t_to", "agent_state", ["t_to", "t_from"])
    op.create_table(
        "rollup_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger()),
        sa.Column("as_of", sa.BigInteger()),
        sa.Column("undecided_from", sa.BigInteger()),
        sa.Column("scope", sa.Text()),
        sa.Column("spoken", sa.Text()),
        sa.PrimaryKeyConstraint("day", name="pk_rollup_day"),
    )
    texts = ("numerator", "denominator", "excluded", "parts")
    op.create_table(
        "rollup",
        sa.Column("day", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("part", "name", "indicator", *texts)),
        sa.Column("provisional", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "part", "name", "indicator", name="pk_rollup"),
    )
    op.create_table(
        "rollup_item",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("day", "kind", "position", name="pk_rollup_item"),
    )


def downgrade() -> None:
    """Forget the roll-ups and the queues; the records themselves stay."""
    for table in ("rollup_item", "rollup", "rollup_day"):
        op.drop_table(table)
    op.drop_index("ix_agent_state_t_to", "agent_state")
    for column in ("t_ended", "parent_call_id"):
        op.drop_index(f"ix_call_{column}", "call")
    for column in ("caller_number", "customer_id"):
        op.drop_index(f"ix_call_{column}", "call")
        op.create_index(f"ix_call_{column}", "call", [column])
    with op.batch_alter_table("handoff") as handoff:
        handoff.drop_column("queue")
