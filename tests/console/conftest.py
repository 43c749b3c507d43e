"""For every test of the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from tests.console import rig


@pytest.fixture(scope="package", autouse=True)
def one_loop() -> Iterator[None]:
    """One event loop for all consoles: a new one for each request costs more than most pages do."""
    with start_blocking_portal() as portal:
        rig.loops.append(portal)
        yield
        rig.loops.remove(portal)
