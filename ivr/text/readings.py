"""The readings of written numbers, in the order in which `ivr.text.normalise` tries them at each place.

A reading sees the whole text (`match.string`), so that the words before and behind a number decide.
"""

from __future__ import annotations

import re
import unicodedata

from ivr.text import readings_counts as counts
from ivr.text import readings_digits as told
from ivr.text import readings_time as times
from ivr.text.neighbours import (
    DASHES,
    FRACTIONS,
    MEASURE,
    NUMBER,
    NUMERALS,
    RANGE_BEFORE,
    TO,
    UNIT,
    Reading,
    Rule,
    text_before,
)
from ivr.text.numbers import cardinal, digits
from ivr.text.written import MEASURES, MONEY, MONEY_AFTER

# ---- signs


def _numeral(match: re.Match[str]) -> Reading:
    """①, Ⅱ: one sign, one number."""
    return Reading(cardinal(int(unicodedata.numeric(match[0]))))


def _vulgar(match: re.Match[str]) -> Reading:
    top, bottom = unicodedata.normalize("NFKC", match[0]).split("\u2044")
    return Reading(f"{cardinal(bottom)}分之{cardinal(top)}")


_G = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d+)?|\d{1,16}(?:\.\d+)?"
_MONEY = "|".join(sorted(map(re.escape, MONEY), key=len, reverse=True))
_TIMES = "千万|百万|十万|万亿|千|百|万|亿"
_AFTER = "元|块钱?|美元|港元|港币|欧元|英镑|日元"

_SIGNS = {
    "#": "井号", "*": "星号", "×": "乘", "✕": "乘", "&": "和", "℃": "摄氏度", "℉": "华氏度", "㎡": "平方米",
    "±": "正负", "≥": "大于等于", "≤": "小于等于", "＞": "大于", "＜": "小于", ">": "大于", "<": "小于",
    "=": "等于", "÷": "除以", "≈": "约",
}  # fmt: skip


def _signed_percent(match: re.Match[str]) -> Reading | None:
    if match["sign"] != "+" and RANGE_BEFORE.search(text_before(match)):
        return None
    return counts.percent(match)


#: What is paid or counted, before a slash that means 每: 5元/月, ￥5/月.
_PAID = re.compile(rf"(?:元|[笔次分]|(?:{_MONEY})\s*[\d.,]+(?:{_TIMES})?)\Z")


def _per(match: re.Match[str]) -> Reading | None:
    return Reading("每") if _PAID.search(text_before(match)) else None


def _sign(match: re.Match[str]) -> Reading:
    return Reading(_SIGNS[match[0].strip()])


def _word(said: str) -> Rule:
    return lambda _: Reading(said)


def _rules(*pairs: tuple[str, Rule]) -> tuple[tuple[re.Pattern[str], Rule], ...]:
    return tuple((re.compile(pattern, re.ASCII), rule) for pattern, rule in pairs)


