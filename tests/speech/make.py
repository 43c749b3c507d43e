"""Makes the spoken fixtures: `python -m tests.speech.make MODELS` (needs the kokoro extra, its model and sox).

Never run by the tests: what it makes is kept in the tree. sentences.tsv says what is spoken; written are
`fixtures/<variant>/<name>.wav`, one label file `<variant>.tsv` for each variant (file⇥reference⇥intent, as
`ivr score` reads them; utterances.tsv has the undamaged ones), voices.tsv (file⇥kind⇥voice⇥variant) and
`nonspeech/*.wav` with nonspeech.tsv (file⇥kind⇥description).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.speech import sound, wav
from ivr.speech.kokoro import RATE, STYLES, Kokoro
from ivr.speech.wav import Samples
from tests.speech import noises

HERE = Path(__file__).parent
SPEECH_DBFS, QUIET_DBFS, NOISE_DB = -23.0, -38.0, 15.0
SPEEDS = (0.95, 0.88, 1.0)
MARGIN = wav.RATE // 10

#: Not zf_xiaoni: recognisers misunderstand half of what this style says even at 24 kHz.
CALLERS = tuple(style for style in STYLES if style != "zf_xiaoni")


@dataclass(frozen=True)
class Sentence:
    """One line of sentences.tsv and who says it; `name` is its file's stem."""

    name: str
    kind: str
    text: str
    intent: str
    style: str
    speed: float


def sentences() -> Iterator[Sentence]:
    """Every sentence, styles and speeds in turn."""
    counted: Counter[str] = Counter()
    lines = (HERE / "sentences.tsv").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(line for line in lines if not line.startswith("#")):
        kind, text, intent = line.split("\t")
        stem = intent or kind
        counted[stem] += 1
        style = CALLERS[number % len(CALLERS)]
        yield Sentence(f"{stem}-{counted[stem]}", kind, text, intent, style, SPEEDS[number % len(SPEEDS)])


def levelled(samples: Samples, dbfs: float) -> Samples:
    """The same sound with its voice at that RMS level."""
    return np.asarray(samples * sound.ratio(dbfs) / sound.loudness(samples))


def caller(said: Samples) -> Samples:
    """What the model said as a caller's telephone sends it: 8 kHz, 100 ms around the words, −23 dBFS."""
    return levelled(np.pad(sound.resample(RATE, sound.words(RATE, said)), MARGIN), SPEECH_DBFS)


def noisy(samples: Samples, number: int) -> Samples:
    """With 15 dB less noise than voice, beginning and ending 300 ms beside it."""
    longer = np.pad(samples, 3 * MARGIN)
    make = (noises.pink, noises.white, noises.office)[number % 3]
    noise = make(len(longer), number)
    return np.asarray(longer + noise * sound.ratio(SPEECH_DBFS - NOISE_DB) / np.sqrt((noise**2).mean()))


def clipped(samples: Samples, _: int) -> Samples:
    """Overdriven by 15 dB into a microphone's limit, then at the usual level."""
    peak = float(np.abs(samples).max())
    return levelled(np.clip(samples * 10 ** (15 / 20), -peak, peak), SPEECH_DBFS)


def through(codec: str) -> Callable[[Samples, int], Samples]:
    """There and back through a codec of sox."""

    def convert(samples: Samples, _: int) -> Samples:
        with tempfile.TemporaryDirectory() as folder:
            first, coded, last = (Path(folder, name) for name in ("in.wav", f"coded.{codec}", "out.wav"))
            wav.write(first, samples)
            told = ["-t", codec, "-r", "8000", "-c", "1"]
            subprocess.run(["sox", "-D", first, *told, coded], check=True)
            subprocess.run(["sox", "-D", *told, coded, "-b", "16", "-e", "signed", last], check=True)
            return wav.telephone(last)

    return convert


#: Variant → what is done, and which of the sentences it takes: every n-th, beginning with the m-th.
VARIANTS: dict[str, tuple[Callable[[Samples, int], Samples], int, int]] = {
    "noise15": (noisy, 2, 0),
    "quiet": (lambda samples, _: levelled(samples, QUIET_DBFS), 6, 1),
    "clipped": (clipped, 6, 2),
    "ulaw": (through("ul"), 6, 3),
    "gsm": (through("gsm"), 6, 4),
}


def make(models: Path) -> None:
    """Speak everything and write it with its lists."""
    spoken = list(sentences())
    voices = {style: Kokoro(models, style) for style in CALLERS}
    clean = {one.name: caller(voices[one.style].say(f"{one.text}。", one.speed)) for one in spoken}
    voiced: list[str] = []
    for variant in ("clean", *VARIANTS):
        change, step, first = VARIANTS.get(variant, (lambda samples, _: samples, 1, 0))
        labels: list[str] = []
        for number, one in list(enumerate(spoken))[first::step]:
            file = f"fixtures/{variant}/{one.name}.wav"
            wav.write(HERE / file, change(clean[one.name], number))
            labels.append(f"{file}\t{one.text}\t{one.intent}")
            voiced.append(f"{file}\t{one.kind}\t{one.style}\t{variant}")
        write("utterances.tsv" if variant == "clean" else f"{variant}.tsv", labels)
    write("voices.tsv", voiced)
    talkers = [clean[one.name] for one in spoken if one.kind == "off"]
    lines = []
    for name, kind, what, samples in noises.nonspeech(talkers):
        wav.write(HERE / "nonspeech" / f"{name}.wav", samples)
        lines.append(f"nonspeech/{name}.wav\t{kind}\t{what}")
    write("nonspeech.tsv", lines)


def write(name: str, lines: list[str]) -> None:
    """Write one list."""
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
