"""What stands before and behind a written number: patterns and questions that the readings share."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from ivr.text.numbers import cardinal, count, digits
from ivr.text.written import (
    COUNTED_SURELY,
    COUNTING,
    DASH,
    JOINT,
    LABELLED_BY,
    LABELS,
    MEASURES,
    UNITS,
    WEAK_LABELS,
)


class Reading(NamedTuple):
    """What is said; `others` where it is a guess: how else the number may be meant."""

    said: str
    others: tuple[str, ...] | None = None


Rule = Callable[[re.Match[str]], Reading | None]

#: Fullwidth signs of numbers → the usual ones, character by character.
WIDE = {ord("０") + digit: str(digit) for digit in range(10)} | str.maketrans("％．／＋－：＃＊＝（）", "%./+-:#*=()")
#: What no rule begins with.
PLAIN = re.compile(r"[㐀-鿿，。、；！？]+")

NUMBER = r"\d{1,16}(?:\.\d+)?"
DASHES = rf"(?:—{{2}}|-{{2}}(?!\d)|{DASH})"
TO = rf"\s*(?:{DASHES}|至|到)\s*"
SPACE = r"[ \u3000\xa0]?"
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
MEASURE = rf"(?:多|余|几|来)?{SPACE}(?:{MEASURES})"
#: The measure word may stand behind the end of the range: 2-3个, 5-10万元.
COUNTED_BEHIND = re.compile(rf"(?:{TO}[-−]?{NUMBER})?{MEASURE}", re.ASCII)
COUNTED_SURELY_BEHIND = re.compile(rf"(?:{TO}[-−]?{NUMBER})?(?:多|余|几|来)?{SPACE}(?:{COUNTED_SURELY})", re.ASCII)
SAID_DIGIT = "零一二三四五六七八九十百千万亿两半"
FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
NUMERALS = "①-⑳⑴-⒇⒈-⒛㈠-㈩㊀-㊉Ⅰ-Ⅻⅰ-ⅻ"
#: A number and its unit just before a dash: the dash means 至.
RANGE_BEFORE = re.compile(
    rf"(?:[\d{SAID_DIGIT}{NUMERALS}{FRACTIONS}]|周日|周末)\s*"
    rf"(?:[%‰‱整]|{UNIT}|{MEASURES}|[月日号楼层级类]|季度|个?工作日|个百分点){{0,3}}\s*\Z"
)
LABEL_BEFORE = re.compile(rf"(?:{LABELS})(?:号码|号|码)?[^\w{{}}]*(?:为|是)?[^\w{{}}]*(?:[\d -]+\s*(?:{JOINT})\s*)*\Z")
WEAK_LABEL_BEFORE = re.compile(rf"(?:{WEAK_LABELS})(?:为|是)?[^\w{{}}]*(?:[\d -]+\s*(?:{JOINT})\s*)*\Z")
ORDINAL_BEFORE = re.compile(rf"第\s*(?:\d+\s*(?:{DASH}|至|到|{JOINT}|,|，)\s*(?:第\s*)?)*\Z")
WEEKDAY_BEFORE = re.compile(r"(?:周|星期|礼拜|初|农历.{0,3}月)\Z")
COUNTS_BEFORE = re.compile(rf"(?:{COUNTING})(?:为|是|了|至|到)?\s*\Z")
KEY_BEFORE = re.compile(rf"(?:按|选择?|键)(?:数字|下|键)?[^\w{{}}]*(?:\d\s*(?:{JOINT}|{DASH}|到|至)\s*)*\Z")
LABELLED_BEHIND = re.compile(rf"\s*(?:{LABELLED_BY})")
VERSION_BEFORE = re.compile(r"(?:版本号?|[Vv](?:er(?:sion)?)?\.?|iOS|Android|安卓|鸿蒙|系统)\s*[:：]?\s*\Z")
RATIO_BEFORE = re.compile(r"(?:比例|比率|比分|赔率|按|比|兑换?)[^\d，。；]{0,3}\Z")
NEAR = 40  # so many characters before a number are looked at


def text_before(match: re.Match[str]) -> str:
    """The characters before the match, as many as are looked at."""
    return match.string[max(0, match.start() - NEAR) : match.start()]


def counted(match: re.Match[str]) -> bool:
    """Whether what stands behind says that this is a number of things."""
    pattern = COUNTED_SURELY_BEHIND if len(match[0]) > 4 and "," not in match[0] else COUNTED_BEHIND
    return pattern.match(match.string, match.end()) is not None


def how_many(number: str, lead: bool) -> str:
    """A number of things: 2 → 两, 2.5 → 二点五."""
    return count(number) if lead and number.isdigit() else cardinal(number)


def by_digit(text: str, *, yao: bool = True) -> str:
    """Digit by digit; a single 1 is 一."""
    found = re.sub(r"\D", "", text, flags=re.ASCII)
    return digits(found, yao=yao and len(found) > 1)
