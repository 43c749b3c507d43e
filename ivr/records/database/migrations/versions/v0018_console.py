"""Sessions of the console, the reasons given in them, and links that sign in once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables; everything else stays as it is."""
    op.create_table(
        "console_session",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("t_began", sa.BigInteger(), nullable=False),
        sa.Column("t_seen", sa.BigInteger(), nullable=False),
        sa.Column("t_ends", sa.BigInteger(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_session"),
    )
    op.create_index("ix_console_session_person", "console_session", ["person"])
    op.create_table(
        "console_reason",
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("t_ends", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session", "action", "target", name="pk_console_reason"),
        sa.ForeignKeyConstraint(
            ["session"], ["console_session.id"], name="fk_console_reason_session", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "console_link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("t_ends", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_link"),
    )


def downgrade() -> None:
    """Everybody is signed out."""
    op.drop_table("console_link")
    op.drop_table("console_reason")
    op.drop_table("console_session")
