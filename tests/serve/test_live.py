"""What those who watch the node are told: the view, what changes, a sign of life; single calls, fact by fact."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.records.facts import Connected, Ended, HandoffRequested, MenuEntered, Queued, Ringing
from ivr.report.monitoring.calls_now import Stage
from ivr.report.monitoring.live_view import LiveView, view_from_json
from ivr.serve.live import watchers as module
from ivr.telephony.events import types as ev
from tests.call.desks import FLOW
from tests.serve.live_node import NUMBER, LiveNode, offered
from tests.serve.test_desk_socket import Client


def run(tmp_path: Path, what: Callable[[LiveNode], Awaitable[None]]) -> None:
    """With an open node."""

    async def whole() -> None:
        node = LiveNode(tmp_path / "desk.sock")
        await node.open()
        keeping = asyncio.create_task(node.watchers.keep())
        try:
            await asyncio.wait_for(what(node), 30)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await node.close()

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time goes faster."""
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.02)
    monkeypatch.setattr(module, "ALIVE_SECONDS", 0.05)


async def changed(client: Client) -> LiveView:
    """The next view; signs of life are passed over."""
    while (told := await client.read())["event"] == "alive":
        pass
    assert told["event"] == "view"
    return view_from_json(told["view"])


async def looked(client: Client) -> LiveView:
    """The view as it is now; what is told meanwhile is passed over."""
    told = await client.ask(command="watch", id="now")
    while told.get("id") != "now":
        told = await client.read()
    return view_from_json(told["view"])


