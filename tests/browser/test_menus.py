"""The editor of menus in a real browser: Chinese is composed in it, a session that ends loses nothing, of two who
publish at once one is told, and a paste of a million lines neither hangs nor is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ivr.flow.loader import require
from ivr.people.roles import Role
from tests.browser.rig.browser import Window, accessible
from tests.browser.rig.console import RunningConsole, console
from tests.browser.rig.keyboard import walked
from tests.rig.hotline import until

pytestmark = pytest.mark.browser

SLOW_MS = 30_000


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console() as one:
        for name in ("zhang", "li"):
            one.person(Role.OPERATOR, name=name)
        revision = require(one.folder / "flows").revision
        one.store.publishing.adopt(revision.files, revision.personal, "开始", 1_790_000_000_000)
        yield one


def editor(seen: Window, file: str = "prompts.yaml", go: str = "greeting") -> Page:
    page = seen.open(f"/menus/edit?file={file}&go={go}")
    expect(page.locator("menu-editor .state")).to_contain_text("检查：没有问题", timeout=SLOW_MS)
    return page


def said(page: Page) -> str:
    """The editor's text, as it will be sent."""
    return str(page.evaluate("document.querySelector('menu-editor').fields().get('text:prompts.yaml') ?? ''"))


def to_end_of_line(page: Page) -> None:
    page.locator(".cm-content").press("End")


def test_chinese_is_composed_and_findings_appear_while_typing(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, person="zhang") as seen:
        page = editor(seen)
        to_end_of_line(page)
        page.keyboard.press("ArrowLeft")  # before the bracket that ends the entry
        client = seen.context.new_cdp_session(page)
        for typed in ("h", "huan", "huan ying"):
            client.send(
                "Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)}
            )
        client.send("Input.insertText", {"text": "欢迎致电，"})
        assert "greeting: {kind: greeting, text: 您好，示例银行，欢迎致电，}" in said(page) and "huan" not in said(page)
        expect(page.locator("menu-editor .files .changed")).to_have_text("prompts.yaml")
        page.keyboard.type(" leef: 1, x: {")
        expect(page.locator("menu-editor .findings button").first).to_contain_text("prompts.yaml:", timeout=SLOW_MS)
        expect(page.locator(".cm-lint-marker-error").first).to_be_visible()
        assert accessible(page) == []
        page.get_by_role("button", name="提交").focus()  # Tab leaves the text: the keyboard is not caught


def test_an_unsaved_text_is_tried_out_in_a_page_of_its_own(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, person="zhang") as seen:
        page = editor(seen)
        to_end_of_line(page)
        page.keyboard.press("ArrowLeft")
        page.keyboard.insert_text("这里是试改，")
        with seen.context.expect_page() as opened:
            page.get_by_role("button", name="那时会听到什么").click()
        expect(opened.value.locator(".call")).to_contain_text("这里是试改", timeout=SLOW_MS)
        assert "这里是试改" in said(page)


def test_a_session_that_ends_in_mid_edit_loses_nothing(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, person="zhang") as seen:
        seen.expected.add("401")
        page = editor(seen)
        to_end_of_line(page)
        seen.context.clear_cookies()
        page.keyboard.type("# 没提交的话")
        expect(page.locator("menu-editor .state")).to_contain_text("登录已失效", timeout=SLOW_MS)
        expect(page.locator("menu-editor")).to_have_attribute("data-kept", "1")
        running.signed_in(seen, "li")
        other = editor(seen)
        expect(other.locator("menu-editor .notice")).to_have_count(0)  # what another typed is not offered
        running.signed_in(seen, "zhang")
        again = editor(seen)
        assert "没提交的话" not in said(again)
        again.get_by_role("button", name="恢复").click()
        assert "# 没提交的话" in said(again)
        again.get_by_label("为什么改").fill("试")
        again.get_by_role("button", name="提交").click()
        again.wait_for_url("**/menus/drafts/*", timeout=SLOW_MS)
        assert not seen.open("/menus/edit").locator("menu-editor .notice").count()
        again.get_by_role("button", name="撤回").click()


