"""The prompts that a call's facts tell of. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import cast, get_args

from ivr.records.exchange.typed import clean
from ivr.records.facts import (
    AppLost,
    Connected,
    Ended,
    Fact,
    HandoffRequested,
    PromptEnded,
    PromptSpoken,
    Queued,
)
from ivr.records.prompts import WHOLE, Cut, PromptHeard
from ivr.records.vocabulary import UNSEEN_ENDS

#: A call records so many; a key that is stuck (a DTMF flood) interrupts one after the other. People stay far below.
MOST_PROMPTS = 1000
#: After these the caller hears something else, whatever nobody told of the prompt's end.
_GOES_ON = (AppLost, Connected, HandoffRequested, Queued)


def prompts_heard(story: Sequence[Fact], *, seen: bool) -> tuple[PromptHeard, ...]:
    """Each prompt of facts in order. `seen`: the call was followed as it went on, so the last one was heard until the
    call's end where nothing is told of its own."""
    ends: dict[int, list[PromptEnded]] = {}
    for fact in story:
        if isinstance(fact, PromptEnded):
            ends.setdefault(fact.began, []).append(fact)
    heard: list[PromptHeard] = []
    open_ = False
    for fact in story:
        if isinstance(fact, PromptSpoken):
            found = ends.get(fact.t)
            told = PromptHeard(clean(fact.prompt), fact.t, values=fact.values)
            heard.append(over(told, found.pop(0)) if found else told)
            open_ = heard[-1].t_end is None
        elif isinstance(fact, _GOES_ON):
            open_ = False
        elif isinstance(fact, Ended):
            if open_ and seen:
                heard[-1] = _until(heard[-1], fact)
            break
    return tuple(heard[:MOST_PROMPTS])


def with_end(heard: Collection[PromptHeard], end: PromptEnded) -> tuple[PromptHeard, ...]:
    """What is heard, where the end of one of them is told later."""
    return tuple(over(one, end) if one.t == end.began and one.t_end is None else one for one in heard)


def over(prompt: PromptHeard, end: PromptEnded) -> PromptHeard:
    """The prompt, which ended so; of a word that is not known the least is claimed: it was not heard as a whole."""
    cut = None if end.how == WHOLE else cast(Cut, end.how if end.how in get_args(Cut) else "failed")
    return replace(prompt, t_end=max(prompt.t, end.t), cut=cut)


def _until(prompt: PromptHeard, end: Ended) -> PromptHeard:
    """The prompt that was being spoken as the call ended; one that is told of in the same moment has no length."""
    if end.cause in UNSEEN_ENDS or end.t <= prompt.t:
        return prompt
    return replace(prompt, t_end=end.t, cut=None if end.hangup_by == "system" else "hangup")
