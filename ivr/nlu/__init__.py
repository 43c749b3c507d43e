"""What a caller means: words → intent, universal words, slots. No clock, no files, no network (CBA 十六, 十七, 二十).

`Understanding(flow).understand(text)` gives a `Meaning`; `mask(text)` hides card, phone and ID numbers before anything
is stored; `context_words(flow, menu)` are the words that a recogniser may expect, `STANDALONE_WORDS` those that may be
all that is said. Only `python -m ivr.nlu.intents.fit` reads files."""

from ivr.nlu.expected_words import YES_NO_WORDS, context_words
from ivr.nlu.masking import begun, mask, storable
from ivr.nlu.model import Context, Decision, Meaning, Slots, Universal
from ivr.nlu.phrases.chosen import chosen
from ivr.nlu.phrases.denial import affirmed
from ivr.nlu.phrases.said_keys import may_be_a_day, names_a_key, said_key, sounded_key
from ivr.nlu.phrases.universal import STANDALONE_WORDS
from ivr.nlu.phrases.waiting import WaitingAnswer, instead_of_waiting, only_waiting, waiting
from ivr.nlu.phrases.yes_no import only_answers, yes_no
from ivr.nlu.understanding import MOST_KEPT, Understanding
from ivr.nlu.values.alternatives import surest

__all__ = [
    "MOST_KEPT",
    "STANDALONE_WORDS",
    "YES_NO_WORDS",
    "Context",
    "Decision",
    "Meaning",
    "Slots",
    "Understanding",
    "Universal",
    "WaitingAnswer",
    "affirmed",
    "begun",
    "chosen",
    "context_words",
    "instead_of_waiting",
    "mask",
    "may_be_a_day",
    "names_a_key",
    "only_answers",
    "only_waiting",
    "said_key",
    "sounded_key",
    "storable",
    "surest",
    "waiting",
    "yes_no",
]