def test_of_two_who_publish_at_once_one_is_told(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, person="zhang") as first, running.window(chromium, person="li") as second:
        second.expected.add("409")
        first.expected.add("409")
        one, other = editor(first), editor(second)
        for page, words in ((one, "# 一"), (other, "# 二")):
            to_end_of_line(page)
            page.keyboard.type(words)
            page.get_by_label("为什么改").fill(words)
            page.get_by_role("button", name="提交").click()
            page.wait_for_url("**/menus/drafts/*", timeout=SLOW_MS)
        drafts = sorted(one.url.rsplit("/", 1)[-1] for one in (one, other))
        for page, draft in ((one, drafts[1]), (other, drafts[0])):
            page.goto(f"{running.url}/menus/drafts/{draft}")  # both look, then both publish
        other.get_by_role("button", name="发布", exact=True).click()
        other.wait_for_url("**/menus/publications/2", timeout=SLOW_MS)
        one.get_by_role("button", name="发布", exact=True).click()
        expect(one.get_by_role("alert")).to_contain_text("没有发布；请对照 2", timeout=SLOW_MS)
        current = running.store.publishing.current()
        assert current is not None and current.number == 2 and current.published_by == "li"
        mine = (one if drafts[1] in one.url else other).url.rsplit("/publish", 1)[0]
        own = first.page()
        own.goto(mine)
        own.get_by_role("link", name="合并到发布").click()
        expect(own.get_by_role("group", name="prompts.yaml")).to_contain_text("# 一", timeout=SLOW_MS)
        assert accessible(own) == []  # 两边都改了, side by side
        own.get_by_label("用我的").check()
        own.get_by_role("button", name="按所选的合并").click()
        expect(own.get_by_role("heading", name="检查合并的结果")).to_be_visible(timeout=SLOW_MS)
        assert accessible(own) == []
        own.get_by_role("button", name="带到编辑页接着改").click()
        expect(own.locator("menu-editor .files .changed")).to_have_text("prompts.yaml", timeout=SLOW_MS)
        assert "# 二" in said(own) and "# 一" not in said(own)


def test_forms_and_the_editor_have_the_same_draft_and_lose_nothing(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, person="zhang") as seen:
        seen.expected.add("401")
        page = editor(seen)
        to_end_of_line(page)
        page.keyboard.type("# 编辑页写的")
        page.get_by_label("用表单改一处").select_option("leaf:card_activation")
        page.get_by_role("button", name="用表单改").click()
        expect(page.locator("ins", has_text="编辑页写的")).to_be_visible(timeout=SLOW_MS)
        page.get_by_label("业务名称").fill("挂失银行卡")
        page.get_by_role("button", name="改", exact=True).click()
        expect(page.locator("ins", has_text="挂失银行卡").first).to_be_visible(timeout=SLOW_MS)
        expect(page.locator("kept-draft")).to_have_attribute("data-kept", "1")
        page.get_by_label("业务名称").fill("写到一半的名称")
        seen.context.clear_cookies()
        kept = "Object.values(localStorage).some(one => one.includes('写到一半的名称'))"
        until("what is typed to be kept", lambda: bool(page.evaluate(kept)), 10)
        running.signed_in(seen, "zhang")
        again = seen.open("/menus/forms/leaf:card_activation")
        assert accessible(again) == []
        again.locator(".kept-edit").get_by_role("button", name="恢复").click()
        expect(again.locator("ins", has_text="挂失银行卡").first).to_be_visible(timeout=SLOW_MS)
        again.locator(".typed-kept").get_by_role("button", name="恢复").click()
        expect(again.get_by_label("业务名称")).to_have_value("写到一半的名称")
        again.get_by_role("button", name="带着这些改动到编辑页").click()
        expect(again.locator("menu-editor .files .changed")).to_have_text(
            ["hotline.yaml", "prompts.yaml"], timeout=SLOW_MS
        )
        assert "# 编辑页写的" in said(again)
        again.get_by_label("为什么改").fill("试")
        again.get_by_role("button", name="提交").click()
        again.wait_for_url("**/menus/drafts/*", timeout=SLOW_MS)
        after = seen.open("/menus/forms/leaf:card_activation")
        expect(after.locator("kept-draft")).to_have_attribute("data-offers", "0")
        expect(after.locator(".typed-kept")).to_contain_text("写到一半的名称")  # which was never applied
        again.get_by_role("button", name="撤回").click()


@pytest.mark.parametrize("place", ["menu:main", "queue:general", "hours:service", "announcement:"])
def test_each_kind_of_form_is_accessible(chromium: Browser, running: RunningConsole, place: str) -> None:
    with running.window(chromium, person="zhang") as seen:
        page = seen.open(f"/menus/forms/{place}")
        expect(page.get_by_role("button", name="改", exact=True)).to_be_visible()
        assert accessible(page) == [] and walked(page) == []


def test_a_paste_of_a_million_lines_is_told_and_undone(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, person="zhang") as seen:
        page = editor(seen)
        to_end_of_line(page)
        page.evaluate("""() => {
            const data = new DataTransfer();
            data.setData('text/plain', '# 粘贴错了\\n'.repeat(1000000));
            const text = document.querySelector('menu-editor .text').shadowRoot.querySelector('.cm-content');
            text.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }""")
        expect(page.locator("menu-editor .state")).to_contain_text("误粘贴", timeout=SLOW_MS)
        page.locator(".cm-content").press("Control+z")
        expect(page.locator("menu-editor .state")).to_contain_text("检查：没有问题", timeout=SLOW_MS)
