"""An emergency in the words that those who lead it read."""

from __future__ import annotations

from ivr.flow.model import Flow
from ivr.records.emergencies.model import Decision, Emergency
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS


def situation(flow: Flow, one: Emergency) -> str:
    """What it is, how grave, and in which phase."""
    return f"{KIND_WORDS[one.kind]}（{level_words(flow, one)}）{PHASE_WORDS[one.phase]}阶段"


def level_words(flow: Flow, one: Emergency | Decision) -> str:
    """How grave it is, as the plan calls it."""
    level = flow.emergency.level(one.kind, one.level)
    return one.level if level is None else level.label
