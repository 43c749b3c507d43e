"""What agents do in talks at their desks, in a real Chromium on a real Asterisk, and what becomes of the caller when
the connection, the console or the browser fails in the middle of one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, expect

from ivr.people.roles import Role
from tests.browser.rig.desks import Desk, answers, caller_hears, desk, sits_down, state, voice
from tests.browser.rig.telephone import Telephones, tapped
from tests.calls.faults.eyes import facts, only_record, records, wait_fact, wait_prompt
from tests.calls.test_agents import calling
from tests.rig.hotline import Hotline, until
from tests.rig.talker import Talker

pytestmark = pytest.mark.browser
#: Voices (Hz).
CALLER, LI, CHEN, ZHOU = 700, 300, 450, 1000
#: A lost caller is with an agent again, or stands first in the queue, within this (seconds).
AGAIN_SECONDS = 15.0


@pytest.fixture(scope="module")
def hotline(telephones: Telephones) -> Hotline:
    return telephones.node


@pytest.fixture(scope="module")
def li(telephones: Telephones, hotline: Hotline) -> Iterator[Desk]:
    """Agent 1001, who is asked first."""
    with desk(telephones, "1001") as one:
        yield one


@pytest.fixture(scope="module")
def chen(telephones: Telephones, hotline: Hotline) -> Iterator[Desk]:
    """Agent 1003, who is asked where 1001 cannot be."""
    with desk(telephones, "1003") as one:
        yield one


def takes(one: Desk, line: Hotline, number: str, agent: str) -> None:
    """The agent takes this caller's call, who has heard the agent's number then."""
    before = agents_of(line, number)
    answers(one.page)
    until(f"the talk with {agent}", lambda: agents_of(line, number) == [*before, agent])
    state(one.page, "通话")


def agents_of(line: Hotline, number: str) -> list[str]:
    """Who has talked to this caller, one after the other."""
    announced = [one for one in facts(line, number) if one.get("fact") == "AgentAnnounced"]
    return [str(one["agent_id"]) for one in announced]


def is_free(one: Desk) -> None:
    """The notes of the last call are made, or the time for them has passed."""
    expect(one.page.locator("#desk-state")).to_have_text(re.compile("事后处理|就绪"), timeout=15_000)
    one.keys("r")
    state(one.page, "就绪")


# ---- the connection and the console


def test_a_talk_outlives_a_stalled_connection_and_a_console_that_is_started_again(
    telephones: Telephones, hotline: Hotline, li: Desk
) -> None:
    page, phone = li.page, li.page.locator("hotline-phone")
    li.seen.expected |= {"WebSocket", "ERR_"}
    with calling(hotline) as (caller, number):
        takes(li, hotline, number, "1001")
        voice(caller, CALLER)
        li.speaks(LI)
        caller_hears(caller, LI)

        telephones.way.stall()
        expect(phone).to_have_attribute("data-link", "lost", timeout=10_000)
        expect(phone.locator(".phone-said")).to_contain_text("正在重连，通话的声音不受影响")
        expect(phone).to_have_attribute("data-link", "up", timeout=15_000)
        holds_and_comes_back(li)
        caller_hears(caller, LI)

        telephones.running.stop()
        expect(phone).to_have_attribute("data-link", "lost", timeout=10_000)
        li.hears(CALLER)
        caller_hears(caller, LI)
        expect(page.locator("#desk-trouble")).to_contain_text("通话的声音不受影响", timeout=20_000)
        telephones.running.start()
        expect(phone).to_have_attribute("data-link", "up", timeout=15_000)
        expect(page.locator("#desk-trouble")).to_be_hidden(timeout=15_000)
        holds_and_comes_back(li)
        li.hears(CALLER)
        caller_hears(caller, LI)
    expect(phone).to_have_attribute("data-call", "")
    is_free(li)
    record = only_record(hotline, number)
    assert [leg["agent_id"] for leg in record["agent_legs"]] == ["1001"]
    assert (record["hangup_by"], len(record["handoffs"])) == ("caller", 1)


def holds_and_comes_back(one: Desk) -> None:
    """What the agent asks for reaches Asterisk, and what comes of it the page."""
    one.keys("h")
    state(one.page, "客户保持中", 20)
    one.keys("h")
    state(one.page, "通话")


# ---- passing on, holding, three in a talk


def test_a_known_caller_is_passed_on_held_and_a_supervisor_joins_another_talk(
    telephones: Telephones, hotline: Hotline, li: Desk, chen: Desk
) -> None:
    number = hotline.next_number()
    complaint = complains(hotline, li, number)
    with calling(hotline, number, keys="2") as (caller, _):
        wait_prompt(hotline, number, "cards_menu")
        caller.press("0")
        known = ("未核实", "综合业务", "信用卡", complaint, "工号 1001 接听")
        pops_up_before_the_ring_ends(li.page, f"+86{number}", *known)
        takes(li, hotline, number, "1001")
        voice(caller, CALLER)
        li.speaks(LI)
        is_muted_for_a_while(li, caller)
        presses_keys(li, caller)

        li.page.locator("#desk-to").select_option("1003")
        li.page.locator("#desk-transfer").click()
        pops_up_before_the_ring_ends(chen.page, f"+86{number}", complaint)
        takes(chen, hotline, number, "1003")
        chen.speaks(CHEN)
        caller_hears(caller, CHEN)
        chen.hears(CALLER)
        is_free(li)

        counts_rings(chen.page)
        chen.keys("h")
        state(chen.page, "客户保持中")
        a_supervisor_joins(telephones, hotline, li)
        expect(chen.page.locator("#desk-held.bad")).to_contain_text("请回到客户", timeout=30_000)
        rang = until("the reminder", lambda: chen.page.evaluate("window.__rings")[:1] or None, 10)[0]
        held = wait_fact(hotline, number, "HoldStarted", agent_id="1003")["t"]
        assert 24_000 <= rang - held <= 28_000
        chen.keys("h")
        state(chen.page, "通话")
        caller_hears(caller, CHEN)
    is_free(chen)
    until("both records", lambda: len(records(hotline, number)) == 2)
    record = max(records(hotline, number), key=lambda one: one["t_offered"])
    assert [(leg["agent_id"], leg["transferred_to"]) for leg in record["agent_legs"]] == [
        ("1001", "1003"),
        ("1003", None),
    ]


def complains(line: Hotline, one: Desk, number: str) -> str:
    """The same caller has called before, asked something and complained; the case's number."""
    with calling(line, number):
        takes(one, line, number, "1001")
        one.keys("/")
        one.page.keyboard.type("余额")
        expect(one.page.locator("#desk-found summary").first).to_contain_text("查询账户余额")
        one.keys("Escape")
        one.page.locator("form[data-do=complaint] [type=submit]").click()
        expect(one.page.locator("#desk-trouble")).to_contain_text("已登记投诉")
        told = str(one.page.locator("#desk-trouble").text_content())
    is_free(one)
    only_record(line, number)
    return told.removeprefix("已登记投诉").strip()


