"""The port that Prometheus reads: few connections at once, none of them idle for long.

Each open connection is a thread, so there are at most `MOST` of them. Where more come, the one that has waited longest
without asking gives way: strangers who only connect never keep a scrape out."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

#: Prometheus and a few people; a scrape takes milliseconds.
MOST = 16
#: Who has not asked by then, or does not take the answer, is cut off.
SECONDS = 5.0


class Endpoint(WSGIServer):
    """Serves a registry in threads until `close`. Raises OSError where the address cannot be had."""

    request_queue_size = 64

    def __init__(self, host: str, port: int, registry: CollectorRegistry, seconds: float = SECONDS) -> None:
        super().__init__((host, port), _Handler)
        self.set_app(make_wsgi_app(registry))
        self._seconds = seconds
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Timer] = {}
        self._silent: dict[socket.socket, None] = {}
        threading.Thread(target=self.serve_forever, name="metrics", daemon=True).start()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    def close(self) -> None:
        """Answer no more."""
        self.shutdown()
        self.server_close()
        with self._lock:
            left = list(self._open)
        for one in left:
            _shut(one)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own, or refuse it."""
        with self._lock:
            if len(self._open) >= MOST:
                self._give_way(self._silent)
            if full := len(self._open) >= 2 * MOST:
                _shut(request)
            else:
                self._open[request] = timer = threading.Timer(self._seconds, _shut, [request])
                self._silent[request] = None
        if full:
            super().shutdown_request(request)
            return
        timer.daemon = True
        timer.start()
        threading.Thread(target=self._serve, args=(request, client_address), name="scrape", daemon=True).start()

    def asked(self, request: socket.socket) -> None:
        """This connection has asked for something: it gives way to none."""
        with self._lock:
            self._silent.pop(request, None)

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            with contextlib.suppress(OSError):  # gone, or cut off: nobody is left to be told
                self.finish_request(request, client_address)
        finally:
            with self._lock:
                self._silent.pop(request, None)
                timer = self._open.pop(request)
            timer.cancel()
            self.shutdown_request(request)

    def _give_way(self, silent: Iterable[socket.socket]) -> None:
        if (oldest := next(iter(silent), None)) is not None:
            self._silent.pop(oldest)
            _shut(oldest)


class _Handler(WSGIRequestHandler):
    """Writes no log, and looks up no names."""

    server: Endpoint

    def parse_request(self) -> bool:
        """The whole of the request is there."""
        good = super().parse_request()
        self.server.asked(self.connection)
        return good

    def address_string(self) -> str:
        """The address as it is."""
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: scrapes are no news."""


def _shut(connection: socket.socket) -> None:
    """Whoever reads or writes here ends."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
