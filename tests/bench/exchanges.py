"""What callers say through real calls, and what the hotline answers.

Each utterance of tests/speech is spoken into a call of its own, during the greeting, by a caller with its own sockets.
Nothing is synthesised, and no figure comes from what the application believes about time: barge-in and answer are
measured between packets, the words come from the call's record.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.rig import g711
from tests.rig.errors import RigError
from tests.rig.hotline import TOP, Hotline, until
from tests.rig.ports import take
from tests.rig.sound import read_wav
from tests.rig.talker import Packet, Talker

SPEECH = TOP / "tests" / "speech"
#: The caller speaks so long after the answer, into the greeting.
BEGINS_S = 3.0
#: An answer that has not come by then does not come.
PATIENCE_S = 8.0
#: No prompt is so quiet (RMS of 16-bit samples), and none pauses for so long within a sentence and ends.
_QUIET, _GAP_S = 60.0, 0.16
#: The request for a moment lasts no longer.
MOMENT_S = 1.35


@dataclass(frozen=True, slots=True)
class Fixture:
    """One utterance: `kind` is asked, yes, no, word or off; `variant` clean, noise15, quiet, clipped, ulaw, gsm,
    held, held15 or situations."""

    file: Path
    text: str
    intent: str
    kind: str
    variant: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """What became of one utterance. `turn` is the record's, None where there is none. `barge_in_ms`: first frame of
    speech → last packet of the prompt; `answer_ms`: last frame of speech → first packet of the answer; `asked_to_wait`:
    he was asked for a moment before it."""

    fixture: Fixture
    turn: Mapping[str, object] | None
    barge_in_ms: float | None
    answer_ms: float | None
    asked_to_wait: bool = False
    wrong: str = ""


def fixtures(variants: Sequence[str], kinds: Sequence[str]) -> list[Fixture]:
    """The utterances of these variants and kinds, in the order of the lists."""
    said = {}
    for name in ("utterances", *(variant for variant in variants if variant != "clean")):
        for line in (SPEECH / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
            file, text, intent = line.split("\t")
            said[file] = (text, intent)
    found = []
    for line in (SPEECH / "voices.tsv").read_text(encoding="utf-8").splitlines():
        file, kind, _, variant = line.split("\t")
        if variant in variants and kind in kinds and file in said:
            found.append(Fixture(SPEECH / file, *said[file], kind, variant))
    return found


def speak(line: Hotline, fixture: Fixture, number: str, *before: Path, patience: float = PATIENCE_S) -> Exchange:
    """Place one call and say it; with `before`, say those first and this after the answer to the last of them."""
    try:
        with take() as ports, Talker((line.address, 5060), ports, number=number) as caller:
            caller.dial()
            time.sleep(BEGINS_S)
            for file in before:
                _say(caller, file, patience)
                time.sleep(0.8)
            barge_in, answer, asked_to_wait = _say(caller, fixture.file, patience)
            time.sleep(0.3)
            caller.hang_up()
        turns = line.record(number)["turns"]
        assert isinstance(turns, list)
        turn = turns[len(before)] if len(turns) > len(before) else None
        return Exchange(fixture, turn, barge_in, answer, asked_to_wait)
    except RigError as wrong:
        return Exchange(fixture, None, None, None, wrong=str(wrong))


def speak_all(line: Hotline, wanted: Sequence[Fixture], at_once: int, *before: Path) -> list[Exchange]:
    """All of them, so many callers at a time."""
    numbers = [line.next_number() for _ in wanted]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda pair: speak(line, pair[0], pair[1], *before), zip(wanted, numbers, strict=True)))


def _say(caller: Talker, file: Path, patience: float) -> tuple[float | None, float | None, bool]:
    """Say it now; barge-in and answer in ms, None where the prompt had ended before or no answer came; and whether the
    caller was asked for a moment before it."""
    sound = read_wav(file)
    first, last = _spoken(sound)
    heard, said = len(caller.heard), len(caller.said)
    playing = _loud(caller.heard[-3:])
    caller.say(sound)
    until("the first packet of speech", lambda: len(caller.said) > said, 1)
    began = caller.said[said].t
    t_first, t_last = began + first / 8000, began + last / 8000
    deadline = t_last + patience
    while time.time() < t_last:
        time.sleep(0.02)
    answer = first_answer = _next_loud(caller, heard, t_last, deadline)
    if answer is not None and (over := _moment_over(caller, heard, answer)) is not None:
        answer = _next_loud(caller, heard, over, deadline)
    prompt = [one.t for one in caller.heard[heard:] if _loud([one]) and (first_answer is None or one.t < first_answer)]
    stopped = _end_of_first(prompt) if playing and prompt else None
    return (
        None if stopped is None else (stopped - t_first) * 1000,
        None if answer is None else (answer - t_last) * 1000,
        answer != first_answer,
    )


def _next_loud(caller: Talker, heard: int, after: float, deadline: float) -> float | None:
    """When the first loud packet after that moment came; None where none comes by the deadline."""
    found = None
    while found is None and time.time() < deadline and not caller.hung_up.is_set():
        time.sleep(0.02)
        found = next((one.t for one in caller.heard[heard:] if one.t > after and _loud([one])), None)
    return found


def _moment_over(caller: Talker, heard: int, began: float) -> float | None:
    """When what began then was over, where that was the request for a moment: no other prompt is so short."""
    while time.time() < began + MOMENT_S + 2 * _GAP_S and not caller.hung_up.is_set():
        time.sleep(0.02)
    over = _end_of_first([one.t for one in caller.heard[heard:] if one.t >= began and _loud([one])])
    return over if over - began <= MOMENT_S else None


def _end_of_first(moments: Sequence[float]) -> float:
    """The last packet before the first long gap."""
    for one, other in itertools.pairwise(moments):
        if other - one > _GAP_S:
            return one
    return moments[-1]


def _loud(packets: Sequence[Packet]) -> bool:
    return any(
        float(np.sqrt(np.mean(np.square(g711.decode(one.payload, "alaw").astype(float))))) > _QUIET for one in packets
    )


def _spoken(sound: g711.Samples) -> tuple[int, int]:
    """First and last sample of the 20 ms frames that hold speech: within 30 dB of the loudest."""
    frames = sound[: len(sound) // 160 * 160].astype(float).reshape(-1, 160)
    levels = np.sqrt((frames**2).mean(axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-30 / 20))
    return int(loud[0]) * 160, (int(loud[-1]) + 1) * 160
