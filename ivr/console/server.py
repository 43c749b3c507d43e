"""The console's own process: it may die, and be started again, without any caller noticing."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import Callable

import uvicorn

from ivr.console.application import application
from ivr.console.context import Console
from ivr.console.machine_check import certificate_fault
from ivr.console.security.proxies import BehindProxy
from ivr.console.telephone.relay import routes as telephones
from ivr.errors import NodeError
from ivr.records.audit.witness import Witness
from ivr.report.definitions import open_store
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: Streams of live pages are cut so long after the process is told to stop (seconds).
_GRACE = 3
#: A connection whose other side takes nothing for so long, or is not there any more, is dead (ms): else what waits to
#: be sent keeps it for a quarter of an hour, and where the other side goes on saying that it is there, for ever.
STALLED_MS = 60_000
#: Python looks for rings of garbage after so many new objects, among older ones after so many such looks, and among all
#: after so many of those. What is kept of menus and understanding is large: to go through all of it takes 0.15 s, which
#: the usual numbers make one page in twenty wait for.
_GARBAGE = (20_000, 20, 50)


async def serve(settings: Settings, began: Callable[[Console], None]) -> None:
    """Serve until SIGTERM or SIGINT; `began` is told when the port is open. Raises NodeError, StoreError."""
    gc.set_threshold(*_GARBAGE)
    own = settings.console
    listener = _listener(own.host, own.port)
    store = open_store(settings.url)
    try:
        await asyncio.to_thread(store.migrate)
        console = Console(settings, store)
        server = uvicorn.Server(_configuration(settings, console))
        began(console)
        await server.serve(sockets=[listener])
        await asyncio.to_thread(Witness(settings.state).keep, store.audit)
    finally:
        listener.close()
        await asyncio.to_thread(store.close)


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # asyncio does it only for sockets that say they are TCP; without it each page waits 40 ms for the browser's word.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_MS)  # those it accepts have it too
    try:
        listener.bind((host, port))
    except OSError as wrong:
        listener.close()
        raise NodeError(f"控制台 {host}:{port}：{wrong.strerror}") from wrong
    return listener


def _configuration(settings: Settings, console: Console) -> uvicorn.Config:
    own = settings.console
    if own.certificate and (why := certificate_fault(own)) is not None:
        raise NodeError(f"[console] {why}")
    proxies = [one.strip() for one in own.proxy.split(",") if one.strip()]
    pages = application(console, telephones(console))
    return uvicorn.Config(
        BehindProxy(pages, proxies) if proxies else pages,
        log_config=None,
        access_log=False,  # paths name calls and complaints; the audit trail says who looked at what
        server_header=False,
        proxy_headers=False,  # not even from this machine: whoever is to be believed is named
        ssl_certfile=own.certificate or None,
        ssl_keyfile=own.key or None,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=30,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
    )
