"""The conversation in writing in a real browser: from the console, and as a visitor of the bank's site."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ivr.people.roles import Role
from tests.browser.rig.browser import UPRIGHT, accessible, window
from tests.browser.rig.console import RunningConsole, console
from tests.console.text_node import text_node

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console(environ={"IVR_TEXT_PAGE": "true"}) as one, text_node(Path(one.environ["IVR_STATE"])):
        yield one


def talk(page: Page) -> None:
    """Ask, say that it helped, and end; the page is never loaded anew."""
    page.evaluate("window.same = true")
    field = page.get_by_label("写下您的问题")
    expect(field).to_be_focused()
    page.keyboard.insert_text("要带什么证件")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("解决了吗")
    expect(field).to_be_focused()
    assert accessible(page) == []
    page.get_by_role("button", name="已解决", exact=True).press("Enter")
    expect(page.get_by_role("log")).to_contain_text("您的评价：已解决")
    page.get_by_role("button", name="返回", exact=True).click()
    expect(page.get_by_role("log").get_by_text("返回", exact=True)).to_be_visible()
    page.get_by_role("button", name="人工服务", exact=True).click()
    expect(page.get_by_role("log").get_by_text("人工服务", exact=True)).to_be_visible()
    assert page.evaluate("window.same") is True
    page.get_by_role("button", name="结束对话").last.press("Enter")
    expect(page.get_by_text("对话已经结束")).to_be_visible()


def test_a_trainer_tries_it(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, Role.TRAINER) as seen:
        page = seen.open("/text")
        assert accessible(page) == []
        page.get_by_role("button", name="开始对话").press("Enter")
        talk(page)


def test_a_customer_writes_on_a_telephone(chromium: Browser, running: RunningConsole) -> None:
    with window(chromium, running.url, UPRIGHT) as seen:
        page = seen.open("/chat")
        assert accessible(page) == []
        page.get_by_role("button", name="开始对话").press("Enter")
        talk(page)
        assert seen.context.cookies() == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_works_without_scripts(chromium: Browser, running: RunningConsole) -> None:
    with window(chromium, running.url, java_script_enabled=False) as seen:
        page = seen.open("/chat")
        page.get_by_role("button", name="开始对话").click()
        page.get_by_label("写下您的问题").fill("要带什么证件")
        page.get_by_role("button", name="发送").click()
        expect(page.get_by_role("log")).to_contain_text("解决了吗")
