"""Runs the migrations in `ivr/records/database/migrations` on an open connection."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(connection: Connection, target: str = "head") -> None:
    """Bring the database to `target` inside the connection's transaction: all of it or nothing. Raises alembic's
    CommandError, for instance where the database is younger than this program."""
    command.upgrade(_config(connection), target)


def is_current(connection: Connection) -> bool:
    """The tables have this version's shape."""
    head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return revision_of(connection) == head


def revision_of(connection: Connection) -> str | None:
    """The revision of the database's tables, None where it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(connection: Connection, revision: str) -> bool:
    """Whether this program knows the revision: those of younger ones it does not."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_config(connection)).walk_revisions())


def downgrade(connection: Connection, target: str) -> None:
    """Go back to `target` (a revision or "base"). Whatever only younger tables hold is lost: take a backup first."""
    command.downgrade(_config(connection), target)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
