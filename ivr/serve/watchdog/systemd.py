"""Tells systemd, or `make run`, that the application serves, how it is, and that its event loop turns (`Type=notify`,
`WatchdogSec=` of the unit): one that stalls is ended and started again, while Asterisk serves the callers."""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)

#: The status of an application with which nothing is wrong.
SERVES = "热线在接听"


def alive(trouble: str = "") -> None:
    """A sign of life, once the application serves, and what is wrong ("": nothing). Without anybody who waits for it
    nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A leading @ means Linux's abstract names.
    target = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            status = trouble.replace("\n", " ") or SERVES
            out.sendto(f"READY=1\nWATCHDOG=1\nSTATUS={status}".encode(), target)
    except ConnectionRefusedError:
        os.environ.pop("NOTIFY_SOCKET")  # `make run` has seen that it serves, and waits no longer
    except OSError as wrong:
        log.warning("systemd was not told that the application lives: %s", wrong)
