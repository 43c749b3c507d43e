"""The metrics port under strangers: idle, slow, many, rude."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry, Gauge

from ivr.report.monitoring.endpoint import MOST, Endpoint


@pytest.fixture
def served() -> Iterator[Endpoint]:
    registry = CollectorRegistry()
    Gauge("answer", "of all", registry=registry).set(42)
    endpoint = Endpoint("127.0.0.1", 0, registry, seconds=1.0)
    yield endpoint
    endpoint.close()


def scrape(endpoint: Endpoint) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{endpoint.server_port}/metrics", timeout=5) as answer:
        return str(answer.read().decode())


def scraping_threads() -> int:
    return sum(thread.name == "scrape" for thread in threading.enumerate())


def until_idle(endpoint: Endpoint) -> float:
    began = time.monotonic()
    while endpoint.connections:
        assert time.monotonic() - began < 5, endpoint.connections
        time.sleep(0.01)
    return time.monotonic() - began


def connected(endpoint: Endpoint, stack: contextlib.ExitStack, number: int, data: bytes = b"") -> None:
    for _ in range(number):
        link = stack.enter_context(socket.create_connection(("127.0.0.1", endpoint.server_port), timeout=5))
        with contextlib.suppress(ConnectionError):
            link.sendall(data)


def test_six_hundred_idle_connections_hold_few_threads_and_keep_no_scrape_out(served: Endpoint) -> None:
    with contextlib.ExitStack() as stack:
        connected(served, stack, 600)
        assert "answer 42.0" in scrape(served)
        assert scraping_threads() <= 2 * MOST
        assert served.connections <= 2 * MOST
        assert until_idle(served) < 3, "idle connections are cut off in time"
    assert "answer 42.0" in scrape(served)


@pytest.mark.parametrize(
    "data", [b"G", b"GET /metrics HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000, b"\n\0\n"]
)
def test_who_begins_to_ask_and_never_ends_is_cut_off(served: Endpoint, data: bytes) -> None:
    with contextlib.ExitStack() as stack:
        connected(served, stack, MOST, data)
        assert "answer 42.0" in scrape(served)
        assert until_idle(served) < 3


def test_who_asks_a_byte_at_a_time_is_cut_off(served: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", served.server_port), timeout=5) as link:
        began = time.monotonic()
        with pytest.raises(ConnectionError):
            while time.monotonic() - began < 5:
                link.sendall(b"G")
                if select.select([link], [], [], 0.05)[0] and not link.recv(1):
                    raise ConnectionResetError("cut off")
        assert time.monotonic() - began < 3
    until_idle(served)


def test_the_port_is_free_once_it_is_closed(served: Endpoint) -> None:
    scrape(served)
    port = served.server_port
    served.close()
    again = Endpoint("127.0.0.1", port, CollectorRegistry())
    assert again.server_port == port
    again.close()
