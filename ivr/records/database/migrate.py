"""Runs the migrations in `ivr/records/database/migrations` on an open connection."""

from __future__ import annotations

from functools import cache
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
    if target == "head" and is_current(connection):
        return  # every command asks; alembic would read each of its scripts to find nothing to do
    command.upgrade(_config(connection), target)


def is_current(connection: Connection) -> bool:
    """The tables have this version's shape."""
    return revision_of(connection) == _head()


def revision_of(connection: Connection) -> str | None:
    """The revision of the database's tables, None where it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def is_known(connection: Connection, revision: str) -> bool:
    """Whether this program knows the revision: those of younger ones it does not."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_scripts()).walk_revisions())


def downgrade(connection: Connection, target: str) -> None:
    """Go back to `target` (a revision or "base"). Whatever only younger tables hold is lost: take a backup first."""
    command.downgrade(_config(connection), target)


@cache
def _head() -> str | None:
    """The newest revision that this program knows."""
    return ScriptDirectory.from_config(_scripts()).get_current_head()


def _config(connection: Connection) -> Config:
    config = _scripts()
    config.attributes["connection"] = connection
    return config


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
