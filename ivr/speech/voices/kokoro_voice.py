"""The hotline's own voice: Kokoro in a child process, which takes the memory and the processor time with it."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import ivr
from ivr.errors import ModelUnusable, SpeechError
from ivr.speech.models import catalogue
from ivr.speech.voices.kokoro import unusable
from ivr.speech.voices.voice import CHARACTERS_PER_SECOND, Progress, Utterance, VoiceKind

#: The one voice of the whole hotline.
STYLE = "zf_xiaobei"

#: Raise it when the same text comes out differently: built files are named after it.
PIPELINE = 2


class KokoroVoice:
    """Voice behind the Kokoro model in `<models>/kokoro`; Mandarin only."""

    name = "kokoro"

    def __init__(self, models: Path, seconds: float = 120.0, command: Sequence[str] | None = None) -> None:
        """Wait at most `seconds` for each utterance; `command` starts another child (tests)."""
        self.folder = models / self.name
        self._seconds = seconds
        self._command = list(
            command or (sys.executable, "-m", "ivr.speech.voices.kokoro_worker", str(self.folder), STYLE)
        )

    def fingerprint(self, language: str, speed: float) -> str:
        """See Voice.fingerprint."""
        return f"{self.name} {STYLE if language == 'zh' else None} {CHARACTERS_PER_SECOND * speed:.3f} {PIPELINE}"

    def render(self, utterances: Sequence[Utterance], progress: Progress) -> None:
        """See Voice.render. Raises ModelUnusable, with what to install, where the model or a package is missing."""
        foreign = [one for one in utterances if one.language != "zh"]
        for one in foreign:
            progress(one, f"语音 {self.name} 不会说语言 {one.language!r}，只会说 zh")
        wanted = [one for one in utterances if one.language == "zh"]
        if not wanted:
            return
        if (wrong := unusable(self.folder, STYLE)) is not None:
            raise wrong
        with _child(self._command) as child:
            try:
                self._talk(child, wanted, progress)
            finally:
                child.kill()

    def _talk(self, child: subprocess.Popen[bytes], wanted: Sequence[Utterance], progress: Progress) -> None:
        assert child.stdin is not None and child.stdout is not None
        lines = _lines(child.stdout, self._seconds)
        for one in wanted:
            asked = {"text": one.text, "path": str(one.path), "speed": one.speed}
            with suppress(BrokenPipeError):  # it has ended: its last line, or the end of its lines, says why
                child.stdin.write(json.dumps(asked).encode() + b"\n")
            answer = json.loads(next(lines))
            if "unusable" in answer:
                raise ModelUnusable(answer["unusable"])
            progress(one, answer["error"])


def _child(command: Sequence[str]) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, (str(Path(ivr.__file__).parents[1]), os.environ.get("PYTHONPATH"))))
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"},
        )
    except OSError as wrong:
        raise SpeechError(f"无法启动语音合成进程：{wrong}") from wrong


def _lines(pipe: IO[bytes], seconds: float) -> Iterator[bytes]:
    """Lines of a pipe, each awaited for `seconds` at most. Raises SpeechError."""
    unread = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            deadline = time.monotonic() + seconds
            while b"\n" not in unread:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise SpeechError(f"kokoro 在 {seconds:g} 秒内没有结果")
                if not (more := os.read(pipe.fileno(), 65536)):
                    raise SpeechError("kokoro 的合成进程意外结束")
                unread += more
            line, _, unread = unread.partition(b"\n")
            yield line


KOKORO = VoiceKind("kokoro", KokoroVoice, (catalogue.KOKORO,))
