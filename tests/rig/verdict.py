"""What a scenario expected and did not get, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.rig.calls import Call
from tests.rig.heard import MUSIC, UNKNOWN, Heard
from tests.rig.scenario import ANYTHING, Check, Expected, Scenario
from tests.rig.speech import answers_ms, barge_ins_ms, longest_wait, utterances
from tests.rig.timeline import flat, sentences

#: A prompt that a key cut ends at the latest so long after the key was let go.
_CUT_S = 0.5
#: A voice stops a prompt so soon after it began, or something else did.
_VOICE_S = 1.0
#: The end of the call may cut what was playing; the last packet is this close to it.
_END_S = 0.25
_NO_RECORD = "no call record was written"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a call left: its packets, what was heard of them, its record (the exchange form as plain
    data), and the calls the agents' telephones got."""

    call: Call
    heard: Sequence[Heard]
    record: Mapping[str, object] | None = None
    agents: Mapping[str, Call] = field(default_factory=dict)


def verdict(scenario: Scenario, evidence: Evidence) -> list[str]:
    """Every mismatch; empty if the call was as expected."""
    expect, call = scenario.expect, evidence.call
    out: list[str] = []
    status = expect.status if expect.status is not None else (200 if expect.heard else None)
    if status is not None and call.status != status:
        out.append(f"the call was answered with {call.status}, expected {status}")
    if expect.ended_by is not None:
        by = "hotline" if call.ended_by == "callee" else call.ended_by
        if by != expect.ended_by:
            out.append(f"the call was ended by {by or 'nobody'}, expected {expect.ended_by}")
    if expect.heard is not None:
        out += _prompts(expect.heard, evidence)
    if expect.silence_ms is not None:
        out += _silence(expect.silence_ms, call)
    out += _pace(
        "a prompt went on {} ms after the caller began to speak", expect.barge_in_ms, barge_ins_ms(call, evidence.heard)
    )
    out += _pace(
        "the hotline answered {} ms after the caller's words", expect.answer_ms, answers_ms(call, evidence.heard)
    )
    if expect.record:
        out += [_NO_RECORD] if evidence.record is None else _fields(expect.record, evidence.record)
    return out


def _silence(most_ms: int, call: Call) -> Iterator[str]:
    if call.t_answered is None or call.t_ended is None:
        yield "the call was not answered and ended, so silence cannot be measured"
        return
    longest = longest_wait(call, call.t_answered, call.t_ended)
    if longest.seconds * 1000 > most_ms:
        at = longest.t_start - call.t_invite
        yield f"the caller heard nothing for {longest.seconds:.2f} s from {at:.2f} s on, at most {most_ms / 1000:g} s"


def _pace(words: str, most_ms: int | None, found: Sequence[int | None]) -> Iterator[str]:
    """What is expected must happen at least once, and never too late."""
    if most_ms is None:
        return
    if not found:
        yield f"never: {words.format('…')}"
    for ms in found:
        if ms is None or ms > most_ms:
            yield f"{words.format('never' if ms is None else ms)}, at most {most_ms}"


def _prompts(expected: Sequence[Expected], evidence: Evidence) -> list[str]:
    """The prompts in their order. Music and unknown sound count only where they are expected."""
    wanted = {name for one in expected for name in one.prompts}
    listed = [one for one in sentences(evidence.heard) if one.prompt not in (MUSIC, UNKNOWN) or one.prompt in wanted]
    pairs, problem = _matched(expected, listed, evidence.call)
    if problem:
        return [problem]
    out: list[str] = []
    for index, (one, heard) in enumerate(pairs):
        before = pairs[index - 1][1] if index else None
        out += _manner(one, heard, before, evidence.call)
    return out


def _matched(
    expected: Sequence[Expected], heard: Sequence[Heard], call: Call
) -> tuple[list[tuple[Expected, Heard]], str]:
    """Pairs, or what went wrong first. After ANYTHING the next expected one is looked for."""
    pairs: list[tuple[Expected, Heard]] = []
    at, loose = 0, False
    for one in expected:
        if one.prompts == (ANYTHING,):
            loose = True
            continue
        found = at
        while loose and found < len(heard) and not _is(heard[found], one):
            found += 1
        if found >= len(heard):
            return pairs, f"{_named(one)} was not heard after {_last(pairs)}; heard: {_list(heard, call)}"
        if not _is(heard[found], one):
            return pairs, (
                f"after {_last(pairs)} {_named(one)} was expected, but {heard[found].name} was heard "
                f"at {heard[found].t_start - call.t_invite:.2f} s; heard: {_list(heard, call)}"
            )
        pairs.append((one, heard[found]))
        at, loose = found + 1, False
    if not loose and at < len(heard):
        extra = heard[at]
        return pairs, (
            f"after {_last(pairs)} nothing more was expected, but {extra.name} was heard "
            f"at {extra.t_start - call.t_invite:.2f} s; heard: {_list(heard, call)}"
        )
    return pairs, ""


def _is(heard: Heard, one: Expected) -> bool:
    return any(heard.is_(prompt) for prompt in one.prompts)


def _named(one: Expected) -> str:
    return " or ".join(one.prompts)


