"""Faults are put right after each test, so that the next one finds the hotline whole."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.rig.hotline import Hotline


@pytest.fixture
def whole(line: Hotline) -> Iterator[Hotline]:
    """The shared hotline on the shipped flow; afterwards its application runs again, whatever was done to it."""
    line.serve_flows(None)
    try:
        yield line
    finally:
        if line.app is not None:
            line.signal_app(signal.SIGCONT)
        if line.app is None or line.app.poll() is not None:
            line.start_app()
