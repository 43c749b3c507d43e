"""One call in progress on a page: who sees what of it, how it grows, how it leads to its record once it is over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from ivr.console.context import Console
from ivr.console.live.followed_calls import FollowedCall
from ivr.console.live.live import action_of
from ivr.console.live.regions import Rights
from ivr.console.pages.now.now import MOST_TRIES
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.facts import (
    AgentAnnounced,
    CallerSpoke,
    Connected,
    Ended,
    FlowChosen,
    HandoffRequested,
    MenuEntered,
    MenuKey,
    PromptEnded,
    PromptSpoken,
    Queued,
    Ringing,
)
from ivr.records.folding.fold import fold
from ivr.report.monitoring.calls_now import CallNow, Stage
from ivr.report.time_line import menu_names
from tests.call.desks import FLOW
from tests.console.rig import Browser, visitor
from tests.console.test_live import asks_from_here, kept, live_console, node_at, opened, parsed, quick, run, until
from tests.serve.live_node import NUMBER, LiveNode, offered

__all__ = ["quick"]

T = 1_790_000_000_000
MENU = next(iter(FLOW.entries)).menu
IN_MENU = (
    offered(T),
    FlowChosen(T + 100, FLOW.revision.id, "menu", "zh"),
    PromptSpoken(T + 900, "greeting", "greeting"),
    MenuEntered(T + 4_000, MENU, 1),
    PromptEnded(T + 4_000, T + 900, "voice"),
    CallerSpoke(T + 5_000, "t1", T + 6_000, "我叫张三", 0.9, "card_loss", 0.9, "leaf:card_loss", False),
)
IN_TALK = (
    HandoffRequested(T + 9_000, "key", "general"),
    Queued(T + 9_100, "general"),
    Ringing(T + 12_000, "1001"),
    Connected(T + 15_000, "1001", 3_000),
    AgentAnnounced(T + 16_000, "1001"),
)
OVER = Ended(T + 60_000, "caller", "16")


def beside(console: Console, what: Callable[[LiveNode], Awaitable[None]]) -> None:
    """While a node runs that the console follows, `k1` in the menu."""

    async def whole() -> None:
        asks_from_here(console)
        console.live.followed._flow = lambda: FLOW
        async with node_at(console.settings.state / "desk.sock") as node, kept(console.live.keep):
            node.note(*IN_MENU)
            await seen(console, lambda call: call.stage is Stage.LEAF)
            await what(node)

    run(whole)


async def seen(console: Console, how: Callable[[CallNow], bool]) -> None:
    """Until the console knows that the call stands so."""
    link = console.live.link
    await until(lambda: link.view is not None and any(how(call) for call in link.view.calls))


async def page(browser: Browser, path: str = "/now/calls/k1") -> str:
    """The page as it is now."""
    found = await asyncio.to_thread(browser.get, path)
    assert found.status_code == 200, found.text
    return found.text


def test_the_page_shows_how_the_call_went_so_far_without_words_and_number(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QA)

    async def what(node: LiveNode) -> None:
        text = await page(browser)
        for shown in ("播放：greeting", "播放被说话打断", "菜单 主菜单", "说：（4 个字）", "****0007", "0.9 秒"):
            assert shown in text, shown
        for hidden in ("张三", NUMBER, 'value="listen:'):
            assert hidden not in text, hidden
        assert 'data-topics="call:k1"' in text and 'data-region="call:k1.one_call_line"' in text
        node.note(*IN_TALK)
        await seen(browser.console, lambda call: call.stage is Stage.TALKING)
        assert "座席 1001 接听" in await page(browser)

    beside(browser.console, what)


def test_the_whole_call_needs_a_reason_and_is_in_the_trail(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY)
    path = "/now/calls/k1/whole"

    async def what(_: LiveNode) -> None:
        assert f'href="{path}"' in await page(browser)
        assert (await asyncio.to_thread(browser.get, path)).status_code == 403
        fields = {"action": "records.read", "target": "call:k1", "next": path, "reason": "客户投诉"}
        assert (await asyncio.to_thread(browser.post, "/reason", fields)).status_code == 303
        text = await page(browser, path)
        assert "我叫张三" in text and NUMBER in text and "data-topics" not in text
        # nothing keeps this page up: how long is told as of now, and not since which hour
        assert "data-since" not in text and re.search(r"来电至今</dt><dd>\d+(:\d\d)+<", text)

    beside(browser.console, what)
    entry = next(e.entry for e in browser.console.store.audit.list(action="records.read") if e.entry.allowed)
    assert (entry.target, entry.reason) == ("call:k1", "客户投诉")


def test_a_supervisor_takes_part_from_there_and_comes_back_to_it(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.SUPERVISOR, agent_id="1006")

    async def what(node: LiveNode) -> None:
        assert 'value="listen:1001"' not in await page(browser)
        node.note(*IN_TALK)
        node.world.call("1001", to="up")
        await seen(browser.console, lambda call: call.stage is Stage.TALKING)
        text = await page(browser)
        for how in ("listen", "whisper", "join"):
            assert f'form="supervise" name="what" value="{how}:1001"' in text
        assert 'name="next" value="/now/calls/k1"' in text
        fields = {"what": "listen:1001", "next": "/now/calls/k1"}
        done = await asyncio.to_thread(browser.post, "/now/supervise", fields)
        assert (done.status_code, done.headers["location"]) == (303, "/now/calls/k1")
        assert [one[:3] for one in node.world.trail.asked] == [("1006", "1001", "listen")]
        away = await asyncio.to_thread(browser.post, "/now/supervise", {**fields, "next": "https://elsewhere.example/"})
        assert away.headers["location"].startswith("/")

    beside(browser.console, what)


def test_the_stream_tells_what_happens_and_then_leads_on(tmp_path: Path) -> None:
    console, session = live_console(tmp_path, Role.QA)

    async def what(node: LiveNode) -> None:
        reader = opened(console, session, "call:k1")
        texts, told = reader.texts(), dict[str, str]()

        async def shown(words: str) -> str:
            async with asyncio.timeout(10):
                while not any(words in html for html in told.values()):
                    found = [parsed(one) for one in (await anext(texts)).split("\n\n") if one.startswith("event")]
                    told.update({data["region"]: data["html"] for name, data in found if name == "region"})
            return next(html for html in told.values() if words in html)

        await shown("播放：greeting")
        assert told.keys() == {"call:k1.one_call", "call:k1.one_call_line"}
        node.note(MenuKey(T + 8_000, "choice", "3"), MenuEntered(T + 8_000, "cards", 2))
        node.note(offered(T + 8_500, "other"), MenuEntered(T + 8_600, "secret_menu", 1), call="other")
        await shown(f"菜单 {menu_names(FLOW)['menu:cards']}")
        node.note(OVER)
        ended = await shown("data-go-on")
        assert 'href="/now/calls/k1"' in ended
        assert not any("secret_menu" in html or "张三" in html or NUMBER in html for html in told.values())

    beside(console, what)


def test_a_stream_that_comes_too_late_leads_on_at_once(tmp_path: Path) -> None:
    """The call was over before the page had its stream: the node knows nothing of it any more."""
    console, session = live_console(tmp_path, Role.QA)

    async def what(_: LiveNode) -> None:
        texts = opened(console, session, "call:over").texts()
        async with asyncio.timeout(10):
            while "data-go-on" not in await anext(texts):
                pass

    beside(console, what)


def test_what_was_missed_while_the_node_was_away_is_asked_for(tmp_path: Path) -> None:
    console, session = live_console(tmp_path, Role.QA)

    async def what(_: LiveNode) -> None:
        opened(console, session, "call:k1")
        followed = console.live.followed
        await until(lambda: "greeting" in "".join(followed.regions("k1", Rights()).values()))
        before = followed._calls["k1"].facts
        followed._calls["k1"].facts = before[:2]
        for changed in console.live.link.changed:
            followed._linked = False  # as after a connection that was lost
            changed()
        await until(lambda: followed._calls["k1"].facts == before)

    beside(console, what)


def test_a_call_that_is_over_leads_to_its_record_once_it_is_there(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QA)
    console = browser.console

    async def what(node: LiveNode) -> None:
        assert "greeting" in await page(browser)
        node.note(OVER)
        await until(lambda: console.live.link.view is not None and not console.live.link.view.calls)
        for number in range(MOST_TRIES):
            told = await asyncio.to_thread(browser.get, f"/now/calls/k1?again={number}")
            assert told.status_code == 200 and "正在找它的通话记录" in told.text
            assert told.headers["refresh"] == f"1; url=/now/calls/k1?again={number + 1}"
        for odd in (f"{MOST_TRIES}", "-1", "abc", "9" * 40):
            assert (await asyncio.to_thread(browser.get, f"/now/calls/k1?again={odd}")).status_code == 404
        console.store.save([fold("k1", [*IN_MENU, OVER])])
        found = await asyncio.to_thread(browser.get, "/now/calls/k1")
        assert (found.status_code, found.headers["location"]) == (303, "/calls/k1")

    beside(console, what)


def test_without_a_node_a_record_is_found_and_nothing_else(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QA)
    assert "没有在运行" in browser.get("/now/calls/k1").text
    browser.console.store.save([fold("k1", [*IN_MENU, OVER])])
    assert browser.get("/now/calls/k1").headers["location"] == "/calls/k1"
    assert browser.get("/now/calls/k%3C1").status_code == 404


def test_who_may_not_list_calls_sees_none_and_the_trail_has_it(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.TRAINER)
    for path in ("/now/calls/k1", "/now/calls", "/live?topics=call:k1", "/live?topics=calls:at=menu:main"):
        assert browser.get(path).status_code == 403, path
    refused = browser.console.store.audit.list(person="tester", refused=True)
    assert {one.entry.target for one in refused} == {
        "call:k1", "now", "live:call:k1", "live:calls:at=menu:main",
    }  # fmt: skip


def test_topics_are_calls_and_lists_and_nothing_else() -> None:
    for topic in ("call:n1-1.2", "calls", "calls:at=menu:main", "calls:stage=queue"):
        assert action_of(topic) is Action.RECORDS_LIST, topic
    for topic in ("call:", "call:<b>", "calls:", "calls:by=x", "calls:at=<b>", "call", "", "x" * 200):
        assert action_of(topic) is None, topic


def test_the_list_of_calls_keeps_itself_up_and_leads_to_each(tmp_path: Path) -> None:
    console, session = live_console(tmp_path, Role.QA)

    async def what(node: LiveNode) -> None:
        reader = opened(console, session, "calls", f"calls:at=menu:{MENU}", "calls:stage=queue")
        texts, told = reader.texts(), dict[str, str]()

        async def until_told(done: Callable[[], bool]) -> None:
            async with asyncio.timeout(10):
                while not done():
                    found = [parsed(one) for one in (await anext(texts)).split("\n\n") if one.startswith("event")]
                    told.update({data["region"]: data["html"] for name, data in found if name == "region"})

        await until_told(lambda: len(told) == 3)
        assert 'href="/now/calls/k1"' in told["calls"] and "共 0 通" in told["calls:stage=queue"]
        node.note(offered(T, "k2"), MenuEntered(T, MENU, 1), call="k2")
        await until_told(lambda: "k2" in told["calls"] and "k2" in told[f"calls:at=menu:{MENU}"])
        assert "k1" not in told[f"calls:at=menu:{MENU}"] and "k2" not in told["calls:stage=queue"]

    beside(console, what)


def test_a_call_of_a_flow_that_cannot_be_read_shows_where_it_is_and_no_line() -> None:
    one = FollowedCall(IN_MENU)
    assert (one.lines(whole=True), one.path(), one.over) == ([], [MENU, "card_loss"], False)
    assert FollowedCall((*IN_MENU, OVER), FLOW).over
