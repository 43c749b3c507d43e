"""The browser's watch finds what it is there for: otherwise every other test here would be green for nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from tests.browser.rig.browser import Window, accessible, window

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'"
PAGES = {
    "/quiet": "<main><h1>好</h1></main>",
    "/inline": "<main><h1>好</h1><p style='color:red'>x</p></main>",
    "/script": "<main><h1>好</h1><script src=/broken.js></script></main>",
    "/broken.js": "undefined_name();",
    "/elsewhere": "<main><h1>好</h1><img alt=x src='http://127.0.0.2:9/x.png'></main>",
    "/unlabelled": "<main><h1>好</h1><input></main>",
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(200 if body is not None else 404)
        kind = "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        page = body if kind == "text/javascript" else f"<!doctype html><html lang=zh><title>t</title>{body}</html>"
        self.wfile.write((page or "").encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what it saw."""


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "found"),
    [("/inline", "Content Security Policy"), ("/script", "undefined_name"), ("/elsewhere", "another host")],
)
def test_what_goes_wrong_in_a_page_fails_its_test(chromium: Browser, served: str, path: str, found: str) -> None:
    with pytest.raises(AssertionError, match=found), window(chromium, served) as seen:
        seen.open(path).wait_for_load_state("networkidle")


def _opened(seen: Window, path: str) -> list[str]:
    return accessible(seen.open(path))


def test_a_quiet_page_passes(chromium: Browser, served: str) -> None:
    with window(chromium, served) as seen:
        assert _opened(seen, "/quiet") == []
        seen.open("/nowhere", answers=404)


def test_axe_finds_a_field_without_a_label(chromium: Browser, served: str) -> None:
    with window(chromium, served) as seen:
        assert any(one.startswith("label") for one in _opened(seen, "/unlabelled"))