def pops_up_before_the_ring_ends(page: Page, *words: str) -> None:
    """Who calls is on the page while it rings, and soon."""
    page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=30_000)
    rang = time.monotonic()
    for one in words:
        expect(page.locator("#desk-caller")).to_contain_text(one, timeout=5_000)
    took = time.monotonic() - rang
    expect(page.locator("hotline-phone")).to_have_attribute("data-call", "ringing")
    assert took < 5, f"{took:.1f} s after it began to ring"


def is_muted_for_a_while(one: Desk, caller: Talker) -> None:
    """The caller hears silence, and is heard himself; and then the agent again."""
    caller_hears(caller, LI)
    one.keys("m")
    until("silence", lambda: len({byte for packet in caller.heard[-25:] for byte in packet.payload}) == 1)
    one.hears(CALLER)
    one.keys("m")
    caller_hears(caller, LI)


def presses_keys(one: Desk, caller: Talker) -> None:
    """By the page's keypad, and by the keyboard while the telephone has it."""
    one.page.locator(".keypad button", has_text="5").click()
    one.page.locator(".keypad button", has_text="5").press("1")
    one.page.locator(".keypad button", has_text="#").click()
    until("the keys", lambda: "".join(caller.keys_heard.values()) == "51#" or None)


def counts_rings(page: Page) -> None:
    """When the page rings from now on (epoch ms)."""
    page.evaluate("""() => {
        const made = BaseAudioContext.prototype.createOscillator;
        window.__rings = [];
        BaseAudioContext.prototype.createOscillator = function () {
            window.__rings.push(Date.now());
            return made.call(this);
        };
    }""")


