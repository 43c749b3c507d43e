"""What a recogniser wrote → the bank's own words where they sound alike: 新用卡 → 信用卡, 会款 → 汇款.

The knowledge base says which stretches of characters callers use. An utterance is cut into such stretches and single
characters at the least cost; a stretch may stand for one that sounds nearly the same. What is already written as the
knowledge base writes it costs nothing, and so is never changed; nor is a number, a name, or what is a word already."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache

from ivr.flow.model import Flow
from ivr.nlu.correction.syllables import split, syllables
from ivr.nlu.correction.vocabulary import in_words
from ivr.nlu.intents.background import BACKGROUND
from ivr.nlu.normalise import MOST_CHARACTERS, fold
from ivr.nlu.phrases.said_keys import names_a_key
from ivr.nlu.phrases.universal import WORDS

_SIZES = (2, 3, 4)
#: How often a stretch must be there before anything else is taken for it.
_LEAST = 3

#: The most that a stretch of two, three or four characters may cost: short ones must sound the same.
_LIMITS = {2: 0.35, 3: 0.6, 4: 0.8}

#: Costs: a character kept that no stretch holds; in a stretch, another character that sounds the same, and on top of it
#: an initial or a final that is like the right one, or is not.
_KEPT, _SAME_SOUND, _ALIKE, _OTHER = 0.3, 0.1, 0.2, 0.6

#: What follows 还 where it is huan.
_PAID_BACK = "款贷清完"

#: What is part of a number.
_NUMBERS = frozenset("零〇一二两三四五六七八九十百千万亿几半多幺壹贰叁肆伍陆柒捌玖拾佰仟")
#: Names of people: after what announces one, before how people are addressed.
_NAMES = re.compile(
    "(?:(?<=我叫)|(?<=名叫)|(?<=名字是)|(?<=名字叫)|(?<=姓名是)|(?<=姓名)|(?<=户名是)|(?<=户名)|(?<=我姓)|(?<=他叫)|(?<=她叫)).{1,3}"
    "|.{1,3}(?=先生|女士|小姐|太太|经理|老师|师傅|主任|同志|阿姨|大爷|大妈)"
)

#: Initials and finals (as `syllables` folds them) that sound alike through a telephone.
_LIKE = tuple(map(frozenset, (["s", "c", "x", "q"], ["z", "c", "j", "q"], ["b", "p"], ["d", "t"], ["g", "k", "h"],
                              ["h", "f"], ["l", "r", "m"], ["", "y", "w"])))  # fmt: skip
_LIKE_FINALS = tuple(map(frozenset, (["i", "in", "e", "en"], ["an", "ian", "uan"], ["ai", "ei", "an"],
                                     ["ou", "u", "uo", "o", "e"], ["uan", "uen", "un"], ["ao", "iao", "a"],
                                     ["i", "v", "u", "iu"])))  # fmt: skip


class Correction:
    """Made once for a revision's knowledge base; thread-safe, it only reads."""

    def __init__(self, flow: Flow) -> None:
        count: Counter[str] = Counter()
        for intent in flow.knowledge.values():
            for text in {fold(each) for each in (intent.question, *intent.questions)}:
                count.update(set(_pieces(text)))
        for always in WORDS.values():
            count.update({word: _LEAST for word in always if len(word) in _SIZES})
        words = sorted(word for word, times in count.items() if times >= _LEAST)
        self._known = {*count, *(piece for text in BACKGROUND for piece in _pieces(fold(text)))}
        self._sounding: dict[tuple[int, int, str], list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
        for word in words:
            heard = _sounds(word)
            for place, sound in enumerate(heard):
                self._sounding[len(word), place, sound].append((word, heard))

    def mend(self, text: str) -> str:
        """The utterance in the bank's words; as it was where digits or letters are in it, or nothing sounds alike."""
        if not text or len(text) > MOST_CHARACTERS or not all("\u4e00" <= each <= "\u9fff" for each in text):
            return text
        if names_a_key(text):
            return text
        heard = _sounds(text)
        settled = _settled(text)
        best: list[tuple[float, str]] = [(0.0, "")]
        for end in range(1, len(text) + 1):
            ways = [(best[end - 1][0] + _KEPT, best[end - 1][1] + text[end - 1])]
            for size in _SIZES:
                if size <= end:
                    start = end - size
                    for cost, word in self._near(text[start:end], heard[start:end]):
                        if _may_become(text[start:end], word, settled[start:end]):
                            ways.append((best[start][0] + cost, best[start][1] + word))
            best.append(min(ways))
        return best[-1][1]

    def _near(self, written: str, heard: tuple[str, ...]) -> Iterator[tuple[float, str]]:
        """Stretches that this one may stand for, with what that costs."""
        if written in self._known:
            yield 0.0, written
            return
        seen: set[str] = set()
        for place, sound in enumerate(heard):
            for word, other in self._sounding.get((len(written), place, sound), ()):
                if word not in seen:
                    seen.add(word)
                    cost = sum(map(_cost, written, word, heard, other))
                    if cost < _LIMITS[len(written)]:
                        yield cost, word


def _settled(text: str) -> list[bool]:
    """Which characters stay as they were heard: those of words, numbers and names."""
    made = in_words(text)
    for match in _NAMES.finditer(text):
        made[match.start() : match.end()] = [True] * len(match[0])
    return [word or one in _NUMBERS for word, one in zip(made, text, strict=True)]


def _may_become(written: str, word: str, settled: list[bool]) -> bool:
    """Whether the stretch may be taken for the word: what is settled is not changed, and no number is made up."""
    changed = (place for place, (one, two) in enumerate(zip(written, word, strict=True)) if one != two)
    return all(not settled[place] and word[place] not in _NUMBERS for place in changed)


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + size] for size in _SIZES for at in range(len(text) - size + 1))


def _sounds(text: str) -> tuple[str, ...]:
    """The syllables; the library reads 还款 as hai kuan."""
    heard = syllables(text)
    return tuple(
        "huan" if one == "还" and two and two in _PAID_BACK else sound
        for one, two, sound in zip(text, [*text[1:], ""], heard, strict=True)
    )


def _cost(written: str, word: str, heard: str, other: str) -> float:
    if written == word:
        return 0.0
    return _of_sounds(heard, other)


@lru_cache(maxsize=16384)
def _of_sounds(heard: str, other: str) -> float:
    """Kept: there are a few hundred syllables, and an utterance is compared with thousands of words."""
    (one, end), (two, tail) = split(heard), split(other)
    return _SAME_SOUND + _unlike(one, two, _LIKE) + _unlike(end, tail, _LIKE_FINALS)


def _unlike(one: str, two: str, classes: tuple[frozenset[str], ...]) -> float:
    if one == two:
        return 0.0
    return _ALIKE if any(one in each and two in each for each in classes) else _OTHER
