"""How written amounts, percentages, fractions, units and plain numbers are said."""

from __future__ import annotations

import re

from ivr.text.neighbours import (
    COUNTS_BEFORE,
    KEY_BEFORE,
    MEASURE,
    NUMBER,
    ORDINAL_BEFORE,
    RANGE_BEFORE,
    UNIT,
    VERSION_BEFORE,
    WEEKDAY_BEFORE,
    Reading,
    by_digit,
    counted,
    how_many,
    text_before,
)
from ivr.text.numbers import cardinal, count, digits
from ivr.text.written import DASH, MONEY, MONEY_AFTER, TWO_IS_ER, UNITS

# ---- numbers that count


def percent(match: re.Match[str]) -> Reading:
    """百分之, 千分之, 万分之; 100% is 百分之百."""
    of = {"%": "百分之", "‰": "千分之", "‱": "万分之"}[match["of"]]
    number = match["n"].replace(",", "")
    sign = {"-": "负", "−": "负", "+": "正", "": ""}[match["sign"] or ""]
    return Reading(sign + of + ("百" if number == "100" and of == "百分之" else cardinal(number)))


def money(match: re.Match[str]) -> Reading:
    """An amount behind a sign or name of money, or a range of two: ￥100-200 → 一百元至两百元."""
    unit = match["after"] or MONEY[match["money"]]
    said = [_amount(match["n"], match["times"])]
    if match["n2"]:
        said.append(_amount(match["n2"], match["times2"]))
    return Reading(unit.join([*said[:1], *["至" + more for more in said[1:]]]) + unit)


def _amount(number: str, times: str | None) -> str:
    negative, plain = number[0] in "-−", number.lstrip("-−").replace(",", "")
    return ("负" if negative else "") + how_many(plain, True) + (times or "")


def money_after(match: re.Match[str]) -> Reading:
    """An amount before a name of money in letters: 100USD."""
    return Reading(how_many(match["n"].replace(",", ""), True) + MONEY_AFTER[match["money"]])


def with_unit(match: re.Match[str]) -> Reading:
    """A number with a unit in letters: 5km, -5℃."""
    unit = match["unit"]
    below = re.search(r"(?:零下|零上|负)\s*\Z", text_before(match)) is None
    sign = ("零下" if unit in TWO_IS_ER else "负") if match["sign"] and below else ""
    return Reading(sign + how_many(match["n"].replace(",", ""), unit not in TWO_IS_ER) + UNITS[unit])


def minus(match: re.Match[str]) -> Reading | None:
    """A minus sign before a number, where no number stands before it."""
    before = text_before(match)
    if RANGE_BEFORE.search(before) or re.search(r"[A-Za-z0-9_)]\s*\Z", before, re.ASCII):
        return None
    unit = re.match(rf"{NUMBER}\s*(?:{DASH}\s*[-−]?{NUMBER}\s*)?(度|℃|°C|℉|°F)", match.string[match.end() :], re.ASCII)
    if unit:
        return Reading("" if re.search(r"零下\s*\Z", before) else "零下")
    known = re.match(rf"{NUMBER}\s*(?:{UNIT}|{MEASURE}|%|‰)", match.string[match.end() :], re.ASCII)
    return Reading("负", None if known or not before or COUNTS_BEFORE.search(before) or before[-1] in DASH else ())


def to(match: re.Match[str]) -> Reading | None:
    """A dash behind a number is 至."""
    return Reading("至") if RANGE_BEFORE.search(text_before(match)) else None


def grouped(match: re.Match[str]) -> Reading:
    """Thousands with commas: 1,234.5."""
    number = match[0].replace(",", "")
    return Reading(how_many(number, counted(match)))


def fraction(match: re.Match[str]) -> Reading | None:
    """1/2 → 二分之一; 10/1 looks like a day, and is a guess."""
    top, bottom = int(match[1]), int(match[2])
    if (top, bottom) == (7, 24):
        return Reading("七乘二十四")
    if not bottom:
        return None
    said = f"{cardinal(bottom)}分之{cardinal(top)}"
    if not (1 <= top <= 12 and bottom <= 31):
        return Reading(said, None if top < bottom else ())
    day = f"{cardinal(top)}月{cardinal(bottom)}日"
    if top < bottom:
        return Reading(said, (day,) if bottom > 10 else None)
    return Reading(said if top == bottom else day, (day, said))


def version(match: re.Match[str]) -> Reading:
    """Several dots: a version, an address."""
    parts = match[0].split(".")
    if len(parts) == 4 and all(len(part) < 4 for part in parts):  # an address on the net
        return Reading("点".join(by_digit(part) for part in parts))
    known = VERSION_BEFORE.search(text_before(match)) or re.match(r"\s*版", match.string[match.end() :])
    said = "点".join(
        [
            cardinal(parts[0]) if len(parts[0]) < 5 else by_digit(parts[0]),
            *(digits(part, yao=False) for part in parts[1:]),
        ]
    )
    return Reading(said, None if known else ())


