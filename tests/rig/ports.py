"""Blocks of loopback ports that are ours alone, also while several test processes run."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.rig.errors import PortsExhausted

#: Below Linux's ephemeral range (32768…) and above the hotline's RTP range.
FIRST, LAST, SIZE = 20000, 31999, 20


@dataclass(frozen=True, slots=True)
class PortBlock:
    """Twenty ports in a row: SIP, SIPp's control port, then media."""

    first: int

    @property
    def sip(self) -> int:
        """Where SIP is spoken."""
        return self.first

    @property
    def control(self) -> int:
        """SIPp's remote control port; it binds one whether we want it or not."""
        return self.first + 1

    @property
    def media(self) -> int:
        """The first RTP port, even; a process with several calls counts up from here."""
        return self.first + 2

    @property
    def last(self) -> int:
        """The last port of the block, inclusive."""
        return self.first + SIZE - 1


@contextlib.contextmanager
def take(address: str = "127.0.0.1", folder: Path | None = None) -> Iterator[PortBlock]:
    """Hold a free block: locked against other rigs (a file lock that dies with the process) and
    bound once to see that nobody else sits there. Who comes next gets the block after it: an Asterisk
    that still says BYE to a telephone that is gone must not say it to the next one. Raises PortsExhausted."""
    locks = folder or Path(tempfile.gettempdir()) / f"hotline-rig-ports-{os.getuid()}"
    locks.mkdir(mode=0o700, parents=True, exist_ok=True)
    blocks = range(FIRST, LAST - SIZE + 2, SIZE)
    begin = _turn(locks / "turn") % len(blocks)
    for first in (*blocks[begin:], *blocks[:begin]):
        handle = os.open(locks / f"{first}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _lock(handle) and _free(address, first):
                yield PortBlock(first)
                return
        finally:
            os.close(handle)
    raise PortsExhausted(f"no free block of {SIZE} ports on {address} between {FIRST} and {LAST}")


def _turn(file: Path) -> int:
    """How often this was asked before, by whichever process."""
    with file.open("a+") as counter:
        fcntl.flock(counter, fcntl.LOCK_EX)
        counter.seek(0)
        turn = int(counter.read() or "0")
        counter.truncate(0)
        counter.write(f"{turn + 1}")
    return turn


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free(address: str, first: int) -> bool:
    with contextlib.ExitStack() as stack:
        for port in range(first, first + SIZE):
            probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
