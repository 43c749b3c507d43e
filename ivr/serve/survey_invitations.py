"""Whether the caller may be asked how satisfied he is, while he is on the line (HB 11.2)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, cast, get_args

from ivr.call.effects import CallContext, Handler
from ivr.errors import StoreError
from ivr.flow.steps.effects import Done, Result, SurveyDue
from ivr.metrics.rules import DAY_MS
from ivr.metrics.survey_rules import SurveyRules, may_invite
from ivr.records.facts import Fact, SurveyInvited
from ivr.records.folding.fold import fold
from ivr.records.model import Subject
from ivr.records.numbers import shown
from ivr.records.survey_history import Surveyed

log = logging.getLogger(__name__)


class Calls(Protocol):
    """The part of `Recorder` that is needed."""

    def facts(self, call_id: str) -> tuple[Fact, ...]:
        """What is known of a call in progress."""


class History(Protocol):
    """The part of `SurveyHistory` that is needed."""

    def of(self, number: str | None, customer_id: str | None, since: int) -> Iterable[Surveyed]:
        """A customer's surveys. Raises StoreError."""


class SurveyInvitations:
    """Asks the records, in a thread: the line never waits for the database longer than its own deadline."""

    def __init__(
        self,
        calls: Calls,
        history: History,
        rules: SurveyRules,
        now: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._calls, self._history, self._rules, self._now = calls, history, rules, now

    async def due(self, call_id: str, subject: str) -> bool:
        """Whether this call's customer may be asked now about the `subject`. Once a call at most; where the records
        cannot be had, nobody is asked."""
        facts = self._calls.facts(call_id)
        if not facts or any(isinstance(fact, SurveyInvited) for fact in facts) or subject not in get_args(Subject):
            return False
        call, now = fold(call_id, facts), self._now()
        number = shown(call.caller_number, call.caller_kind)
        if call.drill or (number is None and call.customer_id is None):
            return False
        # the rules ask for whole days, the day itself included
        since = now - (self._rules.again_days + 1) * DAY_MS
        try:
            history = await asyncio.to_thread(self._history.of, number, call.customer_id, since)
        except StoreError as wrong:
            log.warning("call %s: nobody knows whether the caller was asked lately: %s", call_id, wrong)
            return False
        return may_invite(call_id, cast(Subject, subject), history, now, self._rules)


def survey_handlers(invitations: SurveyInvitations) -> Mapping[type[Any], Handler]:
    """Who says whether the caller may be asked."""

    async def due(effect: SurveyDue, context: CallContext) -> Result:
        return Done(await invitations.due(context.call_id, effect.subject))

    return {SurveyDue: due}
