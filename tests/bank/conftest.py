"""A running demo bank for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.demo_bank import RunningBank, demo_bank


@pytest.fixture(scope="session")
def started_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    """One process for the tests of this test process."""
    with demo_bank(tmp_path_factory.mktemp("bank")) as bank:
        yield bank


@pytest.fixture
def running_bank(started_bank: RunningBank) -> Iterator[RunningBank]:
    """The same, without faults before and after."""
    started_bank.clear()
    yield started_bank
    started_bank.clear()
