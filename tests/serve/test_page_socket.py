"""Pages speak to the node through the console, over the desk's socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from ivr.serve.agents.desk_socket import DeskSocket
from ivr.serve.agents.page_socket import PageSocket
from ivr.telephony.events import types as ev
from tests.call.desks import World
from tests.serve.test_desk_socket import Client, run

BEAT: dict[str, object] = {"command": "beat", "agent": "1001", "page": "p1", "browser": True, "microphone": True}


def test_a_page_lives_is_shown_the_agent_and_is_left(tmp_path: Path) -> None:
    async def what(one: DeskSocket, world: World, client: Callable[[], Awaitable[Client]]) -> None:
        PageSocket(world.desk, one)
        world.tell(ev.AgentThere(world.now, "", "", "1001", True, True))
        console = await client()
        answer = await console.ask(**BEAT)
        assert (answer["agent"]["state"], answer["agent"]["reason"]) == ("pause", "untried")
        answer = await console.ask(**BEAT, heard=True)
        assert (answer["agent"]["state"], answer["agent"]["page"], answer["agent"]["caller"]) == ("ready", True, None)
        world.desk.rings({"event": "ringing", "agent": "1001", "call_id": "k1", "level": "none"})
        world.call("1001", to="up")
        shown = (await console.ask(command="shown", agent="1001"))["agent"]
        assert (shown["caller"]["call_id"], shown["state"]) == ("k1", "talk")
        assert (await console.ask(command="left", agent="1001", page="p1"))["ok"]
        assert not world.desk.pages.lives("1001")
        for wrong in ({"page": ""}, {"page": 7}, {"agent": "9999"}):
            assert not (await console.ask(**{**BEAT, **wrong}))["ok"]

    run(tmp_path, what)


def test_a_console_that_goes_away_says_nothing_of_its_pages(tmp_path: Path) -> None:
    async def what(one: DeskSocket, world: World, client: Callable[[], Awaitable[Client]]) -> None:
        PageSocket(world.desk, one)
        console = await client()
        assert (await console.ask(**BEAT, heard=True))["ok"]
        assert world.desk.pages._pages["1001"].source is not None
        console.writer.close()
        gone = await client()
        for _ in range(100):
            assert (await gone.ask(command="shown", agent="1001"))["ok"]
            if world.desk.pages._pages["1001"].source is None:
                break
        assert world.desk.pages._pages["1001"].source is None
        assert world.desk.pages.lives("1001")

    run(tmp_path, what)
