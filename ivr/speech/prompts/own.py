"""A person's own recording of a prompt: judged as `ivr prompts check` judges, and put where it wins."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import SpeechError
from ivr.speech.audio import wav
from ivr.speech.prompts.catalogue import Clip
from ivr.speech.prompts.check import ERROR, PromptFinding, judged
from ivr.speech.prompts.measure import Measures, measure

#: Telephone sound of the longest recording that is read, with its header.
MOST_BYTES = 2 * wav.RATE * wav.MAX_SECONDS + 4096


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a recording measures, and what is wrong with it."""

    figures: Measures
    findings: tuple[PromptFinding, ...]

    @property
    def errors(self) -> tuple[PromptFinding, ...]:
        """What breaks a limit."""
        return tuple(one for one in self.findings if one.level == ERROR)


def judge(clip: Clip, path: Path, named: Path) -> Judgement:
    """Judge the file at `path` as a recording of `clip`. Raises SpeechError for what cannot be played to a caller."""
    figures = measure(path)
    return Judgement(figures, tuple(judged(clip, named, figures)))


def take(prompts: Path, clip: Clip, sound: bytes, *, anyway: bool = False) -> Judgement:
    """Make `sound`, a WAV file, the recording of `clip`: it wins over every other within seconds; the one that it
    replaces is kept beside it (`before`). Raises SpeechError as `checked`; the earlier one stays then. Raises
    OSError."""
    found, samples = _checked(clip, sound, anyway)
    place = prompts / clip.own[0]
    if place.is_file():
        shutil.copy2(place, before(place))
    wav.write(place, samples)
    return found


def checked(clip: Clip, sound: bytes, *, anyway: bool = False) -> Judgement:
    """Judge `sound`, a WAV file, as a recording of `clip`. Raises SpeechError where it cannot be played, or breaks a
    limit and is not wanted `anyway`."""
    return _checked(clip, sound, anyway)[0]


def before(place: Path) -> Path:
    """Where the recording that is at `place` now is kept when another one takes its place. No prompt has such a name.
    Raises OSError."""
    return place.with_name(f"{place.name}.before-{hashlib.sha256(place.read_bytes()).hexdigest()[:8]}")


def _checked(clip: Clip, sound: bytes, anyway: bool) -> tuple[Judgement, wav.Samples]:
    if len(sound) > MOST_BYTES:
        raise SpeechError(f"录音太长：最长 {wav.MAX_SECONDS} 秒")
    with tempfile.TemporaryDirectory(prefix="ivr-take-") as place:
        path = Path(place) / clip.own[0].name
        path.write_bytes(sound)
        try:
            found = judge(clip, path, clip.own[0])
        except SpeechError as wrong:
            raise SpeechError(str(wrong).replace(f"{place}/", "")) from wrong
        if found.errors and not anyway:
            raise SpeechError("没有采用：" + "；".join(one.text for one in found.errors))
        return found, wav.telephone(path)
