"""What the knowledge base has for words that somebody types: an agent in a talk, say. Pure."""

from __future__ import annotations

from datetime import date

from rapidfuzz import fuzz

from ivr.flow.model import Flow, Intent, TargetKind
from ivr.nlu.normalise import fold

#: So many entries are found at most.
MOST = 5
#: What is less alike is about something else (0 to 100): of a word of two characters both must be there.
_LEAST = 60.0


def search(flow: Flow, words: str, day: date) -> tuple[Intent, ...]:
    """The entries that are valid on that local day and ask most nearly what `words` ask, the likeliest first; of those
    that are as near, the one that asks so in more ways."""
    wanted = fold(words)
    if not wanted:
        return ()
    found = [(_likeness(wanted, one), one) for one in flow.knowledge.values() if one.valid(day)]
    found.sort(key=lambda each: each[0], reverse=True)
    return tuple(one for (likeness, _), one in found[:MOST] if likeness >= _LEAST)


def answers(flow: Flow, intent: Intent) -> tuple[str, ...]:
    """What callers are told of it in the flow's first language: the entry's own answer, or what its leaf says."""
    target = intent.target
    leaf = flow.leaves[target.id] if target is not None and target.kind is TargetKind.LEAF else None
    prompts = intent.answer if leaf is None else leaf.prompts
    return tuple(flow.prompts[name].texts[flow.languages[0]] for name in prompts)


def _likeness(wanted: str, one: Intent) -> tuple[float, int]:
    texts = (one.label, one.question, *one.questions)
    # a short one within a long question; a long one only as a whole: else it is like every word that stands in it
    nearest = max((fuzz.partial_ratio if len(wanted) <= len(text) else fuzz.ratio)(wanted, text) for text in texts)
    return nearest, sum(wanted in text for text in texts)
