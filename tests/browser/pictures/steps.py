"""What is done on a page before its picture is taken, as the person who works there would."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from ivr.nlu import Understanding
from tests.browser.pictures import live
from tests.browser.pictures.hotline import Node

Step = Callable[[Page, Node], None]
_SLOW_MS = 60_000


def reason(page: Page, words: str = "例行检查") -> None:
    """A page that asks why is told."""
    if page.locator('form[action="/reason"]').count():
        page.get_by_label("原因").fill(words)
        with page.expect_navigation():
            page.keyboard.press("Enter")


def _wrong_password(page: Page, _node: Node) -> None:
    page.get_by_label("人员编号").fill("zhao")
    page.get_by_label("密码").fill("not-the-password")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _supervise(page: Page, _node: Node) -> None:
    page.get_by_text("监听").first.scroll_into_view_if_needed()


def _desk_phone(page: Page, _node: Node) -> None:
    if not page.get_by_label("桌面话机").is_checked():
        with page.expect_response("**/desk/beat"):
            page.get_by_label("桌面话机").check()
        page.reload()  # nothing tells pages of this node how an agent has become: they ask as they begin
    expect(page.locator("#desk-why")).not_to_contain_text("麦克风")  # which this telephone has no need of
    expect(page.locator("#desk-state")).not_to_be_empty()
    expect(page.locator("#desk-day dl")).to_be_visible()
    page.locator("h1").click()


def _desk_rings(page: Page, node: Node) -> None:
    told = live.story(node.day, Understanding(node.day.flow))
    node.do(lambda one: live.rings(one, told))
    page.reload()
    _desk_phone(page, node)
    expect(page.locator("#desk-caller")).to_contain_text("未结投诉")


def _desk_talks(page: Page, node: Node) -> None:
    node.do(live.talks)
    page.reload()
    _desk_phone(page, node)
    expect(page.locator("#desk-state")).to_have_text("通话")
    expect(page.locator("#desk-caller")).to_contain_text("未结投诉")


def _desk_wraps_up(page: Page, node: Node) -> None:
    node.do(live.wraps_up)
    page.reload()
    _desk_phone(page, node)
    expect(page.locator("#desk-state")).to_have_text("事后处理")


def _by_number(page: Page, _node: Node) -> None:
    page.get_by_text("按号码或客户查找").click()
    form = page.locator('form[action="/calls/number"]')
    form.locator("[name=number]").fill("138 0000 2718")
    form.locator("[name=reason]").fill("客户来电核实")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _step(page: Page, _node: Node) -> None:
    expect(page.locator("audio")).to_have_js_property("readyState", 4)
    for _ in range(3):
        page.keyboard.press("k")


def _editor(page: Page, _node: Node) -> None:
    expect(page.locator("menu-editor .state")).to_contain_text("检查：", timeout=_SLOW_MS)


def _editor_wrong(page: Page, node: Node) -> None:
    _editor(page, node)
    page.locator(".cm-content").press("End")
    page.keyboard.press("Enter")
    page.keyboard.type('  - {key: "0", label: 余额, leef: account_balance')
    expect(page.locator("menu-editor .state")).to_have_text(re.compile("检查：[1-9]"), timeout=_SLOW_MS)


def _simulate(page: Page, _node: Node) -> None:
    page.get_by_role("button", name="打进来").click()
    for move in ("我想办一张信用卡", "2"):
        page.get_by_role("textbox", name="说话或按键").fill(move)
        with page.expect_navigation():
            page.get_by_role("textbox", name="说话或按键").press("Enter")


def _try_sentence(page: Page, _node: Node) -> None:
    page.locator('form[action="/knowledge/try"] [name=text]').fill("我的卡被锁了怎么办")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _learn(page: Page, _node: Node) -> None:
    with page.expect_navigation(timeout=_SLOW_MS):
        page.get_by_role("button", name="看会改变什么").click()


def _new_questions(page: Page, _node: Node) -> None:
    page.locator("[name=questions]").fill("我卡里还剩多少\n帮我看看钱到了没有\n信用卡这个月要还多少")
    with page.expect_navigation():
        page.locator('form[action$="/questions"] button').first.click()


def _decide(page: Page, _node: Node) -> None:
    page.locator("summary", has_text="作出处理决定").click()


def _extend(page: Page, _node: Node) -> None:
    page.locator("summary", has_text="批准延期").click()


def _customer(page: Page, _node: Node) -> None:
    form = page.locator('form[action="/privacy/customer"]')
    form.locator("[name=number]").fill("138 0000 2718")
    form.locator("[name=reason]").fill("客户要求查询")
    with page.expect_navigation():
        form.locator("button").click()


def _writes(page: Page, _node: Node) -> None:
    page.get_by_role("button", name="开始对话").click()
    field = page.get_by_label("写下您的问题")
    expect(field).to_be_visible()
    field.fill("存款利率是多少")
    field.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("解决了吗")


STEPS: Mapping[str, Step] = {
    "wrong_password": _wrong_password,
    "supervise": _supervise,
    "desk_phone": _desk_phone,
    "desk_rings": _desk_rings,
    "desk_talks": _desk_talks,
    "desk_wraps_up": _desk_wraps_up,
    "by_number": _by_number,
    "step": _step,
    "editor": _editor,
    "editor_wrong": _editor_wrong,
    "simulate": _simulate,
    "try_sentence": _try_sentence,
    "learn": _learn,
    "new_questions": _new_questions,
    "customer": _customer,
    "decide": _decide,
    "extend": _extend,
    "writes": _writes,
    "keep_asking": lambda _page, _node: None,
}
