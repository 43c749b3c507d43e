"""WAV files in and out: telephone sound is 8 kHz, mono, 16 bit, and nothing else is played to a caller."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.errors import SpeechError

Samples = NDArray[np.float64]

#: Samples per second of telephone sound, and samples per 20 ms packet.
RATE, FRAME = 8000, 160

#: A recording longer than this is not read at all: something else was dropped into the folder.
MAX_SECONDS = 120

_LEAST_HEADER = 44
#: Rates that any sound has; others are a damaged header, and would cost a transform of gigabytes.
_RATES = range(4000, 192_001)


@dataclass(frozen=True, slots=True)
class Header:
    """Format of a WAV file; `frames` is how many are really there."""

    rate: int
    channels: int
    bits: int
    frames: int

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return self.frames / self.rate


def header(path: Path) -> Header:
    """Read a file's format without its sound. Raises SpeechError for whatever is not a whole WAV file."""
    return _read(path, with_data=False)[0]


def read(path: Path) -> tuple[int, Samples]:
    """Read 16-bit PCM of any rate as (rate, mono samples −1…1); channels are averaged. Raises SpeechError."""
    form, data = _read(path, with_data=True)
    if form.bits != 16:
        raise SpeechError(f"{path}：每个采样 {form.bits} 位，应为 16 位")
    samples = np.frombuffer(data, "<i2").astype(np.float64).reshape(-1, form.channels).mean(axis=1) / 32768
    return form.rate, samples


def telephone(path: Path) -> Samples:
    """Read telephone sound as samples −1…1. Raises SpeechError for any other format."""
    if (wrong := unfit(path)) is not None:
        raise SpeechError(wrong)
    return read(path)[1]


def unfit(path: Path) -> str | None:
    """Say why a file cannot be played to a caller; None if it can."""
    try:
        form = header(path)
    except SpeechError as wrong:
        return str(wrong)
    if (form.rate, form.channels, form.bits) != (RATE, 1, 16):
        return (
            f"{path}：{form.rate} Hz、{form.channels} 声道、{form.bits} 位，应为 8000 Hz、单声道、16 位"
            f"（可用 sox 原文件 -r 8000 -c 1 -b 16 新文件 转换）"
        )
    return None


def write(path: Path, samples: Samples) -> None:
    """Write telephone sound; `path` appears whole or not at all. Makes the folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2")
    with part.open("wb") as file, wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm.tobytes())
    part.replace(path)


def _read(path: Path, *, with_data: bool) -> tuple[Header, bytes]:
    try:
        with path.open("rb") as file, wave.open(file, "rb") as sound:
            width = sound.getsampwidth() * sound.getnchannels()
            form = Header(sound.getframerate(), sound.getnchannels(), sound.getsampwidth() * 8, sound.getnframes())
            _refuse(path, form, form.frames * width + _LEAST_HEADER > path.stat().st_size)
            return form, sound.readframes(form.frames) if with_data else b""
    except OSError as wrong:
        raise SpeechError(f"{path}：无法读取（{wrong.strerror or wrong}）") from wrong
    except EOFError as wrong:
        raise SpeechError(f"{path}：文件是空的或不完整") from wrong
    except (wave.Error, ValueError, RuntimeError) as wrong:
        raise SpeechError(f"{path}：不是 PCM 格式的 WAV 文件（{wrong}）") from wrong


def _refuse(path: Path, form: Header, short: bool) -> None:
    if form.rate == 0 or form.channels == 0 or form.bits == 0:
        raise SpeechError(f"{path}：WAV 文件头损坏")
    if form.rate not in _RATES:
        raise SpeechError(f"{path}：采样率 {form.rate} Hz，应在 {_RATES[0]} 到 {_RATES[-1]} Hz 之间")
    if form.frames == 0:
        raise SpeechError(f"{path}：文件里没有声音")
    if short:
        raise SpeechError(f"{path}：文件不完整，文件头写明 {form.seconds:.1f} 秒，实际没有这么长")
    if form.seconds > MAX_SECONDS:
        raise SpeechError(f"{path}：长达 {form.seconds:.0f} 秒，不会是提示语（最长 {MAX_SECONDS} 秒）")