def _last(pairs: Sequence[tuple[Expected, Heard]]) -> str:
    return pairs[-1][1].name if pairs else "the answer"


def _list(heard: Sequence[Heard], call: Call) -> str:
    return ", ".join(f"{one.name} ({one.t_start - call.t_invite:.2f} s)" for one in heard) or "nothing"


def _manner(one: Expected, heard: Heard, before: Heard | None, call: Call) -> Iterator[str]:
    """Cut or whole, and begun in time."""
    at = f"{heard.name} at {heard.t_start - call.t_invite:.2f} s"
    ended = call.t_ended is not None and call.t_ended - heard.t_end <= _END_S
    spoken = heard.prompt not in (MUSIC, UNKNOWN)
    if one.cut is True:
        if heard.cut_ms is None:
            yield f"{at} should have been cut, but was heard to its end"
        elif not ended and not _interrupted(heard, call):
            yield f"{at} was cut after {heard.cut_ms / 1000:.2f} s, but no key was pressed and nothing said then"
    elif spoken and not heard.whole and not (one.cut is None and ended and heard.cut_ms is not None):
        what = f"cut after {heard.cut_ms / 1000:.2f} s" if heard.cut_ms is not None else "heard without its beginning"
        yield f"{at} was {what}, but should have been heard whole"
    if one.variant is not None and heard.variant != one.variant:
        yield f"{at} was the {heard.variant or 'plain'} recording, expected the {one.variant} one"
    if one.within_ms is not None:
        since = max(
            [call.t_answered or call.t_invite]
            + ([before.t_end] if before else [])
            + [key.t_end for key in call.keys if key.t_end <= heard.t_start]
            + [one.t_end for one in utterances(call) if one.t_end <= heard.t_start]
        )
        if (heard.t_start - since) * 1000 > one.within_ms:
            yield f"{at} began {heard.t_start - since:.2f} s late, at most {one.within_ms / 1000:g} s"


def _interrupted(heard: Heard, call: Call) -> bool:
    """By a key, or by the caller's voice: that may take longer to be recognised as one."""
    if any(_cut_by(key.t_start, key.t_end, heard) for key in call.keys):
        return True
    return any(one.t_start - 0.05 <= heard.t_end <= one.t_start + _VOICE_S for one in utterances(call))


def _cut_by(pressed: float, released: float, heard: Heard) -> bool:
    return pressed - 0.05 <= heard.t_end <= released + _CUT_S


def _fields(expected: Mapping[str, object], record: Mapping[str, object]) -> Iterator[str]:
    for name, wanted in expected.items():
        known, value = _value(record, name)
        problem = _differs(wanted, known, value)
        if problem:
            have = ", ".join(f"{key}={one}" for key, one in flat(record) if key.split(".")[0] == name.split(".")[0])
            yield f"record {name}: {problem}" + (f" ({have})" if have and not known else "")


def _value(record: Mapping[str, object], name: str) -> tuple[bool, object]:
    """A field, or the difference of two, `a - b`."""
    minuend, minus, subtrahend = name.partition(" - ")
    known, value = _field(record, minuend.strip())
    if not minus or not known:
        return known, value
    known, less = _field(record, subtrahend.strip())
    return (True, value - less) if isinstance(value, int) and isinstance(less, int) else (False, None)


def _field(record: Mapping[str, object], name: str) -> tuple[bool, object]:
    """The value at a dotted path; `count` after a list is its length."""
    value: object = record
    for word in name.split("."):
        if isinstance(value, Mapping) and word in value:
            value = value[word]
        elif isinstance(value, list | tuple) and word == "count":
            value = len(value)
        elif isinstance(value, list | tuple) and re.fullmatch(r"-?\d+", word) and -len(value) <= int(word) < len(value):
            value = value[int(word)]
        else:
            return False, None
    return value is not None, value


def _differs(wanted: object, known: bool, value: object) -> str:
    """Why a value is not what was wanted; empty if it is."""
    if isinstance(wanted, Check) and wanted.kind == "present":
        return "" if known == wanted.value else f"is {value!r}, expected {'a value' if wanted.value else 'none'}"
    if wanted is None:
        return "" if not known else f"is {value!r}, expected none"
    if not known:
        return "is missing"
    if not isinstance(wanted, Check):
        return "" if _plain(value) == _plain(wanted) else f"is {value!r}, expected {wanted!r}"
    checks: dict[str, Callable[[], bool]] = {
        "matches": lambda: re.fullmatch(str(wanted.value), str(value)) is not None,
        "at_least": lambda: isinstance(value, int | float) and value >= wanted.value,  # type: ignore[operator]
        "at_most": lambda: isinstance(value, int | float) and value <= wanted.value,  # type: ignore[operator]
        "between": lambda: isinstance(value, int | float) and wanted.value[0] <= value <= wanted.value[1],  # type: ignore[index]
        "one_of": lambda: value in wanted.value,  # type: ignore[operator]
    }
    return "" if checks[wanted.kind]() else f"is {value!r}, expected {wanted.kind.replace('_', ' ')} {wanted.value!r}"


def _plain(value: object) -> object:
    """Keys and ids compare as text, since YAML writes 2 for "2"; lists compare as lists."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
