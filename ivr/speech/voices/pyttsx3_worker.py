"""Child process that speaks through pyttsx3: `python -m ivr.speech.voices.pyttsx3_worker`.

JSON lines: {"text", "path", "voice", "rate"} on stdin, {"error": null | text} on stdout for each, in order;
the first line out says whether the engine came up. It ends with stdin, and after a time-out, because an
engine that hangs cannot be used again. eSpeak crashes when several engines share a process: hence a child.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

#: Seconds for one text; eSpeak needs some ten milliseconds.
SECONDS = 20.0

_ATTEMPTS = 5
_CALM = 3  # looks in a row at which eSpeak was at rest


class Speaker:
    """One pyttsx3 engine, one text at a time."""

    def __init__(self) -> None:
        import pyttsx3
        from pyttsx3.drivers import _espeak

        self._busy: Callable[[], int] = _espeak.IsPlaying
        self._voice = ""
        self._done = threading.Event()
        self._wrong: list[str] = []
        self._engine: Any = pyttsx3.init("espeak")
        self._engine.connect("finished-utterance", self._finished)
        self._engine.connect("error", self._failed)
        # from now on properties are set at once, not queued; a first empty runAndWait would do that too, but it
        # may cancel what pyttsx3 has just set, and the first text in its place
        self._engine.proxy.setBusy(False)

    def say(self, text: str, path: str, voice: str, rate: int) -> str | None:
        """Speak `text` into a WAV file; returns why it did not work. Raises TimeoutError."""
        for _ in range(_ATTEMPTS):
            self._prepare(voice, rate)
            self._done.clear()
            self._wrong.clear()
            self._engine.save_to_file(text, path)
            self._engine.runAndWait()
            if not self._done.wait(SECONDS):
                raise TimeoutError
            used = str(self._engine.getProperty("voice"))
            if used.rsplit("/", 1)[-1] != voice:
                # an unknown voice is no error for eSpeak: it goes on in the last one, English at first
                return f"voice {voice!r} is not installed, got {used!r}"
            if not self._wrong and self._engine.getProperty("rate") == rate:
                return None
        return self._wrong[0] if self._wrong else f"rate {rate} was not taken"

    def _prepare(self, voice: str, rate: int) -> None:
        """Set voice and rate and wait until eSpeak rests.

        eSpeak queues a new rate, and forgets it when a new voice is loaded meanwhile; runAndWait begins by
        cancelling whatever is queued, with it the text that follows.
        """
        deadline = time.monotonic() + SECONDS
        if voice != self._voice:
            self._engine.setProperty("voice", voice)
            self._voice = voice
        calm = 0
        while calm < _CALM:
            if time.monotonic() > deadline:
                raise TimeoutError
            if self._engine.getProperty("rate") != rate:
                self._engine.setProperty("rate", rate)
                calm = 0
            else:
                calm = 0 if self._busy() else calm + 1
            time.sleep(0.0005)

    def _finished(self, name: str | None, completed: bool) -> None:
        if not completed:
            self._wrong.append("cancelled before its end")
        self._done.set()

    def _failed(self, name: str | None, exception: BaseException) -> None:
        self._wrong.append(str(exception))
        self._done.set()


def serve(lines: TextIO, out: TextIO) -> int:
    """Answer requests until `lines` end; returns the exit status."""

    def answer(error: str | None) -> None:
        out.write(json.dumps({"error": error}) + "\n")
        out.flush()

    try:
        speaker = Speaker()
    except (ImportError, OSError, RuntimeError) as wrong:  # no pyttsx3, no libespeak-ng, no voice data
        answer(f"{type(wrong).__name__}: {wrong}")
        return 1
    answer(None)
    for line in lines:
        try:
            answer(speaker.say(**json.loads(line)))
        except TimeoutError:
            answer(f"no sound within {SECONDS:.0f} s")
            return 1
    return 0


def main() -> int:
    """Serve stdin; whatever pyttsx3 and eSpeak print goes to stderr, not between the answers."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        status = serve(sys.stdin, out)
    # eSpeak's threads may still run, and its destructors crash: nothing is left to clean up
    os._exit(status)


if __name__ == "__main__":
    main()
