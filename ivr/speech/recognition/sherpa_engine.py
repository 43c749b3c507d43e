"""Sherpa-onnx: SenseVoice, Paraformer and streaming zipformer models, as their makers publish them in a folder.

What a folder holds is read from the files' own metadata before the library sees them: it ends the process on a file
that it does not understand. SenseVoice and Paraformer recognise whole utterances and tell no score; a streaming
zipformer recognises as the caller speaks, tells how likely each character was and takes context words.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import ModelUnusable
from ivr.speech.models import catalogue
from ivr.speech.recognition.recogniser import EngineKind, Expected, Recognised, Utterance, WholeUtterance, megabytes

#: Samples a second of the telephone, and of what the models were made for: the library would raise the rate itself,
#: and tell so on stderr in every utterance.
_RATE, _WIDE = 8000, 16_000
#: What stands for a score where the model tells none: neither so sure that nothing is asked, nor doubted.
_NO_SCORE = 0.9
#: Silence after the end: a streaming model writes the last characters only when more has come.
_TAIL_S = 0.6
_FEATURES = 80
#: How much likelier a context word becomes (in the model's own log probability), and words told at most.
_CONTEXT_SCORE, _MOST_CONTEXT = 1.5, 40
#: A model that writes fewer of these is of another language.
_COMMON = "的一是不了我在有人这"
#: Models that write bytes in signs of their own have these in place of characters.
_BYTES = re.compile("[\u0180-\u024f\u0100-\u017f]")
_NO_WORDS = re.compile(r"[^\w]|_", re.UNICODE)
#: Metadata that tells the kinds apart, as the makers' export scripts write it.
_SENSE_VOICE, _PARAFORMER = ("lang_zh", "with_itn"), ("lfr_window_size", "inv_stddev")
_ZIPFORMER = ("model_type", "decode_chunk_len")
_STREAMING = ("zipformer", "zipformer2")


def holds(folder: Path) -> bool:
    """Whether the folder looks like one of these models, by its files' names alone."""
    if not (folder / "tokens.txt").is_file():
        return False
    return _file(folder, "model") is not None or all(_file(folder, part) for part in ("encoder", "decoder", "joiner"))


def models(folder: Path) -> list[Path]:
    """Folders of such models right under `folder`, by name."""
    return sorted(each.parent for each in folder.glob("*/tokens.txt") if holds(each.parent))


def _file(folder: Path, part: str) -> Path | None:
    """The part's file, the quantised one where there are two; a decoder gains nothing by it."""
    found = sorted(folder.glob(f"{part}*.onnx"), key=lambda path: ("int8" not in path.name, path.name))
    return (found[-1] if part == "decoder" else found[0]) if found else None


class SherpaEngine:
    """See `ivr.speech.recognition.recogniser.Engine`."""

    name = "sherpa"

    def __init__(self, folder: Path) -> None:
        """Load the model and warm up. Raises ModelUnusable."""
        try:
            import sherpa_onnx
            import soxr
        except (ImportError, OSError) as wrong:
            raise ModelUnusable(
                f"没有 {getattr(wrong, 'name', None) or 'sherpa-onnx'}，请运行：pip install 'bank-hotline[sherpa]'"
            ) from wrong
        if not holds(folder):
            raise ModelUnusable(
                f"{folder} 里没有 sherpa-onnx 的模型（tokens.txt 与 model*.onnx，或 encoder、decoder、joiner）"
            )
        self._characters = _characters(folder)
        if sum(each in self._characters for each in _COMMON) < len(_COMMON) // 2 and not self._of_bytes:
            raise ModelUnusable(f"{folder} 里的模型写不出汉字，不是普通话模型")
        single = _file(folder, "model")
        try:
            made = _single(sherpa_onnx, folder, single) if single else _streaming(sherpa_onnx, folder)
        except (RuntimeError, ValueError) as wrong:
            raise ModelUnusable(f"{folder} 里的模型无法使用（{type(wrong).__name__}），请重新安装") from wrong
        self._recogniser: Any = made
        self._soxr: Any = soxr
        self._streams = single is None
        warm = self.begin(Expected())
        warm.feed(bytes(2 * _RATE))
        warm.finish()

    @property
    def _of_bytes(self) -> bool:
        return sum(bool(_BYTES.match(each)) for each in self._characters) > 100

    def begin(self, expected: Expected) -> Utterance:
        """See Engine.begin."""
        if not self._streams:
            return WholeUtterance(self.recognise, expected)
        words = [word for word in expected.words[:_MOST_CONTEXT] if word and not self.unknown([word])]
        return _StreamingUtterance(self._recogniser, "/".join(words), self._soxr.ResampleStream(_RATE, _WIDE, 1))

    def unknown(self, words: Sequence[str]) -> tuple[str, ...]:
        """See Engine.unknown: words with a character that the model cannot write."""
        if self._of_bytes:
            return ()
        return tuple(word for word in words if not set(word) <= self._characters)

    def recognise(self, pcm: bytes, expected: Expected) -> Recognised:
        """Recognise a whole utterance; what is expected changes nothing."""
        began = time.monotonic()
        stream = self._recogniser.create_stream()
        stream.accept_waveform(_WIDE, self._soxr.resample(_samples(pcm), _RATE, _WIDE))
        self._recogniser.decode_stream(stream)
        text = plain(stream.result.text)
        return _result(text, _NO_SCORE if text else 0.0, len(pcm), began)


