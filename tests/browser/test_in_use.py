"""The console in use: eight tabs, a restart in the middle, a session that ends while somebody types."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ivr.console.context import now_ms
from ivr.console.security.sessions import hashed
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.console.model import Session
from tests.browser.rig import seed
from tests.browser.rig.browser import Window, accessible
from tests.browser.rig.console import RunningConsole, console
from tests.browser.rig.node import NodeInThread, node
from tests.console.rig import PASSWORD
from tests.serve.live_node import offered

pytestmark = pytest.mark.browser
TABS = 8
#: What the browser says of a server that is away for a while.
AWAY = {"ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"}


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console(seed=seed.keeper) as one:
        yield one


@pytest.fixture
def live_node(running: RunningConsole) -> Iterator[NodeInThread]:
    with node(running.folder / "run") as one:
        yield one


def live(page: Page, seconds: int = 30) -> None:
    """Until the page says that it is told what goes on."""
    expect(page.locator("live-status")).to_have_attribute("data-state", "live", timeout=1000 * seconds)


def in_progress(page: Page, calls: int) -> None:
    """Until the page shows so many calls."""
    rows = page.locator('[data-region="now.calls"] tbody tr')
    expect(rows).to_have_count(calls, timeout=30_000)


def test_eight_tabs_all_are_told_and_none_hangs(
    chromium: Browser, running: RunningConsole, live_node: NodeInThread
) -> None:
    with running.window(chromium, Role.SUPERVISOR) as seen:
        tabs = [seen.open("/now") for _ in range(TABS)]
        for page in tabs:
            live(page)
        live_node.note(offered(now_ms(), "k1"), call="k1")
        for page in tabs:
            in_progress(page, 1)
        tabs[0].close()  # which had the browser's one stream; another takes over
        live_node.note(offered(now_ms(), "k2"), call="k2")
        for page in tabs[1:]:
            in_progress(page, 2)
        seen.go(tabs[-1], "/account")


def test_a_restart_in_the_middle_is_told_and_got_over(
    chromium: Browser, running: RunningConsole, live_node: NodeInThread
) -> None:
    with running.window(chromium, Role.SUPERVISOR) as seen, running.window(chromium, Role.ADMINISTRATOR) as typing:
        seen.expected |= AWAY
        page, form = seen.open("/now"), typing.open("/people/new")
        live(page)
        form.get_by_label("人员编号").fill("xin")
        form.get_by_label("姓名").fill("新来的")
        running.stop()
        expect(page.locator("live-status")).to_have_attribute("data-state", "lost", timeout=20_000)
        expect(page.locator(".live").first).to_have_class(re.compile(r"\bstale\b"))
        running.start()
        live(page)
        live_node.note(offered(now_ms(), "k3"), call="k3")
        expect(page.locator('[data-region="now.calls"] tbody tr').first).to_be_visible()
        form.get_by_role("button", name="登记").click()
        expect(form.get_by_role("status")).to_be_visible()
        assert running.store.people.get("xin") is not None


def test_a_session_that_ends_while_somebody_types_loses_nothing(chromium: Browser, running: RunningConsole) -> None:
    person = running.person(Role.ADMINISTRATOR, name="boss")
    with running.window(chromium, person=person) as seen:
        page = seen.open("/people/new")
        page.get_by_label("人员编号").fill("zhou")
        page.get_by_label("姓名").fill("写了很久的名字")
        entry = AuditEntry(person, "console.sign_in", f"person:{person}", detail='{"how": "signed out elsewhere"}')
        running.store.console.end_all(person, entry, now_ms())
        seen.expected.add("answer 401")
        page.get_by_role("button", name="登记").click()
        expect(page.get_by_text("刚才填写的内容不会丢")).to_be_visible()
        page.get_by_label("人员编号").fill(person)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("dd", has_text="写了很久的名字")).to_be_visible()
        page.get_by_role("button", name="提交", exact=True).click()
        expect(page.get_by_role("status")).to_be_visible()
        found = running.store.people.get("zhou")
        assert found is not None and found.name == "写了很久的名字"


def test_a_session_that_is_about_to_end_is_told_and_kept_alive(chromium: Browser, running: RunningConsole) -> None:
    person = running.person(Role.ADMINISTRATOR, name="late")
    with running.window(chromium, person=person) as seen:
        page = seen.page()
        page.clock.install()
        seen.go(page, "/people/new")
        page.get_by_label("姓名").fill("写到一半")
        moved_back(running, seen, person, idle_ms=26 * 60_000)
        page.clock.fast_forward("24:05")  # when a page that nothing was done in asks
        told = page.locator(".session-ending")
        expect(told).to_contain_text("登录约 4 分钟后")
        expect(page.get_by_label("姓名")).to_be_focused()
        assert accessible(page) == []
        told.get_by_role("button", name="继续登录").click()
        expect(told).to_be_empty()
        moved_back(running, seen, person, left_ms=3 * 60_000)
        expect(seen.open("/account").locator(".session-ending")).to_contain_text("登录快满 12 小时")
        moved_back(running, seen, person, left_ms=0)
        page.clock.fast_forward("24:05")
        expect(told.get_by_role("link", name="重新登录")).to_be_visible()
        seen.expected.add("answer 401")


def moved_back(
    running: RunningConsole, seen: Window, person: str, *, idle_ms: int = 0, left_ms: int = 3_600_000
) -> None:
    """The window's session as if nothing had been done in it for so long, and as if it had so long to go."""
    (cookie,) = (one for one in seen.context.cookies() if one.get("name") == f"ivr-{running.port}")
    id_, now = hashed(str(cookie.get("value"))), now_ms()
    entry = AuditEntry(person, "console.sign_in", f"person:{person}", detail='{"how": "test"}')
    running.store.console.end(id_, entry, now)
    running.store.console.begin(Session(id_, person, now - 3_600_000, now - idle_ms, now + left_ms, "test"), entry, now)
