"""A loopback address for each hotline of this machine: apart from the hotline, so that who only asks for one does
not load one."""

from __future__ import annotations

import contextlib
import fcntl
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.rig.errors import RigError


@contextlib.contextmanager
def own_address() -> Iterator[str]:
    """A loopback address that no other test on this machine uses now. The kernel takes a lock back from whoever dies:
    a test that was killed leaves nothing to tidy."""
    folder = Path(tempfile.gettempdir()) / "ivr-addresses"
    folder.mkdir(exist_ok=True, mode=0o777)
    for number in range(1, 250):
        address = f"127.0.7.{number}"
        with (folder / f"{number}.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if _free(address):
                yield address
                return
    raise RigError("no loopback address is free")


def _free(address: str) -> bool:
    """Whether neither Asterisk nor the application of a test that was killed still sits there."""
    for port in (5038, 4573, 9464):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
