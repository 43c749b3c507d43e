"""座席: what an agent's document shows and lets him do, over the node's socket; and never at another's telephone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import httpx2
import pytest
from starlette.requests import HTTPConnection

from ivr.call.agents.call_summary import CallSummary
from ivr.console.application import application
from ivr.console.context import Console
from ivr.console.page import Visit
from ivr.console.pages.desk import line
from ivr.console.security.origin import token
from ivr.errors import StoreError
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.model import AgentLeg
from ivr.serve.agents.desk_socket import socket_path
from ivr.serve.agents.page_socket import PageSocket
from ivr.telephony.events import types as ev
from tests.console.rig import ORIGIN, PASSWORD, Clock, open_console, register
from tests.console.test_live import kept, until
from tests.records.test_store import a_call
from tests.serve.live_node import LiveNode

NUMBER = "+8613800000001"
SUMMARY = CallSummary(
    "k1", NUMBER, path=("main", "loss"), words=("我的卡丢了",), answers={"card": "尾号 1234"}, queue="general",
    waited_ms=4_000, open_business=("report_loss in_doubt",),
)  # fmt: skip


@dataclass
class Desks:
    """A node and a console, and browsers of people."""

    node: LiveNode
    console: Console

    async def signed_in(self, person: str, *roles: Role, agent: str | None = None) -> httpx2.AsyncClient:
        """Somebody's browser."""
        register(self.console.store, person, roles, self.console.clock(), agent_id=agent)
        transport = httpx2.ASGITransport(app=application(self.console))
        client = httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN})
        await client.post("/sign-in", data={"person": person, "password": PASSWORD})
        client.headers["x-csrf"] = token(str(client.cookies["ivr-8470"]))
        return client

    def rings(self, agent: str, call_id: str = "k1") -> None:
        """A call rings at the agent's telephone, and is told."""
        world = self.node.world
        event = SUMMARY.as_event(agent, world.now)
        world.desk.rings({**event, "call_id": call_id})
        world.tell(ev.AgentThere(world.now, "", "", agent, True))
        world.tell(ev.AgentRinging(world.now, call_id, f"c{agent}", agent))
        self.node.socket.publish({**event, "call_id": call_id})


@asynccontextmanager
async def desks(folder: Path) -> AsyncIterator[Desks]:
    console = open_console(folder)
    console.settings.state.mkdir(parents=True, exist_ok=True)
    node = LiveNode(socket_path(console.settings))
    await node.open()
    PageSocket(node.world.desk, node.socket)
    async with kept(node.watchers.keep), kept(console.live.link.keep):
        await until(lambda: console.live.link.connected)
        yield Desks(node, console)
    await node.close()


