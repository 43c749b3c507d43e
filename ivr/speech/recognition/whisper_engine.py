"""Whisper through CTranslate2: whole utterances, Mandarin, from a model that the package registries alone provide.

What was measured decides how it is used. The encoder's window is the utterance and a little more, not 30 s. Quiet
sound is raised first; under it lies noise at −60 dBFS: after digital silence the decoder begins the sentence again. The
decoder writes time marks: what it puts after the end of the sound is made up, the pieces before are all kept. Length
and repetition are capped. Context words are given as what was said before, each in a short sentence between time marks
of its own: as a bare list they make it loop and leave out. They help where the bank is talked of and harm all other
speech, so where it is unsure the utterance is also heard after everyday talk, and the sound alone decides. Of texts
that are nearly as likely the one with more context words in it comes first. Where a number is asked for, only numbers
are written, unless something else fits the sound much better.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.speech.models.catalogue import WHISPER_BASE
from ivr.speech.models.installation import installed
from ivr.speech.recognition.recogniser import EngineKind, Expected, Recognised, Utterance, WholeUtterance, megabytes
from ivr.speech.recognition.whisper_decoder import LEAD_S, LONGEST_S, RATE, TAIL_S, HeardSound, WhisperDecoder, holds
from ivr.speech.recognition.whisper_sound import doubled
from ivr.speech.recognition.whisper_words import TALK, in_context, in_sentences, is_drone, is_echo, is_loop, once

#: Context words that are told, one in each sentence.
_MOST_CONTEXT = 8
#: What a text of nothing but context words is worth (mean log probability) against one without any, among those that
#: are not so much less likely than the first and no longer than it by more than so many characters.
_IN_CONTEXT, _NEAR, _LONGER = 0.4, 0.2, 2

#: Below this mean log probability it is heard once more, after everyday talk; what it heard then stands if it fits the
#: sound, told nothing, so much better (log probability for each character, and of a sentence), else more words follow.
_DOUBT, _DOUBT_SILENT, _BETTER, _BETTER_WHOLE = -0.30, 0.6, 1.0, 6.0
_UNSURE = -0.36

#: Below this mean log probability it is no speech that is worth anything (`score` is its exponential). What is heard
#: after everyday talk must be likelier where it is held for silence then, and never an echo of that talk. (Context
#: words make short right answers look like silence, while noise always comes out as what was told before.)
_REJECT, _REJECT_SILENT, _SILENT = -1.6, -1.3, 0.9

#: The answer to a closed question, fitted on people and voices that are not reported on: its least log probability
#: after everyday talk, how many characters more were heard freely at most (of an answer of one: none), and how far
#: behind that it may be, with its own log probability among the answers (`score`: exp of this part of the way).
_ANSWER, _ANSWER_LONGER, _ANSWER_BEHIND = -9.0, 2, 4.0

#: In a short sound of which it is unsure, a word that callers say alone is looked for: one that is as long as what was
#: heard or nearly (unless that is made up), of at least this log probability and not this much less likely than that.
#: 赚人工 was 转人工; whatever else was said lies nearly 2 below (measured on the fixtures).
_SHORT_S, _SURE, _ALONE, _ALONE_BEHIND, _MADE_UP = 2.5, -0.3, -10.5, 7.5, -15.0

#: Answers whose likelihood is compared with what was heard freely.
_MOST_ANSWERS = 2

#: A number, fitted on the fixtures' voices: how far below 0 its log probability among numbers may be, less how far it
#: is behind what was heard freely (`score`: exp of that divided by the scale); numbers that are compared with that;
#: tokens it may have, how many of them are never repeated, and how long a part may be that is said twice. Where so many
#: characters were heard freely, one alone is none.
_NUMBER, _NUMBER_SCALE, _MOST_NUMBERS = -8.0, 10.0, 3
_NUMBER_LEAST, _NUMBER_PER_S, _NUMBER_REPEAT, _PART, _NO_FRAGMENT = 14, 9, 4, 2, 4

_NOTHING = ("", 0.0)
_LETTERS = re.compile("[a-zA-Z]+")
_Sound = NDArray[np.float32]
#: A text and its log probability, or its score.
_Way = tuple[str, float]


class WhisperEngine:
    """See `ivr.speech.recognition.recogniser.Engine`."""

    name = "whisper"

    def __init__(self, folder: Path) -> None:
        """Load the model and warm up. Raises ModelUnusable."""
        self._decoder = WhisperDecoder(folder)
        self.recognise(bytes(2 * RATE), Expected())

    def begin(self, expected: Expected) -> Utterance:
        """See Engine.begin."""
        return WholeUtterance(self.recognise, expected)

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """See Engine.unknown: it writes any word."""
        return ()

    def recognise(self, pcm: bytes, expected: Expected) -> Recognised:
        """Recognise a whole utterance."""
        began = time.monotonic()
        sound = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
        sound = sound[: int(LONGEST_S - LEAD_S - TAIL_S) * RATE]
        (text, score), *others = self._heard(doubled(sound), expected) if sound.any() else [_NOTHING]
        return Recognised(
            text=text,
            score=round(score, 3),
            others=tuple((text, round(score, 3)) for text, score in others),
            language="zh",
            audio_ms=len(pcm) // 2 * 1000 // RATE,
            took_ms=round((time.monotonic() - began) * 1000),
        )

    def _heard(self, sound: _Sound, expected: Expected) -> list[_Way]:
        """What was said, and what it may have been instead, with their scores."""
        heard = self._decoder.encode(sound)
        if expected.closed:
            return self._answer(heard, expected)
        if not expected.alphabet:
            return self._anything(heard, expected)
        after_talk = self._decoder.freely(heard, TALK)
        (plain, *_), nothing = after_talk
        if self._is_silence(plain, nothing):
            return [_NOTHING]
        return self._number(heard, expected, plain) or self._anything(heard, expected, after_talk)

    def _number(self, heard: HeardSound, expected: Expected, plain: _Way) -> list[_Way]:
        """Numbers of the expected characters that may have been said where `plain` was heard after everyday talk;
        nothing where that fits the sound so much better."""
        written = set(expected.alphabet)
        told = "，".join(word for word in expected.words if set(word) <= written)
        longest = _NUMBER_LEAST + int(_NUMBER_PER_S * heard.seconds)
        more = len(self._decoder.written(plain[0])) >= _NO_FRAGMENT
        certain: dict[str, float] = {}
        for text, likely in self._decoder.spell(
            heard, told, tuple(expected.alphabet), longest=longest, repeat=_NUMBER_REPEAT
        ):
            number = again if len(again := once(text)) > _PART else text  # 一二一二 is a number
            if len(number) == 1 and more:  # the shorter a text the likelier, but of 一三八… no 一 was said
                continue
            if number and set(number) <= written and not any(is_loop(number, other) for other in certain):
                certain.setdefault(number, likely)
        if not certain:
            return []
        *each, other = self._decoder.likelihoods(heard, [*list(certain)[:_MOST_NUMBERS], plain[0]], TALK)
        behind = max(other - max(each), 0.0)
        found = [(text, likely - behind) for text, likely in certain.items()]
        return [(text, float(np.exp(way / _NUMBER_SCALE))) for text, way in found] if found[0][1] >= _NUMBER else []

    def _anything(
        self, heard: HeardSound, expected: Expected, after_talk: tuple[list[_Way], float] | None = None
    ) -> list[_Way]:
        """What was said, whatever it was; `after_talk` is what was heard after everyday talk, where that is known."""
        told = in_sentences(expected.words[:_MOST_CONTEXT]) or TALK
        ways, nothing = self._decoder.freely(heard, told)
        echo = is_echo(self._decoder.written(ways[0][0]), told)
        if echo or nothing > _DOUBT_SILENT or ways[0][1] < _DOUBT:
            (plain, *_), silent = after_talk or self._decoder.freely(heard, TALK)
            better = min(_BETTER * len(self._decoder.written(plain[0])), _BETTER_WHOLE)
            if echo or self._likelier(heard, plain[0], ways[0][0]) > better:
                ways = [plain, *ways]
            else:
                ways = self._with_more(heard, expected, [*ways, plain])
            if self._is_silence(plain, silent):
                return [_NOTHING]
        free, likely = ways[0]
        text = self._decoder.written(free)
        short = heard.seconds <= _SHORT_S and likely < _SURE and text not in expected.alone
        if short and (word := self._alone(heard, text, expected.alone)):
            return [(word, float(np.exp(likely)))]
        if likely < _REJECT:
            return [_NOTHING]
        each: dict[str, float] = {}
        for at, (way, certainty) in enumerate(ways):
            written = self._decoder.written(way)
            # what it was told is no second thought: noise would become a wish of the bank's own words
            if not at or not is_echo(written, told):
                each.setdefault(written, certainty)
        near = [way for way in each.items() if way[1] >= likely - _NEAR and len(way[0]) <= len(text) + _LONGER]
        first = in_context(near, expected.words, _IN_CONTEXT)
        return [(way, float(np.exp(each[way]))) for way in dict.fromkeys((first, *each))]

    def _with_more(self, heard: HeardSound, expected: Expected, ways: list[_Way]) -> list[_Way]:
        """With the next context words, where it is still unsure."""
        more = in_sentences(expected.words[_MOST_CONTEXT : 2 * _MOST_CONTEXT])
        if not more or ways[0][1] >= _UNSURE:
            return ways
        again = [
            way for way in self._decoder.freely(heard, more)[0] if not is_echo(self._decoder.written(way[0]), more)
        ]
        return [*again, *ways] if again and again[0][1] > ways[0][1] else [*ways, *again]

    def _is_silence(self, plain: tuple[str, float], nothing: float) -> bool:
        """Whether what was heard after everyday talk shows that nobody spoke; `nothing`: how likely that is."""
        text = self._decoder.written(plain[0])
        return not text or is_echo(text, TALK) or (nothing > _SILENT and (plain[1] < _REJECT_SILENT or is_drone(text)))

    def _answer(self, heard: HeardSound, expected: Expected) -> list[_Way]:
        """One of the answers or a word that is said alone, where it fits the sound; else what was heard freely."""
        (plain, *_), nothing = self._decoder.freely(heard, TALK)
        free, likely = plain
        text = self._decoder.written(free)
        if self._is_silence(plain, nothing):
            return [_NOTHING]
        if text in expected.words:
            return [(text, float(np.exp(likely / _ANSWER_BEHIND)))]
        answers = tuple(word for word in expected.words if word not in expected.alone)
        word, behind = self._one_of(heard, answers, free)
        longer = len(once(_LETTERS.sub("a", text))) - len(word)
        if word and longer <= (_ANSWER_LONGER if len(word) > 1 else 0):
            return [(word, float(np.exp(-behind / _ANSWER_BEHIND)))]
        if heard.seconds <= _SHORT_S and (word := self._alone(heard, text, expected.alone)):
            return [(word, float(np.exp(likely)))]
        return [_NOTHING] if likely < _REJECT else [(text, float(np.exp(likely)))]

    def _one_of(self, heard: HeardSound, words: tuple[str, ...], free: str) -> tuple[str, float]:
        """That of `words` which may have been said where `free` was heard, and how far behind it is; "" for none."""
        if not words:
            return "", 0.0
        told, longest = "，".join(words[:_MOST_CONTEXT]), max(len(self._decoder.ids(word)) for word in words) + 1
        certain: dict[str, float] = {}
        for text, likely in self._decoder.spell(heard, told, words, longest=longest):
            if word := max((word for word in words if text.startswith(word)), key=len, default=""):  # 是的的
                certain.setdefault(word, likely)
        best_few = list(certain)[:_MOST_ANSWERS]
        if not best_few:
            return "", 0.0
        *each, other = self._decoder.likelihoods(heard, [*best_few, free], TALK)
        behind = {word: max(other - one, 0.0) - certain[word] for one, word in zip(each, best_few, strict=True)}
        fits = [word for one, word in zip(each, best_few, strict=True) if one >= _ANSWER]
        best = min(fits, key=lambda word: behind[word], default="")
        return (best, behind[best]) if best and behind[best] <= _ANSWER_BEHIND else ("", 0.0)

    def _alone(self, heard: HeardSound, text: str, words: tuple[str, ...]) -> str:
        """The word that fits the sound, "" where none does."""
        if not words:
            return ""
        *each, free = self._decoder.likelihoods(heard, [*words, text or words[0]])
        made_up = not text or free < _MADE_UP
        fits = [
            (one, word) for one, word in zip(each, words, strict=True) if made_up or abs(len(word) - len(text)) <= 1
        ]
        likely, best = max(fits, default=(-np.inf, ""))
        return best if likely >= max(_ALONE, free - _ALONE_BEHIND) else ""

    def _likelier(self, heard: HeardSound, text: str, other: str) -> float:
        """By how much (log probability) the text fits the sound better than the other, nothing being told."""
        if not text or not other or text == other:
            return 0.0
        one, two = self._decoder.likelihoods(heard, [text, other])
        return one - two


def models(folder: Path) -> list[Path]:
    """The models there: the one that the package registry has, then those that an operator put there, by name; the
    English ones of their makers (….en) are left out."""
    base = folder / "whisper-base"
    ours = [base] if installed(WHISPER_BASE, folder) else []
    found = sorted(path.parent for path in folder.glob("*/model.bin") if holds(path.parent))
    return ours + [each for each in found if each != base and not each.name.endswith(".en")]


def _grade(folder: Path) -> int:
    """medium and larger, small, and what is below."""
    size = megabytes(folder, "model.bin")
    return 4 if size > 700 else 3 if size > 200 else 1


WHISPER = EngineKind(
    name="whisper",
    package="faster_whisper",
    advice="pip install 'bank-hotline[whisper]'",
    install="ivr models install whisper-base",
    what="已装模型，整句听完再认",
    holds=holds,
    models=models,
    load=WhisperEngine,
    grade=_grade,
    downloads=(WHISPER_BASE,),
)
