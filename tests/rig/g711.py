"""G.711 (A-law and µ-law) as numpy tables.

`itu` is the recommendation's encoder. `asterisk` is what Asterisk 22 sends, compared sample by sample
over a real call: its µ-law table has one entry for four samples, made for the greatest of them; its
A-law is the recommendation's. A prompt played by Asterisk is bit-identical to it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

LAWS = ("alaw", "ulaw")
ENCODERS = ("asterisk", "itu")
RATE = 8000
#: 20 ms, what one RTP packet carries.
FRAME = 160
#: The byte that encodes silence.
SILENCE = {"alaw": 0xD5, "ulaw": 0xFF}

_ULAW_BIAS, _ULAW_CLIP = 132, 32635


def _segment(magnitude: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The chord a magnitude lies in: 0 below 256, then one per octave, at most 7."""
    octave = np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int64) - 7
    return np.clip(octave, 0, 7)


def _ulaw(samples: npt.NDArray[np.int64], encoder: str) -> npt.NDArray[np.uint8]:
    if encoder == "asterisk":
        samples = samples | 3
    magnitude = np.minimum(np.abs(samples), _ULAW_CLIP) + _ULAW_BIAS
    segment = _segment(magnitude)
    mantissa = (magnitude >> (segment + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    code: npt.NDArray[np.int64] = ~(sign | (segment << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


def _alaw(samples: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    magnitude = np.where(samples < 0, ~samples, samples)
    segment = _segment(magnitude)
    shift = np.where(segment > 0, segment + 3, 4)
    mantissa = (magnitude >> shift) & 0x0F
    sign = np.where(samples < 0, 0x00, 0x80)
    return (((segment << 4) | mantissa | sign) ^ 0x55).astype(np.uint8)


def encode(samples: Samples, law: str, encoder: str = "itu") -> bytes:
    """16-bit samples → one byte each."""
    wide = samples.astype(np.int64)
    return (_alaw(wide) if law == "alaw" else _ulaw(wide, encoder)).tobytes()


def _decode_ulaw() -> Samples:
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + _ULAW_BIAS) << ((code >> 4) & 7)
    value = magnitude - _ULAW_BIAS
    return np.where(code & 0x80, -value, value).astype(np.int16)


def _decode_alaw() -> Samples:
    code = np.arange(256) ^ 0x55
    segment = (code >> 4) & 7
    base = ((code & 0x0F) << 4) + 8
    value = np.where(segment > 0, (base + 0x100) << np.maximum(segment - 1, 0), base)
    return np.where(code & 0x80, value, -value).astype(np.int16)


#: law → 256 samples, one for each byte.
DECODE = {"alaw": _decode_alaw(), "ulaw": _decode_ulaw()}


def decode(data: bytes, law: str) -> Samples:
    """One byte each → 16-bit samples."""
    return DECODE[law][np.frombuffer(data, dtype=np.uint8)]


def level_dbfs(samples: Samples) -> float:
    """RMS level in dB below full scale; −inf for nothing but zeros or no samples."""
    if samples.size == 0:
        return float("-inf")
    power = float(np.mean(np.square(samples.astype(np.float64))))
    return 10 * float(np.log10(power / 32768.0**2)) if power > 0 else float("-inf")
