"""WAVs in and out, the clips a hotline can play, and how long a side heard nothing."""

from __future__ import annotations

import re
import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.rig import g711
from tests.rig.calls import Frame
from tests.rig.errors import SoundError
from tests.rig.g711 import Samples as Samples

#: Below this a frame is silence (dBFS, RMS over 20 ms).
QUIET_DBFS = -50.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One WAV the hotline can play. `prompt` is its id; `part` tells the segments of a prompt
    with placeholders apart (`1`, `2`), `pieces` of numbers have prompt `(piece)`."""

    prompt: str
    variant: str
    samples: Samples = field(repr=False, compare=False)
    text: str = ""
    part: str = ""

    @property
    def name(self) -> str:
        """Prompt and part, for a reader."""
        return f"{self.prompt}.{self.part}" if self.part else self.prompt

    @property
    def ms(self) -> int:
        """How long it lasts."""
        return round(self.samples.size * 1000 / g711.RATE)


def read_wav(path: Path) -> Samples:
    """8 kHz mono 16 bit samples. Raises SoundError."""
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise SoundError(f"{path}: {error or 'not a WAV'}") from error
    if form != (g711.RATE, 1, 2):
        raise SoundError(f"{path}: {form[0]} Hz, {form[1]} channels, {8 * form[2]} bit; it must be 8000 Hz mono 16 bit")
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(np.int16)


def write_wav(path: Path, left: Samples, right: Samples | None = None) -> None:
    """A mono or stereo WAV, 8 kHz 16 bit."""
    channels = [left] if right is None else [left, right]
    size = max(channel.size for channel in channels)
    whole = np.zeros((size, len(channels)), dtype="<i2")
    for number, channel in enumerate(channels):
        whole[: channel.size, number] = channel
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(g711.RATE)
        file.writeframes(whole.tobytes())


def clips(prompts: Path, texts: Mapping[str, str] | None = None, language: str = "zh") -> list[Clip]:
    """Every WAV the hotline may play in `language`, found by the catalogue's naming:
    `<id>[.<n>][-<hash8>].wav` in `<language>/`, `<language>/elderly/`, `<language>/pieces/` (and below),
    and the same under `recorded/` and `built/<language>/<normal|elderly>/`. `texts` maps a prompt id (or `id.n`,
    or a piece's id) to its words. Raises SoundError."""
    found = []
    for root in (prompts / language, prompts / "recorded" / language, prompts / "built" / language):
        for path in sorted(root.rglob("*.wav")):
            folders = path.relative_to(root).parts[:-1]
            variant = "elderly" if "elderly" in folders else "normal"
            stem = re.sub(r"-[0-9a-f]{8}$", "", path.stem)
            cut = re.fullmatch(r"(.+)\.(\d+)", stem)
            name, part = (cut[1], cut[2]) if cut else (stem, "")
            if "pieces" in folders:
                name, part = "(piece)", stem
            words = (texts or {}).get(stem, (texts or {}).get(name, "") if not part else "")
            found.append(Clip(name, variant, read_wav(path), words, part))
    return found


def audible(frames: Sequence[Frame]) -> list[bool]:
    """For each frame: louder than QUIET_DBFS. A frame of an unknown codec counts as audible."""
    threshold = (32768 * 10 ** (QUIET_DBFS / 20)) ** 2
    found = []
    for frame in frames:
        if not frame.law:
            found.append(True)
            continue
        samples = g711.decode(frame.payload, frame.law).astype(np.float64)
        found.append(bool(np.dot(samples, samples) > threshold * samples.size))
    return found


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing to hear from `t_start` to `t_end`: no packets, or quiet ones."""

    t_start: float
    t_end: float

    @property
    def seconds(self) -> float:
        """How long."""
        return self.t_end - self.t_start


def silences(frames: Sequence[Frame], t_from: float, t_to: float, shortest_s: float = 0.0) -> list[Silence]:
    """Spans without sound on the wall clock within a window, in order."""
    loud = sorted((frame for frame, is_loud in zip(frames, audible(frames), strict=True) if is_loud), key=_arrival)
    found, quiet_since = [], t_from
    for frame in loud:
        if frame.t >= t_to:
            break
        if frame.t > quiet_since and frame.t - quiet_since >= shortest_s:
            found.append(Silence(quiet_since, frame.t))
        quiet_since = max(quiet_since, frame.t + frame.seconds)
    if t_to > quiet_since and t_to - quiet_since >= shortest_s:
        found.append(Silence(quiet_since, t_to))
    return found


def longest_silence(frames: Sequence[Frame], t_from: float, t_to: float) -> Silence:
    """The longest span without sound in a window; of no length if there is none."""
    return max(silences(frames, t_from, t_to), key=lambda one: one.seconds, default=Silence(t_from, t_from))


def _arrival(frame: Frame) -> float:
    return frame.t


def wall_clock(frames: Iterable[Frame], t_from: float, t_to: float) -> Samples:
    """Sound as it arrived, on wall-clock time from `t_from`; what is missing is silence. Packets of
    one source that came early or late are laid one behind the other, as a telephone's buffer does."""
    out = np.zeros(max(0, round((t_to - t_from) * g711.RATE)), dtype=np.int16)
    due, source = float("-inf"), None
    for frame in frames:
        if not frame.law:
            continue
        begin = due if source == frame.source and abs(frame.t - due) < 0.06 else frame.t
        due, source = begin + frame.seconds, frame.source
        at = round((begin - t_from) * g711.RATE)
        samples = g711.decode(frame.payload, frame.law)[max(0, -at) :]
        at = max(0, at)
        room = out.size - at
        if room > 0:
            out[at : at + samples.size] = samples[:room]
    return out
