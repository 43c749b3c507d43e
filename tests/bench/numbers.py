"""Numbers by voice: `python -m tests.bench.numbers MODELS [--voice STYLE …] [--count N] [--write]`.

MODELS is a folder of models with kokoro, whisper-base and silero in it. Amounts, days, a card's last four and telephone
numbers (`drawn_numbers`) are spoken as a caller's telephone sends them, cut out of the line by `Endpointer` and
recognised by whisper for the question that the dialogue asks; what the dialogue then does is counted: the right value
read back, asked again, a wrong value (read back as well, but wrong), or something else. jf_alpha, a Japanese style that
speaks Mandarin with an accent, is not installed with the others: `package/voices/jf_alpha.bin` of kokoro-js goes to
kokoro/voices/. `--write` keeps the table in docs/bench-numbers.md, `--each` prints every saying.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from pathlib import Path

import numpy as np

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Caller, Key, Listen, Spoke
from ivr.dialogue.state import Position
from ivr.flow.loader import require
from ivr.flow.model import Flow, Prompt, PromptKind, SlotKind, TargetKind
from ivr.nlu import STANDALONE_WORDS, Understanding
from ivr.speech.audio import sound, wav
from ivr.speech.audio.wav import Samples
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.recognition.whisper_engine import WhisperEngine
from ivr.speech.voice_activity.endpointer import Endpointer, SpeechEnded
from ivr.speech.voice_activity.registry import named
from ivr.speech.voice_activity.vad import FRAME_MS, Chosen
from ivr.speech.voices.kokoro import Kokoro
from tests.bench.drawn_numbers import KINDS, SEED, TODAY, Saying, drawn
from tests.bench.figures import table_of
from tests.bench.machine import described
from tests.dialogue.listening import asking
from tests.flows_for_tests import local, option
from tests.rig.hotline import TOP
from tests.speech import hearing, noises
from tests.speech.make import SPEEDS, caller, noisy
from tests.speech.split import REPORTED, TUNED

#: Nothing was chosen on the first two; the third is there to compare with.
VOICES = (*REPORTED, "jf_alpha", "zm_yunxi")
COUNT = 30
NOW = local(f"{TODAY.isoformat()} 10:00")
FLOOR_DBFS = -60.0
#: Of the line before and after what is said, s: nobody speaks.
_BEFORE_S, _AFTER_S = 1, 2
_NAMES = {
    SlotKind.AMOUNT: "amounts",
    SlotKind.DATE: "days",
    SlotKind.LAST4: "a card's last four",
    SlotKind.PHONE: "telephone numbers",
}


class Outcome(StrEnum):
    """What the dialogue did with what it heard."""

    RIGHT = "right"
    AGAIN = "asked again"
    WRONG = "wrong"
    ELSE = "else"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one saying; `heard` is what it was recognised as."""

    saying: Saying
    voice: str
    noise: bool
    outcome: Outcome
    heard: str = field(repr=False)


# ---- the dialogue


def asking_flow() -> Flow:
    """The shipped flow, its main menu leading to one question of each kind."""
    shipped = require(TOP / "flows")
    leaves = {_leaf(slot): asking(_leaf(slot), slot) for slot in KINDS}
    options = tuple(option(str(key), TargetKind.LEAF, leaf) for key, leaf in enumerate(leaves, 1))
    spoken = {f"{leaf}_{part}": "请问？" for leaf in leaves for part in ("ask", "said", "intro")}
    texts = {id: Prompt(id, PromptKind.QUESTION, {"zh": text}) for id, text in spoken.items()}
    main = shipped.entries[0].menu
    return replace(
        shipped,
        menus={**shipped.menus, main: replace(shipped.menus[main], options=options)},
        leaves={**shipped.leaves, **leaves},
        prompts={**shipped.prompts, **texts},
    )


def _leaf(slot: SlotKind) -> str:
    return f"asks_{slot.value}"


def asked(flow: Flow, understanding: Understanding, slot: SlotKind) -> tuple[Conversation, Expected]:
    """A call in which that question was just asked, and what the recogniser is told of it."""
    conversation = Conversation(flow, Caller(None), NOW, understanding)
    conversation.start(NOW)
    turn = conversation.on(Key(NOW + 1000, str(KINDS.index(slot) + 1), 0))
    assert turn is not None and isinstance(turn.then, Listen) and turn.then.expected is not None
    expected = turn.then.expected
    assert conversation.place is Position.ASK and expected.slot is slot
    return conversation, Expected(expected.words, expected.closed, STANDALONE_WORDS, expected.alphabet)


def outcome(conversation: Conversation, saying: Saying, heard: Recognised) -> Outcome:
    """What the conversation does with it."""
    if not heard.text:
        return Outcome.AGAIN
    at = NOW + 5000
    turn = conversation.on(Spoke(at, 0, heard.text, heard.score, at - 900, at, "t1", False, None, heard.others))
    if conversation.place is Position.CHECK:
        assert turn is not None
        values = {name: value for say in turn.say for name, value in say.values.items()}
        return Outcome.RIGHT if values[saying.slot.value] == saying.value else Outcome.WRONG
    return Outcome.AGAIN if conversation.place is Position.ASK else Outcome.ELSE


