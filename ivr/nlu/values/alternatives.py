"""Which number was said, of those that a recogniser may have heard: 两万八 or 一万八."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.flow.model import SlotKind
from ivr.nlu.model import Context
from ivr.nlu.values import slots

#: Where another value is at least this part as sure as the best, neither is taken (fitted on the fixtures' voices).
_RIVAL = 0.82
_FIELDS = {
    SlotKind.AMOUNT: "amount",
    SlotKind.LAST4: "last4",
    SlotKind.PHONE: "phone",
    SlotKind.REFERENCE: "reference",
}


def surest(ways: Sequence[tuple[str, float]], slot: SlotKind) -> tuple[str, float]:
    """The likeliest, which stands first, of what may have been heard, each with its score; the score is 0 where it is a
    value of the kind that was asked for and another value is nearly as likely. Of other kinds the first as it is."""
    name = _FIELDS.get(slot)
    text, score = ways[0]
    if name is None:
        return text, score
    value, *others = (getattr(slots.read(way, Context(slot=slot)), name) for way, _ in ways)
    rivals = (sure for (_, sure), other in zip(ways[1:], others, strict=True) if other not in (None, value))
    return text, 0.0 if value is not None and max(rivals, default=0.0) >= _RIVAL * score else score
