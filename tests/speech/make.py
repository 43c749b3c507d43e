"""Makes the spoken fixtures: `python -m tests.speech.make MODELS` (needs the kokoro extra, its model and sox).

Never run by the tests: what it makes is kept in the tree. sentences.tsv says what is spoken; written are
`fixtures/<variant>/<name>.wav`, one label file `<variant>.tsv` for each variant (file⇥reference⇥intent, as
`ivr score` reads them; utterances.tsv has the undamaged ones, held.tsv and held15.tsv the reported voice of split.py,
situations.tsv what situations.txt says), voices.tsv (file⇥kind⇥voice⇥variant) and
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

from ivr.speech.audio import sound, wav
from ivr.speech.audio.wav import Samples
from ivr.speech.voices.kokoro import RATE, Kokoro
from tests.speech import noises
from tests.speech.situations import changes, joined, situations
from tests.speech.split import REPORTED, TUNED

HERE = Path(__file__).parent
SPEECH_DBFS, QUIET_DBFS, NOISE_DB = -23.0, -38.0, 15.0
SPEEDS = (0.95, 0.88, 1.0)
MARGIN = wav.RATE // 10

#: The voices that settings are chosen on; the reported one says every third wish and all that is short.
CALLERS = TUNED
HELD_STEP, HELD_FIRST = 3, 1


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
    voiced += held(models, spoken)
    voiced += make_situations(models, clean["off-1"])
    make_amounts(models)
    make_demo(models)
    write("voices.tsv", voiced)
    talkers = [clean[one.name] for one in spoken if one.kind == "off"]
    lines = []
    for name, kind, what, samples in noises.nonspeech(talkers):
        wav.write(HERE / "nonspeech" / f"{name}.wav", samples)
        lines.append(f"nonspeech/{name}.wav\t{kind}\t{what}")
    write("nonspeech.tsv", lines)


def held(models: Path, spoken: list[Sentence]) -> list[str]:
    """Every third wish and all that is short, in the reported voice: clean, and the wishes in noise. Lines of
    voices.tsv."""
    wishes = [one for one in spoken if one.kind == "asked"][HELD_FIRST::HELD_STEP]
    voice = Kokoro(models, REPORTED[0])
    labels: dict[str, list[str]] = {"held": [], "held15": []}
    voiced = []
    for number, one in enumerate([*wishes, *(one for one in spoken if one.kind != "asked")]):
        said = caller(voice.say(f"{one.text}。", one.speed))
        for variant in ("held", "held15")[: 2 if one.kind == "asked" else 1]:
            file = f"fixtures/{variant}/{one.name}.wav"
            wav.write(HERE / file, said if variant == "held" else noisy(said, number))
            labels[variant].append(f"{file}\t{one.text}\t{one.intent}")
            voiced.append(f"{file}\t{one.kind}\t{REPORTED[0]}\t{variant}")
    for variant, lines in labels.items():
        write(f"{variant}.tsv", lines)
    return voiced


def make_situations(models: Path, person: Samples) -> list[str]:
    """The utterances of situations.txt; lines of voices.tsv."""
    change = changes(person)
    labels, voiced = [], []
    voices: dict[str, Kokoro] = {}
    for one in situations():
        voice = voices.setdefault(one.style, Kokoro(models, one.style))
        parts = [sound.resample(RATE, sound.words(RATE, voice.say(f"{part}。"))) for part in one.parts]
        said = levelled(np.pad(joined(parts, one.pause_ms), MARGIN), SPEECH_DBFS)
        file = f"fixtures/situations/{one.name}.wav"
        wav.write(HERE / file, change[one.kind](said) if one.kind in change else said)
        labels.append(f"{file}\t{''.join(one.parts)}\t{one.intent}")
        voiced.append(f"{file}\tasked\t{one.style}\tsituations")
    write("situations.tsv", labels)
    return voiced


#: What the caller of the demo says, in parts with pauses between: two things in one breath, a correction, a key.
DEMO = {
    "two_in_one_breath": ("zf_xiaoyi", ("你好我想问一下", "信用卡账单能不能分期"), 300),
    "corrected_amount": ("zf_xiaoyi", ("三千元", "不对", "五千元"), 250),
    "said_key": ("zf_xiaoyi", ("我要按一",), 0),
}


#: What callers answer who are asked for an amount.
AMOUNTS = (
    "三千六百元",
    "七百二十块",
    "一万八千元",
    "五千四百元",
    "四万三千块",
    "六万两千五百元",
    "七千零六块",
    "八千八百元",
)


def make_amounts(models: Path) -> None:
    """The amounts, each in another of the voices that settings are chosen on: amounts.tsv."""
    labels = []
    for number, text in enumerate(AMOUNTS):
        style = CALLERS[number % len(CALLERS)]
        file = f"fixtures/amounts/amount-{number + 1}.wav"
        wav.write(HERE / file, caller(Kokoro(models, style).say(f"{text}。")))
        labels.append(f"{file}\t{text}\t")
    write("amounts.tsv", labels)


def make_demo(models: Path) -> None:
    """The clips of the demo's longer spoken call."""
    for name, (style, parts, pause_ms) in DEMO.items():
        said = [sound.resample(RATE, sound.words(RATE, Kokoro(models, style).say(f"{part}。"))) for part in parts]
        wav.write(HERE / f"fixtures/demo/{name}.wav", levelled(np.pad(joined(said, pause_ms), MARGIN), SPEECH_DBFS))


def write(name: str, lines: list[str]) -> None:
    """Write one list."""
    (HERE / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
