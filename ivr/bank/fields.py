"""Fields of the bank's answers: how each kind is read, strictly, and as what it is spoken. Pure.

What is odd in an answer is told by the field's name and what is odd about it, never by its value: that may be anything,
a card number too.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date
from typing import Any

from ivr.bank.vocabulary import Choice, Level, Method

#: The one currency that the hotline can say.
CURRENCY = "CNY"
#: Fen; ten million million yuan, the most that `ivr.text.numbers` is asked to say. Also of negative amounts.
MOST_FEN = 10**15
#: Items of a list; of anything else that is counted; characters of a name and of any other text.
MOST_ITEMS = 200
MOST_COUNT = 999
LONGEST_NAME = 60
LONGEST_TEXT = 200

#: Opaque: letters, digits, `-`, `_`, `.`; never digits alone that may be a card, account or ID number.
IDENTIFIER = re.compile(r"(?![0-9]{9,}[Xx]?\Z)[A-Za-z0-9._-]{1,64}")
#: What names a call or a transaction: of the hotline's own making.
KEY = re.compile(r"[A-Za-z0-9._-]{1,128}")
CURSOR = re.compile(r"[A-Za-z0-9._~=-]{1,200}")
LAST_FOUR = re.compile(r"[0-9]{4}")
REFERENCE = re.compile(r"[0-9]{4,20}")
RATE = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,4})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What is keyed, or a calling number.
DIGITS = re.compile(r"\+?[0-9]{1,20}|[0-9]{17}[Xx]")
METHOD = re.compile("|".join(Method))
TELEPHONE = re.compile(r"\+?[0-9]{3,15}")
#: In a name this many digits in a row are a number that should have been masked.
_DIGITS_OF_A_NUMBER = re.compile(r"[0-9０-９]{7}")
_IN_NAMES = frozenset(" ·•（）()《》“”、，,。.-—－/&#'：:")

Reader = Callable[[Any], object]


class Odd(Exception):
    """A value is not what the contract says; `path` is the field's, `what` is odd about it. Never holds the value."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(f"{path or '(answer)'}: {what}")
        self.what, self.path = what, path


def _field(reader: Reader, spoken: str | None = None, *, optional: bool = False) -> Any:
    metadata = {"read": reader, "spoken": spoken, "optional": optional}
    return field(default=None, metadata=metadata) if optional else field(metadata=metadata)


def money(*, negative: bool = False) -> Any:
    """Fen, an int; spoken as an amount. In the answer `{"fen": 1250, "currency": "CNY"}`."""
    return _field(lambda value: read_money(value, negative=negative), "amount")


def day() -> Any:
    """An ISO date, a str (2026-12-01); spoken as a date."""
    return _field(read_day, "date")


def last4() -> Any:
    """The last four digits of a card, an account or a contract, a str; spoken digit by digit."""
    return _field(lambda value: matching(value, LAST_FOUR, "four digits"), "digits")


def reference() -> Any:
    """What a caller writes down of a transaction: 4 to 20 digits, a str; spoken digit by digit."""
    return _field(lambda value: matching(value, REFERENCE, "4 to 20 digits"), "digits")


def count(most: int) -> Any:
    """How many, 1…`most`."""
    return _field(lambda value: read_whole(value, 1, most), "count")


def percent() -> Any:
    """Per cent a year, a str such as "1.85"; spoken as a number."""
    return _field(lambda value: matching(value, RATE, "a rate such as 1.85"), "number")


def name() -> Any:
    """Words of the bank's that no recording can be made of beforehand: a branch, a street, a product."""
    return _field(read_name, "name")


def choice(kind: type[Choice]) -> Any:
    """A member of `kind`; spoken as its `word`."""
    return _field(lambda value: read_choice(value, kind), "choice")


def identifier(*, optional: bool = False) -> Any:
    """An opaque id of the bank's, never spoken."""
    return _field(lambda value: matching(value, IDENTIFIER, "an opaque id"), optional=optional)


def cursor() -> Any:
    """Where the next part of a list begins, or None; never spoken."""
    return _field(lambda value: matching(value, CURSOR, "a cursor"), optional=True)


def optional_reference() -> Any:
    """A reference, or None where there is none."""
    return _field(lambda value: matching(value, REFERENCE, "4 to 20 digits"), "digits", optional=True)


def age() -> Any:
    """Years, or None where the bank does not tell."""
    return _field(lambda value: read_whole(value, 0, 130), optional=True)


