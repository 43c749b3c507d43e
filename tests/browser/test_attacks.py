"""What another site and what a caller's words could do in a browser that is signed in: nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Dialog, expect

from ivr.console.context import now_ms
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from tests.browser.rig.console import RunningConsole, console

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console() as one:
        yield one


@pytest.fixture
def evil(running: RunningConsole) -> Iterator[str]:
    """Another site: a page that sends a form to the console by itself, and one that frames it."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            act = f"{running.url}/account/sign-out-elsewhere"
            form = f"<form id=f method=post action='{act}'><input name=csrf value=x></form>"
            sends = f"{form}<script>document.getElementById('f').submit()</script>"
            frames = f'<iframe name=inside src="{running.url}/account"></iframe>'
            body = frames if self.path == "/frames" else sends
            self.wfile.write(f"<!doctype html><title>t</title>{body}".encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.2", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.2:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_sites_form_changes_nothing(chromium: Browser, running: RunningConsole, evil: str) -> None:
    with running.window(chromium, Role.ANALYST) as seen, running.window(chromium, Role.ANALYST) as elsewhere:
        seen.expected |= {"another host", "answer 403", "answer 401", "favicon"}
        page = seen.page()
        page.goto(evil)
        page.wait_for_url(f"{running.url}/**")
        expect(page.get_by_text("请求来自别的网站，已拒绝")).to_be_visible()
        elsewhere.open("/account")  # is signed in still


def test_another_site_cannot_frame_a_page(chromium: Browser, running: RunningConsole, evil: str) -> None:
    with running.window(chromium, Role.ANALYST) as seen:
        seen.expected |= {"another host", "frame", "answer", "favicon"}
        page = seen.page()
        page.goto(f"{evil}/frames")
        inside = page.locator("iframe").element_handle().content_frame()
        assert inside is not None and "本人" not in inside.content()


def test_words_from_outside_are_words(chromium: Browser, running: RunningConsole) -> None:
    now = now_ms()
    grant = Grant("hostile", Role.ANALYST.value, now - 1, None, "system")
    entry = AuditEntry("system", "people.manage", "person:hostile")
    person = Person("hostile", HOSTILE, now - 1, None, (), None, None, (grant,))
    running.store.people.add(person, entry, now, lambda _people: None)
    with running.window(chromium, Role.ADMINISTRATOR) as seen:
        page = seen.page()
        dialogs: list[str] = []

        def dismiss(dialog: Dialog) -> None:
            dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismiss)
        for path in ("/people", "/people/hostile"):
            seen.go(page, path)
            expect(page.get_by_text("onerror=alert(1)").first).to_be_visible()
        assert dialogs == []
