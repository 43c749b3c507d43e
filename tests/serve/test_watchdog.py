"""A sign of life for systemd, and never a harm."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ivr.serve import watchdog


@pytest.mark.parametrize("abstract", [False, True])
def test_a_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    name = f"@{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name[1:] if abstract else name)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        watchdog.alive()
        assert systemd.recv(100) == b"READY=1\nWATCHDOG=1"


def test_nobody_waits(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    watchdog.alive()
    assert caplog.text == ""


def test_systemd_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    watchdog.alive()
    assert "was not told" in caplog.text
