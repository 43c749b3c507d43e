"""pyttsx3 with eSpeak NG behind it: quick and everywhere, the voice for what has no recording yet."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import ivr
from ivr.errors import SpeechError
from ivr.speech.audio import sound, wav
from ivr.speech.voices.voice import CHARACTERS_PER_SECOND, Progress, Utterance, VoiceKind
from ivr.text.normalise import spoken
from ivr.text.template import characters

#: Language → eSpeak's voice. `zh` would be wrong speech, an unknown id would silently be English.
VOICES = {"zh": "cmn", "en": "en"}

#: Raise it when the same text comes out differently: rendered files are named after it.
PIPELINE = 1

_SLOWEST, _FASTEST = 80, 450  # words a minute that eSpeak accepts
_FIRST_RATE = {"zh": 266.0, "en": 165.0}
_SHORT = 4  # characters below which a single syllable decides
_ROUNDS = 3
_RESTARTS = 3


class Pyttsx3Voice:
    """Voice behind pyttsx3, in one child process for each batch.

    A Mandarin text is spoken again at another rate until it is near 4.2 字/s × speed, since what
    eSpeak makes of a rate depends on the syllables and the commas.
    """

    name = "pyttsx3"

    def __init__(self, seconds: float = 30.0, command: Sequence[str] | None = None) -> None:
        """Wait at most `seconds` for each answer of the child; `command` starts another child (tests)."""
        self._seconds = seconds
        self._command = list(command or (sys.executable, "-m", "ivr.speech.voices.pyttsx3_worker"))

    def fingerprint(self, language: str, speed: float) -> str:
        """See Voice.fingerprint."""
        return f"{self.name} {VOICES.get(language)} {CHARACTERS_PER_SECOND * speed:.3f} {PIPELINE}"

    def render(self, utterances: Sequence[Utterance], progress: Progress) -> None:
        """See Voice.render."""
        waiting = list(utterances)
        for _ in range(_RESTARTS):
            if not waiting:
                return
            with tempfile.TemporaryDirectory(prefix="ivr-voice-") as folder, _Child(self._command) as child:
                if (error := child.answer(self._seconds)) is not None:
                    raise SpeechError(f"语音 {self.name} 无法使用（需要 pyttsx3 和 espeak-ng）：{error}")
                self._batch(child, Path(folder) / "raw.wav", waiting, progress)
        if waiting:
            raise SpeechError("语音合成进程反复停止响应，已放弃")

    def _batch(self, child: _Child, raw: Path, waiting: list[Utterance], progress: Progress) -> None:
        """Work off `waiting`; returns early when the child must be replaced."""
        while waiting:
            utterance = waiting.pop(0)
            try:
                samples = self._speak(child, raw, utterance)
                wav.write(utterance.path, samples)
            except (SpeechError, OSError) as wrong:
                progress(utterance, str(wrong))
                if child.broken:
                    return
            else:
                progress(utterance, None)

    def _speak(self, child: _Child, raw: Path, utterance: Utterance) -> wav.Samples:
        language, text = utterance.language, utterance.text
        if language not in VOICES:
            raise SpeechError(f"语音 {self.name} 不会说语言 {language!r}，可用：{'、'.join(VOICES)}")
        said = characters(text)
        if not said:
            raise SpeechError(f"没有可以说出的字：{text!r}")
        rate = _FIRST_RATE[language] * utterance.speed
        for last in (*[False] * (_ROUNDS - 1), True):
            rate = min(max(rate, _SLOWEST), _FASTEST)
            child.ask(spoken(text) if language == "zh" else text, raw, VOICES[language], rate)
            if (error := child.answer(self._seconds)) is not None:
                raise SpeechError(f"无法合成 {text!r}：{error}")
            samples = sound.telephone_sound(*wav.read(raw), sound.rest_after(text))
            raw.unlink()
            factor = _correction(samples, said, utterance.speed) if language == "zh" else 1.0
            if factor == 1.0 or last:
                break
            rate *= factor
        return samples


def _correction(samples: wav.Samples, said: int, speed: float) -> float:
    """Factor by which the rate must change for `said` characters; 1.0 where it is near enough."""
    target = CHARACTERS_PER_SECOND * speed
    marks = sound.voiced(samples).nonzero()[0]
    found = said * wav.RATE / ((marks[-1] + 1 - marks[0]) * sound.WINDOW)
    near = (0.94, 1.06) if said >= _SHORT else (0.75, 1.4)
    return 1.0 if near[0] <= found / target <= near[1] else float(target / found)


class _Child:
    """The worker process and its two pipes."""

    def __init__(self, command: Sequence[str]) -> None:
        #: True once the process no longer answers and cannot be asked again.
        self.broken = False
        self._unread = b""
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        package = str(Path(ivr.__file__).parents[1])
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError as wrong:
            self._errors.close()
            raise SpeechError(f"无法启动语音合成进程：{wrong}") from wrong

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                pipe.close()

    def ask(self, text: str, path: Path, voice: str, rate: float) -> None:
        """Send one request. Raises SpeechError if the process is gone."""
        request = json.dumps({"text": text, "path": str(path), "voice": voice, "rate": round(rate)}).encode() + b"\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request)
        except OSError as wrong:
            raise self._gone() from wrong

    def answer(self, seconds: float) -> str | None:
        """Wait for the next answer; returns its error. Raises SpeechError on a time-out or a dead process."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self.broken = True
                    raise SpeechError(f"语音合成在 {seconds:g} 秒内没有结果")
                if not (more := os.read(self._process.stdout.fileno(), 65536)):
                    raise self._gone()
                self._unread += more
        line, _, self._unread = self._unread.partition(b"\n")
        answered: dict[str, Any] = json.loads(line)
        error: str | None = answered["error"]
        return error

    def _gone(self) -> SpeechError:
        self.broken = True
        self._errors.seek(0)
        last = self._errors.read().decode(errors="replace").strip().splitlines()[-1:]
        return SpeechError(f"语音合成进程意外结束{'：' + last[0] if last else ''}")


PYTTSX3 = VoiceKind("pyttsx3", lambda _: Pyttsx3Voice())
