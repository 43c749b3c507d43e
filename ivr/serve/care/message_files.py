"""The recordings of messages: made by Asterisk, trimmed, played back, kept 0600 outside the prompts, or dropped."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from pathlib import Path

from ivr.errors import SpeechError
from ivr.settings import Settings
from ivr.speech.audio import wav
from ivr.speech.audio.trim import spoken
from ivr.telephony.agi.fastagi import AgiCall

log = logging.getLogger(__name__)

#: After so long without a sound the caller has said everything.
SILENCE_SECONDS = 10
#: Keys that end it.
ENDS = "#"
#: A recording that is nobody's is deleted when it is so old: its call, and what may still tell of it, is over.
ORPHAN_SECONDS = 86_400


class MessageFiles:
    """`record`, `play` need the caller's line; the files' names are the messages' refs. `folder` (None: that of
    messages) is where Asterisk writes them."""

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        self._folder = (folder or settings.messages).resolve()
        self._beep = settings.asterisk.resolve() / "sounds" / "beep"
        self._state = settings.state.resolve()

    def path(self, ref: str) -> Path:
        """Where the recording lies."""
        return self._folder / f"{ref}.wav"

    def audio(self, ref: str) -> str:
        """The same below the state folder, as a work item names it."""
        return str(self.path(ref).relative_to(self._state))

    async def record(self, agi: AgiCall, ref: str, max_ms: int) -> int:
        """Beep, and record until the caller presses #, says nothing for a while, has spoken for so long, or hangs up.
        Raises CallerGone in the last case, after which `finish` says what there is. The length in ms, as `finish`."""
        self._folder.mkdir(exist_ok=True, mode=0o700)
        await agi.stream(str(self._beep), "")
        await agi.record_file(str(self._folder / ref), ENDS, max_ms, SILENCE_SECONDS)
        return self.finish(ref)

    def finish(self, ref: str) -> int:
        """Trim it; its length in ms. 0: nothing was said, and nothing is kept."""
        path = self.path(ref)
        try:
            words = spoken(wav.telephone(path))
        except SpeechError as wrong:
            log.warning("the message %s cannot be read: %s", ref, wrong)
            return 0
        if not len(words):
            self.drop(ref)
            return 0
        wav.write(path, words)
        path.chmod(0o600)
        return len(words) * 1000 // wav.RATE

    async def play(self, agi: AgiCall, ref: str) -> None:
        """Play it to its end, or to a key."""
        await agi.stream(str(self._folder / ref), "0123456789*#", within=self.length_ms(ref) / 1000 + 10)

    def drop(self, ref: str) -> None:
        """Nothing of it is kept."""
        self.path(ref).unlink(missing_ok=True)

    def sweep(self, kept: Collection[str]) -> int:
        """Delete old recordings that no work item in `kept` (paths below the state folder) names; how many."""
        old = time.time() - ORPHAN_SECONDS
        gone = 0
        for path in self._folder.glob("*.wav"):
            if str(path.relative_to(self._state)) not in kept and path.stat().st_mtime < old:
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def length_ms(self, ref: str) -> int:
        """How long it is; 0 for what cannot be read."""
        try:
            return round(wav.header(self.path(ref)).seconds * 1000)
        except SpeechError:
            return 0