def level() -> Any:
    """A level that proof was given for: identified or verified."""
    return _field(_read_level)


def items(kind: type[Any]) -> Any:
    """A tuple of `kind`, at most MOST_ITEMS, in the bank's order."""
    metadata = {"read": lambda value: _read_items(value, kind), "spoken": None, "optional": False, "items": kind}
    return field(metadata=metadata)


def read(kind: type[Any], value: object) -> Any:
    """A `kind` from JSON. What the contract does not name is left aside. Raises Odd."""
    if not isinstance(value, Mapping):
        raise Odd("an object is expected")
    found = {}
    for one in dataclasses.fields(kind):
        given = value.get(one.name)
        if given is None:
            if one.metadata["optional"]:
                continue
            raise Odd("is null" if one.name in value else "is missing", one.name)
        try:
            found[one.name] = one.metadata["read"](given)
        except Odd as odd:
            raise Odd(odd.what, f"{one.name}.{odd.path}" if odd.path else one.name) from None
    return kind(**found)


def read_money(value: object, *, negative: bool) -> int:
    """Fen of `{"fen": …, "currency": "CNY"}`. Raises Odd."""
    if not isinstance(value, Mapping):
        raise Odd("an amount with its currency is expected")
    for part in ("fen", "currency"):
        if part not in value:
            raise Odd("is missing", part)
    if value["currency"] != CURRENCY:
        raise Odd(f"another currency than {CURRENCY}", "currency")
    try:
        return read_whole(value["fen"], -MOST_FEN if negative else 0, MOST_FEN)
    except Odd as odd:
        raise Odd(odd.what, "fen") from None


def read_whole(value: object, least: int, most: int) -> int:
    """A whole number of JSON. 1.0 is none, nor is true. Raises Odd."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Odd("a whole number is expected")
    if value < least:
        raise Odd("is negative" if least == 0 else f"is less than {least}")
    if value > most:
        raise Odd(f"is more than {most}")
    return value


def read_day(value: object) -> str:
    """An ISO date between 1900 and 2199. Raises Odd."""
    text = matching(value, DAY, "a date such as 2026-12-01")
    try:
        year = date.fromisoformat(text).year
    except ValueError:
        raise Odd("no day of the calendar") from None
    if not 1900 <= year < 2200:
        raise Odd("a day of another century")
    return text


def read_name(value: object) -> str:
    """Words that can be spoken, at most LONGEST_NAME characters, on one line, with no number in them that should have
    been masked. Raises Odd."""
    text = _text(value, LONGEST_NAME).strip()
    if not any(unicodedata.category(sign)[0] == "L" for sign in text):
        raise Odd("nothing to say")
    if any(unicodedata.category(sign)[0] not in "LN" and sign not in _IN_NAMES for sign in text):
        raise Odd("signs that no name has")
    if _DIGITS_OF_A_NUMBER.search(text):
        raise Odd("a number that is not masked")
    return text


def read_choice(value: object, kind: type[Choice]) -> Choice:
    """A member of `kind`. Raises Odd."""
    text = _text(value, LONGEST_NAME)
    if text not in {str(one) for one in kind}:
        raise Odd("a word that the contract does not know")
    return kind(text)  # type: ignore[call-arg]  # by value; the word belongs to the declaration


def _read_level(value: object) -> Level:
    text = _text(value, LONGEST_NAME)
    if text not in (Level.IDENTIFIED, Level.VERIFIED):
        raise Odd("neither identified nor verified")
    return Level(text)


def _read_items(value: object, kind: type[Any]) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise Odd("a list is expected")
    if len(value) > MOST_ITEMS:
        raise Odd(f"more than {MOST_ITEMS} items")
    found = []
    for number, item in enumerate(value):
        try:
            found.append(read(kind, item))
        except Odd as odd:
            raise Odd(odd.what, f"{number}.{odd.path}" if odd.path else str(number)) from None
    return tuple(found)


def matching(value: object, pattern: re.Pattern[str], what: str) -> str:
    """Text that matches the whole `pattern`, which is `what`. Raises Odd."""
    text = _text(value, LONGEST_TEXT)
    if not pattern.fullmatch(text):
        raise Odd(f"{what} is expected")
    return text


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        raise Odd("text is expected")
    if len(value) > longest:
        raise Odd(f"longer than {longest} characters")
    return value
