"""Somebody who writes to the hotline, on the small flow or on the shipped one; time passes a second a message."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from ivr.call.effects import CallContext, Effects
from ivr.call.served_flow import ServedFlow
from ivr.call.writing.daily_limits import DailyLimits, DailyTotals
from ivr.call.writing.text_session import TextSession
from ivr.call.writing.text_sessions import Limits, TextSessions
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.flow.steps.effects import Done, RequestCallback, Result
from ivr.nlu import Understanding
from ivr.records.facts import Fact
from ivr.records.folding.fold import fold
from ivr.records.model import Call
from ivr.speech.prompts.catalogue import Catalogue
from tests.dialogue.listening import decided, listening
from tests.flows_for_tests import OPEN

T = TypeVar("T")
#: A Friday at ten, when the shipped hotline's agents are there.
DAY = 1_795_140_000_000


class Taken:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.facts: dict[str, list[Fact]] = {}
        self.finished: list[str] = []

    def fact(self, call_id: str, fact: Fact) -> None:
        self.facts.setdefault(call_id, []).append(fact)

    def finish(self, call_id: str) -> None:
        self.finished.append(call_id)


class Site:
    """A node's conversations. `asked` are the effects that were carried out; a wish to be called back is taken."""

    def __init__(
        self,
        service: ServedFlow | None = None,
        at: int = OPEN,
        limits: Limits | None = None,
        daily: DailyLimits | None = None,
    ) -> None:
        self.now = at
        self.taken = Taken()
        self.asked: list[object] = []
        self.served = service or small()
        self.contexts: list[CallContext] = []
        self.sessions = TextSessions(
            lambda: self.served, self.taken, self.effects(), limits, DailyTotals(daily), now=self.clock
        )

    def effects(self) -> Effects:
        return Effects({RequestCallback: self._carried_out})

    async def _carried_out(self, effect: object, context: CallContext) -> Result:
        self.asked.append(effect)
        self.contexts.append(context)
        return Done()

    def clock(self) -> int:
        self.now += 1_000
        return self.now

    async def talk(self, *moves: str, test: bool = False) -> TextSession:
        """Begin, write the moves (`#2` chooses key 2, `end` ends)."""
        session = await self.sessions.start(test=test)
        for move in moves:
            await self.move(session, move)
        return session

    async def move(self, session: TextSession, move: str) -> None:
        if move == "end":
            await self.sessions.end(session.token)
        elif move.startswith("#"):
            await self.sessions.choose(session.token, move[1:])
        else:
            await self.sessions.say(session.token, move)

    def record(self, session: TextSession) -> Call:
        return fold(session.call_id, self.taken.facts[session.call_id])


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def told(session: TextSession) -> str:
    """Everything that was written to the visitor."""
    return "\n".join(line.text for line in session.lines if line.who == "us")


def labels(session: TextSession) -> list[str]:
    return [one.label for one in (*session.choices, *session.everywhere)]


def served(flow: Flow, understanding: Understanding | None) -> ServedFlow:
    return ServedFlow(flow, cast(Catalogue, None), understanding)


def small() -> ServedFlow:
    return served(listening(), decided())


@cache
def shipped() -> ServedFlow:
    flow = require(Path(__file__).parents[2] / "flows")
    return served(flow, Understanding(flow))