class _StreamingUtterance:
    """See `ivr.speech.recognition.recogniser.Utterance`."""

    def __init__(self, recogniser: Any, context: str, widen: Any) -> None:
        self._recogniser = recogniser
        self._widen = widen
        self._stream = recogniser.create_stream(context) if context else recogniser.create_stream()
        self._bytes = 0
        self._odd = b""

    def feed(self, pcm: bytes) -> str:
        """See Utterance.feed."""
        pcm = self._odd + pcm
        whole = len(pcm) // 2 * 2
        self._odd = pcm[whole:]
        self._bytes += whole
        if whole:
            self._stream.accept_waveform(_WIDE, self._widen.resample_chunk(_samples(pcm[:whole])))
        return self._decoded()

    def so_far(self) -> Recognised | None:
        """See Utterance.so_far: what was fed is recognised already."""
        return None

    def finish(self) -> Recognised:
        """See Utterance.finish."""
        began = time.monotonic()
        tail = self._widen.resample_chunk(np.zeros(int(_TAIL_S * _RATE), np.float32), last=True)
        self._stream.accept_waveform(_WIDE, tail)
        self._stream.input_finished()
        text = self._decoded()
        likely = list(self._recogniser.ys_probs(self._stream))
        score = float(np.exp(np.mean(likely))) if likely else _NO_SCORE
        return _result(text, min(1.0, score) if text else 0.0, self._bytes, began)

    def discard(self) -> None:
        """See Utterance.discard."""
        self._stream = None

    def _decoded(self) -> str:
        while self._recogniser.is_ready(self._stream):
            self._recogniser.decode_stream(self._stream)
        return plain(self._recogniser.get_result(self._stream))


def plain(text: str) -> str:
    """The words alone, without spaces and punctuation, letters as they are."""
    return _NO_WORDS.sub("", text)


def _samples(pcm: bytes) -> Any:
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)


def _result(text: str, score: float, size: int, began: float) -> Recognised:
    return Recognised(
        text=text,
        score=round(score, 3),
        language="zh",
        audio_ms=size // 2 * 1000 // _RATE,
        took_ms=round((time.monotonic() - began) * 1000),
    )


def _characters(folder: Path) -> frozenset[str]:
    """Every character that the model can write: the first field of each line of its tokens. Raises ModelUnusable."""
    try:
        lines = (folder / "tokens.txt").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as wrong:
        raise ModelUnusable(f"读不了 {folder / 'tokens.txt'}（{type(wrong).__name__}）") from wrong
    return frozenset(character for line in lines if line.strip() for character in line.split()[0])


def _single(sherpa: Any, folder: Path, model: Path) -> Any:
    """SenseVoice or Paraformer: whole utterances."""
    found, tokens = _metadata(model), str(folder / "tokens.txt")
    if all(key in found for key in _SENSE_VOICE):
        make = sherpa.OfflineRecognizer.from_sense_voice
        return make(str(model), tokens, num_threads=1, language="zh", use_itn=False)
    if all(key in found for key in _PARAFORMER):
        return sherpa.OfflineRecognizer.from_paraformer(str(model), tokens, num_threads=1)
    raise ModelUnusable(f"{folder} 里的 {model.name} 既不是 SenseVoice 也不是 Paraformer 的模型")


def _streaming(sherpa: Any, folder: Path) -> Any:
    """A streaming zipformer, with context words."""
    parts = {part: _file(folder, part) for part in ("encoder", "decoder", "joiner")}
    for part, keys in (("encoder", _ZIPFORMER), ("decoder", ("vocab_size", "context_size")), ("joiner", ())):
        found = _metadata(parts[part] or folder)
        if not all(key in found for key in keys) or (keys is _ZIPFORMER and found["model_type"] not in _STREAMING):
            raise ModelUnusable(f"{folder} 里的 {part} 不是流式 zipformer 的模型")
    return sherpa.OnlineRecognizer.from_transducer(
        str(folder / "tokens.txt"),
        *(str(path) for path in parts.values()),
        num_threads=1,
        feature_dim=_FEATURES,
        decoding_method="modified_beam_search",
        hotwords_score=_CONTEXT_SCORE,
    )


def _metadata(model: Path) -> dict[str, str]:
    """What the maker wrote about a model into its file. Raises ModelUnusable where it is none."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        return dict(session.get_modelmeta().custom_metadata_map)
    except Exception as wrong:  # onnxruntime's errors have no common class
        raise ModelUnusable(f"{model} 不是完好的 ONNX 模型（{type(wrong).__name__}），请重新安装") from wrong


SHERPA = EngineKind(
    name="sherpa",
    package="sherpa_onnx",
    advice="pip install 'bank-hotline[sherpa]'",
    install="ivr models install sense-voice",
    what="已装模型，普通话最准",
    holds=holds,
    models=models,
    load=SherpaEngine,
    grade=lambda folder: 4 if megabytes(folder, "*.onnx") > 150 else 3,
    downloads=catalogue.SHERPA,
)
