"""What a leaf at work asks the caller, as prompts."""

from __future__ import annotations

import re

from ivr.dialogue.leaf_run import LeafRun
from ivr.flow.model import Flow, SlotKind
from ivr.flow.steps.acts import AskSecret, AskValue, AskYesNo, Choose, Say
from ivr.flow.steps.step import PRESS_NUMBER


def asked(run: LeafRun, yes_no: str) -> tuple[str | Say, ...]:
    """The prompts of what the leaf wants of the caller; `yes_no` is the one after a question of yes or no."""
    match run.act:
        case AskValue(question=question) if run.pending is None:
            return question.prompt, yes_no if question.slot is SlotKind.YES_NO else "answer_keys"
        case AskValue():
            return run.read_back(), yes_no
        case AskYesNo(says=says):
            return says[-1], yes_no
        case Choose(says=says, options=options):
            keyed = (
                part
                for number, option in enumerate(options, 1)
                for part in (option, Say(PRESS_NUMBER, {"key": number}))
            )
            return (*says, *keyed)
        case AskSecret(says=says):
            return (says[-1],)
        case _:
            return ()


def option_words(flow: Flow, run: LeafRun | None, language: str) -> tuple[str, ...]:
    """The words of the options that the caller chooses from, by their key; none where he does not choose."""
    act = run.act if run is not None else None
    if not isinstance(act, Choose):
        return ()
    texts = (flow.prompts[option.prompt].texts.get(language, "") for option in act.options)
    return tuple(re.sub(r"\{[^{}]*\}|\W", "", text) for text in texts)
