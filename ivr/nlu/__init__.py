"""What a caller means: words → intent, universal words, slots. No clock, no files, no network (CBA 十六, 十七, 二十).

`Understanding(flow).understand(text)` gives a `Meaning`; `mask(text)` hides card, phone and ID numbers before anything
is stored; `context_words(flow, menu)` are the words that a recogniser may expect, `ALONE` those that may be all
that is said. Only `python -m ivr.nlu.fit` reads files."""

from ivr.nlu.answers import yes_no
from ivr.nlu.expecting import YES_NO_WORDS, context_words
from ivr.nlu.masking import mask
from ivr.nlu.model import Context, Decision, Meaning, Slots, Universal
from ivr.nlu.understanding import Understanding
from ivr.nlu.universal import ALONE

__all__ = [
    "ALONE",
    "YES_NO_WORDS",
    "Context",
    "Decision",
    "Meaning",
    "Slots",
    "Understanding",
    "Universal",
    "context_words",
    "mask",
    "yes_no",
]
