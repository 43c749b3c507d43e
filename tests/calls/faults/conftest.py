"""Faults are put right after each test, so that the next one finds the hotline whole."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from typing import Any

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


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """A failure shows what the application logged last."""
    outcome = yield
    report = outcome.get_result()
    lines = {id(one): one for one in getattr(item, "funcargs", {}).values() if isinstance(one, Hotline)}
    for line in lines.values():
        if report.when == "call" and report.failed and line.log.exists():
            report.sections.append(("application log", line.log.read_text(encoding="utf-8", errors="replace")[-6000:]))
