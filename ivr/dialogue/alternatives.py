"""Which of the recogniser's alternatives an utterance is taken for."""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue.model import Spoke
from ivr.nlu import Context, Understanding, surest


def made_out(event: Spoke, understanding: Understanding, asked: Context, *, anything: bool) -> Spoke:
    """Of what the recogniser may have heard, the usual wording where the caller may want `anything`; the number where
    one was asked for and no other is nearly as likely; any other answer, as it was heard."""
    if not event.others:
        return event
    ways = ((event.text, event.score), *event.others)
    if anything:
        text, score = understanding.likeliest(ways, asked)
    elif asked.slot is not None:
        text, score = surest(ways, asked.slot)
    else:
        return event
    return replace(event, text=text, score=score)
