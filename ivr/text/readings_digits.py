"""Which written numbers are told digit by digit, 1 as 幺: telephone numbers, card tails, staff numbers, codes."""

from __future__ import annotations

import re

from ivr.text.neighbours import (
    COUNTED_BEHIND,
    COUNTED_SURELY_BEHIND,
    COUNTS_BEFORE,
    LABEL_BEFORE,
    LABELLED_BEHIND,
    ORDINAL_BEFORE,
    WEAK_LABEL_BEFORE,
    Reading,
    by_digit,
    counted,
    text_before,
)
from ivr.text.written import SHORT_NUMBERS

# ---- numbers told digit by digit


def phone(match: re.Match[str]) -> Reading | None:
    """A telephone number by its form, unless a measure word follows: 13800000000元."""
    if match[0].isdigit() and COUNTED_SURELY_BEHIND.match(match.string, match.end()):
        return None
    return Reading(by_digit(match[0]))


def labelled(match: re.Match[str]) -> Reading | None:
    """A number behind a label (尾号, 工号, 拨打 …) or before one (热线, 号客服)."""
    before, text, end = text_before(match), match.string, match.end()
    if re.match(r"\s*(?:位|个数字|位数)", text[end:]) or ORDINAL_BEFORE.search(before):
        return None
    if LABEL_BEFORE.search(before):
        if len(match[0]) < 3 and COUNTED_BEHIND.match(text, end):
            return None
        return Reading(by_digit(match[0]))
    if COUNTED_SURELY_BEHIND.match(text, end) is None and (
        WEAK_LABEL_BEFORE.search(before) or (len(match[0]) > 2 and LABELLED_BEHIND.match(text, end))
    ):
        return Reading(by_digit(match[0]))
    if re.search(r"\d\s*转\s*\Z", before):
        return Reading(by_digit(match[0]))
    return None


def short_number(match: re.Match[str]) -> Reading | None:
    """110 and its like, unless something is counted."""
    if match[0] not in SHORT_NUMBERS or counted(match) or COUNTS_BEFORE.search(text_before(match)):
        return None
    return Reading(by_digit(match[0]))


def room(match: re.Match[str]) -> Reading:
    """The number of a room: 101室."""
    return Reading(by_digit(match[0]))
