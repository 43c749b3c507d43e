"""A card's last four and telephone numbers, each in the usual ways of saying it, as last4.tsv and phones.tsv have them:
made digit by digit, with nothing of what reads them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tests.nlu.saying import DIGITS, section, with_liang

_MANY = "零一两三四五六七八九"
#: 幺 is what a one, 洞 what a zero is called by some.
_YAO, _DONG = str.maketrans("一", "幺"), str.maketrans("零", "洞")
_LED = ("尾号{}", "尾号是{}", "后四位是{}", "就是{}")
_PHONE_LED = ("我电话是{}", "手机号{}")


def plain(figures: str) -> str:
    """零一二三."""
    return "".join(DIGITS[int(each)] for each in figures)


def counted(figures: str, *, least: int = 2) -> str:
    """两个八三个零; a run of fewer than `least` digit by digit."""
    runs = [(digit, len(list(run))) for digit, run in groupby(figures)]
    return "".join(
        f"{_MANY[many]}个{DIGITS[int(digit)]}" if many >= least else plain(digit) * many for digit, many in runs
    )


def last4(four: str) -> dict[str, list[str]]:
    """The way → every usual way of its kind to say these four digits; only the ways that they can be said in."""
    said = plain(four)
    ways = {"digits": [said], "with what leads up to it": [led.format(said) for led in _LED]}
    if "1" in four:
        ways["with 幺"] = [said.translate(_YAO)]
    if "0" in four:
        ways["with 洞"] = [said.translate(_DONG).translate(_YAO)]
    runs = [len(list(run)) for _, run in groupby(four)]
    if all(run > 1 for run in runs) or max(runs) > 2:
        ways["how many of each"] = [counted(four, least=1)]
    if four[0] != "0" and four[1:] != "000":
        whole = section(int(four), first=True)
        ways["as one number"] = [whole, with_liang(whole)]
    return ways


def phones(number: str) -> dict[str, list[str]]:
    """As `last4`, of a mobile number, or of a landline with its area code."""
    return _mobile(number) if number[0] == "1" else _landline(number)


def _mobile(number: str) -> dict[str, list[str]]:
    said = plain(number)
    groups = [number[:3], number[3:7], number[7:]]
    ways = {
        "mobile, with 幺": [said.translate(_YAO)],
        "mobile, with 一": [said],
        "mobile, in groups": ["，".join(map(plain, groups)).translate(_YAO), "，".join(map(plain, groups))],
        "mobile, with what leads up to it": [led.format(said.translate(_YAO)) for led in _PHONE_LED],
    }
    if "0" in number:
        ways["mobile, with 洞"] = [said.translate(_YAO).translate(_DONG)]
    if _has_run(number):
        ways["mobile, how many of each"] = [plain(number[:3]).translate(_YAO) + counted(number[3:], least=3)]
    return ways


def _landline(number: str) -> dict[str, list[str]]:
    code = number[:3] if number[1] in "12" else number[:4]
    own = number[len(code) :]
    groups = [code, own[:-4], own[-4:]]
    ways = {
        "landline": [plain(number), plain(number).translate(_YAO)],
        "landline, in groups": [
            "，".join(map(plain, groups)).translate(_YAO),
            f"{plain(code)}，{plain(own)}".translate(_YAO),
        ],
    }
    if _has_run(own):
        ways["landline, how many of each"] = [plain(code).translate(_YAO) + counted(own, least=3)]
    return ways


def _has_run(number: str) -> bool:
    """Of three or more."""
    return any(len(list(run)) > 2 for _, run in groupby(number))


def every(ways: dict[str, list[str]]) -> Iterator[str]:
    """All ways to say it."""
    for each in ways.values():
        yield from each
