"""Values in an utterance: amount, date, last four digits, yes or no, phone number.

Digit strings are hardly ever recognised right by voice, so keys are better for `last4` and `phone`; and every value
is confirmed before it is used."""

from __future__ import annotations

import re
from datetime import date, timedelta

from ivr.flow.model import SlotKind
from ivr.nlu import numerals
from ivr.nlu.answers import yes_no
from ivr.nlu.clean import MOST_CHARACTERS, simplified
from ivr.nlu.masking import mask
from ivr.nlu.model import Context, Slots

_N = numerals.NUMBER
_AMOUNT = re.compile(
    rf"(?P<yuan>[{_N}]+(?:[.点][0-9零一二三四五六七八九]+)?(?:万|亿)?)(?:元|块)钱?"
    rf"(?:零?(?P<jiao>[0-9一二两三四五六七八九])(?:角|毛)钱?|(?P<part>[0-9一二三四五六七八九])(?![{_N}]))?"
    rf"(?:零?(?P<fen>[0-9一二两三四五六七八九])分)?"
)
_BARE_AMOUNT = re.compile(rf"[{_N}]*[百千万亿十][{_N}]*|[0-9]+(?:\.[0-9]{{1,2}})?万?")
_MOST_FEN = 10**13
#: What recognisers make of numbers and places, only where an amount was asked for.
_NUMBERS_LIKE = {
    like: number
    for number, likes in {
        "一": "依医衣", "两": "良量俩辆凉", "三": "散伞山", "四": "司思斯似", "五": "武舞午吴屋", "六": "柳刘流留",
        "七": "期其起妻", "八": "巴吧爸把", "九": "久酒救就",
    }.items()
    for like in likes
}  # fmt: skip
_PLACES_LIKE = {
    like: place
    for place, likes in {"百": "白摆败", "千": "前钱签迁浅", "万": "玩完碗晚弯湾", "元": "员源", "块": "快筷"}.items()
    for like in likes
}
_NUMBER_LIKE = re.compile(f"[{''.join(_NUMBERS_LIKE)}](?=[十百千万元块])")
_PLACE_LIKE = re.compile(f"([{_N}{''.join(_NUMBERS_LIKE)}])([{''.join(_PLACES_LIKE)}])(?!数)")
_DAYS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
}
_DAY_WORDS = re.compile("|".join(sorted(_DAYS, key=len, reverse=True)))
_WEEKDAY = re.compile(r"(上上|上|这|本|下下|下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天1-7])(?!次|个月)")
_WEEKS = {"上上": -2, "上": -1, "这": 0, "本": 0, None: 0, "下": 1, "下下": 2}
_DATE = re.compile(
    rf"(?:(?P<year>[0-9零〇一二三四五六七八九]{{2,4}}|今|明|去|前)年)?(?:(?P<month>[{_N}]{{1,3}}|本|这个|下个|上个)月)(?:份)?(?P<day>[{_N}]{{1,3}})?[日号]?"
)
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_ONLY_DAY = re.compile(rf"([{_N}]{{1,3}})[日号](?![线楼房机])")
_YEARS = {"今": 0, "明": 1, "去": -1, "前": -2}
_MONTHS = {"本": 0, "这个": 0, "下个": 1, "上个": -1}
_D = "0-9零〇一二两三四五六七八九幺洞拐勾"
_LAST4 = re.compile(rf"(?:尾号|后四位|末四位|最后四位|末尾)(?:数字|数)?(?:是|为)?([{_D}]{{4}})(?![{_D}])")
_FOUR = re.compile(rf"(?<![{_D}])[{_D}]{{4}}(?![{_D}十百千万亿元块月年])")
_PHONE = re.compile(rf"(?<![{_D}])[{_D}]{{10,14}}(?![{_D}])")
_NUMBERED = re.compile(r"(?:86)?(1[3-9][0-9]{9}|0[1-9][0-9]{8,10})\Z")


def read(text: str, context: Context) -> Slots:
    """Every value the utterance holds. What a bare number is (三千, 1234) only the question tells."""
    plain = _plain(text)
    return Slots(
        amount=_amount(plain, context.slot),
        day=day(plain, context.day) if context.day else None,
        last4=last4(plain, asked=context.slot is SlotKind.LAST4),
        yes=yes_no(mask(text)) if context.slot is SlotKind.YES_NO or context.among else None,
        phone=phone(plain),
    )


def _plain(text: str) -> str:
    return re.sub(r"[\s,，、]+", "", simplified(text[:MOST_CHARACTERS])).replace("圆", "元")


