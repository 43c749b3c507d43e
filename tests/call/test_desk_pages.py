"""The pages at which agents sit: who gets calls, and what happens when one goes away in the middle of a talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from ivr.call.agents import desk_pages
from ivr.call.agents.agent_tracker import LOST, NO_MICROPHONE, UNTRIED
from ivr.call.agents.commands import Ready
from ivr.call.agents.desk_pages import PageBeat
from ivr.errors import AgentRefused
from ivr.telephony.events import types as ev
from tests.call.desks import World

A = "1001"
BEAT = PageBeat(A, "p1", browser=True, microphone=True, heard=True)
#: Through whom pages speak.
CONSOLE = object()


class Desk:
    """A desk whose pages' clock a test moves (seconds)."""

    def __init__(self) -> None:
        self.world = World()
        self.now = 1000.0
        self.pages = self.world.desk.pages
        self.pages._monotonic = lambda: self.now

    def registered(self, yes: bool = True, contact: str = "sip:p1@192.0.2.1:5000;transport=ws") -> None:
        """The telephone in the browser registers, or no longer."""
        status = "Created" if yes else "Removed"
        self.world.tell(ev.ContactChanged(self.world.now, "", "", A, status, True, contact))
        self.world.tell(ev.AgentThere(self.world.now, "", "", A, yes, True))

    def beat(self, **fields: Any) -> None:
        """The page tells that it lives."""
        self.pages.beat(replace(BEAT, **fields), CONSOLE)

    def talks(self) -> None:
        """A caller talks to the agent, in the browser."""
        world = self.world
        name = "PJSIP/1001-web-00000001"
        world.tell(ev.ChannelStarted(world.now, "k1", "c1", A, name, False, "", None))
        world.tell(ev.AgentRinging(world.now, "k1", "c1", A))
        world.tell(ev.ChannelUp(world.now, "k1", "c1", A))

    def later(self, seconds: float) -> None:
        """Time goes on, and the pages are looked at."""
        self.now += seconds
        self.pages.look()

    def state(self) -> tuple[str, str | None]:
        """What the agent does, and why he pauses."""
        now = self.world.desk.now(A)
        return now.state, now.reason

    async def ended(self) -> list[str]:
        """Channels that were ended, once everything is done."""
        await self.world.settled()
        return [str(fields["Channel"]) for fields in self.world.manager.named("Hangup")]


