"""Sounds that are no caller speaking to the hotline, made of numbers: the same every time, 8 kHz, −1…1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

from ivr.speech.audio import sound
from ivr.speech.audio.wav import RATE, Samples

_DTMF = {
    key: (low, high)
    for low, row in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, high in zip(row, (1209, 1336, 1477, 1633), strict=True)
}


def white(length: int, seed: int = 0) -> Samples:
    """White noise of RMS 1."""
    return np.random.default_rng(seed).standard_normal(length)


def shaped(length: int, seed: int, slope: float) -> Samples:
    """Noise of RMS 1 within the telephone band whose power falls with frequency to the power `slope`."""
    spectrum = np.fft.rfft(white(length, seed))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    spectrum *= np.where((hertz > 100) & (hertz < 3700), np.maximum(hertz, 1.0) ** (-slope / 2), 0.0)
    found = np.fft.irfft(spectrum, length)
    return np.asarray(found / np.sqrt((found**2).mean()))


def pink(length: int, seed: int = 0) -> Samples:
    """Pink noise of RMS 1."""
    return shaped(length, seed, 1.0)


def office(length: int, seed: int = 0) -> Samples:
    """A room with a fan that swells, mains hum and somebody typing; RMS about 1."""
    random = np.random.default_rng(seed)
    clock = np.arange(length) / RATE
    room = shaped(length, seed, 1.6) * (1 + 0.3 * np.sin(2 * np.pi * 0.4 * clock + random.uniform(0, 6)))
    room += 0.3 * hum(length)
    for _ in range(int(3 * length / RATE)):
        add(room, int(random.integers(0, max(1, length - 400))), 4 * click(400, int(random.integers(1 << 30))))
    return room


def hum(length: int) -> Samples:
    """Mains hum of 50 Hz and its harmonics, RMS about 1."""
    clock = np.arange(length) / RATE
    return np.asarray(sum(np.sin(2 * np.pi * 50 * n * clock + n) / n**0.5 for n in (1, 2, 3, 4, 6, 8)) / 1.3)


def click(length: int, seed: int, hertz: float = 1800.0, decay: float = 0.008) -> Samples:
    """A short resonant knock, peak about 1."""
    clock = np.arange(length) / RATE
    return np.asarray(
        np.exp(-clock / decay) * (0.6 * np.sin(2 * np.pi * hertz * clock) + 0.4 * white(length, seed) / 3)
    )


def cough(seed: int) -> Samples:
    """A burst of noise through a throat's resonances with a voiced tail, 0.45 s, peak about 1."""
    length = int(0.45 * RATE)
    clock = np.arange(length) / RATE
    burst = shaped(length, seed, 0.5) * np.exp(-((clock - 0.05) ** 2) / 0.003)
    tail = shaped(length, seed + 1, 1.4) * np.exp(-((clock - 0.22) ** 2) / 0.012) * 0.5
    return np.asarray((burst + tail) / 4)


def breath(length: int, seed: int) -> Samples:
    """Breathing into the microphone, once in three seconds, RMS about 1."""
    clock = np.arange(length) / RATE
    return np.asarray(shaped(length, seed, 0.3) * np.maximum(0, np.sin(2 * np.pi * clock / 3)) ** 2 * 2)


def tones(hertz: Sequence[float], seconds: float, attack: float = 0.01, decay: float = 1e9) -> Samples:
    """Several sines together, peak about 1."""
    clock = np.arange(int(seconds * RATE)) / RATE
    found = sum(np.sin(2 * np.pi * pitch * clock) for pitch in hertz) / len(hertz)
    edge = np.minimum(1, np.minimum(clock, clock[::-1]) / attack)
    return np.asarray(found * edge * np.exp(-clock / decay))


def dtmf(keys: str, on: float = 0.1, off: float = 0.15) -> Samples:
    """Keys pressed one after the other, peak about 1."""
    gap = np.zeros(int(off * RATE))
    return np.concatenate([*chain.from_iterable((gap, tones(_DTMF[key], on, 0.002)) for key in keys), gap])