def run(folder: Path, what: Callable[[Desks], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(30), desks(folder) as found:
            await what(found)

    asyncio.run(whole())


def test_an_agent_has_a_desk_of_his_own_and_nobody_else_has(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        page = await agent.get("/desk")
        assert page.status_code == 200 and 'data-agent="1001"' in page.text
        assert "style=" not in page.text and "onclick" not in page.text
        for person, role, number in (("qa", Role.QA, "1002"), ("new", Role.AGENT, None)):
            other = await found.signed_in(person, role, agent=number)
            for path in ("/desk/fragment/day", "/desk/fragment/caller/k1"):
                assert (await other.get(path)).status_code == 403, path
            page = await other.get("/desk")
            assert (page.status_code, "没有座席工号" in page.text) in ((403, False), (200, True))
            assert "data-agent" not in page.text
            assert (await other.post("/desk/do/ready")).status_code == 403

    run(tmp_path, what)


def test_what_the_agent_asks_for_is_done_at_his_own_telephone_or_told_why_not(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        world = found.node.world
        for number in ("1001", "1002"):
            world.tell(ev.AgentThere(world.now, "", "", number, True))
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        done = await agent.post("/desk/do/pause", data={"value": "1", "agent": "1002"})
        assert done.status_code == 200
        assert [world.desk.now(one).state for one in ("1001", "1002")] == ["pause", "ready"]
        refused = await agent.post("/desk/do/connect")
        assert (refused.status_code, "没有和客户通话" in refused.text) == (409, True)
        assert (await agent.post("/desk/do/listen", data={"value": "1002"})).status_code == 404
        forged = await agent.post("/desk/do/ready", headers={"x-csrf": "wrong"})
        assert forged.status_code == 403
        assert world.desk.now("1001").state == "pause"

    run(tmp_path, what)


def test_the_knowledge_base_is_beside_the_call_for_agents(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        shown = await agent.get("/desk/fragment/knowledge", params={"q": "开户"})
        assert shown.status_code == 200 and "开立个人账户需要什么手续" in shown.text
        assert "<details open>" in shown.text and "个人银行账户管理办法" in shown.text
        assert "知识库里没有" in (await agent.get("/desk/fragment/knowledge", params={"q": "<b>天气</b>"})).text
        assert (await agent.get("/desk/fragment/knowledge")).text.strip() == ""
        other = await found.signed_in("qa", Role.QA)
        assert (await other.get("/desk/fragment/knowledge", params={"q": "开户"})).status_code == 403

    run(tmp_path, what)


def test_who_calls_is_shown_to_the_agent_whom_he_calls_while_he_does(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        leg = AgentLeg("1003", 1_000, 2_000)
        found.console.store.save([a_call("k0", caller_number=NUMBER, agent_legs=(leg,))])
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        assert (await agent.get("/desk/fragment/caller/k1")).status_code == 403
        found.rings("1001")
        listed, threads = found.console.store.list, list[threading.Thread]()

        def watched(**asked: Any) -> Any:
            threads.append(threading.current_thread())
            return listed(**asked)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(found.console.store, "list", watched)
            shown = await agent.get("/desk/fragment/caller/k1")
        assert threads and threading.current_thread() not in threads, "the records hold up nobody else"
        assert shown.status_code == 200, shown.text
        for words in (NUMBER, "主菜单", "我的卡丢了", "综合业务", "工号 1003 接听", "尾号 1234", "没有办成的业务"):
            assert words in shown.text, words
        other = await found.signed_in("wang", Role.AGENT, agent="1002")
        assert (await other.get("/desk/fragment/caller/k1")).status_code == 403
        assert (await agent.get("/desk/fragment/caller/k0")).status_code == 403
        trail = found.console.store.audit.list(target="call:k1", action="agents.follow")
        assert {one.entry.person for one in trail if one.entry.allowed} >= {"li"}

    run(tmp_path, what)


def test_only_what_concerns_the_agent_is_told_to_his_page(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        told: list[tuple[str, dict[str, Any]]] = []
        before = list(found.console.live.link.listeners)
        stream = line._told(cast(Visit, Stub(found.console, "1001")), "1001")
        first = await anext(stream)
        assert first.startswith("event: agent\n")
        found.rings("1002", "k2")
        found.rings("1001")
        event = await anext(stream)
        told.append((event.partition("\n")[0], json.loads(event.partition("data: ")[2])))
        await stream.aclose()
        assert told[0][0] == "event: ringing"
        assert told[0][1]["call_id"] == "k1"
        assert NUMBER not in event
        assert found.console.live.link.listeners == before

    run(tmp_path, what)


@dataclass
class Stub:
    """What the stream needs of a visit."""

    console: Console
    agent: str

    @property
    def access(self) -> Stub:
        return self

    @property
    def agent_id(self) -> str:
        return self.agent


def test_a_page_lives_and_is_left(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        pages = found.node.world.desk.pages
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        alive = await agent.post("/desk/beat", data={"page": "p1", "browser": "1", "microphone": "1", "heard": "1"})
        assert (alive.status_code, alive.json()["page"]) == (200, True)
        second = await agent.post("/desk/beat", data={"page": "p2", "browser": "1"})
        assert (second.status_code, "另一个页面" in second.text) == (409, True)
        gone = await agent.post("/desk/left", data={"page": "p1"})
        assert (gone.status_code, pages.lives("1001")) == (204, False)

    run(tmp_path, what)


BEAT = {"page": "p1", "browser": "1", "microphone": "1", "heard": "1"}


def test_a_page_lives_on_while_the_database_is_away(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        assert (await agent.post("/desk/beat", data=BEAT)).status_code == 200
        visit = cast(Visit, Asking(found.console, HTTPConnection(http_scope(agent))))
        sessions = found.console.store.console
        there = sessions.session
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sessions, "session", Mock(side_effect=StoreError("away")))
            assert (await agent.post("/desk/beat", data=BEAT)).status_code == 200
            assert line._still(visit, "1001"), "nobody is told that he is signed out"
            assert (await agent.post("/desk/do/ready")).status_code == 503
            assert isinstance(found.console.clock, Clock)
            found.console.clock.now += 10 * 60_000 + 1
            assert (await agent.post("/desk/beat", data=BEAT)).status_code == 503
        assert sessions.session == there
        sessions.end_all("li", AuditEntry("li", "console.sign_in", "person:li"), found.console.clock())
        assert (await agent.post("/desk/beat", data=BEAT)).status_code == 401
        assert not line._still(visit, "1001")

    run(tmp_path, what)


@pytest.mark.parametrize(("asked", "there"), [("ready", True), ("pause", False)])
def test_who_takes_calls_counts_as_there_and_who_pauses_does_not(tmp_path: Path, asked: str, there: bool) -> None:
    async def what(found: Desks) -> None:
        world = found.node.world
        world.tell(ev.AgentThere(world.now, "", "", "1001", True))
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        if asked == "pause":
            assert (await agent.post("/desk/do/pause", data={"value": "1"})).status_code == 200
        assert isinstance(found.console.clock, Clock)
        for _ in range(2):
            found.console.clock.now += 20 * 60_000
            last = await agent.post("/desk/beat", data=BEAT)
        assert last.status_code == (200 if there else 401)

    run(tmp_path, what)


@dataclass
class Asking:
    """What is needed of a visit to see whether it goes on."""

    console: Console
    request: HTTPConnection


def http_scope(client: httpx2.AsyncClient) -> dict[str, Any]:
    return {"type": "http", "headers": [(b"cookie", f"ivr-8470={client.cookies['ivr-8470']}".encode())]}


def test_the_day_is_the_agents_own(tmp_path: Path) -> None:
    async def what(found: Desks) -> None:
        now = found.console.clock()
        legs = (
            AgentLeg("1001", now - 61_000, now - 1_000, disposition="1"),
            AgentLeg("1002", now - 9_000, now - 1_000),
        )
        found.console.store.save([a_call("k0", now - 70_000, agent_legs=legs)])
        agent = await found.signed_in("li", Role.AGENT, agent="1001")
        day = await agent.get("/desk/fragment/day")
        assert "1 通" in day.text and "1:00" in day.text and "已解决" in day.text

    run(tmp_path, what)
