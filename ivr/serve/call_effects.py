"""Who carries out what callers' dialogues ask for on this node: one handler for each kind of effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.bank.client import Bank
from ivr.bank.operations import Operation
from ivr.call.effects import Effects, Handler, bank_handlers
from ivr.serve.survey_invitations import SurveyInvitations, survey_handlers


def call_effects(
    bank: Bank | None,
    surveys: SurveyInvitations,
    more: Mapping[type[Any], Handler] | None = None,
    of_the_line: frozenset[type[Any]] = frozenset(),
) -> Effects:
    """The bank's systems where they are set, surveys, and `more`; `of_the_line` are those of `more` that need the
    caller's line for themselves."""
    handlers: dict[type[Any], Handler] = {**survey_handlers(surveys), **(more or {})}
    if bank is not None:
        handlers |= bank_handlers(bank)
        return Effects(handlers, of_the_line, lambda: bank.reachable(Operation.VERIFY))
    return Effects(handlers, of_the_line)
