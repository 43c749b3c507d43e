"""Values in an utterance: amount, date, last four digits, yes or no, phone number.

Digit strings are hardly ever recognised right by voice, so keys are better for `last4` and `phone`; and every value
is confirmed before it is used. Of what is not said clearly there is no value: see `ivr.nlu.values`."""

from __future__ import annotations

from dataclasses import replace

from ivr.flow.model import SlotKind, When
from ivr.nlu.masking import mask
from ivr.nlu.model import Context, Slots
from ivr.nlu.phrases.yes_no import yes_no
from ivr.nlu.values import amounts, counts, days, digit_strings


def read(text: str, context: Context) -> Slots:
    """Every value the utterance holds. What a bare number is (三千, 1234) only the question tells."""
    asked = context.slot
    when = context.when if asked is SlotKind.DATE else When.ANY
    found = Slots(
        amount=amounts.amount(text, asked=asked is SlotKind.AMOUNT),
        day=days.day(text, context.day, when) if context.day else None,
        last4=digit_strings.last4(text, asked=asked is SlotKind.LAST4),
        yes=yes_no(mask(text)) if asked is SlotKind.YES_NO or context.among else None,
        phone=digit_strings.phone(text),
        count=counts.count(text) if asked is SlotKind.COUNT else None,
        reference=digit_strings.reference(text) if asked is SlotKind.REFERENCE else None,
    )
    return replace(found, unclear=_unclear(text, asked, found))


def _unclear(text: str, asked: SlotKind | None, found: Slots) -> bool:
    """Whether a value of the kind that was asked for seems to be said, but which is not clear."""
    match asked:
        case SlotKind.AMOUNT:
            return found.amount is None and amounts.mentioned(text)
        case SlotKind.DATE:
            return found.day is None and days.mentioned(text)
        case SlotKind.LAST4:
            return found.last4 is None and digit_strings.mentioned(text)
        case SlotKind.PHONE:
            return found.phone is None and digit_strings.mentioned(text)
        case SlotKind.REFERENCE:
            return found.reference is None and digit_strings.mentioned(text)
        case SlotKind.COUNT:
            return found.count is None and digit_strings.mentioned(text)
        case _:
            return False
