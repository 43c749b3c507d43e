"""One hotline for each test process; a scenario that changes the flow edits its files, as an operator would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.hotline import Hotline, hotline


@pytest.fixture(scope="session")
def line() -> Iterator[Hotline]:
    """A running hotline: Asterisk and the application."""
    with hotline() as one:
        yield one


@pytest.fixture(scope="session")
def listening() -> Iterator[Hotline]:
    """A running hotline that also listens, with the recogniser that the package registries provide."""
    with hotline(SPEECH_ENGINE="whisper", SPEECH_KEEP_AUDIO="true", LOG_LEVEL="DEBUG") as one:
        yield one


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Where a call leaves its capture, its SIPp traces and its time line. Pytest keeps the last three runs'."""
    return tmp_path_factory.mktemp("call") / str(request.node.name).replace("/", "_")[:40]
