"""Whisper through CTranslate2: whole utterances, Mandarin, from a model that the package registries alone provide.

What was measured decides how it is used. The encoder's window is the utterance and a little more, not 30 s. Under the
sound lies noise at −60 dBFS: after digital silence the decoder begins the sentence again. The decoder writes time
marks, and so ends where the speech does. Length and repetition are capped. Context words are given as what was
said before, each in a short sentence between time marks of its own: as a bare list they make it loop and leave out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.errors import ModelUnusable
from ivr.speech.recogniser import Expected, Recognised, Utterance

_RATE = 8000
_LEAD_S, _TAIL_S, _LONGEST_S = 0.1, 1.5, 30.0
_FLOOR_DBFS = -60.0
_BEAM = 5
_LEAST_LENGTH, _LENGTH_PER_S, _REPEAT = 12, 9, 5

#: Context words that are told, one in each sentence, and how long a sentence lasts by its time marks (50 a second).
_MOST_CONTEXT, _SENTENCE_MARKS = 8, 100
_SENTENCES = ("我想查一下{}", "我要办{}", "请问{}怎么办", "帮我看看{}")

#: Below this mean log probability it is decoded once more, with the next context words; and a text that is one of the
#: sentences it was given is but their echo.
_UNSURE = -0.36

#: Below this mean log probability it is no speech that is worth anything (`score` is its exponential).
_REJECT = -1.6
_SILENT = 0.6

#: A closed answer stands unless what was heard freely is so long and so much likelier (log probability): then the
#: caller said something else.
_ELSE_LENGTH, _ELSE = 5, 2.0

#: In a short sound of which it is unsure, a word that callers say alone is looked for: one that is as long as what was
#: heard or nearly (unless that is made up), of at least this log probability and not this much less likely than that.
#: 赚人工 was 转人工; whatever else was said lies nearly 2 below (measured on the fixtures).
_SHORT_S, _SURE, _ALONE, _ALONE_BEHIND, _MADE_UP = 2.5, -0.3, -10.5, 7.5, -15.0

_NOTHING = ("", 0.0)
_NO_WORDS = re.compile(r"[^\w]|_", re.UNICODE)
_Sound = NDArray[np.float32]


class WhisperEngine:
    """See `ivr.speech.recogniser.Engine`."""

    name = "whisper"

    def __init__(self, folder: Path) -> None:
        """Load the model and warm up. Raises ModelUnusable."""
        try:
            import ctranslate2
            import opencc
            from faster_whisper.feature_extractor import FeatureExtractor
            from tokenizers import Tokenizer
        except ImportError as wrong:
            raise ModelUnusable(f"没有 {wrong.name}，请运行：pip install 'bank-hotline[whisper]'") from wrong
        if not (folder / "model.bin").is_file():
            raise ModelUnusable(f"{folder} 里没有 whisper 的模型，请运行：ivr models install whisper-base")
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
            )
            self._words: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as wrong:
            raise ModelUnusable(f"{folder} 里的 whisper 模型无法使用（{type(wrong).__name__}），请重新安装") from wrong
        self._storage: Any = ctranslate2.StorageView
        self._features: Any = FeatureExtractor()
        self._simplify: Any = opencc.OpenCC("t2s").convert
        special = ("<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>")
        *start, without_times = (self._special(name) for name in special)
        before, end = self._special("<|startofprev|>"), self._special("<|endoftext|>")
        self._start, self._plain, self._before, self._end = start, [*start, without_times], before, end
        self._first_mark = without_times + 1
        size = int((_LONGEST_S + _LEAD_S + _TAIL_S + 1) * 2 * _RATE)
        self._floor = (10 ** (_FLOOR_DBFS / 20) * np.random.default_rng(0).standard_normal(size)).astype(np.float32)
        self._closed: dict[tuple[str, ...], list[int]] = {}
        self.recognise(bytes(2 * _RATE), Expected())

    def begin(self, expected: Expected) -> Utterance:
        """See Engine.begin."""
        return _WhisperUtterance(self, expected)

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """See Engine.unknown: it writes any word."""
        return ()

    def recognise(self, pcm: bytes, expected: Expected) -> Recognised:
        """Recognise a whole utterance."""
        began = time.monotonic()
        sound = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)
        sound = sound[: int(_LONGEST_S - _LEAD_S - _TAIL_S) * _RATE]
        (text, score), *others = self._heard(doubled(sound), expected) if sound.any() else [_NOTHING]
        return Recognised(
            text=text,
            score=round(score, 3),
            others=tuple((text, round(score, 3)) for text, score in others),
            language="zh",
            audio_ms=len(pcm) // 2 * 1000 // _RATE,
            took_ms=round((time.monotonic() - began) * 1000),
        )

    def _heard(self, sound: _Sound, expected: Expected) -> list[tuple[str, float]]:
        """What was said, and what it may have been instead, with their scores."""
        features = self._spectrum(sound)
        encoded = self._model.encode(self._storage.from_array(features[None]))
        seconds = len(sound) / (2 * _RATE)
        sentences = _said_before(expected.words[:_MOST_CONTEXT], expected.closed)
        ways, nothing = self._freely(encoded, seconds, sentences)
        told = set(sentences)
        if ways[0][1] < _UNSURE and not expected.closed and (more := expected.words[_MOST_CONTEXT : 2 * _MOST_CONTEXT]):
            others = _said_before(more, closed=False)
            told.update(others)
            again, silent = self._freely(encoded, seconds, others)
            if again[0][1] > ways[0][1]:
                ways, nothing, sentences = [*again, *ways], silent, others
            else:
                ways += again
        free, likely = ways[0]
        text = self._written(free)
        if expected.closed and text not in expected.words:
            answer, certainty = self._one_of(encoded, expected.words)
            if answer and not (len(text) >= _ELSE_LENGTH and self._likelier(encoded, free, answer, features.shape[-1])):
                return [(answer, float(np.exp(certainty)))]
        short = seconds <= _SHORT_S and likely < _SURE and text not in expected.alone
        if short and (word := self._alone(encoded, text, expected.alone, features.shape[-1])):
            return [(word, float(np.exp(likely)))]
        echo = likely < _UNSURE and not expected.closed and text in sentences
        if likely < _REJECT or nothing > _SILENT or echo:
            return [_NOTHING]
        each: dict[str, float] = {}
        # what it was told is no second thought: noise would become a wish of the bank's own words
        for way, certainty in ways:
            if (written := self._written(way)) not in told or not each:
                each.setdefault(written, float(np.exp(certainty)))
        return list(each.items())

    def _context(self, sentences: Sequence[str]) -> list[int]:
        """The sentences as if somebody had said them one after the other, just before."""
        ids: list[int] = []
        for number, sentence in enumerate(sentences):
            mark = self._first_mark + number * _SENTENCE_MARKS
            ids += [mark, *self._ids(sentence), mark + _SENTENCE_MARKS]
        return [self._before, *ids] if ids else []

    def _spectrum(self, sound: _Sound) -> _Sound:
        """Log-mel features of the sound with a little of the line's noise around and under it."""
        lead = int(_LEAD_S * 2 * _RATE)
        padded = self._floor[: lead + len(sound) + int(_TAIL_S * 2 * _RATE)].copy()
        padded[lead : lead + len(sound)] += sound
        features = self._features(padded)
        return np.ascontiguousarray(features[:, : features.shape[1] // 2 * 2], dtype=np.float32)

    def _freely(self, encoded: Any, seconds: float, sentences: Sequence[str]) -> tuple[list[tuple[str, float]], float]:
        """Free texts with their mean log probabilities, the best first, and how likely it is that nobody spoke."""
        prompt = [*self._context(sentences), *self._start]
        found = self._model.generate(
            encoded,
            [prompt],
            beam_size=_BEAM,
            num_hypotheses=_BEAM,
            max_length=len(prompt) + 2 + _LEAST_LENGTH + int(_LENGTH_PER_S * seconds),
            no_repeat_ngram_size=_REPEAT,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        texts = [(self._text(ids), float(score)) for ids, score in zip(found.sequences_ids, found.scores, strict=True)]
        return texts, float(found.no_speech_prob)

    def _one_of(self, encoded: Any, words: tuple[str, ...]) -> tuple[str, float]:
        """The likeliest of `words` and its log probability among them; "" where none of them was written whole."""
        if words not in self._closed:
            wanted = {self._end, *(id for word in words for id in self._ids(word))}
            self._closed[words] = [id for id in range(self._words.get_vocab_size()) if id not in wanted]
        prompt = [self._before, *self._ids("，".join(words[:_MOST_CONTEXT])), *self._plain]
        found = self._model.generate(
            encoded,
            [prompt],
            beam_size=_BEAM + 1,
            num_hypotheses=_BEAM + 1,
            length_penalty=0,
            max_length=len(prompt) + max(len(self._ids(word)) for word in words) + 1,
            suppress_tokens=self._closed[words],
            suppress_blank=False,
            return_scores=True,
        )[0]
        written = [str(self._words.decode(ids)) for ids in found.sequences_ids]
        for text, score in zip(written, found.scores, strict=True):
            if text in words:
                return text, float(score)
        for text, score in zip(written, found.scores, strict=True):  # 是的的: it began with one
            if begun := max((word for word in words if text.startswith(word)), key=len, default=""):
                return begun, float(score)
        return "", 0.0

    def _alone(self, encoded: Any, text: str, words: tuple[str, ...], frames: int) -> str:
        """The word that fits the sound, "" where none does."""
        if not words:
            return ""
        *each, free = self._likelihoods(encoded, [*words, text or words[0]], frames)
        made_up = not text or free < _MADE_UP
        fits = [
            (one, word) for one, word in zip(each, words, strict=True) if made_up or abs(len(word) - len(text)) <= 1
        ]
        likely, best = max(fits, default=(-np.inf, ""))
        return best if likely >= max(_ALONE, free - _ALONE_BEHIND) else ""

    def _likelier(self, encoded: Any, text: str, answer: str, frames: int) -> bool:
        """Whether the free text fits the sound much better than the answer."""
        free, closed = self._likelihoods(encoded, [text, answer], frames)
        return free - closed >= _ELSE

    def _likelihoods(self, encoded: Any, texts: Sequence[str], frames: int) -> list[float]:
        """Log probability of exactly each of these texts."""
        each = self._storage.from_array(np.repeat(np.array(encoded), len(texts), axis=0))
        found = self._model.align(each, self._start, [self._ids(text) for text in texts], [frames] * len(texts))
        return [float(np.log(np.maximum(np.array(one.text_token_probs), 1e-9)).sum()) for one in found]

    def _special(self, name: str) -> int:
        id = self._words.token_to_id(name)
        if id is None:
            raise ModelUnusable(f"whisper 的词表里没有 {name}，请重新安装模型")
        return int(id)

    def _ids(self, text: str) -> list[int]:
        return list(self._words.encode(text, add_special_tokens=False).ids)

    def _text(self, ids: Sequence[int]) -> str:
        """What was written between the first two time marks."""
        kept: list[int] = []
        for id in ids:
            if id >= self._first_mark and kept:
                break
            if id < self._end:
                kept.append(id)
        return str(self._words.decode(kept))

    def _written(self, text: str) -> str:
        """Simplified, without spaces, punctuation and half characters."""
        return _NO_WORDS.sub("", str(self._simplify(text)))


class _WhisperUtterance:
    """See `ivr.speech.recogniser.Utterance`."""

    def __init__(self, engine: WhisperEngine, expected: Expected) -> None:
        self._engine = engine
        self._expected = expected
        self._pcm = bytearray()

    def feed(self, pcm: bytes) -> str:
        """See Utterance.feed: it knows nothing before the end."""
        self._pcm += pcm
        return ""

    def so_far(self) -> Recognised | None:
        """See Utterance.so_far."""
        return self._engine.recognise(bytes(self._pcm), self._expected)

    def finish(self) -> Recognised:
        """See Utterance.finish."""
        return self._engine.recognise(bytes(self._pcm), self._expected)

    def discard(self) -> None:
        """See Utterance.discard."""
        self._pcm.clear()


def _said_before(words: Sequence[str], closed: bool) -> list[str]:
    """Context words in sentences of a caller; an answer to yes or no is one by itself."""
    return [word if closed else _SENTENCES[at % len(_SENTENCES)].format(word) for at, word in enumerate(words)]


def doubled(sound: _Sound) -> _Sound:
    """8 kHz → 16 kHz, nothing added above 4 kHz, by Fourier transform."""
    even = np.pad(sound, (0, len(sound) % 2))
    spectrum = np.fft.rfft(even)
    wide = np.zeros(len(even) + 1, dtype=np.complex128)
    wide[: len(spectrum)] = spectrum
    wide[len(spectrum) - 1] /= 2  # at 4 kHz one value stands for both sides
    return np.asarray(np.fft.irfft(wide, 2 * len(even)) * 2, dtype=np.float32)
