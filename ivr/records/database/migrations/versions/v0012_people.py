"""People, their roles and approvals, and the audit trail, which can only be added to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables; nothing that is there changes."""
    _audit()
    op.create_table(
        "person",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "name")),
        sa.Column("agent_id", sa.Text()),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("secret", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_index("ix_person_agent_id", "person", ["agent_id"])
    op.create_table(
        "os_user",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "person")),
        sa.PrimaryKeyConstraint("name", "person", name="pk_os_user"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_os_user_person", ondelete="CASCADE"),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("person", "role")),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger()),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name="fk_role_grant_person", ondelete="CASCADE"),
    )
    op.create_index("ix_role_grant_person", "role_grant", ["person"])
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("kind", "target", "digest", "requested_by", "reason")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("t_requested", "t_expires")),
        sa.Column("decided_by", sa.Text()),
        sa.Column("t_decided", sa.BigInteger()),
        sa.Column("approved", sa.Boolean()),
        sa.Column("t_used", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
    )
    op.create_index("ix_approval_target", "approval", ["target"])


def downgrade() -> None:
    """Forget who may do what, and the trail."""
    for table in ("approval", "role_grant", "os_user", "person", "audit"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_is_append_only()")


def _audit() -> None:
    op.create_table(
        "audit",
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("number", "t")),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("action", "target")),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("reason", "detail")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("previous", "hash")),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    for column in ("t", "person", "target"):
        op.create_index(f"ix_audit_{column}", "audit", [column])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$"
        )
        for what, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER audit_no_{each.lower()} BEFORE {what} ON audit "
                f"FOR EACH {each} EXECUTE FUNCTION audit_is_append_only()"
            )
        return
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{what.lower()} BEFORE {what} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
        )
