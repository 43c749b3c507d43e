"""`make run` waits for the application's own word that it serves, whatever becomes of its log."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ivr.serve.watchdog import begin

SAYS = "import signal; from ivr.serve.watchdog import systemd; systemd.alive({!r}); signal.pause()"


def started(capfd: pytest.CaptureFixture[str], log: Path, code: str) -> tuple[int, str, str]:
    """The exit code, and what was said."""
    application, status = begin.begin(log, [sys.executable, "-c", code])
    application.kill()
    application.wait()
    return status, *capfd.readouterr()


def test_an_application_that_serves(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert started(capfd, tmp_path / "ivr.log", SAYS.format("")) == (0, "", "")


def test_what_is_wrong_is_said_and_it_serves_all_the_same(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begin, "WELL_SECONDS", 0.3)
    assert started(capfd, tmp_path / "ivr.log", SAYS.format("磁盘已满")) == (0, "注意：磁盘已满\n", "")


@pytest.mark.skipif(not os.access("/dev/full", os.W_OK), reason="Linux has a disk that is always full")
def test_a_log_that_takes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert started(capfd, Path("/dev/full"), "import logging; logging.error('x' * 10000);" + SAYS.format(""))[0] == 0


def test_a_log_that_cannot_be_opened(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, said, _ = started(capfd, tmp_path, SAYS.format(""))
    assert code == 0 and "写不进去" in said


def test_one_that_ends_is_told_with_its_last_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "ivr.log"
    log.write_text("an old line\n")
    code, said, wrong = started(capfd, log, "raise SystemExit('the port is taken')")
    assert code == 1 and said == ""
    assert "没有启动成功" in wrong and "the port is taken" in wrong and "an old line" not in wrong


def test_one_that_never_serves(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begin, "SERVES_SECONDS", 0.3)
    assert started(capfd, tmp_path / "ivr.log", "import signal; signal.pause()")[0] == 1
