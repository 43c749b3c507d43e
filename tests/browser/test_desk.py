"""A shift in a real Chromium, on a real Asterisk: three calls, a caller passed on after a word with a colleague,
and a page that is loaded again in the middle of a talk."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ivr.people.roles import Role
from tests.browser.rig.browser import accessible
from tests.browser.rig.desks import answers, state
from tests.browser.rig.telephone import Telephones
from tests.calls.crowd import signed_in
from tests.calls.faults.eyes import facts, only_record, wait_fact
from tests.calls.test_agents import calling
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline, until

pytestmark = pytest.mark.browser
#: Where a picture of the page in a talk is kept, for whoever wants to look at it.
PICTURES = os.environ.get("DESK_PICTURES", "")


def microphone_vanishes_and_comes_back(page: Page) -> None:
    """The headset is pulled out and put in again: no calls meanwhile, and the page says why."""
    page.evaluate("""async () => {
        const devices = navigator.mediaDevices;
        const stream = await document.querySelector("hotline-phone").microphone.open();
        devices.getUserMedia = () => Promise.reject(new DOMException("", "NotFoundError"));
        stream.getAudioTracks()[0].dispatchEvent(new Event("ended"));
    }""")
    state(page, "示忙")
    expect(page.locator("#desk-why")).to_contain_text("麦克风")
    expect(page.locator(".phone-microphone")).to_contain_text("麦克风断开了")
    page.evaluate("""() => {
        delete navigator.mediaDevices.getUserMedia;
        navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    }""")
    state(page, "就绪")


def _talks(line: Hotline, number: str) -> list[dict[str, Any]] | None:
    """Both talks of this caller, once there are two."""
    found = [one for one in facts(line, number) if one.get("fact") == "Connected"]
    return found if len(found) == 2 else None


def wraps_up(page: Page, code: str) -> None:
    """The call is over, and gets its code by keys alone."""
    state(page, "事后处理")
    page.keyboard.press(code)
    page.keyboard.press("w")
    state(page, "就绪")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def test_a_shift_by_keys_with_three_calls_a_transfer_and_a_reload(telephones: Telephones, tmp_path: Path) -> None:
    node, running = telephones.node, telephones.running
    with running.window(telephones.browser, Role.AGENT, agent="1001") as seen, signed_in(
        node, tmp_path, {"1004": Manner(rings_ms=300)}
    ):  # fmt: skip
        page = seen.open("/desk")
        assert accessible(page) == []
        page.get_by_role("button", name="打开话机").click()
        page.wait_for_selector("hotline-phone[data-link=up]", timeout=15_000)
        state(page, "示忙")
        expect(page.locator("#desk-why")).to_contain_text("振铃测试")
        page.locator("#desk-try").click()
        answers(page)
        state(page, "就绪", 20)

        with calling(node) as (_, first):
            page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=30_000)
            expect(page.locator("#desk-caller")).to_contain_text(f"+86{first}")
            expect(page.locator("hotline-phone")).to_have_attribute("data-call", "ringing")
            answers(page)
            state(page, "通话")
            wait_fact(node, first, "AgentAnnounced")
            page.keyboard.press("h")
            state(page, "客户保持中")
            expect(page.locator("#desk-held")).to_contain_text("客户已保持")
            picture(page, "desk-held")
            assert accessible(page) == []
            page.keyboard.press("h")
            state(page, "通话")
        wraps_up(page, "1")

        with calling(node) as (_, second):
            answers(page)
            wait_fact(node, second, "AgentAnnounced")
            page.locator("#desk-to").select_option("1004")
            page.locator("#desk-ask").click()
            expect(page.locator("#desk-asked-who")).to_contain_text("1004 已接听", timeout=15_000)
            picture(page, "desk-asks")
            page.keyboard.press("c")
            wait_fact(node, second, "Connected", agent_id="1004")
            wraps_up(page, "4")

        with calling(node) as (caller, third):
            answers(page)
            wait_fact(node, third, "AgentAnnounced")
            lost = time.monotonic()
            page.reload()
            page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=15_000)
            assert time.monotonic() - lost < 15
            expect(page.locator("#desk-caller")).to_contain_text(f"+86{third}")
            answers(page)
            talks = until("the second talk", lambda: _talks(node, third))
            assert [one["agent_id"] for one in talks] == ["1001", "1001"]
            assert not caller.hung_up.is_set()
            picture(page, "desk-talk")
        wraps_up(page, "1")
        expect(page.locator("#desk-day")).to_contain_text("接听")
        microphone_vanishes_and_comes_back(page)
        picture(page, "desk-ready")
    assert [leg["disposition"] for leg in only_record(node, first)["agent_legs"]] == ["1"]
    assert [(leg["agent_id"], leg["transferred_to"]) for leg in only_record(node, second)["agent_legs"]] == [
        ("1001", "1004"),
        ("1004", None),
    ]
