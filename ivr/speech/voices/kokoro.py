"""The Kokoro-82M model (Mandarin styles): text in, sound at 24 kHz out. The model's licence is Apache-2.0.

Files of its folder: `kokoro.onnx`, `vocab.json` and `voices/<style>.bin` for each style.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ivr.errors import ModelUnusable, SpeechError
from ivr.speech.audio.wav import Samples
from ivr.speech.voices import kokoro_text

#: Samples a second of what the model says.
RATE = 24_000

#: The Mandarin styles: z, f(emale) or m(ale), name.
STYLES = (
    "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang",
)  # fmt: skip

MODEL, VOCABULARY = "kokoro.onnx", "vocab.json"

_STYLE_ROWS, _STYLE_WIDTH = 510, 256


def style_file(folder: Path, style: str) -> Path:
    """Where a style's vectors are."""
    return folder / "voices" / f"{style}.bin"


def absent(folder: Path, style: str) -> list[Path]:
    """Files that the model needs and that are not there."""
    needed = (folder / MODEL, folder / VOCABULARY, style_file(folder, style))
    return [path for path in needed if not path.is_file()]


def unusable(folder: Path, style: str) -> ModelUnusable | None:
    """Why the voice cannot speak on this machine, and what to do about it, without loading the model."""
    if gone := absent(folder, style):
        names = "、".join(path.name for path in gone)
        return ModelUnusable(f"{folder} 里缺少 {names}，请运行：ivr models install kokoro")
    if lacking := [name for name in ("misaki", "jieba", "cn2an", "onnxruntime") if find_spec(name) is None]:
        return ModelUnusable(
            f"语音 kokoro 需要的程序包没有装好（缺少 {'、'.join(lacking)}），请运行：pip install 'bank-hotline[kokoro]'"
        )
    return None


class Kokoro:
    """The loaded model with one style. Not safe to share between threads; about 350 MB."""

    def __init__(self, folder: Path, style: str, threads: int = 1) -> None:
        """Load the model. Raises ModelUnusable, with what to do, where a file or a package is missing or wrong."""
        if (wrong := unusable(folder, style)) is not None:
            raise wrong
        try:
            self._vocabulary: Mapping[str, int] = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))["vocab"]
            self._style = np.fromfile(style_file(folder, style), "<f4").reshape(_STYLE_ROWS, 1, _STYLE_WIDTH)
            self._session = _session(folder / MODEL, threads)
        except (OSError, ValueError, KeyError, TypeError) as fault:
            raise ModelUnusable(
                f"{folder} 里的 kokoro 模型不能使用（{fault}），请重新运行：ivr models install kokoro"
            ) from fault

    def say(self, text: str, speed: float = 1.0) -> Samples:
        """Speak one stretch (`kokoro_text.stretches`), −1…1 at 24 kHz, with the model's silence around it.

        Raises SpeechError for a text without a sound the model knows, or one that is too long for it.
        """
        signs = kokoro_text.sounds(text)
        tokens = [self._vocabulary[sign] for sign in signs if sign in self._vocabulary]
        if not tokens:
            raise SpeechError(f"没有可以说出的字：{text!r}")
        if len(tokens) >= _STYLE_ROWS:
            raise SpeechError(f"一句话太长，kokoro 说不了：{text!r}")
        given = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": self._style[len(tokens)],
            "speed": np.array([speed], dtype=np.float32),
        }
        return np.asarray(self._session.run(None, given)[0], dtype=np.float64).reshape(-1)


def _session(path: Path, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as wrong:  # onnxruntime's own errors have no common base
        raise ModelUnusable(f"{path} 不是能用的模型（{wrong}），请重新运行：ivr models install kokoro") from wrong
