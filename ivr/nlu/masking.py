"""Card, phone and ID numbers are hidden before anything is stored (CBA 十三, 三十)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain

from ivr.nlu.numerals import DIGITS

#: Runs of this many digits and more are hidden.
LONG = 6
MASK = "〔号码〕"

#: What a recogniser writes for digits it hears inside a number; 十 because some say numbers in pairs (六十二 二十二).
_HEARD = frozenset("十拾廿卅要妖腰邀吆夭凌灵另令林而儿耳尔散山叁伞司斯丝思舞武午吾刘流留妻期齐琪巴吧扒把酒久就俩")
#: What may stand between the digits of one number: hums, what joins its groups (然后, 接着, 再), the 个 of 四个八.
_BETWEEN = frozenset("嗯啊呃额哦噢唉哎诶欸呀呢哈嘛杠横点是的那这个然后接着再还有下面跟加空格第组完了好对減减")
_LEAST_SURE = 4
#: Digits by their English names, as whole words; and what stands between them.
_ENGLISH = frozenset(re.findall(r"\w+", "zero oh one two three four five six seven eight nine double triple"))
_ENGLISH_BETWEEN = frozenset(("and", "then", "um", "uh", "er", "dash", "hyphen", "space"))
_NAME = re.compile("|".join(sorted(_ENGLISH | _ENGLISH_BETWEEN, key=len, reverse=True)))
_NAMES = re.compile(f"(?:{_NAME.pattern})+")
#: The last sign of an ID number: X, also as it is said.
_CHECK_SIGN = re.compile(r"[\W_]*(?:[XxＸｘ×✕Χχ]|艾克斯|埃克斯|爱克斯|叉)")
_BEFORE_CHECK_SIGN = 17
_WORD = re.compile("[A-Za-z]+|.", re.DOTALL)


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
    for at, word in chain(_words(text), [(len(text), "")]):
        size = _digits(word)
        if size or word in _HEARD:
            start = start if count else at
            count += size or 1
            sure += size
            end = at + len(word)
        elif not count or not _between(word):
            if count >= LONG and sure >= _LEAST_SURE:
                sign = _CHECK_SIGN.match(text, end) if sure >= _BEFORE_CHECK_SIGN else None
                found.append((start, sign.end() if sign else end))
            count = sure = 0
    return found


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Place and text of each character; letters that make the English names of digits, or what stands between two,
    come as one word for each name, also where they are written together."""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if len(word) == len(match[0]) and _NAMES.fullmatch(word):
            yield from ((match.start() + name.start(), name[0]) for name in _NAME.finditer(word))
        else:
            yield from enumerate(match[0], match.start())


def _digits(word: str) -> int:
    """How many digits it is: 1 for 5, ５, ٥, ⑤, 五 and five; 2 for ⑫."""
    if word in DIGITS or word in _ENGLISH:
        return 1
    if len(word) != 1 or word in "十百千万亿拾佰仟萬億廿卅":
        return 0
    number = unicodedata.numeric(word, None)
    return len(str(int(number))) if number is not None and number == int(number) else 0


def _between(word: str) -> bool:
    """It may stand between the digits of one number: a hum, a space, a mark, nothing visible."""
    if len(word) != 1:
        return word in _ENGLISH_BETWEEN
    gap = unicodedata.category(word)[0] in "ZPSMC" and word not in (MASK[0], MASK[-1])
    return gap or word in _BETWEEN
