"""How long recordings last."""

from __future__ import annotations

import functools
from pathlib import Path

from ivr.speech.audio.wav import header


def clip_seconds(file: Path) -> float:
    """Seconds that a recording lasts. Raises SpeechError, OSError for one that cannot be read."""
    return _length(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8192)
def _length(file: Path, _changed_ns: int) -> float:
    """Read once for as long as the file stays as it is."""
    return header(file).seconds
