"""Effects of the dialogue on a live call: who carries each out, and what its result is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ivr.bank.operations import Operation
from ivr.errors import BankError, BankInDoubt, BankRefused, HotlineError
from ivr.flow.steps.effects import (
    BankRequest,
    Done,
    Effect,
    InDoubt,
    OutcomeRequest,
    Refused,
    Result,
    Unavailable,
    is_write,
)
from ivr.tasks import background
from ivr.telephony.agi.fastagi import AgiCall

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallContext:
    """The call that an effect is carried out for. `agi` is its line while the application has it, None once the caller
    is gone; only effects of the line use it, and nothing else does then. `conversation` tells this one from another of
    the same call, which a dead application may have had before. `drill`: a test, for which nothing real is kept or
    promised (D10); `open_page`: somebody unknown writes, from the page that is open to everybody."""

    call_id: str
    conversation: str = ""
    caller_number: str | None = field(default=None, repr=False)
    agi: AgiCall | None = field(default=None, repr=False)
    drill: bool = False
    open_page: bool = False


#: Carries one kind of effect out.
Handler = Callable[[Any, CallContext], Awaitable[Result]]


class Effects:
    """What a node can carry out. `handlers`: the type of an effect → who carries it out; `of_the_line` are those that
    need the caller's line for themselves: nothing else is asked of it meanwhile. `bank_answers`: False while it is
    known that the bank could not verify anybody."""

    def __init__(
        self,
        handlers: Mapping[type[Any], Handler] | None = None,
        of_the_line: frozenset[type[Any]] = frozenset(),
        bank_answers: Callable[[], bool] = lambda: True,
    ) -> None:
        self.bank_answers = bank_answers
        self._handlers = dict(handlers or {})
        self._of_the_line = of_the_line

    def can(self, kind: type[Any]) -> bool:
        """Whether effects of this kind can be carried out at all."""
        return kind in self._handlers

    def takes_the_line(self, effect: Effect) -> bool:
        """Whether the effect is something that the caller hears or says."""
        return type(effect) in self._of_the_line

    async def carry_out(self, effect: Effect, context: CallContext) -> Result:
        """Carry the effect out; never raises for what goes wrong. A write of which nobody knows how it ended is in
        doubt."""
        handler = self._handlers.get(type(effect))
        if handler is None:
            return Unavailable(f"nobody carries out {type(effect).__name__}")
        try:
            return await handler(effect, context)
        except HotlineError as wrong:
            log.warning("call %s: %s: %s", context.call_id, type(effect).__name__, wrong)
        except Exception:
            log.exception("call %s: %s failed", context.call_id, type(effect).__name__)
        return InDoubt() if is_write(effect) else Unavailable("failed")


class BankClient(Protocol):
    """The bank's systems: `ivr.bank.client.Bank`."""

    async def request(
        self, operation: Operation, arguments: Mapping[str, object], *, key: str | None, call_id: str
    ) -> object:
        """The operation's result. Raises BankRefused, BankUnavailable, BankInDoubt."""


def bank_handlers(bank: BankClient) -> Mapping[type[Any], Handler]:
    """Who carries out what is asked of the bank."""

    async def request(effect: BankRequest, context: CallContext) -> Result:
        key = idempotency_key(context, effect.serial) if effect.serial else None
        return await _asked(bank, effect.operation, effect.arguments, key, context)

    async def outcome(effect: OutcomeRequest, context: CallContext) -> Result:
        arguments = {"key": idempotency_key(context, effect.serial)}
        return await _asked(bank, Operation.OUTCOME, arguments, None, context)

    return {BankRequest: request, OutcomeRequest: outcome}


def idempotency_key(context: CallContext, serial: int) -> str:
    """What tells the bank one write from another: the same however often it is sent."""
    return f"{context.call_id}-{context.conversation}-{serial}"


async def _asked(
    bank: BankClient, operation: Operation, arguments: Mapping[str, object], key: str | None, context: CallContext
) -> Result:
    try:
        return Done(await bank.request(operation, arguments, key=key, call_id=context.call_id))
    except BankRefused as refused:
        return Refused(refused.code)
    except BankInDoubt as wrong:
        log.error("call %s: %s is in doubt: %s", context.call_id, operation, wrong)
        return InDoubt()
    except BankError as wrong:
        log.warning("call %s: %s: %s", context.call_id, operation, wrong)
        return Unavailable(str(wrong))


class RunningEffects:
    """The effects of one call that are being carried out. A read ends with the caller's patience, a write never."""

    def __init__(self, effects: Effects, context: Callable[[], CallContext]) -> None:
        self._effects = effects
        self._context = context
        self._running: dict[int, asyncio.Task[Result]] = {}

    def takes_the_line(self, effect: Effect) -> bool:
        """See `Effects`."""
        return self._effects.takes_the_line(effect)

    def begin(self, number: int, effect: Effect) -> asyncio.Task[Result]:
        """Begin the effect; one of the same number goes on."""
        if (running := self._running.get(number)) is None:
            work = self._effects.carry_out(effect, self._context())
            running = self._running[number] = background(work, f"effect {number}")
        return running

    def writing(self, number: int, effect: Effect) -> asyncio.Task[Result] | None:
        """The write of that number, where it is going on or has ended unseen."""
        return self._running.get(number) if is_write(effect) else None

    def drop(self, number: int, effect: Effect) -> None:
        """Nobody waits for it any more."""
        if not is_write(effect) and (running := self._running.pop(number, None)) is not None:
            running.cancel()
