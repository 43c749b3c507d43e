"""The desk's socket: for its owner alone, several readers, and nobody waits for one that does not read."""

from __future__ import annotations

import asyncio
import json
import stat
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ivr.errors import NodeError
from ivr.serve.agents import desk_socket as module
from ivr.serve.agents.desk_socket import DeskSocket
from ivr.telephony.events import types as ev
from tests.call.desks import World


class Client:
    """A program at the desk."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, **request: object) -> dict[str, Any]:
        """Send a request; its answer."""
        return await self.send(json.dumps(request).encode() + b"\n")

    async def send(self, line: bytes) -> dict[str, Any]:
        """Send a line; the next line."""
        self.writer.write(line)
        return await self.read()

    async def read(self) -> dict[str, Any]:
        """The next line."""
        return dict(json.loads(await asyncio.wait_for(self.reader.readline(), 5)))


def run(tmp_path: Path, what: Callable[[DeskSocket, World, Callable[[], Awaitable[Client]]], Awaitable[None]]) -> None:
    """With an open socket."""

    async def whole() -> None:
        world, path = World(), tmp_path / "desk.sock"
        one = DeskSocket(path)
        clients: list[Client] = []

        async def client() -> Client:
            clients.append(Client(*await asyncio.open_unix_connection(str(path))))
            return clients[-1]

        await one.open(world.desk)
        try:
            await asyncio.wait_for(what(one, world, client), 30)
        finally:
            for each in clients:
                each.writer.close()
            await one.close()
            await world.desk.close()
        assert not path.exists()

    asyncio.run(whole())


def test_only_its_owner_may_connect(tmp_path: Path) -> None:
    async def what(_one: DeskSocket, _world: World, _client: Callable[[], Awaitable[Client]]) -> None:
        assert stat.S_IMODE((tmp_path / "desk.sock").stat().st_mode) == 0o600

    run(tmp_path, what)


def test_the_number_of_a_complaint_comes_back(tmp_path: Path) -> None:
    async def what(_one: DeskSocket, world: World, client: Callable[[], Awaitable[Client]]) -> None:
        page = await client()
        answer = await page.ask(command="complaint", agent="1001")
        assert answer["ok"] is False and "没有可以登记为投诉的通话" in answer["error"]
        world.call("1001")
        answer = await page.ask(command="complaint", agent="1001", kind="fees", id=3)
        assert answer == {"id": 3, "ok": True, "complaint": "26120100001"}
        answer = await page.ask(command="complaint", agent="1001", kind="weather")
        assert answer["ok"] is False and "weather" in answer["error"]

    run(tmp_path, what)


def test_a_request_is_done_and_one_that_cannot_be_is_told_why(tmp_path: Path) -> None:
    async def what(_one: DeskSocket, world: World, client: Callable[[], Awaitable[Client]]) -> None:
        world.tell(ev.AgentThere(world.now, "", "", "1001", True))
        page = await client()
        answer = await page.ask(command="pause", agent="1001", reason="1", id=7)
        assert (answer["id"], answer["ok"], answer["agent"]["state"]) == (7, True, "pause")
        answer = await page.ask(command="pause", agent="1001", reason="9")
        assert (answer["ok"], "示忙原因" in answer["error"]) == (False, True)
        assert not (await page.send(b"pause 1001\n"))["ok"]
        assert not (await page.send(b"[1]\n"))["ok"]
        listed = (await page.ask(command="list"))["agents"]
        assert {one["agent_id"]: one["state"] for one in listed}["1001"] == "pause"

    run(tmp_path, what)


def test_every_reader_that_follows_gets_each_event(tmp_path: Path) -> None:
    async def what(one: DeskSocket, _world: World, client: Callable[[], Awaitable[Client]]) -> None:
        readers, other = [await client(), await client()], await client()
        for reader in readers:
            assert (await reader.ask(command="follow"))["ok"]
        assert (await other.ask(command="list"))["ok"]
        for number in range(3):
            one.publish({"event": "test", "number": number, "words": "挂失"})
        for reader in readers:
            assert [(await reader.read())["number"] for _ in range(3)] == [0, 1, 2]
        assert (await other.ask(command="list"))["ok"]  # and no event before it

    run(tmp_path, what)


def test_a_reader_that_does_not_read_is_cut_off_and_holds_nobody_up(tmp_path: Path) -> None:
    async def what(one: DeskSocket, _world: World, client: Callable[[], Awaitable[Client]]) -> None:
        slow, quick = await client(), await client()
        for reader in (slow, quick):
            assert (await reader.ask(command="follow"))["ok"]
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        event, longest = {"event": "test", "words": "挂" * 2000}, 0.0
        for number in range(3 * module.MOST_UNREAD):
            began = time.monotonic()
            one.publish({**event, "number": number})
            longest = max(longest, time.monotonic() - began)
            assert (await quick.read())["number"] == number
        assert longest < 0.5
        assert len(one._clients) == 1

    run(tmp_path, what)


def test_a_line_without_an_end_ends_the_connection(tmp_path: Path) -> None:
    async def what(_one: DeskSocket, _world: World, client: Callable[[], Awaitable[Client]]) -> None:
        page = await client()
        page.writer.write(b"x" * 3 * module.LONGEST_LINE)
        assert await asyncio.wait_for(page.reader.read(), 5) == b""
        assert (await (await client()).ask(command="list"))["ok"]

    run(tmp_path, what)


def test_no_more_clients_than_there_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CLIENTS", 1)

    async def what(_one: DeskSocket, _world: World, client: Callable[[], Awaitable[Client]]) -> None:
        first = await client()
        assert (await first.ask(command="list"))["ok"]
        assert await asyncio.wait_for((await client()).reader.read(), 5) == b""
        assert (await first.ask(command="list"))["ok"]

    run(tmp_path, what)


def test_a_socket_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    async def whole() -> None:
        world = World()
        with pytest.raises(NodeError, match=r"desk\.sock"):
            await DeskSocket(tmp_path / "nowhere" / "desk.sock").open(world.desk)

    asyncio.run(whole())