def _day_with_a_dot(match: re.Match[str]) -> str:
    """10.1 may mean the first of October where it is a range by itself (10.1-10.7), or before 假期, 起 …"""
    month, day = (int(part) for part in match[0].split("."))
    ranged = rf"\s*{DASH}\s*{NUMBER}(?!\s*(?:[%‰]|{UNIT}|{MEASURE}))"
    behind = match.string[match.end() :]
    alone = not re.match(rf"\s*(?:[%‰]|{UNIT}|{MEASURE}|版)", behind)
    left = re.search(rf"{NUMBER}\s*{DASH}\s*\Z", text_before(match), re.ASCII)
    if not (1 <= month <= 12 and 1 <= day <= 31 and alone):
        return ""
    if not (left or re.match(ranged, behind, re.ASCII) or re.match("假|国庆|黄金周|起|[之以]?[前后]", behind)):
        return ""
    return f"{cardinal(month)}月{cardinal(day)}日"


def plain_number(match: re.Match[str]) -> Reading:
    """Any other number: what stands before and behind it decides."""
    text, before = match[0], text_before(match)
    whole = "." not in text
    if not whole:
        if day := _day_with_a_dot(match):
            return Reading(cardinal(text), (day,))
        padded = len(text) > 2 and text[0] == "0" and text[1] != "."
        return Reading(cardinal(text), () if padded else None)
    if len(text) > 16:
        return Reading(by_digit(text))
    if ORDINAL_BEFORE.search(before) and text[0] != "0":
        return Reading(cardinal(text), (by_digit(text),) if len(text) > 4 else None)
    if WEEKDAY_BEFORE.search(before) and len(text) == 1:
        return Reading({"0": "日", "7": "日"}.get(text, cardinal(text)) if before[-1] in "周期拜" else cardinal(text))
    if counted(match) and (text[0] != "0" or text == "0"):
        return Reading(count(text))
    if len(text) > 1 and text[0] == "0":
        return Reading(by_digit(text))
    return _bare(match)


#: What may stand behind a number without a measure word, and behind a range of them.
_KNOWN = re.compile(r"\s*(?:[月日号时楼层级类]|季度|周岁|工作日|以[上下内外前后]|%)")
#: Behind a 2 that is said 二.
_ER = re.compile(r"[^㐀-鿿]|[月日号楼层级类周代手维线档路等季星进为键是至到和或两]|年级|以|工作日|\Z")


def _bare(match: re.Match[str]) -> Reading:
    """A number whose neighbours do not say what it is."""
    text, before, behind = match[0], text_before(match), match.string[match.end() :]
    if len(text) > 4:
        if COUNTS_BEFORE.search(before):
            return Reading(cardinal(text))
        hotline = len(text) <= 6 and re.match(r"9[56]|1[02]", text)
        long = len(text) > 6 and not text.endswith("0000")
        return Reading(by_digit(text), None if hotline or long else (cardinal(text),))
    if len(text) < 3:
        return _short(match, before, behind)
    if COUNTS_BEFORE.search(before) or (_KNOWN.match(behind) and len(text) < 4):
        return Reading(cardinal(text))
    if re.search(r"[A-Za-z]\Z", before, re.ASCII) or (len(text) == 4 and behind[:1] == "号"):  # a code: GB2312
        return Reading(by_digit(text), (cardinal(text),))
    return Reading(cardinal(text), (by_digit(text),))


def _short(match: re.Match[str], before: str, behind: str) -> Reading:
    """One or two digits: sure, but for a range of nothing (3-5) and a 2 before an unknown measure word."""
    text = match[0]
    if KEY_BEFORE.search(before):
        return Reading(cardinal(text))
    if re.match(r"[0-9]0后", text + behind[:1]):
        return Reading(digits(text, yao=False))
    right = re.match(rf"\s*{DASH}\s*{NUMBER}(?P<more>\s*[^\s\d，。、；！？,.;!?)])?", behind, re.ASCII)
    left = re.search(rf"(?<![\d.]){NUMBER}\s*{DASH}\s*\Z", before, re.ASCII)
    if (right and not right["more"]) or (left and not re.match(r"\s*[^\s，。、；！？,.;!?)]", behind)):
        return Reading(cardinal(text), ())
    if text == "2" and not right and not _ER.match(behind) and not re.search(r"[A-Za-z第]\s*\Z", before):
        return Reading(cardinal(text), ("两",))
    return Reading(cardinal(text))
