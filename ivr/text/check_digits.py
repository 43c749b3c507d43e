"""Check digits of card numbers (ISO/IEC 7812-1, annex B: Luhn), of ID numbers (GB 11643-1999, 4.2.4) and of reference
numbers of ours (ISO/IEC 7064): a slip of the finger is noticed before the bank is asked. Pure; none says anything about
whether such a number was ever issued."""

from __future__ import annotations

import re
from datetime import date

_CARD = re.compile(r"[0-9]{12,19}")
_ID = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
#: ISO/IEC 7812: the numbers of cards that pay begin with 3 to 6, 9 (a country's own) or 2221 to 2720, and not as dates.
_ISSUED = re.compile(r"(?:[3-69][0-9]|22[2-9]|2[3-6]|27[0-2])[0-9]*")
_ISSUED_LENGTHS = (16, 19)
_RUN = re.compile("[0-9]+[Xx]?")
_CHECKED = re.compile(r"[0-9]{2,}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015_.\u00b7]+")
#: GB 11643: weights from the left, and the check sign of each remainder modulo 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_SIGNS = "10X98765432"


def luhn_ok(digits: str) -> bool:
    """12 to 19 digits whose last one checks the others: the number of a card."""
    if not _CARD.fullmatch(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


def id_number_ok(text: str) -> bool:
    """18 signs, the last one perhaps X: a day of birth that there was, and the right check sign. An ID number of the
    old form (15 digits) has none, and is no longer valid."""
    if not _ID.fullmatch(text):
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    rest = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False)) % 11
    return text[17].upper() == _SIGNS[rest]


def holds_personal_number(text: str) -> bool:
    """Whether the number of a bank's card (16 or 19 digits) or an ID number stands in the text, alone or among other
    signs, in groups or not."""
    runs = _RUN.findall(_BETWEEN.sub("", text))
    return any(id_number_ok(run) or _is_card(run.rstrip("Xx")) for run in runs)


def _is_card(digits: str) -> bool:
    return len(digits) in _ISSUED_LENGTHS and _ISSUED.fullmatch(digits) is not None and luhn_ok(digits)


def with_check_digit(digits: str) -> str:
    """The digits with one more behind them that finds every wrong digit and nearly every pair that changed places
    (ISO/IEC 7064, MOD 11-10)."""
    return digits + str((11 - _mod_11_10(digits)) % 10)


def check_digit_ok(digits: str) -> bool:
    """Whether the last of at least two digits checks the others (ISO/IEC 7064, MOD 11-10)."""
    return bool(_CHECKED.fullmatch(digits)) and with_check_digit(digits[:-1]) == digits


def _mod_11_10(digits: str) -> int:
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return product
