"""Debian's Chromium, driven by Playwright, and watched: what a page says on its console, an error in a script, a
breach of the content policy and any request to another host fail the test that opened it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
#: What every browser of the tests is started with: a container has no user namespaces for a sandbox of its own.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--lang=zh-CN")
DESK = {"width": 1280, "height": 800}
#: A telephone held upright.
UPRIGHT = {"width": 390, "height": 844}
#: Chromium's own line about an answer of 4xx; which answers were expected the test says.
_ANSWER = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


#: Playwright's driver in this process: there can be one at a time, whatever number of browsers it drives.
_driving: list[Playwright] = []


@contextmanager
def _driver() -> Iterator[Playwright]:
    if _driving:
        yield _driving[0]
        return
    with sync_playwright() as play:
        _driving.append(play)
        try:
            yield play
        finally:
            _driving.remove(play)


@contextmanager
def launched(arguments: Sequence[str] = (), executable: Path = CHROMIUM) -> Iterator[Browser]:
    """A browser of its own. Raises playwright's Error where there is none: `make browser` installs it."""
    with _driver() as play:
        browser = play.chromium.launch(executable_path=executable, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@dataclass  # without slots: Playwright keeps something of its own beside a method it calls
class Window:
    """One visitor's browser profile: cookies and pages of its own. `expected` are the answers (403 …) and words of
    the console's messages that belong to the test; everything else in `problems` fails it."""

    context: BrowserContext
    url: str
    expected: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def open(self, path: str, *, answers: int = 200) -> Page:
        """A new page at a path of the console. Raises AssertionError where the answer is another."""
        page = self.page()
        self.go(page, path, answers=answers)
        return page

    def page(self) -> Page:
        """A new empty page (tab)."""
        return self.context.new_page()

    def go(self, page: Page, path: str, *, answers: int = 200) -> None:
        """To another path, in the same tab."""
        if answers != 200:
            self.expected.add(str(answers))
        got = page.goto(self.url + path)
        assert got is not None and got.status == answers, f"{path}: {got.status if got else 'nothing'}, not {answers}"

    def unexpected(self) -> list[str]:
        """What went wrong and was not expected."""
        return [one for one in self.problems if not any(words in one for words in self.expected)]

    def watch(self) -> None:
        """From now on, in every page of it."""
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        self.context.on("request", self._asked)
        self.context.on("page", lambda page: page.on("crash", lambda _: self.problems.append("the page crashed")))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if (answer := _ANSWER.search(message.text)) is not None:
            self.problems.append(f"answer {answer[1]}: {message.location.get('url', '')}")
            return
        self.problems.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        asked, own = urlsplit(request.url), urlsplit(self.url)
        if asked.scheme in ("blob", "data", "about", "chrome-extension"):
            return
        if asked.netloc != own.netloc:
            self.problems.append(f"a request to another host: {request.url}")


@contextmanager
def window(browser: Browser, url: str, size: Mapping[str, int] = DESK, **options: object) -> Iterator[Window]:
    """A watched window. Raises AssertionError at the end where something went wrong in it that was not expected."""
    context = browser.new_context(viewport=dict(size), locale="zh-CN", **options)  # type: ignore[arg-type]
    context.set_default_timeout(30_000)  # a machine that is busy with other tests
    found = Window(context, url)
    found.watch()
    try:
        yield found
    finally:
        context.close()
    wrong = found.unexpected()
    assert not wrong, "\n".join(wrong)


def accessible(page: Page) -> list[str]:
    """What axe finds wrong with a page, one line a place; empty where nothing is."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {', '.join(map(str, node['target']))}: {node['html'][:160]}"
        for one in found
        for node in one["nodes"]
    ]