def _amount(plain: str, slot: SlotKind | None) -> int | None:
    """Where it was asked for, a bare number is one, and so is what was misheard (良千 for 两千, 三前 for 三千)."""
    return amount(_misheard(plain), asked=True) if slot is SlotKind.AMOUNT else amount(plain)


def _misheard(plain: str) -> str:
    """Places after a number, and numbers before a place, as they were meant."""
    placed = _PLACE_LIKE.sub(lambda match: match[1] + _PLACES_LIKE[match[2]], plain)
    return _NUMBER_LIKE.sub(lambda match: _NUMBERS_LIKE[match[0]], placed)


def amount(plain: str, *, asked: bool = False) -> int | None:
    """Fen: 三千五百块 → 350000, 12.5元 → 1250, 五块六 → 560; where an amount was asked for, 两万 by itself too."""
    if found := _AMOUNT.search(plain):
        fen = _fen(found["yuan"])
        if fen is None:
            return None
        jiao = found["jiao"] or found["part"]
        fen += (numerals.value(jiao) or 0) * 10 if jiao else 0
        fen += (numerals.value(found["fen"]) or 0) if found["fen"] else 0
        return fen if fen <= _MOST_FEN else None
    if asked and (bare := _BARE_AMOUNT.search(plain)):
        fen = _fen(bare[0])
        return fen if fen is not None and fen <= _MOST_FEN else None
    return None


def _fen(words: str) -> int | None:
    """Fen of a number of yuan that may have decimals, and 万 or 亿 after them (1.5万)."""
    match = re.fullmatch(r"(.+?)[.点]([0-9零一二三四五六七八九]+)(万|亿)?", words)
    if match is None:
        whole = numerals.value(words)
        return None if whole is None else whole * 100
    whole = numerals.value(match[1])
    part = numerals.digits(match[2])
    if whole is None or len(part) > 8:
        return None
    unit = {"万": 1_000_000, "亿": 10_000_000_000}.get(match[3] or "", 100)
    return whole * unit + int(part) * unit // _power(len(part))


def _power(places: int) -> int:
    return int("1" + "0" * places)


def day(plain: str, today: date) -> date | None:
    """明天, 下周三, 三月五号, 2026-10-01; without a year the one that is nearest to today."""
    if iso := _ISO.search(plain):
        return _made(int(iso[1]), int(iso[2]), int(iso[3]))
    if word := _DAY_WORDS.search(plain):
        return today + timedelta(_DAYS[word[0]])
    if (written := _DATE.search(plain)) and written["day"]:
        return _written(written, today)
    if week := _WEEKDAY.search(plain):
        weekday = "一二三四五六日".find(week[2].replace("天", "日")) if not week[2].isdecimal() else int(week[2]) - 1
        return today + timedelta(_WEEKS[week[1]] * 7 + weekday - today.weekday())
    if only := _ONLY_DAY.search(plain):
        return _made(today.year, today.month, numerals.value(only[1]) or 0)
    return None


def _written(match: re.Match[str], today: date) -> date | None:
    number = numerals.value(match["day"]) or 0
    if match["month"] in _MONTHS:
        months = today.year * 12 + today.month - 1 + _MONTHS[match["month"]]
        return _made(months // 12, months % 12 + 1, number)
    month = numerals.value(match["month"]) or 0
    if match["year"] in _YEARS:
        return _made(today.year + _YEARS[match["year"]], month, number)
    if match["year"]:
        year = int(numerals.digits(match["year"]) or 0)
        return _made(year if year > 99 else 2000 + year, month, number)
    near = [made for year in (-1, 0, 1) if (made := _made(today.year + year, month, number))]
    return min(near, key=lambda made: abs(made - today), default=None)


def _made(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except (ValueError, OverflowError):  # 百亿日
        return None


def last4(plain: str, *, asked: bool = False) -> str | None:
    """Four digits after 尾号 and the like; where they were asked for, four by themselves."""
    found = _LAST4.search(plain)
    if found:
        return numerals.digits(found[1])
    bare = _FOUR.search(plain) if asked else None
    return numerals.digits(bare[0]) if bare else None


def phone(plain: str) -> str | None:
    """A mobile number (11 digits) or a landline with its area code, without the country's code."""
    for found in _PHONE.finditer(re.sub(r"[-+嗯啊呃]", "", plain)):
        if number := _NUMBERED.match(numerals.digits(found[0])):
            return number[1]
    return None
