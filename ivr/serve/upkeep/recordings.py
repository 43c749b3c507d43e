"""Notices while the hotline serves that a recording was deleted, damaged, mended or added: what nobody has recorded any
more the voice speaks, in calls in progress too, and the operator is told."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ivr.call.served_flow import ServedFlow
from ivr.errors import HotlineError
from ivr.serve.asterisk import sounds
from ivr.settings import Settings
from ivr.speech.prompts.build import build
from ivr.speech.prompts.catalogue import Catalogue
from ivr.speech.voices.registry import named

log = logging.getLogger(__name__)

#: The files are looked at this often: their times and sizes, some thousand of them, a few ms on a thread of their own.
LOOK_SECONDS = 2.0
#: What could not be put in order is tried again so soon.
AGAIN_SECONDS = 30.0
#: So many recordings are named to the operator; the log names all.
NAMED = 3

_State = tuple[int, int] | None


class Recordings:
    """`service` is what new calls are served with. Run `keep` as a task."""

    def __init__(self, settings: Settings, service: Callable[[], ServedFlow]) -> None:
        self._settings = settings
        self._service = service
        self._seen: dict[Path, _State] = {}
        #: The same for the catalogue of the last look, by the files' names: what is made ready to be compared.
        self._looked_at: tuple[Catalogue, tuple[tuple[str, _State], ...]] | None = None
        #: Recordings, not the voice's, that were played at some time, relative to the prompts folder.
        self._played: set[Path] = set()
        self._lost: tuple[Path, ...] = ()
        self._trouble = ""
        self._again_at = 0.0

    @property
    def lost(self) -> tuple[Path, ...]:
        """Recordings that the voice stands in for, relative to the prompts folder."""
        return self._lost

    @property
    def trouble(self) -> str | None:
        """What the operator should know, or None."""
        if not self._lost:
            return f"录音无法补齐，会自动重试：{self._trouble}" if self._trouble else None
        names = "、".join(str(path) for path in self._lost[:NAMED]) + ("等" if len(self._lost) > NAMED else "")
        words = f"{len(self._lost)} 段录音缺失或损坏，改由合成语音播报，恢复文件后自动使用：{names}"
        return f"{words}；合成语音也无法补齐，会自动重试：{self._trouble}" if self._trouble else words

    async def keep(self) -> None:
        """Look until cancelled. At once: what is lost later was there at the start."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Look once, and put in order what has changed since the last time. Never called twice at once."""
        service = self._service()
        if self._as_before(service.catalogue):
            return
        now = _states(self._files(service.catalogue))
        if self._changed(service.catalogue, now) or (self._trouble and time.monotonic() >= self._again_at):
            self._renew(service)
            now = _states(self._files(service.catalogue)) | now  # what changed meanwhile is seen the next time
        self._seen = now
        self._account(service.catalogue)
        self._looked_at = service.catalogue, tuple((str(path), state) for path, state in now.items())

    def _as_before(self, catalogue: Catalogue) -> bool:
        """The usual case, at the price of a stat for each file: nothing is to be done."""
        if self._looked_at is None or self._looked_at[0] is not catalogue or self._trouble:
            return False
        return all(_state(file) == state for file, state in self._looked_at[1])

    def _changed(self, catalogue: Catalogue, now: Mapping[Path, _State]) -> bool:
        if any(path in self._seen and self._seen[path] != state for path, state in now.items()):
            return True
        played = (path for clip in catalogue.clips if (path := catalogue.path(clip)) is not None)
        return any(now[catalogue.prompts / path] is None for path in played)

    def _renew(self, service: ServedFlow) -> None:
        """What plays nothing now is spoken by the voice."""
        try:
            service.catalogue.look_again()
            if service.catalogue.missing():
                voice = named(self._settings.voice, self._settings.models)
                for failure in build(service.flow, self._settings.prompts, voice).failed:
                    log.error("%s: %s", failure.clip.id, failure.reason)
                service.catalogue.look_again()
            sounds.place(self._settings, service.flow, service.catalogue)
        except (HotlineError, OSError) as wrong:
            if str(wrong) != self._trouble:
                log.error("recordings cannot be put in order: %s", wrong)
            self._trouble = str(wrong)
            self._again_at = time.monotonic() + AGAIN_SECONDS
        else:
            self._trouble = ""

    def _account(self, catalogue: Catalogue) -> None:
        """Find out what is lost, and tell once."""
        lost: set[Path] = set()
        for clip in catalogue.clips:
            path = catalogue.path(clip)
            recorded = [one for one in (*clip.own, clip.recorded) if one in self._played]
            if path is not None and path != clip.built:
                self._played.add(path)
            elif recorded:
                lost.add(recorded[0])
        for path in sorted(lost - set(self._lost)):
            log.error("the recording %s is gone or damaged: %s", path, catalogue.unfit.get(path, "文件不在"))
        for path in sorted(set(self._lost) - lost):
            log.warning("the recording %s is played again", path)
        self._lost = tuple(sorted(lost))

    def _files(self, catalogue: Catalogue) -> Iterable[Path]:
        """Every recording that there is or might be, what the voice made as far as it is played, and Asterisk's own."""
        for clip in catalogue.clips:
            for path in (*clip.own, clip.recorded):
                yield catalogue.prompts / path
        for path in catalogue.built():
            yield catalogue.prompts / path
        yield from sounds.places(self._settings)


def _states(files: Iterable[Path]) -> dict[Path, _State]:
    return {file: _state(file) for file in files}


def _state(file: str | Path) -> _State:
    try:
        seen = os.stat(file)  # noqa: PTH116 - of some thousand files, by name: a Path for each costs more than the look
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size
