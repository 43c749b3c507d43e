"""What the hotline takes for speech, and how soon: half an hour of what nobody says, and callers who interrupt prompts.

Everything goes through `Endpointer` frame by frame, with the sounds of tests/speech and the recordings in prompts/; the
delays are those of the decision, to which a real call adds the way to Asterisk and back.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from ivr.speech.audio import sound, wav
from ivr.speech.voice_activity.endpointer import Endpointer, SpeechEnded, SpeechStarted
from ivr.speech.voice_activity.registry import named
from ivr.speech.voice_activity.vad import FRAME_MS, Chosen
from tests.bench.figures import Row, percentile, spread, table
from tests.rig.hotline import TOP
from tests.speech import hearing, noises

MINUTE = 60 * wav.RATE
STARTS_GOAL, DELAY_GOAL_MS = 0, 150  # of the 180 ms from speech to the prompt's last packet, 30 are Asterisk's
FLOOR_DBFS = -60.0  # of a line on which nobody speaks

#: What one caller hears and sends: the prompt that is played (None: nothing) and the sound on his line meanwhile.
Line = tuple[wav.Samples | None, wav.Samples]

#: The lines of one call into which some words are said, by their number.
Speaking = Callable[[int, wav.Samples], Sequence[Line]]


@dataclass(slots=True)
class Heard:
    """What came of some calls: when speech was told of in each turn, when its end, and what it cost."""

    starts: list[list[int]] = field(default_factory=list)
    ends: list[list[int]] = field(default_factory=list)
    frames: int = 0
    seconds: float = 0.0

    @property
    def cost(self) -> str:
        """Processor time for a frame, and how much faster than real time that is."""
        each = self.seconds / max(1, self.frames)
        return f"{1e6 * each:.0f} µs a frame ({FRAME_MS / 1000 / max(each, 1e-9):.0f} × real time)"


def listen(calls: Iterable[Sequence[Line]], chosen: Chosen) -> Heard:
    """Every call with a listener of its own, every line of it a turn."""
    found = Heard()
    for call in calls:
        listener, now = Endpointer(chosen.make()), 0
        for played, heard in call:
            listener.begin(now)
            listener.playing(played)
            began, starts, ends = now, [], []
            frames = list(hearing.frames(heard))
            before = time.process_time()
            for frame in frames:
                now += FRAME_MS
                if played is not None and now - began > len(played) * 1000 // wav.RATE:
                    listener.playing(None)
                match listener.feed(frame, now):
                    case SpeechStarted():
                        starts.append(now - began)
                    case SpeechEnded():
                        ends.append(now - began)
            found.seconds += time.process_time() - before
            found.frames += len(frames)
            found.starts.append(starts)
            found.ends.append(ends)
    return found


@cache
def prompts() -> tuple[wav.Samples, ...]:
    """The hotline's recordings of at least two seconds; where there are none yet, what the test callers say."""
    files = sorted((TOP / "prompts" / "recorded").rglob("*.wav"))
    found = tuple(samples for samples in map(wav.telephone, files) if len(samples) >= 2 * wav.RATE)
    return found or tuple(hearing.prompt(number) for number in range(10))


def noisy(samples: wav.Samples, dbfs: float, seed: int) -> wav.Samples:
    """With the noise of a line under it."""
    return samples + noises.white(len(samples), seed) * sound.ratio(dbfs)


def situations(scale: float) -> Iterator[tuple[str, list[list[Line]]]]:
    """Half an hour (times `scale`) in which nobody speaks to the hotline."""
    size = int(MINUTE * scale)

    def alone(*sounds: wav.Samples) -> list[list[Line]]:
        return [[(None, noisy(samples, FLOOR_DBFS, seed))] for seed, samples in enumerate(sounds)]

    db = sound.ratio
    yield "silence", alone(np.zeros(2 * size))
    yield (
        "noise",
        alone(
            *(noises.white(size, n) * db(dbfs) for n, dbfs in enumerate((-45, -35))),
            *(noises.pink(size, n) * db(dbfs) for n, dbfs in enumerate((-40, -30))),
            *(noises.office(size, n) * db(dbfs) for n, dbfs in enumerate((-40, -30))),
            noises.shaped(size, 1, 2.5) * db(-25),
            noises.hum(size) * db(-35),
        ),
    )
    music = [noises.chords(scale * 60 + 2)[:size], noises.arpeggio(scale * 60)[:size]]
    yield "music", alone(*(tune * db(dbfs) for tune in music for dbfs in (-10, -25, -35)))
    keys = np.tile(np.concatenate([noises.dtmf("1234567890*#"), noises.dtmf("190#", 0.5, 0.4)]), 60)[:size]
    yield "keys, in the sound", alone(keys * db(-10), keys * db(-20))
    bursts = np.zeros(size)
    for number in range(int(40 * scale)):
        noises.add(bursts, int((number + 0.5) * 1.5 * wav.RATE), noises.cough(number))
        noises.add(bursts, int((number + 0.9) * 1.5 * wav.RATE), noises.click(1200, number, 350.0, 0.03))
    yield "coughs, knocks, breath", alone(bursts * db(-6), bursts * db(-18), noises.breath(size, 1) * db(-35))
    yield "the prompt's echo at −20 dB", [list(echo(number)) for number in range(max(1, int(18 * scale)))]


