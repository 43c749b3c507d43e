"""Child process of `KokoroVoice`: a request a line on stdin, its answer a line on stdout.

Request: {"text", "path", "speed"}; answer: {"error": null or Chinese}. The file is written before the answer.
A model that cannot be loaded is told at once as {"unusable": Chinese}, and the process ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ivr.errors import ModelUnusable, SpeechError
from ivr.speech.audio import sound, wav
from ivr.speech.audio.wav import Samples
from ivr.speech.voices.kokoro import RATE, Kokoro
from ivr.speech.voices.kokoro_text import stretches
from ivr.speech.voices.voice import CHARACTERS_PER_SECOND
from ivr.text.template import characters

#: One stretch of text and the model's speed → what it said, at 24 kHz.
Say = Callable[[str, float], Samples]

_SHORT = 4  # characters below which a single syllable decides
_SLOWEST, _FASTEST = 0.6, 1.5
_ROUNDS = 3

#: Characters (字) a second that the model says by itself, by and large, for texts of at most so many characters;
#: a clip that comes out otherwise is spoken again.
_USUAL = ((7, 3.87), (20, 4.45), (sys.maxsize, 4.15))

#: The model slows down more than its speed parameter says: 0.86 as many characters come at 0.82.
_STEEP = 4 / 3


def speak(say: Say, text: str, speed: float) -> Samples:
    """Telephone sound of a text at 4.2 字/s × speed; the model is asked again where the rate came out otherwise. Slower
    speech is slowed down: the model, asked to speak slowly, begins with a sound of its own (以您是要… for 您是要…).

    Raises SpeechError where nothing can be said.
    """
    said = characters(text)
    if not said:
        raise SpeechError(f"没有可以说出的字：{text!r}")
    target = CHARACTERS_PER_SECOND * speed
    near = (0.92, 1.065) if said >= _SHORT else (0.6, 1.6)
    slowly = say if speed == 1 else lambda stretch, pace: slowed(say(stretch, pace), speed)
    pace = (CHARACTERS_PER_SECOND / next(usual for most, usual in _USUAL if said <= most)) ** _STEEP
    best: tuple[float, Samples] | None = None
    for _ in range(_ROUNDS):
        samples = _joined(slowly, text, pace)
        marks = sound.voiced(samples).nonzero()[0]
        off = said * wav.RATE / ((marks[-1] + 1 - marks[0]) * sound.WINDOW) / target
        if best is None or abs(np.log(off)) < best[0]:
            best = float(abs(np.log(off))), samples
        if near[0] <= off <= near[1]:
            break
        pace = min(max(pace / off, _SLOWEST), _FASTEST)
    assert best is not None
    return best[1]


def slowed(samples: Samples, speed: float) -> Samples:
    """The same at another speed and the same pitch, at 24 kHz. Raises SpeechError."""
    raw = ["-t", "f64", "-r", str(RATE), "-c", "1", "-"]
    command = ["sox", "-V1", "-D", *raw, *raw, "tempo", "-s", f"{speed:.3f}"]
    try:
        done = subprocess.run(  # noqa: S603 - numbers of our own
            command, input=samples.astype(np.float64).tobytes(), capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise SpeechError(f"放慢语速要用 sox，请运行 make install（{wrong}）") from wrong
    if done.returncode:
        raise SpeechError(f"sox 不能放慢语速：{done.stderr.decode(errors='replace').strip()[-200:]}")
    return np.frombuffer(done.stdout, np.float64)


def _joined(say: Say, text: str, pace: float) -> Samples:
    """The stretches of a text, each with the rest that its last sign asks for."""
    parts: list[Samples] = []
    last = ""
    for stretch in stretches(text):
        if parts:
            parts.append(np.zeros(sound.rest_after(last) * RATE // 1000))
        parts.append(sound.words(RATE, say(stretch, pace)))
        last = stretch
    return sound.telephone_sound(RATE, np.concatenate(parts), sound.rest_after(text), trimmed=True)


def main() -> None:
    """Load the model and answer until stdin ends."""
    os.nice(5)
    try:
        model = Kokoro(Path(sys.argv[1]), sys.argv[2])
    except ModelUnusable as wrong:
        print(json.dumps({"unusable": str(wrong)}), flush=True)
        return
    for line in sys.stdin.buffer:
        request = json.loads(line)
        error: str | None = None
        try:
            wav.write(Path(request["path"]), speak(model.say, request["text"], request["speed"]))
        except (SpeechError, OSError) as wrong:
            error = str(wrong)
        print(json.dumps({"error": error}), flush=True)


if __name__ == "__main__":
    main()
