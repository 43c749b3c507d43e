"""What a caller does, as words a tester writes, and as a plan with times in milliseconds.

    dial                        send the INVITE and wait for the answer (always first)
    wait 2s | wait 500ms        do nothing
    hear greeting main_menu     wait as long as these prompts last
    press 1 | press 12 | press * | press #
    say fixtures/a.wav          speak this recording (tests/speech/…) into the call
    noise nonspeech/b.wav 5s    the same, over and over, for so long
    hang up                     send BYE
    wait for bye [30s]          the hotline must end the call
    cancel                      give up before the answer (after `dial` and `wait`s)
    refused 404                 the INVITE must be refused with this code

A `press` happens at its instant: SIPp needs 780 ms before the first digit leaves, so the planner
takes them from the waits before it. While keys are played nothing can be said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.rig.errors import StepError

#: Measured on SIPp 3.6.1: `play_dtmf` to the first digit; one digit; first digit to the next.
DTMF_LEAD_MS, DTMF_DIGIT_MS, DTMF_EACH_MS = 780, 200, 400
#: `play_dtmf` to the moment at which speech may go on, else Asterisk's strict RTP drops digits.
DTMF_REST_MS = 1500
#: The shortest distance of two `play_dtmf`; the second would cut the first one short.
DTMF_APART_MS = 1000
#: SIPp begins a recording up to 20 ms late, and would leave out as much of its end.
SAY_REST_MS = 60


@dataclass(frozen=True, slots=True)
class Dial:
    """Send the INVITE; `answered`: go on only when the call is answered."""

    answered: bool = True


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for `ms`."""

    ms: int


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait as long as these prompts last."""

    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """Press these keys, 400 ms apart."""

    keys: str


@dataclass(frozen=True, slots=True)
class Say:
    """Speak the recording `file`, for its own length or, over and over, for `ms`."""

    file: str
    ms: int | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """Send BYE."""


@dataclass(frozen=True, slots=True)
class WaitForBye:
    """The other side must hang up within `ms` (0: within the whole call's limit)."""

    ms: int = 0


@dataclass(frozen=True, slots=True)
class Cancel:
    """Send CANCEL before the answer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The INVITE must be refused with this SIP code."""

    code: int


Step = Dial | Wait | Hear | Press | Say | HangUp | WaitForBye | Cancel | Refused
Ends = HangUp | WaitForBye | Cancel | Refused


def duration_ms(text: str) -> int:
    """`2s`, `1.5s`, `500ms`, `1m` → milliseconds. Raises StepError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m)", text.strip())
    if not found:
        raise StepError(f"{text!r} is not a duration like 2s, 1.5s, 500ms or 1m")
    return round(float(found[1]) * {"ms": 1, "s": 1000, "m": 60000}[found[2]])


def parse_step(text: str) -> Step:
    """One line → a step. Raises StepError with what was expected."""
    words = text.split()
    match words:
        case ["dial"]:
            return Dial()
        case ["hang", "up"]:
            return HangUp()
        case ["cancel"]:
            return Cancel()
        case ["wait", "for", "bye"]:
            return WaitForBye()
        case ["wait", "for", "bye", limit]:
            return WaitForBye(duration_ms(limit))
        case ["wait", long]:
            return Wait(duration_ms(long))
        case ["hear", first, *rest]:
            return Hear((first, *rest))
        case ["press", keys] if re.fullmatch(r"[0-9*#]{1,32}", keys):
            return Press(keys)
        case ["say", file]:
            return Say(file)
        case ["noise", file, long]:
            return Say(file, duration_ms(long))
        case ["refused", code] if re.fullmatch(r"[4-6]\d\d", code):
            return Refused(int(code))
        case _:
            raise StepError(
                f"step {text!r} is not known; write dial, wait 2s, hear PROMPT …, press KEYS (0-9 * #), "
                "say FILE.wav, noise FILE.wav 5s, hang up, wait for bye, cancel or refused CODE"
            )


def parse(lines: Sequence[str]) -> tuple[Step, ...]:
    """A whole scenario's steps, in an order that can be done. Raises StepError, naming the step."""
    steps = tuple(parse_step(line) for line in lines)
    if not steps or not isinstance(steps[0], Dial):
        raise StepError("the first step must be dial")
    if not isinstance(steps[-1], Ends):
        raise StepError("the last step must end the call: hang up, wait for bye, cancel or refused CODE")
    for number, step in enumerate(steps[1:-1], 2):
        if isinstance(step, Dial | Ends):
            raise StepError(f"step {number} ({lines[number - 1]}) cannot stand in the middle")
    if isinstance(steps[-1], Cancel | Refused):
        for number, step in enumerate(steps[1:-1], 2):
            if not isinstance(step, Wait):
                raise StepError(f"step {number} ({lines[number - 1]}) cannot be done before the answer")
        return (Dial(answered=False), *steps[1:])
    return steps


@dataclass(frozen=True, slots=True)
class Act:
    """At `at_ms` after the answer: `keys` leave the telephone, or the recording `say` for `ms`, or (both empty) the
    end step is due."""

    at_ms: int
    keys: str = ""
    say: str = ""
    ms: int = 0

    @property
    def begins_ms(self) -> int:
        """When SIPp must turn to it."""
        return self.at_ms - DTMF_LEAD_MS if self.keys else self.at_ms

    @property
    def over_ms(self) -> int:
        """When speech may go on after it."""
        if self.say:
            return self.at_ms + self.ms + SAY_REST_MS
        return self.begins_ms + (DTMF_REST_MS + DTMF_EACH_MS * (len(self.keys) - 1) if self.keys else 0)


def plan(
    steps: Sequence[Step], lasts_ms: Mapping[str, int] | None = None, says_ms: Mapping[str, int] | None = None
) -> tuple[Act, ...]:
    """When each key is pressed, each recording spoken, and when the last step is due, in ms after the answer (or, where
    the call is not to be answered, after the INVITE). `lasts_ms`: prompt id → its length; `says_ms`: a recording's.
    Raises StepError for what is too close to each other, or of unknown length."""
    now = 0
    acts: list[Act] = []
    for step in steps[1:-1]:
        match step:
            case Wait(ms):
                now += ms
            case Hear(prompts):
                now += sum(_length("hear", prompt, lasts_ms or {}) for prompt in prompts)
            case Press(keys):
                now = max(now, DTMF_LEAD_MS)
                acts.append(Act(now, keys))
                now += DTMF_DIGIT_MS + DTMF_EACH_MS * (len(keys) - 1)
            case Say(file, ms):
                acts.append(Act(now, "", file, _length("say", file, says_ms or {}) if ms is None else ms))
                now = acts[-1].over_ms
    for before, after in itertools.pairwise(acts):
        _apart(before, after)
    return (*acts, Act(now))


def _apart(before: Act, after: Act) -> None:
    if before.keys and after.keys:
        if after.at_ms - before.at_ms < DTMF_APART_MS + DTMF_EACH_MS * (len(before.keys) - 1):
            raise StepError(f"press {before.keys} and press {after.keys} are too close; write press {before.keys}"
                            f"{after.keys}, or wait 800ms between them")  # fmt: skip
    elif after.begins_ms < before.over_ms:
        raise StepError(f"{_told(before)} and {_told(after)} are too close; write wait 800ms between them")


def _told(act: Act) -> str:
    return f"press {act.keys}" if act.keys else f"say {act.say}"


def _length(word: str, name: str, lasts_ms: Mapping[str, int]) -> int:
    if name not in lasts_ms:
        raise StepError(f"{word} {name}: the length of it is not known")
    return lasts_ms[name]
