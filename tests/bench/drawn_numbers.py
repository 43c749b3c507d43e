"""Numbers to be said, drawn with a fixed seed, each with its value: amounts, days, a card's last four, telephone
numbers, in the ways of tests/nlu/saying.py and saying_digits.py that can be spoken."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from ivr.flow.model import SlotKind
from tests.nlu import saying, saying_digits

#: The day on which everything is said, a Wednesday.
TODAY = date(2026, 3, 11)
SEED = 1
#: What callers say of all that stands in a text: no figures, signs, formal or traditional numerals.
_SPOKEN = re.compile(
    "[零一二两三四五六七八九十百千万元块角毛分半点钱整今明后大天日早年月末底号之以前再过个的这本下周星期礼拜最]+"
)
#: Of a day that is further away the one of last year may be meant: the hotline asks again, and should.
_FAR = 250
_MOBILES = ("135", "138", "139", "150", "158", "177", "186", "188", "199")
_AREAS = ("010", "021", "020", "028", "0755", "0571", "0311")

Value = int | str


@dataclass(frozen=True, slots=True)
class Saying:
    """`text` as it is said, in which way, and the `value` that the dialogue has to take for it: fen, an ISO date,
    figures."""

    slot: SlotKind
    way: str
    text: str
    value: Value


def drawn(slot: SlotKind, count: int) -> list[Saying]:
    """So many sayings of one kind, its ways in turn; the first of more are the same."""
    random = Random(f"{SEED} {slot.value}")
    ways = _WAYS[slot]
    names = list(ways)
    return [_one(slot, names[number % len(names)], ways, random) for number in range(count)]


_Way = Callable[[Random], tuple[Value, list[str]]]


def _one(slot: SlotKind, way: str, ways: Mapping[str, _Way], random: Random) -> Saying:
    """One saying of that way; a value that cannot be said so is drawn anew."""
    while True:
        value, texts = ways[way](random)
        if texts:
            return Saying(slot, way, random.choice(texts), value)


# ---- amounts


def _amount(low: int, high: int, unit: int) -> _Way:
    def draw(random: Random) -> tuple[Value, list[str]]:
        fen = random.randint(low, high) * unit
        return fen, _spoken(saying.amounts(fen))

    return draw


def _spoken(texts: list[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if _SPOKEN.fullmatch(text) and not text.startswith("零点")]


# ---- days


def _from_today(random: Random) -> tuple[Value, list[str]]:
    day = TODAY + timedelta(random.randint(0, 15))
    weekdays = [text for text in saying.from_today(day, TODAY) if re.search("周.$|星期.$|礼拜.$", text)]
    return day.isoformat(), _spoken([text for text in saying.from_today(day, TODAY) if text not in weekdays])


def _weekday(random: Random) -> tuple[Value, list[str]]:
    day = TODAY + timedelta(random.randint(1, 18))
    return day.isoformat(), _spoken(
        [text for text in saying.from_today(day, TODAY) if re.search("周[^后]$|星期.$|礼拜.$", text)]
    )


def _of_month(random: Random) -> tuple[Value, list[str]]:
    day = TODAY + timedelta(random.randint(1, 50))
    return day.isoformat(), _spoken([text for text in saying.of_month(day, TODAY) if not re.search("[底末最]", text)])


def _end_of_month(random: Random) -> tuple[Value, list[str]]:
    month = TODAY.month + random.choice((0, 0, 1, 1, 2, 9))
    day = date(TODAY.year, month, monthrange(TODAY.year, month)[1])
    return day.isoformat(), _spoken([text for text in saying.of_month(day, TODAY) if re.search("[底末最]", text)])


def _of_year(random: Random) -> tuple[Value, list[str]]:
    day = TODAY + timedelta(random.randint(1, _FAR))
    return day.isoformat(), _spoken(list(saying.of_year(day, TODAY)))


# ---- digits


def _four(way: str, draw: Callable[[Random], str]) -> _Way:
    def made(random: Random) -> tuple[Value, list[str]]:
        four = draw(random)
        return four, saying_digits.last4(four).get(way, [])

    return made


def _phone(way: str) -> _Way:
    def made(random: Random) -> tuple[Value, list[str]]:
        front = random.choice(_MOBILES if way.startswith("mobile") else _AREAS)
        rest = 8 if len(front) == 3 else random.choice((7, 8))
        own = _runs(rest, random) if way.endswith("how many of each") else _figures(rest, random)
        number = front + (own if front[0] == "1" else random.choice("2345678") + own[1:])
        return number, saying_digits.phones(number).get(way, [])

    return made


def _figures(many: int, random: Random) -> str:
    return "".join(random.choice("0123456789") for _ in range(many))


def _runs(many: int, random: Random) -> str:
    """So many digits in runs."""
    made = ""
    while len(made) < many:
        made += random.choice("0123456789") * random.randint(1, 4)
    return made[:many]


def _some(many: int) -> Callable[[Random], str]:
    return lambda random: _figures(many, random)


def _in_runs(many: int) -> Callable[[Random], str]:
    return lambda random: _runs(many, random)


_WAYS: Mapping[SlotKind, Mapping[str, _Way]] = {
    SlotKind.AMOUNT: {
        "thousands and hundreds": _amount(11, 99, 10_000),
        "whole thousands": _amount(1, 60, 100_000),
        "to the yuan": _amount(100, 99_999, 100),
        "with 毛 and 分": _amount(11, 9_999, 10),
        "tens of thousands": _amount(10, 99, 100_000),
    },
    SlotKind.DATE: {
        "from today": _from_today,
        "day of the week": _weekday,
        "day of a month": _of_month,
        "end of a month": _end_of_month,
        "month and day": _of_year,
    },
    SlotKind.LAST4: {
        "digits": _four("digits", _some(4)),
        "with 幺": _four("with 幺", _some(4)),
        "how many of each": _four("how many of each", _in_runs(4)),
        "with what leads up to it": _four("with what leads up to it", _some(4)),
        "with 洞": _four("with 洞", _some(4)),
        "as one number": _four("as one number", _some(4)),
    },
    SlotKind.PHONE: {
        way: _phone(way)
        for way in (
            "mobile, with 幺",
            "mobile, with 一",
            "mobile, in groups",
            "mobile, how many of each",
            "mobile, with what leads up to it",
            "mobile, with 洞",
            "landline",
            "landline, in groups",
            "landline, how many of each",
        )
    },
}
KINDS = tuple(_WAYS)


def every(count: int) -> Iterator[Saying]:
    """So many of each kind."""
    for slot in KINDS:
        yield from drawn(slot, count)
