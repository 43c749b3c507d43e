"""Telephones in a real Chromium, on a real Asterisk: heard and spoken, frame by frame."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ivr.console.context import now_ms
from ivr.console.telephone.line import agents_line
from ivr.flow.loader import require
from ivr.people.roles import Role
from tests.browser.rig.browser import Window, accessible
from tests.browser.rig.console import RunningConsole
from tests.browser.rig.telephone import Telephones, heard, said, tapped
from tests.rig.calls import Frame
from tests.rig.hotline import Hotline, until
from tests.rig.process import Sipp
from tests.rig.steps import parse

pytestmark = pytest.mark.browser
SPEECH = "fixtures/clean/agent-1.wav"


def sounds(page: Page) -> None:
    """Until sound can go both ways."""
    page.wait_for_selector("hotline-phone[data-sound=yes]", timeout=15_000)


def test_the_hotline_is_called_from_the_page_and_heard(telephones: Telephones) -> None:
    node = telephones.node
    with telephones.running.window(telephones.browser, Role.QA) as seen:
        page = tapped(seen.page())
        seen.go(page, "/try")
        assert accessible(page) == []
        page.get_by_role("button", name="拨打").click()
        sounds(page)
        line = page.locator("#try-facts li")
        expect(line.filter(has_text="来电拨入")).to_contain_text("测试")
        expect(line.filter(has_text="播放：main_menu")).to_have_count(1)
        page.locator("hotline-phone button", has_text="静音").press("4")
        expect(line.filter(has_text="按键 4")).to_have_count(1)
        expect(line.filter(has_text="菜单 挂失")).to_have_count(1)
        until("the menu to be heard", lambda: len(heard(page)) > 300 or None, 20)
        page.get_by_role("button", name="挂断").click()
        expect(line.filter(has_text="通话结束，来电方挂机")).to_have_count(1)
        assert accessible(page) == []
        number = str(page.locator("hotline-phone").get_attribute("address")).removeprefix("sip:").split("@")[0]
        frames = heard(page)
    prompts = [one for one in node.listener().listen(frames) if one.exact]
    assert prompts[0].is_("greeting") and prompts[0].whole
    assert any(one.is_("loss_menu") for one in prompts), [one.name for one in prompts]
    record = node.record(number)
    assert record["drill"] is True and record["did"] == "95000"


def agents_page(running: RunningConsole, node: Hotline, seen: Window, agent: str) -> Page:
    """A page with the telephone of this agent, who is signed in: registered, its microphone open."""
    page = tapped(seen.page())
    seen.go(page, "/try")
    (session,) = running.store.console.of(running.person(Role.QA, Role.AGENT, agent=agent), now_ms())
    browsers = json.loads((node.state / "secrets.json").read_text())["browsers"]
    line = agents_line(browsers, session.id, agent, require(node.flows).numbers)
    page.evaluate(
        """([address, user, password]) => {
            document.querySelector("hotline-phone")?.remove();
            const phone = document.createElement("hotline-phone");
            for (const [name, text] of Object.entries({url: "/sip", address, user, password, registers: ""}))
                phone.setAttribute(name, text);
            document.querySelector("main").append(phone);
        }""",
        [line.address, line.endpoint, line.secret],
    )
    page.get_by_role("button", name="打开话机").click()
    page.wait_for_selector("hotline-phone[data-link=up]", timeout=15_000)
    return page


def test_a_customer_reaches_an_agent_in_the_browser_and_both_hear(telephones: Telephones, tmp_path: Path) -> None:
    node, running = telephones.node, telephones.running
    number = node.next_number()
    with running.window(telephones.browser, Role.QA, Role.AGENT, agent="1002") as seen:
        page = agents_page(running, node, seen, "1002")
        found: list[list[bytes]] = []

        def talk(caller: Sipp) -> None:
            page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=30_000)
            page.get_by_role("button", name="接听").click()
            sounds(page)
            # the two are joined when the customer has heard the agent's number
            until("the customer to be heard", lambda: len(loud(payloads(heard(page)))) > 25 or None, 20)
            page.evaluate("__speak(Array.from({length: 8000}, (_, i) => 0.3 * Math.sin(i * i / 4000)), 8000)")
            until("the agent to have spoken", lambda: len(loud(payloads(said(page)))) > 40 or None, 20)
            page.wait_for_selector('hotline-phone[data-call=""]', timeout=30_000)
            found.extend((payloads(heard(page)), payloads(said(page))))

        steps = parse(["dial", "wait 1s", "press 0", "wait 2s", f"noise {SPEECH} 15s", "hang up"])
        call, _ = node.place(tmp_path, steps, number=number, meanwhile=talk)
    page_heard, page_said = found
    assert share(loud(page_heard), payloads(call.said)) > 0.95, "the agent hears the customer"
    assert share(loud(page_said), payloads(call.heard)) > 0.9, "the customer hears the agent"
    record = node.record(number)
    assert isinstance(legs := record["agent_legs"], list)
    assert [leg["agent_id"] for leg in legs] == ["1002"] and record["drill"] is False


def payloads(frames: list[Frame] | tuple[Frame, ...]) -> list[bytes]:
    """What was in them."""
    return [frame.payload for frame in frames]


def share(some: list[bytes], others: list[bytes]) -> float:
    """How much of it is there bit for bit, on the other side. Packets may begin elsewhere there: of an announcement's
    last piece Asterisk makes a whole packet with the beginning of what comes next."""
    sound = b"".join(others)
    return sum(one in sound for one in some) / max(1, len(some))


def loud(frames: list[bytes]) -> list[bytes]:
    """Frames that are no silence."""
    return [one for one in frames if len(set(one)) > 20]
