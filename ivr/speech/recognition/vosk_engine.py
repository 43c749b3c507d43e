"""Vosk: streaming recognition with partial results, from a Kaldi model in a folder.

A new free-dictation recogniser stalls 0.65–1.2 s on its first sound, so they are made and warmed up beforehand and used
again after `Reset()`. A question with `closed` words gets a grammar of them, which is cheap to make.
"""

from __future__ import annotations

import json
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ivr.errors import ModelUnusable
from ivr.speech.models.catalogue import VOSK_KO, VOSK_SMALL_CN
from ivr.speech.models.installation import installed
from ivr.speech.recognition.recogniser import EngineKind, Expected, Recognised, Utterance, megabytes

RATE = 8000

#: Free-dictation recognisers made at start (39 MB each once used); more are made when more callers talk.
WARM = 2
#: Grammars kept, and free recognisers kept after use.
MOST_GRAMMARS, MOST_FREE = 16, 8

_SPACES = re.compile(r"\s+")
_ANYTHING = "[unk]"


class VoskEngine:
    """See `ivr.speech.recognition.recogniser.Engine`."""

    name = "vosk"

    def __init__(self, folder: Path, language: str = "zh") -> None:
        """Load the model and warm up. Raises ModelUnusable."""
        try:
            import vosk
        except (ImportError, OSError) as wrong:
            raise ModelUnusable(f"没有 vosk（{type(wrong).__name__}），请运行：pip install vosk") from wrong
        if not holds(folder):
            raise ModelUnusable(f"{folder} 不是 vosk 的模型，请运行：ivr models install vosk-small-cn")
        vosk.SetLogLevel(-1)  # it would tell paths, and later what was recognised
        try:
            self._model: Any = vosk.Model(str(folder))
        except Exception as wrong:  # vosk raises no other kind
            raise ModelUnusable(f"{folder} 里的 vosk 模型无法使用，请重新安装") from wrong
        self._make: Any = vosk.KaldiRecognizer
        self._find: Any = self._model.vosk_model_find_word
        self._language = language
        self._free: list[Any] = []
        self._grammars: OrderedDict[tuple[str, ...], list[Any]] = OrderedDict()
        for _ in range(WARM):
            self._free.append(self._warmed(self._recogniser(())))

    def begin(self, expected: Expected) -> Utterance:
        """See Engine.begin."""
        words = self.known(expected.words) if expected.closed else ()
        spare = self._grammars.get(words, []) if words else self._free
        recogniser = spare.pop() if spare else self._recogniser(words)
        return _VoskUtterance(self, recogniser, words, self._language)

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """See Engine.unknown: a word is heard if the dictionary has it, or has pieces that make it up."""
        return tuple(word for word in words if not self._pieces(word))

    def known(self, words: Sequence[str]) -> tuple[str, ...]:
        """The words as the grammar must have them: split into words of the dictionary, what it has not left out."""
        return tuple(dict.fromkeys(" ".join(pieces) for word in words if (pieces := self._pieces(word))))

    def put_back(self, recogniser: Any, words: tuple[str, ...]) -> None:
        """Keep a recogniser for the next utterance of its kind."""
        recogniser.Reset()
        if not words:
            if len(self._free) < MOST_FREE:
                self._free.append(recogniser)
            return
        self._grammars.setdefault(words, []).append(recogniser)
        self._grammars.move_to_end(words)
        while sum(map(len, self._grammars.values())) > MOST_GRAMMARS:
            self._grammars.popitem(last=False)

    def _recogniser(self, words: tuple[str, ...]) -> Any:
        grammar = [json.dumps([*words, _ANYTHING], ensure_ascii=False)] if words else []
        made = self._make(self._model, RATE, *grammar)
        made.SetWords(True)
        return made

    def _warmed(self, recogniser: Any) -> Any:
        recogniser.AcceptWaveform(bytes(RATE))
        recogniser.FinalResult()
        recogniser.Reset()
        return recogniser

    def _pieces(self, word: str) -> list[str]:
        """The word as words of the dictionary, the longest first; none where there is a piece that it has not."""
        plain = _SPACES.sub("", word)
        found: list[str] = []
        while plain:
            size = next((n for n in range(len(plain), 0, -1) if self._find(plain[:n]) >= 0), 0)
            if not size:
                return []
            found.append(plain[:size])
            plain = plain[size:]
        return found


class _VoskUtterance:
    """See `ivr.speech.recognition.recogniser.Utterance`."""

    def __init__(self, engine: VoskEngine, recogniser: Any, words: tuple[str, ...], language: str) -> None:
        self._engine = engine
        self._recogniser = recogniser
        self._words = words
        self._language = language
        self._bytes = 0
        self._odd = b""
        self._texts: list[str] = []
        self._scores: list[float] = []

    def feed(self, pcm: bytes) -> str:
        """See Utterance.feed."""
        pcm = self._odd + pcm
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        self._bytes += whole
        # vosk ends utterances of its own after a pause: they are joined, since where one ends is not its affair here
        if whole and self._recogniser.AcceptWaveform(pcm[:whole]):
            self._take(self._recogniser.Result())
        partial = str(json.loads(self._recogniser.PartialResult()).get("partial", ""))
        return plain("".join([*self._texts, partial]))

    def so_far(self) -> Recognised | None:
        """See Utterance.so_far: what was fed is recognised already, so there is nothing to begin early."""
        return None

    def finish(self) -> Recognised:
        """See Utterance.finish."""
        began = time.monotonic()
        self._take(self._recogniser.FinalResult())
        self._engine.put_back(self._recogniser, self._words)
        return Recognised(
            text=plain("".join(self._texts)),
            score=round(sum(self._scores) / len(self._scores), 3) if self._scores else 0.0,
            language=self._language,
            audio_ms=self._bytes * 1000 // (2 * RATE),
            took_ms=round((time.monotonic() - began) * 1000),
        )

    def discard(self) -> None:
        """See Utterance.discard."""
        self._engine.put_back(self._recogniser, self._words)

    def _take(self, result: str) -> None:
        found = json.loads(result)
        self._texts.append(str(found.get("text", "")))
        self._scores += [float(each["conf"]) for each in found.get("result", ()) if each["word"] != _ANYTHING]


def plain(text: str) -> str:
    """What vosk writes → the words alone: no spaces between them, nothing for what it did not know."""
    return _SPACES.sub("", text.replace(_ANYTHING, ""))


def holds(folder: Path) -> bool:
    """Whether the folder looks like a model of vosk's."""
    return (folder / "am" / "final.mdl").is_file()


def models(folder: Path) -> list[Path]:
    """The Mandarin models there. A model of another language (vosk-ko) never serves callers; of vosk's Mandarin ones
    any that its makers name `vosk-model-…cn…` may be put there by hand."""
    ours = [folder / "vosk-small-cn"] if installed(VOSK_SMALL_CN, folder) else []
    return ours + sorted(path.parents[1] for path in folder.glob("vosk-model-*cn*/am/final.mdl"))


VOSK = EngineKind(
    name="vosk",
    package="vosk",
    advice="pip install vosk",
    install="ivr models install vosk-small-cn",
    what="已装普通话模型，边说边听",
    holds=holds,
    models=models,
    load=VoskEngine,
    grade=lambda folder: 3 if megabytes(folder) > 500 else 2,
    downloads=(VOSK_SMALL_CN, VOSK_KO),
)
