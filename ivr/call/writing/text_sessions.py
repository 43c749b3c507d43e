"""All conversations in writing of a node: begun, found again by their token, ended when nobody writes any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol
from uuid import uuid4

from ivr.call.clock_steps import wall_ms
from ivr.call.effects import Effects
from ivr.call.served_flow import ServedFlow
from ivr.call.writing.daily_limits import DailyTotals
from ivr.call.writing.text_session import TextSession
from ivr.call.writing.visitor import Visitor
from ivr.errors import TextRefused
from ivr.rate_limit import RateLimit
from ivr.records.emergency import InForce
from ivr.records.facts import Fact
from ivr.records.vocabulary import EndCause

log = logging.getLogger(__name__)

#: A conversation that is over is still shown, and its questions may be rated, for so long.
SHOWN_MS = 300_000
#: Those that nobody writes in any more are looked for so often.
LOOK_SECONDS = 5.0

BUSY = "现在使用文字服务的人较多，请稍后再试，或者拨打{number}。"
STOPPING = "系统正在维护，请稍后再试，或者拨打{number}。"
UNKNOWN = "这次对话已经结束，请重新开始"
IDLE = "您有一段时间没有回复，这次对话先结束了。如果还需要帮助，请重新开始，或者拨打{number}。"
STOPPED = "系统正在维护，这次对话先结束了。请稍后重新开始，或者拨打{number}。"


class Recorder(Protocol):
    """Takes what happened down; see `ivr.records.journal.recorder`."""

    def fact(self, call_id: str, fact: Fact) -> None:
        """Never raises and never waits."""

    def finish(self, call_id: str) -> object:
        """The conversation is over."""


@dataclass(frozen=True, slots=True)
class Limits:
    """So many conversations at once, so many begun in a minute, so many messages in a minute in all; one in which
    nobody writes for `idle_ms` is over."""

    sessions: int = 200
    starts_per_minute: int = 120
    idle_ms: int = 600_000
    messages_per_minute: int = 600


class TextSessions:
    """`service` gives what new conversations are served with; those in progress keep theirs. `effects` need no line.
    `totals` are what strangers have had. Run `keep` as a task, and `close` in the end."""

    def __init__(
        self,
        service: Callable[[], ServedFlow],
        recorder: Recorder,
        effects: Effects,
        limits: Limits | None = None,
        totals: DailyTotals | None = None,
        *,
        emergency: Callable[[], InForce | None] = lambda: None,
        now: Callable[[], int] = wall_ms,
    ) -> None:
        self._service, self._recorder, self._effects = service, recorder, effects
        self._limits, self._emergency, self._now = limits or Limits(), emergency, now
        self._sessions: dict[str, TextSession] = {}
        self._totals = totals or DailyTotals()
        self._starts = RateLimit(self._limits.starts_per_minute, 60)
        self._messages = RateLimit(self._limits.messages_per_minute, 60)
        #: What is served, and the same for those whom nobody calls back.
        self._uncalled: tuple[ServedFlow, ServedFlow] | None = None
        self._understanding = asyncio.Lock()
        self._stopping = False

    @property
    def calls(self) -> frozenset[str]:
        """The records that are being made here."""
        return frozenset(one.call_id for one in self._sessions.values() if not one.over)

    async def start(self, *, test: bool = False, address: str | None = None) -> TextSession:
        """Begin a conversation: a `test` (D10), or with a stranger from `address` (None: nobody knows it). Raises
        TextRefused: too many are going on, or the node stops."""
        now, number = self._now(), self._service().flow.numbers[0]
        if self._stopping:
            raise TextRefused(STOPPING.format(number=number), "busy")
        going_on = sum(not one.over for one in self._sessions.values())
        if going_on >= self._limits.sessions or not self._starts.take("", now / 1000):
            raise TextRefused(BUSY.format(number=number), "busy")
        call_id = f"text-{uuid4().hex}"
        note = partial(self._note, call_id)
        visitor = Visitor(test, address, self._totals)
        session = TextSession(
            call_id, self._served(visitor), note, self._effects, visitor=visitor, understanding=self._understanding,
            emergency=self._emergency, now=self._now,
        )  # fmt: skip
        self._sessions[session.token] = session
        await session.start()
        self._over(session)
        return session

    def find(self, token: object) -> TextSession:
        """The conversation of a token. Raises TextRefused where there is none, or no longer."""
        session = self._sessions.get(token) if isinstance(token, str) else None
        if session is None:
            raise TextRefused(UNKNOWN, "unknown")
        return session

    async def say(self, token: object, text: object) -> TextSession:
        """The visitor writes. Raises TextRefused."""
        session = self._one_more(token)
        await session.say(text)
        return self._over(session)

    async def choose(self, token: object, key: object) -> TextSession:
        """The visitor chooses. Raises TextRefused."""
        session = self._one_more(token)
        await session.choose(key)
        return self._over(session)

    def rate(self, token: object, question: object, resolved: object) -> TextSession:
        """The visitor says whether his question was resolved. Raises TextRefused."""
        session = self.find(token)
        session.rate(question, resolved)
        return session

    async def end(self, token: object) -> TextSession:
        """The visitor has no more to say. Raises TextRefused."""
        session = self.find(token)
        await session.end()
        return self._over(session)

    async def keep(self) -> None:
        """End those in which nobody writes any more, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once."""
        now = self._now()
        for token, session in tuple(self._sessions.items()):
            quiet = now - session.touched
            if not session.over and quiet >= self._limits.idle_ms:
                await self._end(session, EndCause.IDLE, IDLE)
            elif session.over and quiet >= self._limits.idle_ms + SHOWN_MS:
                del self._sessions[token]

    async def close(self) -> None:
        """The node stops: everybody is told, and no conversation begins any more."""
        self._stopping = True
        for session in tuple(self._sessions.values()):
            await self._end(session, EndCause.STOPPED, STOPPED)

    async def _end(self, session: TextSession, cause: EndCause, words: str) -> None:
        if not session.over:
            await session.end("system", cause, words.format(number=self._service().flow.numbers[0]))
            self._over(session)

    def _served(self, visitor: Visitor) -> ServedFlow:
        """What he is served with: whom nobody calls back is offered none."""
        service = self._service()
        if visitor.calls_back:
            return service
        if self._uncalled is None or self._uncalled[0] is not service:
            self._uncalled = service, replace(service, flow=replace(service.flow, callbacks=None))
        return self._uncalled[1]

    def _one_more(self, token: object) -> TextSession:
        """The conversation of a token, for one more message. Raises TextRefused."""
        session = self.find(token)
        if not self._messages.take("", self._now() / 1000):
            raise TextRefused(BUSY.format(number=self._service().flow.numbers[0]), "busy")
        return session

    def _note(self, call_id: str, fact: Fact) -> None:
        self._recorder.fact(call_id, fact)

    def _over(self, session: TextSession) -> TextSession:
        """The record of a conversation that is over is made; what is said of it later is added."""
        if session.over:
            self._recorder.finish(session.call_id)
        return session


def shown(session: TextSession, seen: int = 0) -> dict[str, Any]:
    """The conversation as a page shows it: the lines after the first `seen`, and what can be done now."""
    return {
        "session": session.token,
        "lines": [
            {"who": line.who, "text": line.text, "question": line.question,
             "resolved": session.questions.resolutions.get(line.question) if line.question else None}
            for line in session.lines[seen:]
        ],
        "seen": len(session.lines),
        "choices": [{"key": one.key, "label": one.label} for one in session.choices],
        "everywhere": [{"key": one.key, "label": one.label} for one in session.everywhere],
        "words": session.takes_words,
        "longest": session.longest,
        "over": session.over,
        "unrated": session.questions.unrated,
    }  # fmt: skip
