"""Stores to report on: a fresh one in SQLite, or on a PostgreSQL that the tests start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivr.records.store import Store
from ivr.report.definitions import open_store
from tests.records.conftest import new_postgres as new_postgres
from tests.records.conftest import postgres as postgres


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def both(request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[[], str]) -> Iterator[Store]:
    """A migrated store on both engines."""
    made = open_store(new_postgres() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()
