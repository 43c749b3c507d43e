"""What a caller does, as words a tester writes, and as a plan with times in milliseconds.

    dial                        send the INVITE and wait for the answer (always first)
    wait 2s | wait 500ms        do nothing
    hear greeting main_menu     wait as long as these prompts last
    press 1 | press 12 | press * | press #
    hang up                     send BYE
    wait for bye [30s]          the hotline must end the call
    cancel                      give up before the answer (after `dial` and `wait`s)
    refused 404                 the INVITE must be refused with this code

A `press` happens at its instant: SIPp needs 780 ms before the first digit leaves, so the planner
takes them from the waits before it.
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


Step = Dial | Wait | Hear | Press | HangUp | WaitForBye | Cancel | Refused
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
        case ["refused", code] if re.fullmatch(r"[4-6]\d\d", code):
            return Refused(int(code))
        case _:
            raise StepError(
                f"step {text!r} is not known; write dial, wait 2s, hear PROMPT …, press KEYS (0-9 * #), "
                "hang up, wait for bye, cancel or refused CODE"
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
    """At `at_ms` after the answer: `keys` leave the telephone, or (empty) the end step is due."""

    at_ms: int
    keys: str = ""


def plan(steps: Sequence[Step], lasts_ms: Mapping[str, int] | None = None) -> tuple[Act, ...]:
    """When each key is pressed and when the last step is due, in ms after the answer (or, where
    the call is not to be answered, after the INVITE). `lasts_ms`: prompt id → its length.
    Raises StepError for keys too close to each other or a prompt of unknown length."""
    now, acts = 0, []
    for step in steps[1:-1]:
        match step:
            case Wait(ms):
                now += ms
            case Hear(prompts):
                now += sum(_length(prompt, lasts_ms or {}) for prompt in prompts)
            case Press(keys):
                now = max(now, DTMF_LEAD_MS)
                acts.append(Act(now, keys))
                now += DTMF_DIGIT_MS + DTMF_EACH_MS * (len(keys) - 1)
    for before, after in itertools.pairwise(acts):
        if after.at_ms - before.at_ms < DTMF_APART_MS + DTMF_EACH_MS * (len(before.keys) - 1):
            raise StepError(f"press {before.keys} and press {after.keys} are too close; write press {before.keys}"
                            f"{after.keys}, or wait 800ms between them")  # fmt: skip
    return (*acts, Act(now))


def _length(prompt: str, lasts_ms: Mapping[str, int]) -> int:
    if prompt not in lasts_ms:
        raise StepError(f"hear {prompt}: the length of this prompt is not known")
    return lasts_ms[prompt]
