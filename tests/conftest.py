"""For every test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long one example takes says how busy the machine is, not whether the code is right.
settings.register_profile("hotline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hotline")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own under a short path: Asterisk's control socket has room for 80 characters, and
    pytest's own names are too long for it, the more so where several processes run tests."""
    folder = Path(tempfile.mkdtemp(prefix="ivr-test-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
