"""Render what a flow needs and nobody has recorded. Built files are named after what they say and how,
so a call on an older revision keeps its sound while a newer one is built beside it."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import SpeechError
from ivr.flow.model import Flow
from ivr.speech.audio import wav
from ivr.speech.prompts.catalogue import BUILT, ELDERLY, RECORDED, Catalogue, Clip
from ivr.speech.voices.voice import Utterance, Voice

#: Called after each clip with how many are done, how many there are, and the clip.
Progress = Callable[[int, int, Clip], None]

_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Failure:
    """A clip that could not be rendered, and why (Chinese)."""

    clip: Clip
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. `rendered` are the new files, relative to the prompts folder; `kept` counts clips
    that were there already; `catalogue` plays the result."""

    rendered: tuple[Path, ...]
    kept: int
    failed: tuple[Failure, ...]
    seconds: float
    catalogue: Catalogue


def build(
    flow: Flow, prompts: Path, voice: Voice, progress: Progress | None = None, *, lock_seconds: float = 120.0
) -> BuildReport:
    """Render every missing clip of `flow`. Idempotent; two builds at once wait for each other.

    Clips that fail are reported and do not stop the others. Raises SpeechError where the voice cannot
    speak, the folder cannot be written, or another build holds it for more than `lock_seconds`.
    """
    began = time.monotonic()
    catalogue = Catalogue(flow, prompts, voice)
    if not catalogue.missing():
        return BuildReport((), len(catalogue.clips), (), time.monotonic() - began, catalogue)
    with _locked(prompts / BUILT, lock_seconds):
        catalogue = Catalogue(flow, prompts, voice)  # another build may have rendered some meanwhile
        missing = catalogue.missing()
        rendered, failed = _render(flow, prompts, voice, {clip.built: clip for clip in missing}, progress)
    return BuildReport(
        tuple(rendered),
        len(catalogue.clips) - len(missing),
        tuple(failed),
        time.monotonic() - began,
        Catalogue(flow, prompts, voice),
    )


def record(flow: Flow, prompts: Path, voice: Voice, progress: Progress | None = None) -> BuildReport:
    """Render the shipped recordings that `flow` lacks in this language, whatever else would speak them.

    Raises as `build` does.
    """
    began = time.monotonic()
    with _locked(prompts / BUILT, 120.0):
        clips = {clip.recorded: clip for clip in Catalogue(flow, prompts, voice).clips}
        missing = {path: clip for path, clip in clips.items() if wav.unfit(prompts / path) is not None}
        rendered, failed = _render(flow, prompts, voice, missing, progress)
    kept = len(clips) - len(missing)
    return BuildReport(tuple(rendered), kept, tuple(failed), time.monotonic() - began, Catalogue(flow, prompts, voice))


def stale(prompts: Path, catalogue: Catalogue) -> tuple[Path, ...]:
    """Shipped recordings whose text is no longer said, relative to the prompts folder."""
    said = {clip.recorded for clip in catalogue.clips}
    found = (path.relative_to(prompts) for path in (prompts / RECORDED).rglob("*") if path.suffix in (".wav", ".part"))
    return tuple(sorted(path for path in found if path not in said))


def prune(prompts: Path, keep: Collection[Path], *, lock_seconds: float = 120.0) -> tuple[Path, ...]:
    """Remove built files that are not in `keep` (`Catalogue.built` of every revision still in use) and
    what interrupted builds left behind. Returns the removed paths, relative to the prompts folder."""
    if not (prompts / BUILT).is_dir():
        return ()
    with _locked(prompts / BUILT, lock_seconds):
        found = [path for path in (prompts / BUILT).rglob("*") if path.suffix in (".wav", ".part")]
        old = sorted(path.relative_to(prompts) for path in found if path.relative_to(prompts) not in keep)
        for path in old:
            (prompts / path).unlink()
    return tuple(old)


def _render(
    flow: Flow, prompts: Path, voice: Voice, clips: dict[Path, Clip], progress: Progress | None
) -> tuple[list[Path], list[Failure]]:
    rendered: list[Path] = []
    failed: list[Failure] = []
    by_path = {prompts / path: clip for path, clip in clips.items()}

    def done(utterance: Utterance, wrong: str | None) -> None:
        clip = by_path[utterance.path]
        if wrong is None:
            rendered.append(utterance.path.relative_to(prompts))
        else:
            failed.append(Failure(clip, wrong))
        if progress is not None:
            progress(len(rendered) + len(failed), len(clips), clip)

    speeds = {ELDERLY: flow.elderly.speed}
    voice.render(
        [Utterance(clip.text, path, clip.language, speeds.get(clip.variant, 1.0)) for path, clip in by_path.items()],
        done,
    )
    return rendered, failed


@contextmanager
def _locked(folder: Path, seconds: float) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK).open("a")
    except OSError as wrong:
        raise SpeechError(f"无法写入 {folder}：{wrong.strerror or wrong}") from wrong
    deadline = time.monotonic() + seconds
    with file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SpeechError(f"另一个 ivr prompts build 占用 {folder} 超过 {seconds:g} 秒") from None
                time.sleep(0.02)
        yield