def a_supervisor_joins(telephones: Telephones, line: Hotline, one: Desk) -> None:
    """The agent asks for one, who takes the call in his browser: each of the three hears the two others, and the talk
    goes on after he has left."""
    with desk(telephones, "1006", Role.SUPERVISOR) as zhou, calling(line) as (caller, number):
        takes(one, line, number, "1001")
        voice(caller, CALLER)
        one.speaks(LI)
        one.page.locator("#desk-supervisor").select_option("1006")
        one.page.locator("form[data-do=invite] [type=submit]").click()
        answers(zhou.page)
        wait_fact(line, number, "SupervisionBegan", how="join", supervisor="1006", agent_id="1001")
        zhou.hears(CALLER)
        zhou.hears(LI)
        zhou.speaks(ZHOU)
        one.hears(ZHOU)
        caller_hears(caller, ZHOU)
        one.hears(CALLER)
        caller_hears(caller, LI)
        zhou.keys("x")
        wait_fact(line, number, "SupervisionEnded", supervisor="1006")
        one.hears(CALLER)
        caller_hears(caller, LI)
    is_free(one)


# ---- the browser


def test_a_browser_that_crashes_in_a_talk_costs_no_caller(
    telephones: Telephones, hotline: Hotline, li: Desk, chen: Desk
) -> None:
    """The first does not come back: the caller stands first in the queue, and the next agent takes him. The second
    opens the page anew: he has the caller again. Both times the caller is told."""
    with calling(hotline) as (caller, number):
        takes(li, hotline, number, "1001")
        crashed = crashes(li)
        wait_prompt(hotline, number, "agent_lost")
        chen.page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=30_000)
        print(f"another agent's telephone rings after {time.monotonic() - crashed:.1f} s")
        assert time.monotonic() - crashed < AGAIN_SECONDS
        expect(chen.page.locator("#desk-caller")).to_contain_text(f"+86{number}")
        takes(chen, hotline, number, "1003")

        crashed = crashes(chen)
        chen.page = tapped(chen.seen.page())
        sits_down(chen)
        chen.page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=30_000)
        print(f"the same agent's telephone rings after {time.monotonic() - crashed:.1f} s")
        assert time.monotonic() - crashed < AGAIN_SECONDS
        takes(chen, hotline, number, "1003")
        chen.speaks(CHEN)
        caller_hears(caller, CHEN)
        assert agents_of(hotline, number) == ["1001", "1003", "1003"]
        told = [one for one in facts(hotline, number) if one.get("prompt") == "agent_lost"]
        assert len(told) == 2 and not caller.hung_up.is_set()
    assert only_record(hotline, number)["hangup_by"] == "caller"


def crashes(one: Desk) -> float:
    """The process of the page ends without a word; when (monotonic seconds)."""
    one.seen.expected |= {"the page crashed", "chrome://crash"}
    when = time.monotonic()
    with suppress(BrowserError):
        one.page.goto("chrome://crash")
    return when
