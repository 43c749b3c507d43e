"""Tells systemd that the application serves and its event loop turns (`Type=notify`, `WatchdogSec=` of the unit): one
that stalls is ended and started again, while Asterisk serves the callers."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)


def alive() -> None:
    """A sign of life, once the application serves; nothing where nobody waits for one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A leading @ means Linux's abstract names.
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            out.sendto(b"READY=1\nWATCHDOG=1", target)
    except OSError as wrong:
        log.warning("systemd was not told that the application lives: %s", wrong)
