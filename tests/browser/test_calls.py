"""Calls in a browser: the list goes on by itself where it is asked to, one call is read and played."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ivr.flow.loader import load
from ivr.people.roles import Role
from ivr.records.labels.utterances import Utterances
from ivr.records.store import Store
from tests.browser.rig.browser import accessible
from tests.browser.rig.console import RunningConsole, console
from tests.console.test_call_sound import NAME, RECORDING, made
from tests.console.test_calls import FLOWS, T, served

pytestmark = pytest.mark.browser

#: Where pictures go, for who wants to look.
SHOTS = os.environ.get("IVR_TEST_SHOTS")


def seed(store: Store) -> None:
    flow = load(FLOWS).flow
    assert flow is not None
    store.save_revision(flow.revision, T)
    store.save([served("c-1", recordings=(RECORDING,), flow_revision=flow.revision.id)])
    store.save([served(f"c-{n:03}", T + 60_000 * n, flow_revision=flow.revision.id) for n in range(1, 70)])


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console(seed=seed) as found:
        call = served("c-said")
        (turn,) = call.turns
        kept = Utterances(found.folder / "run" / "utterances", least_free=0)
        ref = kept.keep(turn.turn_id, turn.t_start, b"\x00\x10" * 8000 * 3)
        assert ref is not None
        found.store.save([replace(call, turns=(replace(turn, audio_ref=ref),))])
        made(found.folder / "run" / "asterisk" / "recordings" / NAME)
        yield found


def shot(page: object, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)  # type: ignore[attr-defined]


def test_the_list_goes_on_in_place(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, Role.QA) as seen:
        page = seen.open("/calls")
        assert page.locator("tbody tr").count() == 51
        accessible(page)
        shot(page, "calls")
        page.get_by_role("link", name="更早的").click()
        expect(page.locator("tbody tr")).to_have_count(71)
        assert page.url.endswith("/calls")


def test_a_call_is_read(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, Role.QA) as seen:
        page = seen.open("/calls/c-001")
        assert "账户理财" in page.locator(".timeline").inner_text()
        accessible(page)
        shot(page, "call")


def test_a_call_is_replayed_step_by_step_with_its_menu(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, Role.QA) as seen:
        page = seen.open("/calls/c-001")
        assert page.locator(".picture a[data-node='menu:main']").get_attribute("href") == "#m1"
        for _ in range(3):
            page.keyboard.press("k")
        expect(page.locator("li[aria-current=step]")).to_have_attribute("id", "m3")
        expect(page.locator(".picture a.now")).to_have_attribute("data-node", "menu:accounts")
        page.keyboard.press("j")
        expect(page.locator("li[aria-current=step]")).to_have_attribute("id", "m2")
        expect(page.locator("output")).to_contain_text("第 2 步")
        page.keyboard.press("p")
        expect(page.locator("li[aria-current=step]")).to_have_attribute("id", "m4", timeout=15_000)
        page.keyboard.press("p")
        shot(page, "replay")


def test_the_sound_leads_the_time_line(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, Role.QUALITY) as seen:
        page = seen.open("/calls/c-1/listen", answers=403)
        page.get_by_label("原因").fill("抽检")
        page.get_by_role("button").last.click()
        page.wait_for_url("**/listen")
        expect(page.locator("audio")).to_have_js_property("readyState", 4, timeout=15_000)
        accessible(page)
        page.locator("li#m6 a.play").click()
        expect(page.locator("li[aria-current=step]")).to_have_attribute("id", "m6")
        # 20 s into the call: 10 s before the recording began, 4 s that were not recorded
        assert page.locator("audio").evaluate("one => one.currentTime") >= 6.0
        shot(page, "listen")


def test_what_was_said_is_heard_at_its_turn_by_the_keyboard(chromium: Browser, running: RunningConsole) -> None:
    with running.window(chromium, Role.QUALITY) as seen:
        page = seen.open("/calls/c-said")
        page.keyboard.press("u")  # unfolds why, which is asked first
        accessible(page)
        page.get_by_label("原因").fill("核对识别")
        with page.expect_response("**/calls/c-said"):
            page.keyboard.press("Enter")
        expect(page.locator("a.utterance")).to_have_count(1)
        accessible(page)
        shot(page, "utterance")
        for at, key in (("body", "u"), ("a.utterance", "Enter")):
            with page.expect_response("**/turns/c-said-t/sound"):
                page.locator(at).press(key)
            expect(page.locator("li[aria-current=step] a.utterance")).to_have_count(1)
            assert page.url.endswith("/calls/c-said")
            page.reload()
