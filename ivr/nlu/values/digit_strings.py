"""Telephone numbers and the last four digits of a card, as callers say them: 幺三八四个零三个零一个六, (010)8888 6666,
0086 138…, 八千八百八十八."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.nlu.values.corrections import denied, standing, tidy
from ivr.nlu.values.numerals import DIGITS, digits, value

_D = "".join(("0-9", *DIGITS))
_MANY = {"俩": 2, "仨": 3, "双": 2}
_REPEATED = re.compile(rf"(?P<many>[1-9一二两三四五六七八九])个(?P<of>[{_D}])|(?P<word>[俩仨双])(?P<of2>[{_D}])")
_HUMS = re.compile("[嗯啊呃额哦]")
#: What may stand between the digits of one number, and what is then left of brackets.
_JOINS = re.compile(rf"(?<=[{_D}])(?:[-()\[\].，·/空杠横]|(?:然后|接着|跟着|后面|再)是?)+(?=[{_D}])")
_BRACKETS = re.compile(r"[()\[\]]")
_RUN = re.compile("[0-9]+")
#: Beside a run of digits these make it a number of something.
_COUNTED = "十百千万亿点半元块角毛月年天岁期%"
#: Words with a number in them that is no digit of anything.
_NO_DIGITS = re.compile("一[下共定起直会样般边张]|统一|第[一二三]|[一两]?个(?=[号卡电手])|这[一]?[个张]|那[一]?[个张]")

_TAIL = re.compile("(?:卡?的?(?:最后|后面|后|末尾|末)[四4]位(?:数字?|号码)?|尾号|尾数)(?:就?是|为)?[，:]?")
_CARDINAL = re.compile("[一二两三四五六七八九1-9]千[零一二两三四五六七八九十百0-9]*")
_LAST = 4

#: As given out by China's ministry of industry to people; 14155550100 is a number from abroad.
_MOBILE = "1(?:[38][0-9]|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|9[0-35-9])[0-9]{8}"
#: Area codes of three digits (010, 02x) stand before eight, those of four before seven or eight.
_LANDLINE = "(?:10|2[0-9])[0-9]{8}|[3-9][0-9]{2}[0-9]{7,8}"
_NATIONAL = re.compile(rf"(?:86)?(?P<mobile>{_MOBILE})|0(?P<land>{_LANDLINE})")
_WITH_COUNTRY = re.compile(rf"86(?:(?P<mobile>{_MOBILE})|0?(?P<land>{_LANDLINE}))")
_LEAST_OF_A_NUMBER = 3
#: Reference numbers that the hotline gives out have so many digits.
SHORTEST_REFERENCE, LONGEST_REFERENCE = 6, 16


def last4(text: str, *, asked: bool = False) -> str | None:
    """Four digits after 尾号 and the like; where they were asked for, four by themselves. No more and no fewer."""
    words = _TAIL.sub("尾号", standing(tidy(text)))
    if asked and (counted := _CARDINAL.findall(words)):
        number = value(counted[0], short=False) if len(counted) == 1 else None
        return str(number) if number and not re.search(f"[{_D}{_COUNTED}]", _CARDINAL.sub("", words)) else None
    figures = _figures(words)
    found = set(_runs(figures, asked))
    only = found.pop() if len(found) == 1 else None
    return only if only and len(only) == _LAST else None


def _runs(figures: str, asked: bool) -> Iterator[str | None]:
    for match in _RUN.finditer(figures):
        before = figures[: match.start()]
        if (asked or before.endswith("尾号")) and not denied(before):
            yield None if _counted(figures, match) else match[0]


def _counted(figures: str, match: re.Match[str]) -> bool:
    around = figures[max(match.start() - 1, 0) : match.start()], figures[match.end() : match.end() + 1]
    return any(each and each in _COUNTED for each in around)


def phone(text: str) -> str | None:
    """A mobile number (11 digits) or a landline with its area code, without the country's code; none from abroad."""
    figures = re.sub("加(?=86)", "+", _figures(standing(tidy(text))))
    runs = [match for match in _RUN.finditer(figures) if len(match[0]) >= _LEAST_OF_A_NUMBER]
    found = {_number(figures, match) for match in runs if not denied(figures[: match.start()])}
    return found.pop() if len(found) == 1 else None


def reference(text: str) -> str | None:
    """The digits of a reference number, one after the other as it was spoken; None where that is not clear."""
    figures = _figures(standing(tidy(text)))
    found = {
        match[0]
        for match in _RUN.finditer(figures)
        if len(match[0]) >= _LEAST_OF_A_NUMBER and not denied(figures[: match.start()]) and not _counted(figures, match)
    }
    only = found.pop() if len(found) == 1 else ""
    return only if SHORTEST_REFERENCE <= len(only) <= LONGEST_REFERENCE else None


def _number(figures: str, match: re.Match[str]) -> str | None:
    run = match[0]
    abroad = run if figures[: match.start()].endswith("+") else run[2:] if run.startswith("00") else None
    if _counted(figures, match):
        return None
    return national(run) if abroad is None else national(abroad) if abroad.startswith("86") else None


def national(figures: str) -> str | None:
    """A telephone number in figures, without the country's code; None where it is none of this country."""
    known = _NATIONAL.fullmatch(figures) or _WITH_COUNTRY.fullmatch(figures)
    return None if known is None else known["mobile"] or f"0{known['land']}"


def mentioned(text: str) -> bool:
    """Whether several digits are said, clearly or not."""
    return re.search("[0-9]{3}|[0-9]千", _figures(tidy(text))) is not None


def _figures(words: str) -> str:
    """In figures, without what only stands between them: 四个八 → 8888."""
    words = _REPEATED.sub(_repeat, _NO_DIGITS.sub("；", _HUMS.sub("", words)))
    words = _BRACKETS.sub("", _JOINS.sub("", words))
    return "".join(digits(word) if word in DIGITS else word for word in words)


def _repeat(match: re.Match[str]) -> str:
    if match["word"]:
        return digits(match["of2"]) * _MANY[match["word"]]
    return digits(match["of"]) * (value(match["many"]) or 0)
