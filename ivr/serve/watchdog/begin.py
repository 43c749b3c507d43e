"""Starts the application in the background and waits until it says that it serves: `python -m ivr.serve.watchdog.begin
LOG COMMAND…`, for `make run`. It says so through `NOTIFY_SOCKET`, as to systemd, and not through its log: a full disk
takes no log, and keeps nobody from answering calls. The exit code is 0 where it serves."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

from ivr.serve.watchdog.systemd import SERVES

#: The application may take so long to serve, and so long after that to have everything that it needs.
SERVES_SECONDS = 60.0
WELL_SECONDS = 10.0
LOOK_SECONDS = 0.2
#: Of an application that has ended so much is read of what it said.
MOST_READ = 1 << 20


def begin(log: Path, command: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """Start it and say how it is; the application, which stays, and the exit code."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        name = f"bank-hotline-{os.getpid()}-{secrets.token_hex(8)}"
        told.bind(f"\0{name}")
        told.settimeout(LOOK_SECONDS)
        since = log.stat().st_size if log.exists() else 0
        with _opened(log) as out:
            application = subprocess.Popen(  # noqa: S603 - the caller's own command
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, "NOTIFY_SOCKET": f"@{name}"},
                start_new_session=True,
            )
        status = _status(told, application)
    if status is None:
        print(f"热线没有启动成功，日志 {log} 的最后几行：", file=sys.stderr)
        print("\n".join(_last_lines(log, since)), file=sys.stderr)
        return application, 1
    if status != SERVES:
        print(f"注意：{status}")
    return application, 0


def _opened(log: Path) -> BinaryIO:
    try:
        return log.open("ab")
    except OSError as wrong:
        print(f"注意：日志 {log} 写不进去（{wrong.strerror}）")
        return Path(os.devnull).open("ab")


def _status(told: socket.socket, application: subprocess.Popen[bytes]) -> str | None:
    """What it says of itself when it is well, or else last; None where it has ended or does not serve in time."""
    status: str | None = None
    end = time.monotonic() + SERVES_SECONDS
    while time.monotonic() < end and application.poll() is None:
        try:
            said = told.recv(65536).decode("utf-8", "replace")
        except TimeoutError:
            continue
        if status is None:
            end = time.monotonic() + WELL_SECONDS
        status = said.partition("STATUS=")[2]
        if status == SERVES:
            return status
    return status if application.poll() is None else None


def _last_lines(log: Path, since: int) -> list[str]:
    try:
        with log.open("rb") as file:
            file.seek(since)
            return file.read(MOST_READ).decode("utf-8", "replace").splitlines()[-5:]
    except OSError as wrong:
        return [f"{log}：{wrong.strerror}"]


if __name__ == "__main__":
    _application, status = begin(Path(sys.argv[1]), sys.argv[2:])
    sys.stdout.flush()
    os._exit(status)  # without a word about the application, which is to stay
