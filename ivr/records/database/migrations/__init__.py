"""Alembic's environment and the versions of the store's tables."""
