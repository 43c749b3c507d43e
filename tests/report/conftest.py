"""Stores to report on: a fresh one in SQLite, or on a PostgreSQL that the tests start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.records.store import Store
from ivr.report.definitions import open_store


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest, tmp_path: Path, migrated_postgres: Callable[[], str]) -> Iterator[Store]:
    """A migrated store on both engines."""
    made = open_store(migrated_postgres() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()
