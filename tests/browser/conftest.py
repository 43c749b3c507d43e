"""For tests in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.rig.browser import launched
from tests.browser.rig.telephone import Telephones
from tests.browser.rig.telephone import telephones as all_telephones


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for a test process; every test has windows of its own in it."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def telephones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephones]:
    """One hotline with telephones in a browser for a test process. Agents 1001, 1003 and 1006 sit at desks: whoever has
    left such a page gets no calls on another telephone until he says that he is ready."""
    with all_telephones(tmp_path_factory.mktemp("chromium")) as found:
        yield found
