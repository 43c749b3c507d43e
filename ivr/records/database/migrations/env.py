"""Alembic runs this: migrate on the connection that `ivr.records.database.migrate` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from ivr.records.database.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
