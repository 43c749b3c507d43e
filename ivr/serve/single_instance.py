"""One node for each state folder: two would write one journal and answer on each other's behalf."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.errors import NodeError

log = logging.getLogger(__name__)


@contextmanager
def single_instance(state: Path) -> Iterator[None]:
    """Hold the state folder while a node runs in it; `ivr.pid` says meanwhile which process that is. The lock goes
    with the process, however it ends. Raises NodeError where another process holds it."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    pid = state / "ivr.pid"
    lock = os.open(state / "ivr.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as wrong:
            who = pid.read_text(encoding="ascii").strip() if pid.exists() else "?"
            raise NodeError(f"热线已在运行（进程 {who}，状态目录 {state}）；先停掉它，或另设 state") from wrong
        try:
            pid.write_text(f"{os.getpid()}\n", encoding="ascii")
        except OSError as wrong:
            # a full disk does not keep the hotline from answering: the lock is what counts
            log.error("%s: %s", pid, wrong.strerror)
        try:
            yield
        finally:
            pid.unlink(missing_ok=True)
    finally:
        os.close(lock)
