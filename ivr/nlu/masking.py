"""Card, phone and ID numbers are hidden before anything is stored (CBA 十三, 三十)."""

from __future__ import annotations

import unicodedata

from ivr.nlu.numerals import DIGITS

#: Runs of this many digits and more are hidden.
LONG = 6
MASK = "〔号码〕"

#: What a recogniser writes for digits it hears inside a number; 十 because some say numbers in pairs (六十二 二十二).
_HEARD = frozenset("十拾廿卅要妖腰邀吆夭凌灵另令林而儿耳尔散山叁伞司斯丝思舞武午吾刘流留妻期齐琪巴吧扒把酒久就俩")
#: What may stand between the digits of one number.
_BETWEEN = frozenset("嗯啊呃额哦噢唉哎杠横点是的那")
_LEAST_SURE = 4


def mask(text: str) -> str:
    """The text with every run of six and more digits hidden, written (any script, spaces and dashes between them) or
    spoken (幺三八…, with what recognisers make of digits, as long as four are sure). What is left has no such run."""
    made: list[str] = []
    done = 0
    for start, end in _runs(text):
        made += [text[done:start], MASK]
        done = end
    return "".join([*made, text[done:]])


def personal(text: str) -> bool:
    """Whether `mask` would hide something."""
    return bool(_runs(text))


def _runs(text: str) -> list[tuple[int, int]]:
    """Start and end of every run that must be hidden."""
    found: list[tuple[int, int]] = []
    start = end = sure = count = 0
    for at, character in enumerate([*text, "\0"]):
        size = _digits(character)
        if size or character in _HEARD:
            start = start if count else at
            count += size or 1
            sure += size
            end = at + 1
        elif not count or not (character in _BETWEEN or _gap(character)):
            if count >= LONG and sure >= _LEAST_SURE:
                found.append((start, end + (text[end : end + 1] in ("X", "x", "Ｘ") and sure >= 17)))
            count = sure = 0
    return found


def _digits(character: str) -> int:
    """How many digits the character is: 1 for 5, ５, ٥, ⑤, 五; 2 for ⑫."""
    if character in DIGITS:
        return 1
    try:
        number = unicodedata.numeric(character)
    except ValueError:
        return 0
    return len(str(int(number))) if number == int(number) and character not in "十百千万亿拾佰仟萬億廿卅" else 0


def _gap(character: str) -> bool:
    return unicodedata.category(character)[0] in "ZPSMC" and character not in ("\0", MASK[0], MASK[-1])
