"""The commands of the local socket by which pages hold conversations in writing: `text-start` (`test`: it counts
nowhere; `address`: from where a stranger writes), `text-say` (`text`), `text-choose` (`key`), `text-rate` (`question`,
`resolved`), `text-end` and `text-look`, each but the first with the `session` that the first gave. The answer is the
conversation as it is shown (`ivr.call.writing.text_sessions.shown`), from the line `from` on; where it is refused,
`code` says why beside `error`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.call.effects import Effects, Handler
from ivr.call.served_flow import ServedFlow
from ivr.call.writing.daily_limits import DailyLimits, DailyTotals
from ivr.call.writing.text_session import TextSession
from ivr.call.writing.text_sessions import Limits, TextSessions, shown
from ivr.errors import TextRefused
from ivr.records.emergency import InForce
from ivr.records.facts import Fact
from ivr.serve.agents.desk_socket import DeskClient, DeskSocket
from ivr.serve.live_figures import LiveFigures
from ivr.settings import Settings

Answer = Callable[[Mapping[str, Any]], Awaitable[TextSession]]


class WritingSide:
    """`handlers` carry out what needs no line: nothing of the bank's is among them."""

    def __init__(
        self,
        settings: Settings,
        service: Callable[[], ServedFlow],
        figures: LiveFigures,
        handlers: Mapping[type[Any], Handler],
        emergency: Callable[[], InForce | None],
    ) -> None:
        own = settings.text
        limits = Limits(own.sessions, idle_ms=own.idle_minutes * 60_000)
        totals = DailyTotals(DailyLimits(own.callbacks, own.complaints, own.complaints_per_address))
        effects = Effects(handlers)
        self.sessions = TextSessions(service, _Written(figures), effects, limits, totals, emergency=emergency)

    def offer(self, socket: DeskSocket) -> None:
        """Take the commands from now on."""
        sessions = self.sessions
        answers: Mapping[str, Answer] = {
            "start": lambda asked: sessions.start(test=asked.get("test") is True, address=_address(asked)),
            "say": lambda asked: sessions.say(asked.get("session"), asked.get("text")),
            "choose": lambda asked: sessions.choose(asked.get("session"), asked.get("key")),
            "rate": self._rate,
            "end": lambda asked: sessions.end(asked.get("session")),
            "look": self._look,
        }
        for name, answer in answers.items():
            socket.offer(f"text-{name}", _command(answer))

    async def keep(self) -> None:
        """End those in which nobody writes any more, until cancelled."""
        await self.sessions.keep()

    async def _rate(self, asked: Mapping[str, Any]) -> TextSession:
        return self.sessions.rate(asked.get("session"), asked.get("question"), asked.get("resolved"))

    async def _look(self, asked: Mapping[str, Any]) -> TextSession:
        return self.sessions.find(asked.get("session"))


class _Written:
    """Takes down what happens in writing: for the record and for those who watch, not for the telephone's figures."""

    def __init__(self, figures: LiveFigures) -> None:
        self._figures = figures

    def fact(self, call_id: str, fact: Fact) -> None:
        self._figures.written(call_id, fact)

    def finish(self, call_id: str) -> object:
        return self._figures.written_down(call_id)


def _address(asked: Mapping[str, Any]) -> str | None:
    address = asked.get("address")
    return address if isinstance(address, str) else None


def _command(answer: Answer) -> Callable[[DeskClient, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]:
    async def handle(_client: DeskClient, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        since = asked.get("from")
        try:
            session = await answer(asked)
        except TextRefused as wrong:
            return {"ok": False, "error": str(wrong), "code": wrong.code}
        return {**shown(session, since if isinstance(since, int) and since >= 0 else 0), "call": session.call_id}

    return handle
