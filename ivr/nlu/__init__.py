"""What a caller means: words → intent, universal words, slots. No clock, no files, no network (CBA 十六, 十七, 二十).

`Understanding(flow).understand(text)` gives a `Meaning`; `mask(text)` hides card, phone and ID numbers before anything
is stored. Only `python -m ivr.nlu.fit` reads files."""

from ivr.nlu.masking import mask
from ivr.nlu.model import Context, Decision, Meaning, Slots, Universal
from ivr.nlu.understanding import Understanding

__all__ = ["Context", "Decision", "Meaning", "Slots", "Understanding", "Universal", "mask"]