def echo(seed: int, words: wav.Samples | None = None) -> Iterator[Line]:
    """One call with an echo: five prompts, of a line or a loudspeaker; `words` are said into the last."""
    random = np.random.default_rng(seed)
    kind, delay = ("line", "room")[seed % 2], int(random.integers(10, 450))
    for turn in range(5):
        played = prompts()[int(random.integers(len(prompts())))]
        # the player never begins equally soon
        heard = hearing.echo_of(played, delay + int(random.integers(0, 60)), -20.0, kind, seed)
        if words is not None and turn == 4:
            heard = hearing.over(np.pad(heard, (0, len(words) + 8000)), words, 1000)
        yield played, noisy(heard, FLOOR_DBFS, seed * 5 + turn)


def onset(words: wav.Samples) -> int:
    """Where the first window of speech begins (ms): less than 30 dB below the loudest, soft consonants included."""
    return int(sound.voiced(words).argmax()) * 10


def spoken(what: str, words: Sequence[wav.Samples], line: Speaking, chosen: Chosen) -> Row:
    """How soon each of `words`, said 1 s into the last turn of a line, is noticed, and how late its end is decided."""
    heard = listen((line(number, one) for number, one in enumerate(words)), chosen)
    turns = len(heard.starts) // len(words)
    delays, ends, missed, early = [], [], 0, 0
    for one, starts, over in zip(words, heard.starts[turns - 1 :: turns], heard.ends[turns - 1 :: turns], strict=True):
        begins, last = 1000 + onset(one), 1000 + len(one) * 1000 // wav.RATE
        early += sum(told < begins for told in starts)
        told = [told for told in starts if begins <= told <= last + 200]
        missed += not told
        delays += [float(told[0] - begins)] if told else []
        voiced = np.flatnonzero(sound.voiced(one))[-1] * 10 + 1010
        ends += [float(over[-1] - voiced)] if told and over else []
    text = f"{spread(delays)}; missed {missed}, too early {early}; its end → decided {spread(ends)}"
    met = bool(delays) and percentile(delays, 95) <= DELAY_GOAL_MS
    return Row(f"first speech → noticed, {what}", text, f"p95 ≤ {DELAY_GOAL_MS} ms", met)


def measure(quick: bool = False, engine: str = "auto") -> list[Row]:
    """All rows; `quick` takes a tenth, `engine` as in the settings."""
    chosen = named(engine, hearing.MODELS)
    rows, scale = [Row("voice activity", f"{chosen.name} ({chosen.reason})")], 0.1 if quick else 1.0
    for name, calls in situations(scale):
        print(f"  listening to {name}", flush=True)
        heard = listen(calls, chosen)
        wrong, minutes = sum(map(len, heard.starts)), heard.frames * FRAME_MS / 60000
        result = f"{wrong} false starts in {minutes:.1f} min; {heard.cost}"
        rows.append(Row(f"nobody speaks: {name}", result, f"{STARTS_GOAL}", wrong <= STARTS_GOAL))
    words = hearing.spoken(10 if quick else 1)
    quiet = [one * sound.ratio(-15) for one in words]
    for what, said, line in (
        ("clean", words, _alone(FLOOR_DBFS)),
        ("noise 15 dB below", words, _alone(-38.0)),
        ("at −38 dBFS", quiet, _alone(FLOOR_DBFS)),
        ("over the prompt's echo at −20 dB", words, _over_echo),
        ("at −38 dBFS over the prompt's echo at −20 dB", quiet, _over_echo),
    ):
        print(f"  callers who speak: {what}", flush=True)
        rows.append(spoken(what, said, line, chosen))
    return rows


def _alone(dbfs: float) -> Speaking:
    return lambda number, words: [(None, noisy(np.pad(words, (8000, 12000)), dbfs, number))]


def _over_echo(number: int, words: wav.Samples) -> Sequence[Line]:
    return list(echo(number, words))


if __name__ == "__main__":
    print(table(measure("--quick" in sys.argv, "webrtc" if "webrtc" in sys.argv else "auto")))