def chords(seconds: float) -> Samples:
    """Slow chords with overtones, as music on hold, peak below 1."""
    roots = (220.0, 174.6, 261.6, 196.0)
    bars = []
    for bar in range(int(seconds / 1.5)):
        root = roots[bar % 4]
        notes = [root * step * over for step in (1, 1.26, 1.5) for over in (1, 2, 3)]
        bars.append(tones(notes, 1.5, 0.05, 1.2))
    return np.concatenate(bars)


def arpeggio(seconds: float) -> Samples:
    """Plucked notes up and down over a bass, peak below 1."""
    steps = (1, 1.25, 1.5, 2, 2.5, 2, 1.5, 1.25)
    notes = []
    for number in range(int(seconds / 0.2)):
        root = (261.6, 220.0, 174.6, 196.0)[number // 16 % 4]
        pitch = root * steps[number % 8]
        notes.append(0.7 * tones([pitch, 2 * pitch, 3 * pitch], 0.2, 0.004, 0.12) + 0.3 * tones([root / 2], 0.2))
    return np.concatenate(notes)


def add(to: Samples, at: int, what: Samples) -> None:
    """Mix `what` into `to` from sample `at` on; what hangs over is cut."""
    part = what[: len(to) - at]
    to[at : at + len(part)] += part


def babble(talkers: Sequence[Samples], seconds: float, seed: int) -> Samples:
    """Several people talking at once, all the time, RMS 1."""
    random = np.random.default_rng(seed)
    found = np.zeros(int(seconds * RATE))
    for _ in range(5):
        at = -int(random.integers(0, RATE))
        while at < len(found):
            said = talkers[int(random.integers(len(talkers)))]
            add(found, max(at, 0), said[max(-at, 0) :])
            at += len(said) + int(random.integers(0, RATE // 3))
    return np.asarray(found / np.sqrt((found**2).mean()))


def nonspeech(talkers: Sequence[Samples]) -> Iterator[tuple[str, str, str, Samples]]:
    """Name, kind, description and sound of each fixture; `talkers` are what the other talk is mixed from."""
    long, short = 12 * RATE, 6 * RATE
    loud = sound.ratio
    yield "white-35", "noise", "white noise at -35 dBFS", white(long, 1) * loud(-35)
    yield "pink-30", "noise", "pink noise at -30 dBFS", pink(long, 2) * loud(-30)
    yield "office-30", "noise", "fan, hum and typing at -30 dBFS", office(long, 3) * loud(-30)
    yield "rumble-25", "noise", "a street's rumble at -25 dBFS", shaped(long, 4, 2.5) * loud(-25)
    yield "hum-35", "noise", "mains hum at -35 dBFS", hum(short) * loud(-35)
    yield "breath-35", "noise", "breathing into the microphone", breath(9 * RATE, 5) * loud(-35)
    yield "music-chords", "music", "slow chords", chords(12.0) * 0.3
    yield "music-arpeggio", "music", "plucked notes", arpeggio(12.0) * 0.3
    yield "dtmf", "dtmf", "all keys, 100 ms each", dtmf("1234567890*#") * 0.3
    yield "dtmf-long", "dtmf", "keys held for half a second", dtmf("190#", 0.5, 0.4) * 0.3
    yield "ringing", "tone", "a ringing tone of 450 Hz", np.pad(tones([450], 1.0), (0, 4 * RATE)) * 0.2
    yield "silence", "silence", "digital silence", np.zeros(short)
    coughs, knocks = np.zeros(short), np.zeros(short)
    for number, second in enumerate((0.8, 2.4, 2.9, 4.6)):
        add(coughs, int(second * RATE), cough(10 + number) * 0.5)
        add(knocks, int(second * RATE), click(1200, 20 + number, 350.0, 0.03) * 0.7)
        add(knocks, int((second + 0.25) * RATE), click(400, 30 + number) * 0.5)
    yield "coughs", "cough", "four coughs over faint noise", coughs + pink(short, 6) * loud(-60)
    yield "knocks", "knock", "knocks and clicks over faint noise", knocks + pink(short, 7) * loud(-60)
    yield "talk-far", "talk", "five people far away, -42 dBFS", babble(talkers, 12.0, 8) * loud(-42)
    yield "talk-room", "talk", "five people in the room, -32 dBFS", babble(talkers, 12.0, 9) * loud(-32)
