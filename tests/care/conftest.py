"""A database for what outlives calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.records.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated store of its own."""
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()
