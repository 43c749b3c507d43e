"""`ivr agents` against a running desk."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.serve.agents.desk_socket import DeskSocket, socket_path
from ivr.settings import Settings
from ivr.telephony.events import types as ev
from tests.call.desks import World
from tests.cli.conftest import Desk

TOP = Path(__file__).parents[2]


@pytest.fixture
def settings(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The shipped flow, and a state folder of this test's own."""
    state = desk.folder / "run"
    state.mkdir()
    monkeypatch.setenv("IVR_STATE", str(state))
    monkeypatch.setenv("IVR_FLOWS", str(TOP / "flows"))
    return replace(Settings(), state=state)


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[World, DeskSocket, asyncio.AbstractEventLoop]]:
    """A desk in a thread of its own, at which 1001 has a telephone."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    world, one = World(), DeskSocket(socket_path(settings))
    over = asyncio.Event()

    async def serve() -> None:
        world.tell(ev.AgentThere(world.now, "", "", "1001", True))
        await one.open(world.desk)
        ready.set()
        await over.wait()
        await one.close()
        await world.desk.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(5)
    try:
        yield world, one, loop
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()


def test_an_agents_day(desk: Desk, settings: Settings) -> None:
    with serving(settings) as (world, _, loop):
        assert desk.ivr("agents", "pause", "1001", "1").output == "座席 1001：示忙\n"
        listed = desk.ivr("agents", "list").output
        assert all(word in listed for word in ("1001", "李静", "示忙", "小休", "1006", "未签入"))
        assert desk.ivr("agents", "ready", "1001").output == "座席 1001：就绪\n"
        loop.call_soon_threadsafe(world.call, "1001")
        assert "事后处理，到" in desk.ivr("agents", "more-time", "1001").output
        assert desk.ivr("agents", "done", "1001", "2").output == "座席 1001：就绪\n"
        assert [code for *_, code in world.disposed] == ["2"]
        assert desk.ivr("agents", "sign-out", "1001").output == "座席 1001：未签入\n"


def test_what_cannot_be_is_told_in_one_line(desk: Desk, settings: Settings) -> None:
    with serving(settings):
        for words in (("pause", "1001", "9"), ("transfer", "1001", "1002"), ("listen", "1001", "1002")):
            assert re.search("[一-龥]", desk.refused("agents", *words))


def test_where_nothing_runs_it_says_so(desk: Desk, settings: Settings) -> None:
    assert "没有在运行" in desk.refused("agents", "list")


def test_events_are_followed_line_by_line(desk: Desk, settings: Settings) -> None:
    with serving(settings) as (_, one, loop):

        async def tell() -> None:
            async with asyncio.timeout(5):
                while not any(client.follows for client in one._clients):  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
            one.publish({"event": "test", "words": "挂失"})
            await asyncio.gather(*(client._lines.join() for client in one._clients))
            await one.close()

        telling = asyncio.run_coroutine_threadsafe(tell(), loop)
        done = desk.ivr("agents", "follow")
        telling.result(5)
        assert done.stdout == '{"event": "test", "words": "挂失"}\n'
        assert (done.exit_code, done.stderr) == (1, "错误：热线断开了连接\n")