# ---- the sound


def line(said: Samples, number: int, *, noise: bool) -> Samples:
    """A line on which nobody speaks, then that is said, then nobody speaks."""
    whole = np.pad(said, (_BEFORE_S * wav.RATE, _AFTER_S * wav.RATE))
    if noise:
        return noisy(whole, number)
    return np.asarray(whole + noises.white(len(whole), number) * sound.ratio(FLOOR_DBFS))


def cut_out(samples: Samples, chosen: Chosen) -> bytes:
    """The first utterance that the line's listener hears (what follows it is heard in the next turn); b"" for none."""
    listener = Endpointer(chosen.make())
    for now, frame in zip(count(FRAME_MS, FRAME_MS), hearing.frames(samples), strict=False):
        edge = listener.feed(frame, now)
        if isinstance(edge, SpeechEnded):
            return edge.audio
    return b""


def measured(models: Path, voices: Sequence[str], many: int) -> Iterator[Result]:
    """Every saying of every kind by every voice, without noise and with it."""
    engine, chosen = WhisperEngine(models / "whisper-base"), named("silero", models)
    flow = asking_flow()
    understanding = Understanding(flow)
    for voice in voices:
        speaker = Kokoro(models / "kokoro", voice)
        for slot in KINDS:
            for number, saying in enumerate(drawn(slot, many)):
                said = caller(speaker.say(f"{saying.text}。", SPEEDS[number % len(SPEEDS)]))
                for noise in (False, True):
                    conversation, expected = asked(flow, understanding, slot)
                    audio = cut_out(line(said, number, noise=noise), chosen)
                    utterance = engine.begin(expected)
                    utterance.feed(audio)
                    heard = utterance.finish()
                    yield Result(saying, voice, noise, outcome(conversation, saying, heard), heard.text)


# ---- the table


def rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Right, asked again, wrong, else of each voice, kind, and line."""
    counted: dict[tuple[str, bool, SlotKind], Counter[Outcome]] = {}
    for one in results:
        counted.setdefault((one.voice, one.noise, one.saying.slot), Counter())[one.outcome] += 1
    order = sorted(counted, key=lambda key: (KINDS.index(key[2]), key[1]))
    return [
        (
            f"{_NAMES[slot]}, {_voice(voice)}{', 15 dB noise' if noise else ''}",
            *(str(counted[voice, noise, slot][what]) for what in Outcome),
            str(counted[voice, noise, slot].total()),
        )
        for voice, noise, slot in order
    ]


def ways(results: Sequence[Result]) -> list[tuple[str, ...]]:
    """Right, asked again, wrong, else of each way of saying, all voices that nothing was tuned on together."""
    counted: dict[tuple[SlotKind, str], Counter[Outcome]] = {}
    for one in results:
        if one.voice not in TUNED and not one.noise:
            counted.setdefault((one.saying.slot, one.saying.way), Counter())[one.outcome] += 1
    return [
        (f"{_NAMES[slot]}: {way}", *(str(each[what]) for what in Outcome), str(each.total()))
        for (slot, way), each in counted.items()
    ]


def _voice(style: str) -> str:
    return f"{style} (tuned on)" if style in TUNED else style


HEADS = ("asked for a value, and said", *Outcome, "n")


def document(results: Sequence[Result], many: int) -> str:
    """docs/bench-numbers.md."""
    return f"""# Numbers by voice

What the last `python -m tests.bench.numbers MODELS --write` measured.

{described()}
- Python {platform.python_version()}; {datetime.datetime.now(datetime.UTC):%Y-%m-%d}. No times are measured.

**How.** {many} sayings of each kind, drawn with the seed {SEED} from the ways of saying of the property tests \
(tests/nlu/saying.py,
saying_digits.py), so the right value is known; spoken by Kokoro's voices as a telephone sends them, cut out of the
line by silero, recognised by whisper-base, and given to the dialogue that asked. Right: the right value is read back.
Asked again: the caller hears the question once more and is offered the keys. Wrong: another value is read back, which
the caller has to deny. Else: taken for something other than an answer. Every value is read back before it is used.
On zf_xiaoni and jf_alpha nothing was tuned; the voices that are marked were tuned on, and are here to compare with.
Spoken in one breath by a model, numbers are neither slower nor more distinct than what else it says, as people's are.

{table_of(HEADS, rows(results))}

The ways of saying, clean sound, the voices that nothing was tuned on together:

{table_of(HEADS, ways(results))}
"""


def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 whatever it says, since it is measured, not asserted."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.numbers")
    parser.add_argument("models", type=Path)
    parser.add_argument("--voice", nargs="+", default=VOICES)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--each", action="store_true")
    given = parser.parse_args(arguments)
    results = []
    for one in measured(given.models, given.voice, given.count):
        results.append(one)
        if given.each:
            where = f"{one.voice}{' noise' if one.noise else ''}, {one.saying.slot.value}, {one.saying.way}"
            print(f"  {one.outcome}: {one.saying.text} → {one.heard} ({where})", flush=True)
    text = document(results, given.count)
    print(text)
    if given.write:
        (TOP / "docs" / "bench-numbers.md").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
