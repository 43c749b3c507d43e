"""Databases for the store's tests: a fresh SQLite file or a fresh database on a real PostgreSQL that we start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from ivr.records.store import Store

# The same examples every time, however busy the machine is.
settings.register_profile("records", derandomize=True, deadline=None)
settings.load_profile("records")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    new_postgres: Callable[[], str],
    migrated_postgres: Callable[[], str],
) -> str:
    """A fresh database, empty where nobody asks for a store: each test that asks for it runs on both engines."""
    if request.param == "postgresql":
        return migrated_postgres() if "store" in request.fixturenames else new_postgres()
    return f"sqlite:///{tmp_path / 'ivr.sqlite'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A migrated store on both engines."""
    made = Store(url)
    made.migrate()
    yield made
    made.close()