def run(what: Callable[[Desk], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        desk = Desk()
        try:
            await what(desk)
        finally:
            await desk.world.desk.close()

    asyncio.run(whole())


def test_calls_come_only_to_a_page_whose_microphone_works_and_whose_telephone_was_heard() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat(heard=False)
        assert desk.state() == ("pause", UNTRIED)
        with pytest.raises(AgentRefused, match="振铃测试"):
            await desk.world.desk.ask(A, Ready())
        desk.beat()
        assert desk.state() == ("ready", None)
        desk.beat(microphone=False)
        assert desk.state() == ("pause", NO_MICROPHONE)
        await desk.world.settled()
        assert desk.world.manager.pauses(A)[-1] == NO_MICROPHONE
        with pytest.raises(AgentRefused, match="麦克风"):
            await desk.world.desk.ask(A, Ready())
        assert desk.state() == ("pause", NO_MICROPHONE)
        desk.beat()
        assert desk.state() == ("ready", None)
        desk.later(desk_pages.SILENT_SECONDS + 1)
        with pytest.raises(AgentRefused, match="页面断开"):
            await desk.world.desk.ask(A, Ready())

    run(what)


def test_who_sits_at_a_desk_telephone_needs_no_page() -> None:
    async def what(desk: Desk) -> None:
        desk.world.tell(ev.AgentThere(desk.world.now, "", "", A, True))
        desk.beat(browser=False, heard=False, microphone=False)
        assert desk.state() == ("ready", None)
        desk.pages.left(A, "p1")
        assert desk.state() == ("ready", None)

    run(what)


def test_a_page_that_is_left_in_a_talk_ends_the_agents_channel_at_once_and_the_caller_comes_back_to_him() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.talks()
        desk.pages.left(A, "another")  # an old page's word comes late
        assert await desk.ended() == []
        desk.pages.left(A, "p1")
        assert await desk.ended() == ["c1"]
        (variable,) = desk.world.manager.named("Setvar")
        assert variable == {"Channel": "k1", "Variable": "IVR_LOST", "Value": A}
        desk.registered(False)
        desk.world.tell(ev.ChannelGone(desk.world.now, "k1", "c1", A, "PJSIP/1001-web-00000001", 44, ""))
        desk.registered()
        desk.beat(page="p2")  # loaded again
        assert desk.state()[0] in ("acw", "ready")

    run(what)


def test_a_page_that_crashes_is_found_out_within_five_seconds() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.talks()
        desk.registered(False)
        desk.later(3)
        assert await desk.ended() == []
        desk.later(1)
        assert await desk.ended() == ["c1"]

    run(what)


def test_a_page_that_is_loaded_anew_at_once_after_a_crash_does_not_keep_the_caller_in_silence() -> None:
    """Its telephone registers before anybody has missed the one that was in the talk."""

    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.talks()
        desk.registered(False)
        desk.later(1)
        desk.registered(contact="sip:p2@192.0.2.1:5001;transport=ws")
        with pytest.raises(AgentRefused):
            desk.beat(page="p2")
        for _ in range(3):
            desk.later(1)
        assert await desk.ended() == ["c1"]
        desk.beat(page="p2")
        for _ in range(6):
            desk.later(1)
        assert len(desk.world.manager.named("Hangup")) == 1
        desk.beat(page="p2")
        desk.talks()
        desk.registered(False, contact="sip:p2@192.0.2.1:5001;transport=ws")  # and crashes, too
        desk.later(4)
        assert len(await desk.ended()) == 2

    run(what)


def test_a_telephone_whose_connection_stalled_is_back_before_the_old_one_is_removed() -> None:
    """Asterisk takes a contact for the same telephone out when the next one is in (remove_existing)."""

    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.talks()
        desk.world.tell(ev.ContactChanged(desk.world.now, "", "", A, "Created", True, "sip:p1@192.0.2.1:5002"))
        desk.world.tell(ev.ContactChanged(desk.world.now, "", "", A, "Removed", True, "sip:p1@192.0.2.1:5000"))
        for _ in range(8):
            desk.later(1)
        assert await desk.ended() == []

    run(what)


@pytest.mark.parametrize("alive", ["it is heard of", "its telephone is back", "the console is away"])
def test_a_talk_goes_on_while_the_page_may_live(alive: str) -> None:
    """The relay was started again, or the page's network failed for a moment: the sound goes on."""

    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.talks()
        desk.registered(False)
        if alive == "the console is away":
            desk.pages.away(CONSOLE)
        desk.later(2)
        if alive == "its telephone is back":
            desk.registered()
        if alive == "it is heard of":
            desk.beat()
        for _ in range(8):
            desk.later(1)
        assert await desk.ended() == []

    run(what)


def test_who_is_not_heard_of_gets_no_calls_until_he_is_back() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.later(desk_pages.SILENT_SECONDS + 1)
        assert desk.state() == ("pause", LOST)
        desk.beat()
        assert desk.state() == ("ready", None)
        desk.pages.away(CONSOLE)
        desk.later(desk_pages.SILENT_SECONDS + 1)
        assert desk.state() == ("ready", None)  # the console is started again, the agent sits there
        desk.later(desk_pages.CONSOLE_AWAY_SECONDS)
        assert desk.state() == ("pause", LOST)

    run(what)


def test_an_agent_has_one_page() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        with pytest.raises(AgentRefused, match="另一个页面"):
            desk.beat(page="p2")
        desk.later(desk_pages.SILENT_SECONDS + 1)
        desk.beat(page="p2")
        assert desk.state() == ("ready", None)

    run(what)


def test_who_goes_over_to_the_desk_telephone_says_that_he_is_ready() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        desk.pages.left(A, "p1")
        desk.registered(False)
        desk.world.tell(ev.AgentThere(desk.world.now, "", "", A, True))
        assert desk.state() == ("pause", LOST)
        await desk.world.desk.ask(A, Ready())
        assert desk.state() == ("ready", None)

    run(what)


def test_it_is_known_on_which_telephone_an_agent_talks() -> None:
    async def what(desk: Desk) -> None:
        desk.registered()
        desk.beat()
        assert not desk.world.desk.in_browser(A)
        desk.talks()
        assert desk.world.desk.in_browser(A)
        world = desk.world
        world.tell(ev.ChannelGone(world.now, "k1", "c1", A, "PJSIP/1001-web-00000001", 16, ""))
        world.tell(ev.ChannelStarted(world.now, "k2", "c2", A, "PJSIP/1001-00000002", False, "", None))
        world.tell(ev.AgentRinging(world.now, "k2", "c2", A))
        world.tell(ev.ChannelUp(world.now, "k2", "c2", A))
        assert not world.desk.in_browser(A)

    run(what)
