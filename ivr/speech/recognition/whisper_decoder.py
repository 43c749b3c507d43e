"""Whisper's decoder through CTranslate2: one model, sound encoded once, then written freely, spelt of given pieces, or
asked how well given texts fit it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ivr.errors import ModelUnusable
from ivr.speech.recognition.whisper_sound import raised

RATE = 8000
#: A little of the line's noise before and after the sound, and how much sound there may be, with them.
LEAD_S, TAIL_S, LONGEST_S = 0.1, 1.5, 30.0
_FLOOR_DBFS = -60.0
_BEAM = 5
_LEAST_LENGTH, _LENGTH_PER_S, _REPEAT = 12, 9, 5
#: Whisper's time marks, and how long one of the sentences that are told lasts by them.
_MARKS_PER_S, _SENTENCE_MARKS = 50, 100

_NO_WORDS = re.compile(r"[^\w]|_", re.UNICODE)
_Sound = NDArray[np.float32]


def holds(folder: Path) -> bool:
    """Whether the folder looks like a whisper model for CTranslate2, of any size."""
    return all((folder / name).is_file() for name in ("model.bin", "config.json", "tokenizer.json"))


class HeardSound(NamedTuple):
    """A sound that was encoded once: `frames` of its spectrum, `seconds` without what lies around it."""

    encoded: Any
    frames: int
    seconds: float


class WhisperDecoder:
    """One model, loaded. All log probabilities are natural."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelUnusable."""
        try:
            import ctranslate2
            import opencc
            from faster_whisper.feature_extractor import FeatureExtractor
            from tokenizers import Tokenizer
        except ImportError as wrong:
            raise ModelUnusable(f"没有 {wrong.name}，请运行：pip install 'bank-hotline[whisper]'") from wrong
        if not holds(folder):
            raise ModelUnusable(f"{folder} 里没有 whisper 的模型，请运行：ivr models install whisper-base")
        try:
            self._model: Any = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", inter_threads=1, intra_threads=1
            )
            self._words: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as wrong:
            raise ModelUnusable(f"{folder} 里的 whisper 模型无法使用（{type(wrong).__name__}），请重新安装") from wrong
        self._storage: Any = ctranslate2.StorageView
        self._features: Any = FeatureExtractor(feature_size=self._model.n_mels)  # 128 in the large ones
        self._simplify: Any = opencc.OpenCC("t2s").convert
        special = ("<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>")
        *start, without_times = (self._special(name) for name in special)
        before, end = self._special("<|startofprev|>"), self._special("<|endoftext|>")
        self._start, self._plain, self._before, self._end = start, [*start, without_times], before, end
        self._first_mark = without_times + 1
        size = int((LONGEST_S + LEAD_S + TAIL_S + 1) * 2 * RATE)
        self._floor = (10 ** (_FLOOR_DBFS / 20) * np.random.default_rng(0).standard_normal(size)).astype(np.float32)
        self._others: dict[tuple[str, ...], list[int]] = {}

    def encode(self, sound: _Sound) -> HeardSound:
        """Take in a sound of 16 kHz, raised where it is quiet."""
        features = self._spectrum(raised(sound))
        encoded = self._model.encode(self._storage.from_array(features[None]))
        return HeardSound(encoded, features.shape[-1], len(sound) / (2 * RATE))

    def freely(self, heard: HeardSound, sentences: Sequence[str]) -> tuple[list[tuple[str, float]], float]:
        """Free texts with their mean log probabilities, the best first, and how likely it is that nobody spoke."""
        prompt = [*self._context(sentences), *self._start]
        found = self._model.generate(
            heard.encoded,
            [prompt],
            beam_size=_BEAM,
            num_hypotheses=_BEAM,
            max_length=len(prompt) + 2 + _LEAST_LENGTH + int(_LENGTH_PER_S * heard.seconds),
            no_repeat_ngram_size=_REPEAT,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        texts = [
            (self._text(ids, heard.seconds), float(score))
            for ids, score in zip(found.sequences_ids, found.scores, strict=True)
        ]
        return texts, float(found.no_speech_prob)

    def spell(
        self, heard: HeardSound, told: str, pieces: tuple[str, ...], *, longest: int, repeat: int = 0
    ) -> list[tuple[str, float]]:
        """What of these pieces alone was said, with its log probability, the best first. `told` was said before;
        `longest`: tokens at most; of `repeat` tokens no run is repeated (0: any is)."""
        if pieces not in self._others:
            wanted = {self._end, *(id for piece in pieces for id in self.ids(piece))}
            self._others[pieces] = [id for id in range(self._words.get_vocab_size()) if id not in wanted]
        prompt = [self._before, *self.ids(told), *self._plain]
        found = self._model.generate(
            heard.encoded,
            [prompt],
            beam_size=_BEAM + 1,
            num_hypotheses=_BEAM + 1,
            length_penalty=0,
            max_length=len(prompt) + longest,
            no_repeat_ngram_size=repeat,
            suppress_tokens=self._others[pieces],
            suppress_blank=False,
            return_scores=True,
        )[0]
        texts = (str(self._words.decode(ids)) for ids in found.sequences_ids)
        return [(text, float(score)) for text, score in zip(texts, found.scores, strict=True)]

    def likelihoods(self, heard: HeardSound, texts: Sequence[str], told: Sequence[str] = ()) -> list[float]:
        """Log probability of exactly each of these texts after what was told."""
        each = self._storage.from_array(np.repeat(np.array(heard.encoded), len(texts), axis=0))
        start = [*self._context(told), *self._start]
        found = self._model.align(each, start, [self.ids(text) for text in texts], [heard.frames] * len(texts))
        return [float(np.log(np.maximum(np.array(one.text_token_probs), 1e-9)).sum()) for one in found]

    def ids(self, text: str) -> list[int]:
        """The text's tokens."""
        return list(self._words.encode(text, add_special_tokens=False).ids)

    def written(self, text: str) -> str:
        """Simplified, without spaces, punctuation and half characters."""
        return _NO_WORDS.sub("", str(self._simplify(text)))

    def _special(self, name: str) -> int:
        id = self._words.token_to_id(name)
        if id is None:
            raise ModelUnusable(f"whisper 的词表里没有 {name}，请重新安装模型")
        return int(id)

    def _context(self, sentences: Sequence[str]) -> list[int]:
        """The sentences as if somebody had said them one after the other, just before."""
        ids: list[int] = []
        for number, sentence in enumerate(sentences):
            mark = self._first_mark + number * _SENTENCE_MARKS
            ids += [mark, *self.ids(sentence), mark + _SENTENCE_MARKS]
        return [self._before, *ids] if ids else []

    def _spectrum(self, sound: _Sound) -> _Sound:
        """Log-mel features of the sound with a little of the line's noise around and under it."""
        lead = int(LEAD_S * 2 * RATE)
        padded = self._floor[: lead + len(sound) + int(TAIL_S * 2 * RATE)].copy()
        padded[lead : lead + len(sound)] += sound
        features = self._features(padded)
        return np.ascontiguousarray(features[:, : features.shape[1] // 2 * 2], dtype=np.float32)

    def _text(self, ids: Sequence[int], seconds: float) -> str:
        """What was written, but for pieces that begin after the end of the sound by their time marks."""
        end = self._first_mark + int((LEAD_S + seconds) * _MARKS_PER_S)
        kept: list[int] = []
        begins = self._first_mark
        for id in ids:
            if id >= self._first_mark:
                begins = id
            elif id < self._end and begins < end:
                kept.append(id)
        return str(self._words.decode(kept))
