"""Drafts and publications of the operator's files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables; records stay as they are."""
    op.create_table(
        "flow_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("proposed_by", "reason")),
        sa.Column("t_proposed", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("personal", "findings", "trials")),
        sa.Column("again", sa.Integer()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text()),
        sa.Column("t_decided", sa.BigInteger()),
        sa.Column("note", sa.Text()),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flow_draft"),
    )
    op.create_index("ix_flow_draft_digest", "flow_draft", ["digest"])
    op.create_index("ix_flow_draft_state", "flow_draft", ["state"])
    op.create_table(
        "flow_publication",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("draft", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("digest", "proposed_by", "published_by", "reason")),
        sa.Column("t", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.Integer()),
        sa.Column("emergency", sa.Boolean(), nullable=False),
        sa.Column("t_confirm", sa.BigInteger()),
        sa.Column("confirmed_by", sa.Text()),
        sa.Column("t_confirmed", sa.BigInteger()),
        sa.Column("confirmed", sa.Boolean()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_flow_publication"),
        sa.ForeignKeyConstraint(["draft"], ["flow_draft.id"], name="fk_flow_publication_flow_draft"),
    )
    op.create_index("ix_flow_publication_draft", "flow_publication", ["draft"], unique=True)


def downgrade() -> None:
    """Forget both."""
    op.drop_table("flow_publication")
    op.drop_table("flow_draft")
