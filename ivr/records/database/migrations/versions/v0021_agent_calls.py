"""An agent's calls are found by their times."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index on agents' legs gets the time and the call."""
    op.drop_index("ix_agent_leg_agent_id", "agent_leg")
    op.create_index("ix_agent_leg_agent_id", "agent_leg", ["agent_id", "t_connected", "call_id"])


def downgrade() -> None:
    """The index as it was."""
    op.drop_index("ix_agent_leg_agent_id", "agent_leg")
    op.create_index("ix_agent_leg_agent_id", "agent_leg", ["agent_id"])
