"""Numbers as callers say them → values: 三千五, 两万零六十, 3万5, 幺三八."""

from __future__ import annotations

import re

#: A digit as said or written → its value. 幺 is one and 洞, 拐, 勾 are what some say for 0, 7, 9 on the telephone.
_WORDS = ("零〇洞", "一幺壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒拐", "八捌", "九玖勾")
DIGITS = {word: number for number, words in enumerate(_WORDS) for word in words}
_PLACES = {"十": 10, "百": 100, "千": 1000}
#: Longer words are no number that anybody says.
_LONGEST = 40
_GROUPS = {"万": 10**4, "亿": 10**8}

#: What a number may be written with, as the inside of a character class.
NUMBER = r"0-9零〇一二两三四五六七八九十百千万亿"


def value(words: str) -> int | None:
    """The whole number that the words say, None where they say none. 一百二 is 120, 两万五 is 25 000, 3万 is 30 000."""
    if not words or len(words) > _LONGEST or re.search(rf"[^{NUMBER}]", words):
        return None
    total = part = 0  # finished groups of 万 and 亿; the group being read
    number, last = -1, 1  # the digits not yet placed (-1: none); the place before them
    for word in re.findall(r"[0-9]+|.", words):
        if word.isdecimal():
            if number > 0:
                return None
            number = int(word)
        elif word in DIGITS:
            if number > 0:
                return None  # two digits side by side are no number but a string of digits
            number = DIGITS[word]
            last = 1 if word in "零〇" else last
        elif word in _PLACES:
            place = _PLACES[word]
            part += (1 if number < 0 else number) * place
            number, last = -1, place
        else:
            group = _GROUPS[word]
            here = part + max(number, 0)
            total = (total + here) * group if group > total > 0 else total + here * group
            part, number, last = 0, -1, group
    rest = max(number, 0)
    short = number > 0 and last >= 100 and number < 10  # 三千五: the five are hundreds
    return total + part + rest * (last // 10 if short else 1)


def digits(words: str) -> str:
    """The digits said or written in the words, in order; everything else is left out."""
    found = (str(DIGITS[word]) if word in DIGITS else word for word in words)
    return "".join(each for each in found if each in "0123456789")