def test_a_watcher_is_told_how_it_is_and_then_what_changes(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        node.world.tell(ev.AgentThere(node.world.now, "", "", "1001", True))
        page = await node.client()
        answer = await page.ask(command="watch", id=1)
        first = view_from_json(answer["view"])
        assert answer["ok"] and (first.node, first.revision, first.calls) == ("n1", FLOW.revision.id, ())
        assert {one.agent: one.state for one in first.agents}["1001"] == "ready"
        assert {one.queue for one in first.queues} == set(FLOW.queues)
        general = next(one for one in first.queues if one.queue == "general")
        assert (general.agents_in, general.agents_ready, general.oldest) == (1, 1, None)
        assert first.machinery.database is True and not first.machinery.failing
        node.note(offered(1_000), MenuEntered(2_000, "main", 1))
        second = await changed(page)
        while not second.calls:  # told between the two facts
            second = await changed(page)
        assert second.number > first.number and second.started == first.started
        assert [(one.stage, one.menu) for one in second.calls] == [(Stage.MENU, "main")]
        node.database, node.lost = False, 2
        third = await changed(page)
        assert (third.machinery.database, third.machinery.lost_recordings) == (False, 2)
        assert any("录音" in one for one in third.warnings)

    run(tmp_path, what)


def test_nobodys_number_is_told(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        node.note(offered(1_000), HandoffRequested(2_000, "key", "general"), Queued(2_100, "general"))
        page = await node.client()
        assert NUMBER[3:] not in json.dumps(await page.ask(command="watch"))

    run(tmp_path, what)


def test_who_waits_has_his_place_and_a_telephone_that_no_longer_rings_is_nobodys(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        page = await node.client()
        for place, call in enumerate(("k0", "k1"), 1):
            node.tell(ev.QueueJoined(2_000, call, call, None, "q-general", place, place))
            node.note(offered(1_000, call), HandoffRequested(2_000, "key", "general"), call=call)
            node.note(Queued(2_000, "general"), call=call)
        view = await looked(page)
        assert [(one.call_id, one.stage, one.position) for one in view.calls] == [
            ("k0", Stage.QUEUE, 1),
            ("k1", Stage.QUEUE, 2),
        ]
        general = next(one for one in view.queues if one.queue == "general")
        assert (general.waiting, general.oldest) == (2, 2_000)
        node.tell(ev.AgentThere(2_500, "", "", "1001", True))
        node.tell(ev.AgentRinging(3_000, "k0", "r1", "1001"))
        node.note(Ringing(3_000, "1001"), call="k0")
        view = await looked(page)
        assert (view.calls[0].stage, view.calls[0].agent) == (Stage.RINGING, "1001")
        node.tell(ev.ChannelGone(4_000, "k0", "r1", "1001", "PJSIP/1001-00000001", 16, ""))
        view = await looked(page)
        assert (view.calls[0].stage, view.calls[0].agent) == (Stage.QUEUE, None)

    run(tmp_path, what)


def test_where_nothing_changes_a_sign_of_life_comes(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        page = await node.client()
        view = await looked(page)
        alive = [await page.read() for _ in range(3)]
        alive = [one for one in alive if one["event"] == "alive"]
        assert len(alive) >= 2 and all(one["number"] == view.number for one in alive)
        assert [one["t"] for one in alive] == sorted(one["t"] for one in alive)

    run(tmp_path, what)


def test_a_watcher_that_does_not_read_misses_views_and_gets_the_newest(tmp_path: Path) -> None:
    """And holds up nobody; the views that he missed are lying nowhere."""

    async def what(node: LiveNode) -> None:
        slow, quick = await node.client(), await node.client()
        for one in (slow, quick):
            await one.ask(command="watch")
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for number in range(400):
            node.note(offered(1_000 + number, f"a{number}"), call=f"a{number}")
        while len((await changed(quick)).calls) < 400:
            pass
        for number in range(200):
            node.lost = number
            node.watchers.tell()
            await asyncio.sleep(0)
        assert all(one.behind <= module.MOST_BEHIND for one in node.watchers._clients)
        slow.reader._transport.resume_reading()  # type: ignore[attr-defined]
        node.lost = 7
        while (await changed(slow)).machinery.lost_recordings != 7:
            pass

    run(tmp_path, what)


def test_one_that_never_reads_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(module, "MOST_BEHIND", 0)

    async def what(node: LiveNode) -> None:
        page = await node.client()
        await page.ask(command="watch")
        assert await asyncio.wait_for(page.reader.read(), 10) == b""

    run(tmp_path, what)


# ---- one call


async def facts(client: Client, number: int) -> list[str]:
    """The names of the next facts that are told."""
    told = [await client.read() for _ in range(number)]
    assert all(one["event"] == "fact" for one in told)
    return [one["fact"]["fact"] for one in told]


def test_a_call_is_followed_from_where_it_stands_to_its_end(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        node.note(offered(1_000), MenuEntered(2_000, "main", 1))
        page = await node.client()
        answer = await page.ask(command="watch-call", call="k1", id=4)
        assert [one["fact"] for one in answer["facts"]] == ["Offered", "MenuEntered"]
        node.note(offered(1_000, "k2", None), call="k2")
        node.note(HandoffRequested(3_000, "key", "general"), Connected(4_000, "1001", 1), Ended(5_000, "caller", "16"))
        assert await facts(page, 3) == ["HandoffRequested", "Connected", "Ended"]
        node.note(offered(6_000))  # the same name again is another call
        assert (await page.ask(command="list"))["ok"]  # and no fact before it

    run(tmp_path, what)


def test_the_next_call_of_a_number_is_followed_and_no_other(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        page = await node.client()
        assert (await page.ask(command="watch-call", caller=NUMBER))["ok"]
        node.note(offered(900, "k0", "+8613900000001"), call="k0")
        node.note(offered(1_000), MenuEntered(1_500, "main", 1))
        node.note(offered(2_000, "k2"), call="k2")
        assert await facts(page, 2) == ["Offered", "MenuEntered"]
        assert (await page.ask(command="leave-call", call="k1"))["ok"]
        node.note(Connected(3_000, "1001", 1))
        assert (await page.ask(command="list"))["ok"]  # and no fact before it

    run(tmp_path, what)


@pytest.mark.parametrize(
    "request_", [{}, {"call": ""}, {"call": 3}, {"call": "x" * 81}, {"caller": ""}, {"call": "k1", "caller": NUMBER}]
)
def test_a_call_that_is_not_named_is_refused(tmp_path: Path, request_: dict[str, Any]) -> None:
    async def what(node: LiveNode) -> None:
        answer = await (await node.client()).ask(command="watch-call", **request_)
        assert not answer["ok"] and "watch-call" in answer["error"]

    run(tmp_path, what)


def test_who_follows_and_is_gone_is_forgotten(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        page, other = await node.client(), await node.client()
        await other.ask(command="list")
        await page.ask(command="watch")
        await page.ask(command="watch-call", caller=NUMBER)
        followers = cast(Any, node.figures.followers[0]).__self__
        page.writer.close()
        async with asyncio.timeout(5):
            while followers._clients or node.watchers._clients:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.005)
        assert not followers._of_caller and not followers._of_call

    run(tmp_path, what)


def test_a_slow_request_holds_up_no_other_of_the_same_client(tmp_path: Path) -> None:
    async def what(node: LiveNode) -> None:
        go_on = asyncio.Event()

        async def slow(*_: object) -> Mapping[str, Any]:
            await go_on.wait()
            return {"slow": True}

        node.socket.offer("slow", slow)
        page = await node.client()
        page.writer.write(b'{"command": "slow", "id": 1}\n')
        assert (await page.ask(command="list", id=2))["id"] == 2
        go_on.set()
        assert await page.read() == {"id": 1, "ok": True, "slow": True}

    run(tmp_path, what)
