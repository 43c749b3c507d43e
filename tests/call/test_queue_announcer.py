"""What a waiting caller is told that is new: at once, once, and the record says whether it was heard to its end."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from ivr.call.queue_announcer import QueueAnnouncer, Told
from ivr.call.served_flow import ServedFlow
from ivr.dialogue.model import End, Turn
from ivr.flow.steps.acts import Announced, Say
from ivr.records.announcement_facts import AnnouncementHeard
from ivr.records.facts import Fact, PromptEnded, PromptSpoken
from ivr.records.prompts import WHISPERED, WHOLE
from ivr.records.vocabulary import AnnouncementPlace
from tests.flows_for_tests import flow

SECONDS = 0.4
NEWS = Say("surge", announced=Announced("emergency:surge:general:respond", AnnouncementPlace.QUEUE))


class Queue:
    """One caller who waits; `told` is what Asterisk was asked to whisper, `facts` what the record gets."""

    def __init__(self, folder: Path) -> None:
        with wave.open(str(folder / "surge.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(round(SECONDS * 16_000)))
        self.told: list[str] = []
        self.facts: list[Fact] = []
        self.fresh: tuple[Say, ...] = ()
        self.said, self.noted = asyncio.Event(), asyncio.Event()
        catalogue = SimpleNamespace(prompts=folder, resolve=lambda prompt, *_: (Path(f"{prompt}.wav"),))
        self.service = cast(ServedFlow, SimpleNamespace(flow=flow(), catalogue=catalogue))
        board = SimpleNamespace(position=lambda _: None)
        self.announcer = QueueAnnouncer(cast(Any, self), cast(Any, board))

    async def originate(self, _channel: str, *, variables: dict[str, str], **_: object) -> None:
        self.told.append(Path(next(iter(variables.values()))).name)
        self.said.set()

    def note(self, fact: Fact) -> None:
        self.facts.append(fact)
        if isinstance(fact, AnnouncementHeard):
            self.noted.set()

    def heard(self) -> list[AnnouncementHeard]:
        return [fact for fact in self.facts if isinstance(fact, AnnouncementHeard)]

    def take(self) -> tuple[Say, ...]:
        fresh, self.fresh = self.fresh, ()
        return fresh

    def join(self) -> None:
        turn = Turn((), End(), (), "zh", "normal")
        self.announcer.joined("c1", "general", self.service, turn, Told(self.take, self.note))

    def live(self, story: Callable[[], Awaitable[None]]) -> None:
        async def all_of_it() -> None:
            async with asyncio.timeout(5):
                self.join()
                await story()
                await self.announcer.close()

        asyncio.run(all_of_it())


def test_news_are_told_at_once_and_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path)

    async def story() -> None:
        queue.fresh = (NEWS,)
        queue.announcer.news()
        await queue.noted.wait()
        queue.announcer.news()
        queue.announcer.news()
        await asyncio.sleep(0)

    queue.live(story)
    assert queue.told == ["surge"]
    (heard,) = queue.heard()
    begun, ended = queue.facts[:2]
    assert isinstance(begun, PromptSpoken) and (begun.prompt, begun.kind, begun.values) == ("surge", WHISPERED, False)
    assert isinstance(ended, PromptEnded) and (ended.began, ended.how) == (begun.t, WHOLE)
    assert ended.t - begun.t >= 1000 * SECONDS - 50
    assert (heard.announcement, heard.place, heard.whole) == ("emergency:surge:general:respond", "queue", True)


def test_who_leaves_in_the_middle_has_not_heard_it_to_its_end(tmp_path: Path) -> None:
    queue = Queue(tmp_path)

    async def story() -> None:
        queue.fresh = (NEWS,)
        queue.announcer.news()
        await queue.said.wait()
        queue.announcer.left("c1")
        await queue.noted.wait()

    queue.live(story)
    assert [fact.whole for fact in queue.heard()] == [False]
    assert [type(fact) for fact in queue.facts] == [PromptSpoken, AnnouncementHeard]


def test_where_there_is_nothing_to_tell_nothing_is_said(tmp_path: Path) -> None:
    queue = Queue(tmp_path)

    async def story() -> None:
        queue.announcer.news()
        queue.fresh = (NEWS,)
        await asyncio.sleep(0)
        queue.fresh = ()
        await asyncio.sleep(0.05)

    queue.live(story)
    assert queue.told == [] and queue.facts == []


def test_who_leaves_just_as_there_is_news_is_told_nothing_more(tmp_path: Path) -> None:
    """He speaks with an agent by then."""
    queue = Queue(tmp_path)

    async def story() -> None:
        for moment in range(10):
            queue.join()
            await asyncio.sleep(0)
            queue.fresh = (NEWS,)
            queue.announcer.news()
            for _ in range(moment):
                await asyncio.sleep(0)
            (task,) = queue.announcer._tasks.values()
            begun = len(queue.told)
            queue.announcer.left("c1")
            await asyncio.wait((task,), timeout=SECONDS)
            assert task.cancelled() and len(queue.told) == begun

    queue.live(story)
