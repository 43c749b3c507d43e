"""WAV files whose sound is G.711 (µ-law or A-law, one byte each sample), as telephone exchanges record; the standard
library reads PCM alone. Code points: ITU-T G.711, tables 1 and 2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.errors import SpeechError
from ivr.speech.audio.wav import RATE, Samples

#: Format tags of RIFF WAVE; in the extensible form the real tag opens the sub-format.
_A_LAW, _MU_LAW, _EXTENSIBLE = 6, 7, 0xFFFE
_HEADER, _CHUNK, _FORM, _EXTENDED = 12, 8, 16, 26
#: Channels and sample rates that a telephone's recording may have.
_MOST_CHANNELS, _RATES = 8, (4000, 48_000)

_Table = NDArray[np.float64]


def decoded(path: Path, longest_s: float) -> tuple[int, Samples] | None:
    """Rate and mono samples −1…1 of a G.711 WAV file; None where the file is no such one. Raises SpeechError where it
    is one and damaged, has no sound or lasts longer than `longest_s`."""
    try:
        with path.open("rb") as file:
            data = file.read(_HEADER + 4096)
            if (form := _form(data)) is None:
                return None
            data += file.read(int(_RATES[1] * _MOST_CHANNELS * (longest_s + 1)))
    except OSError as wrong:
        raise SpeechError(f"{path}：无法读取（{wrong.strerror or wrong}）") from wrong
    tag, channels, rate = form
    if not 1 <= channels <= _MOST_CHANNELS or not _RATES[0] <= rate <= _RATES[1]:
        raise SpeechError(f"{path}：WAV 文件头损坏")
    at = _find(data, b"data")
    if at < 0:
        raise SpeechError(f"{path}：文件里没有声音")
    size = int.from_bytes(data[at - 4 : at], "little")
    frames = size // channels
    if not frames:
        raise SpeechError(f"{path}：文件里没有声音")
    if frames > longest_s * rate:
        raise SpeechError(f"{path}：长 {frames / rate:.0f} 秒，一段话最长 {longest_s:g} 秒，请先切分")
    if len(data) < at + frames * channels:
        raise SpeechError(f"{path}：文件不完整，文件头写明 {frames / rate:.1f} 秒，实际没有这么长")
    codes = np.frombuffer(data, np.uint8, frames * channels, at)
    samples = (_a_law() if tag == _A_LAW else _mu_law())[codes].reshape(-1, channels).mean(axis=1)
    return rate, np.asarray(samples, np.float64)


def telephone(path: Path, longest_s: float) -> Samples | None:
    """The samples of a G.711 WAV file at 8 kHz; None and errors as in `decoded`."""
    from ivr.speech.audio import sound

    found = decoded(path, longest_s)
    if found is None:
        return None
    rate, samples = found
    return samples if rate == RATE else sound.resample(rate, samples)[: len(samples) * RATE // rate]


def _form(data: bytes) -> tuple[int, int, int] | None:
    """Tag, channels and rate; None for anything but G.711 in RIFF WAVE."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE" or (at := _find(data, b"fmt ")) < 0 or len(data) < at + _FORM:
        return None
    tag, channels = (int.from_bytes(data[at + n : at + n + 2], "little") for n in (0, 2))
    rate, bits = int.from_bytes(data[at + 4 : at + 8], "little"), int.from_bytes(data[at + 14 : at + 16], "little")
    if tag == _EXTENSIBLE and len(data) >= at + _EXTENDED:
        tag = int.from_bytes(data[at + 24 : at + 26], "little")
    return (tag, channels, rate) if tag in (_A_LAW, _MU_LAW) and bits == 8 else None


def _find(data: bytes, name: bytes) -> int:
    """Where the contents of the chunk begin, −1 where there is none."""
    at = _HEADER
    while at + _CHUNK <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == name:
            return at + _CHUNK
        at += _CHUNK + size + size % 2
    return -1


def _mu_law() -> _Table:
    code = ~np.arange(256) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 132) << ((code >> 4) & 7)) - 132
    return np.where(code & 0x80, -magnitude, magnitude) / 32768


def _a_law() -> _Table:
    code = np.arange(256) ^ 0x55
    chord, step = (code >> 4) & 7, (code & 0x0F) << 4
    magnitude = np.where(chord > 0, (step + 264) << np.maximum(chord - 1, 0), step + 8)
    return np.where(code & 0x80, magnitude, -magnitude) / 32768
