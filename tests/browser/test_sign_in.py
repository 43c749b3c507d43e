"""Signing in and out in a real browser, by keyboard alone, and what the first administrator does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from ivr.people.roles import Role
from tests.browser.rig.browser import UPRIGHT, accessible, window
from tests.browser.rig.console import RunningConsole, console
from tests.console.rig import PASSWORD
from tests.rig.hotline import TOP

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console() as one:
        yield one


def test_the_first_administrator_registers_by_the_printed_link(chromium: Browser) -> None:
    with console() as fresh:
        words = [sys.executable, "-m", "ivr.cli", "console", "sign-in"]
        done = subprocess.run(
            words, cwd=TOP, env=dict(fresh.environ), capture_output=True, text=True, timeout=60, check=True
        )
        link = done.stdout.strip()
        assert link.startswith(f"{fresh.url}/sign-in/once/")
        with window(chromium, fresh.url) as seen:
            page = seen.open(link.removeprefix(fresh.url))
            assert accessible(page) == []
            for label, text in (("人员编号", "li"), ("姓名", "李四"), ("密码", PASSWORD), ("再输入一次", PASSWORD)):
                page.get_by_label(label, exact=label == "姓名").fill(text)
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            expect(page.get_by_role("button", name="退出", exact=True)).to_be_visible()
            seen.go(page, "/account")
            expect(page.get_by_text("李四")).to_be_visible()


def test_by_password_with_the_keyboard_alone(chromium: Browser, running: RunningConsole) -> None:
    person = running.person(Role.ANALYST)
    with window(chromium, running.url) as seen:
        seen.expected.add("401")
        page = seen.open("/account", answers=401)
        assert accessible(page) == []
        page.keyboard.type(person)  # the first field has the focus
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="本人")).to_be_visible()
        assert page.url == f"{running.url}/account"
        assert page.evaluate("document.cookie") == ""  # it is no script's business
        page.get_by_role("button", name="退出", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("人员编号")).to_be_visible()
        seen.go(page, "/account", answers=401)


@pytest.mark.parametrize("size", [None, UPRIGHT], ids=["1280 pixels", "a telephone held upright"])
def test_the_account_is_accessible_and_needs_no_sideways_scrolling(
    chromium: Browser, running: RunningConsole, size: dict[str, int] | None
) -> None:
    with running.window(chromium, Role.SUPERVISOR, size=size or {"width": 1280, "height": 800}) as seen:
        page = seen.open("/account")
        assert accessible(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide
