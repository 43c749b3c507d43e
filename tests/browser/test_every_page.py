"""Every page in a real browser, as one who may see it and as one who may not: nothing wrong on the browser's console,
no request elsewhere, nothing that axe finds, all of it reached by the keyboard, no sideways scrolling on a telephone
held upright. And every page for every role, answered as the matrix says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ivr.console.page import PageSpec
from ivr.people.roles import Role, may
from tests.browser.rig import seed
from tests.browser.rig.browser import UPRIGHT, Window, accessible
from tests.browser.rig.console import RunningConsole, console
from tests.browser.rig.keyboard import focused, walked
from tests.browser.rig.pages import ON_THE_WAY, PARTS, address, named, read, role_that_may, role_that_may_not, whole

pytestmark = pytest.mark.browser
ASKS_WHY = 'form[action="/reason"]'


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console(seed=seed.calls) as one:
        yield one


@pytest.mark.parametrize("spec", whole(), ids=named)
def test_a_page_for_who_may_see_it(chromium: Browser, running: RunningConsole, spec: PageSpec) -> None:
    role = role_that_may(spec)
    roles = () if role is None else (role,)
    path, known = address(spec, running, running.store)
    with running.window(chromium, *roles, agent="1001" if role is Role.AGENT else None) as seen:
        page = opened(seen, path, known)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert accessible(page) == []
        assert walked(page) == []
        if not ON_THE_WAY.match(spec.path):
            return
        page.set_viewport_size({"width": UPRIGHT["width"], "height": UPRIGHT["height"]})
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, "the page must be pushed sideways on a telephone"


def opened(seen: Window, path: str, known: bool) -> Page:
    """The page; where it asks why, a reason is given first."""
    page = seen.page()
    seen.expected |= {"answer 403", "answer 404", "answer 409", "answer 410"} if not known else {"answer 403"}
    if path == "/desk":
        seen.expected.add("answer 409")  # its beats, while no hotline runs
    page.goto(seen.url + path)
    if page.locator(ASKS_WHY).count():
        assert accessible(page) == []
        page.get_by_label("原因").fill("例行检查")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    if known:
        assert page.locator(".error").count() == 0, page.locator(".error").all_inner_texts()
    return page


@pytest.mark.parametrize("spec", [spec for spec in whole() if role_that_may_not(spec)], ids=named)
def test_a_page_for_who_may_not(chromium: Browser, running: RunningConsole, spec: PageSpec) -> None:
    role = role_that_may_not(spec)
    assert role is not None
    path, _ = address(spec, running, running.store)
    with running.window(chromium, role) as seen:
        page = seen.open(path, answers=403)
        assert "无权" in page.locator("main").inner_text() and page.locator(ASKS_WHY).count() == 0
        assert accessible(page) == []


@pytest.mark.parametrize("role", Role)
def test_every_page_answers_a_role_as_the_matrix_says(chromium: Browser, running: RunningConsole, role: Role) -> None:
    wrong = []
    with running.window(chromium, role) as seen:
        for spec in read():
            path, _ = address(spec, running, running.store)
            answer = seen.context.request.get(running.url + path, max_redirects=0)
            refused = answer.status == 403 and 'action="/reason"' not in answer.text()
            # a part of a page may ask for a second right, so that who may see the page is refused the sound
            wanted = may(role.value, spec.action) and not (refused and PARTS.search(spec.path))
            if answer.status >= 500 or refused == wanted:
                wrong.append(f"{role.value} {path}: {answer.status}")
    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_a_role_gets_everywhere_by_the_keyboard_alone(chromium: Browser, running: RunningConsole, role: Role) -> None:
    """From the first page on: the link that skips to the text comes first, and every entry of the navigation is reached
    by Tab and opened by Enter."""
    with running.window(chromium, role) as seen:
        page = seen.open("/")
        places = page.locator("header nav a").all_inner_texts()
        assert places
        for place in places:
            page.evaluate("document.activeElement?.blur()")
            page.keyboard.press("Tab")
            assert focused(page) == "跳到正文"
            for _ in range(len(places) + 1):
                if focused(page) == place:
                    break
                page.keyboard.press("Tab")
            assert focused(page) == place, f"{place} is not reached by Tab"
            with page.expect_navigation():
                page.keyboard.press("Enter")
            expect(page.locator("header nav a[aria-current]").first).to_be_visible()
