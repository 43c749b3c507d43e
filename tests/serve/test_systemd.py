"""A sign of life for systemd, and never a harm."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from ivr.serve.watchdog import systemd


@pytest.mark.parametrize("abstract", [False, True])
def test_a_sign_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool) -> None:
    name = f"@{tmp_path}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name[1:] if abstract else name)
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        systemd.alive()
        assert listening.recv(1000).decode() == "READY=1\nWATCHDOG=1\nSTATUS=热线在接听"
        systemd.alive("磁盘已满\n2")
        assert listening.recv(1000).decode() == "READY=1\nWATCHDOG=1\nSTATUS=磁盘已满 2"


def test_nobody_waits(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    systemd.alive()
    assert caplog.text == ""


def test_systemd_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    systemd.alive()
    assert "was not told" in caplog.text


def test_who_waits_no_longer_is_told_no_more(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "@bank-hotline-nobody")
    for _ in range(3):
        systemd.alive()
    assert caplog.text == ""