#: In this order, the first that fits takes the stretch.
RULES = _rules(
    # dates, times
    (r"(?<!\d)(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?![\d])(?!(?P=s)\d)", times.day_of_year),
    (r"(?<=日)\s*T(?=\d\d:\d\d)", _word("")),
    (
        rf"(?<![\d.])(?P<y>\d{{4}})(?P<s>[-/.])(?P<m>0[1-9]|1[0-2]|(?<=/)[1-9])(?![\d/.-]|年|\s*月|%|{UNIT}|{MEASURE})",
        times.year_month,
    ),
    (r"(?<![\d/])(0[1-9]|[1-9](?=/0)|1[0-2](?=/0))/(\d{1,2})(?![\d/])", times.month_day),
    (rf"(?<!\d)\d{{4}}(?=(?:{TO}\d{{4}}|[、/和及]\d{{4}})?年)(?!年级)", times.year),
    (r"(?<!\d)\d{2}(?=年\d{1,2}月)", lambda match: Reading(digits(match[0], yao=False))),
    (r"(?<![\d:])(?P<t>(?:[01]?\d|2[0-3]):[0-5]\d|24:00)(?::(?P<s>[0-5]\d))?(?![\d:])", times.clock_time),
    (r"(?<![\d:.])(0|[1-9]\d{0,2}(?:\.\d+)?):(0|[1-9]\d{0,2}(?:\.\d+)?)(?![\d:.])", times.ratio),
    (r"(?<![\d:])\d+(?::\d+)+", times.colons),
    (r"(?<!\d)(0\d)(?=[月日号点时分秒])", times.padded),
    (r"(?<!\d)2(?=时(?![间候代]))", _word("两")),
    # money, units
    (
        rf"(?<![A-Za-z])(?P<money>{_MONEY})\s*(?P<n>[-−]?(?:{_G}))(?!\d)(?P<times>{_TIMES})?"
        rf"(?:{TO}(?:{_MONEY})?\s*(?P<n2>{_G})(?P<times2>{_TIMES})?)?(?P<after>{_AFTER})?",
        counts.money,
    ),
    (rf"(?P<n>{_G})\s*(?P<money>{'|'.join(MONEY_AFTER)})(?![A-Za-z])", counts.money_after),
    (rf"(?<![\d.])(?P<sign>)(?P<n>{_G})\s*(?P<of>[%‰‱])", counts.percent),
    (
        rf"(?P<sign>(?<![\d%‰‱])[-−+])(?P<n>{_G})\s*(?P<of>[%‰‱])",
        _signed_percent,
    ),
    (
        rf"(?<![\d.,])(?P<n>\d{{1,16}}(?:\.\d+)?)(?={TO}{NUMBER}%)",
        lambda match: Reading("百分之" + cardinal(match["n"])),
    ),
    (rf"(?<![\d.A-Za-z])(?P<sign>)(?P<n>{_G})\s*(?P<unit>{UNIT})(?![A-Za-z0-9])", counts.with_unit),
    # telephone numbers and others told digit by digit
    (r"\+\d{1,3}(?:[ -]?\d{2,})+(?!\d)|\+\d{5,}", told.phone),
    (r"[(]0\d{2,3}[)]\s*-?\d{5,8}(?!\d)|(?<![\d-])0\d{2,3}[- ]\d{5,8}(?:-\d{1,6})?(?![\d-])", told.phone),
    (r"(?<!\d)(?:1[3-9]\d{9}|[48]00\d{7}|1[3-9]\d[ -]\d{4}[ -]\d{4}|[48]00[ -]\d{3,4}[ -]\d{3,4})(?!\d)", told.phone),
    (r"(?<![\d-])\d{2,}(?:-\d{2,}){2,}(?![\d-])|(?<!\d)\d{4}(?: \d{4}){2,3}(?: \d{1,4})?(?!\d)", told.phone),
    (r"(?<![\d.])\d{2,}(?:[ -]\d{2,})*(?![\d.,:/%]\d)", told.labelled),
    (r"(?<![\d.,])1[12]\d(?![\d.,%])", told.short_number),
    (rf"(?<![\d.])\d{{3,4}}(?=室(?!内)|房(?:间)?(?!{MEASURES}))", told.room),
    # numbers
    (r"(?<![\d,.])\d{1,3}(?:,\d{3}){1,4}(?:\.\d+)?(?![\d,])", counts.grouped),
    (r"(?<![\d/.])(\d{1,3})/(\d{1,3})(?![\d/.])", counts.fraction),
    (r"(?<![\d.])\d+(?:\.\d+){2,}(?![\d.])", counts.version),
    (r"(?<![\d.])\d{1,16}\.\d+(?!\.?\d)|\d+", counts.plain_number),
    (r"[-−](?=\d)", counts.minus),
    # signs
    (
        rf"\s*{DASHES}\s*(?=[\d零一二三四五六七八九十两第{NUMERALS}{FRACTIONS}]|周[\d一二三四五六日末{NUMERALS}{FRACTIONS}]|星期"
        rf"|[上下]午|凌晨|早上|晚上?|中午|次日|[-−+]\d|(?:{_MONEY})\s*\d)",
        counts.to,
    ),
    (r"(?<=\d)\s*[*xX×✕]\s*(?=\d)", _word("乘")),
    (r"(?<=[A-Za-z\d])\s*\+\s*(?=\d)", _word("加")),
    (r"\+(?=\d)", _word("加")),
    (r"/(?=月|年|日|天|次|笔|人|户|张|股|小时|分钟|秒|份|个|条|平方米|斤|公斤|吨)", _per),
    (r"[≥≤＞＜><=÷≈](?=\s*[\d.])", _sign),
    (r"[#*×✕&℃℉㎡±]", _sign),
    (rf"[{NUMERALS}]", _numeral),
    (rf"[{FRACTIONS}]", _vulgar),
)
