"""Which intents an annotator most likely wants for a turn: the first nine are at the keys 1 to 9."""

from __future__ import annotations

from rapidfuzz import fuzz

from ivr.flow.model import Flow, Intent
from ivr.nlu import Understanding
from ivr.records.model import Turn
from ivr.training.session import LabellingSession

#: Keys 1 to 9.
MOST = 9


def suggestions(flow: Flow, understanding: Understanding, session: LabellingSession, turn: Turn) -> list[str]:
    """Ids of intents, the likeliest first: what the annotator said before or the hotline took it for, what it would be
    taken for today, then those whose questions are most like it. At most nine, none twice."""
    meaning = understanding.understand(turn.corrected or turn.asr_text)
    first = [session.likely_intent(turn), meaning.intent, meaning.runner_up]
    alike = sorted(flow.knowledge, key=lambda id: -_likeness(flow.knowledge[id], turn.asr_text))
    found = dict.fromkeys(id for id in (*first, *alike) if id is not None and id in flow.knowledge)
    return list(found)[:MOST]


def _likeness(intent: Intent, text: str) -> float:
    return max(fuzz.ratio(text, question) for question in (intent.question, *intent.questions))
