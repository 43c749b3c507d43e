"""Many calls side by side on one hotline: calls are mostly waiting, so ten at once cost little more than one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.rig import sipp, timeline
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.process import Sipp
from tests.rig.pulse import Pulse
from tests.rig.scenario import ANYTHING, Expect, Expected, Scenario
from tests.rig.steps import parse
from tests.rig.verdict import Evidence, verdict

#: So often calls are made again that were held up by the machine.
_AGAIN = 2

Record = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller: what they do, and what must come of it. `number` None gives them one of their own."""

    name: str
    steps: Sequence[str]
    expect: Expect = field(default_factory=Expect)
    number: str | None = None
    limit_s: float = 90


def changes(flow: Mapping[str, object]) -> Scenario:
    """The shipped flow with these changes, for `Hotline.serve_flows`."""
    return Scenario("changed", Path("changed"), "", (), None, "95000", (), None, flow, {}, Expect(), 0)


#: A talk with an agent, from the number to the voice. What is said over the music is found by its likeness, so one of
#: the two ends of the announcement must do; that it was said, the record tells.
TALK: tuple[str | Expected, ...] = (
    ANYTHING,
    Expected(("agent_number", "agent_service")),
    ANYTHING,
    "(unknown)",
    ANYTHING,
)


def heard(*wanted: str | Expected) -> tuple[Expected, ...]:
    """What must be heard, in order: ids of prompts, `...` for anything, or an `Expected`."""
    return tuple(Expected((one,)) if isinstance(one, str) else one for one in wanted)


def cut(prompt: str, within_ms: int | None = None) -> Expected:
    """A prompt that a key cut short."""
    return Expected((prompt,), cut=True, within_ms=within_ms)


@contextlib.contextmanager
def signed_in(line: Hotline, folder: Path, agents: Mapping[str, Manner]) -> Iterator[Mapping[str, Sipp]]:
    """These agents' telephones are registered for as long as the block lasts."""
    setup = line.setup(600)
    with contextlib.ExitStack() as stack:
        yield {
            agent: stack.enter_context(
                sipp.agent(folder / agent, agent, password=line.password(agent), manner=manner, setup=setup)
            )
            for agent, manner in agents.items()
        }


def _place(line: Hotline, folder: Path, caller: Caller) -> Evidence:
    """Place one call and get its record; a refused one leaves none to wait for."""
    number = caller.number or line.next_number()
    call, _ = line.place(folder, parse(list(caller.steps)), number=number, limit_s=caller.limit_s)
    record = line.record(number, since=int(call.t_invite * 1000)) if call.status == 200 else None
    return Evidence(call, (), record)


def place_all(
    line: Hotline,
    folder: Path,
    callers: Sequence[Caller],
    at_once: int = 10,
    *,
    alone: bool = True,
    more: Callable[[Caller, Evidence], Sequence[str]] = lambda caller, evidence: (),
) -> dict[str, Evidence]:
    """Place all of them, `at_once` at a time. Where the machine did not keep time meanwhile, those calls that went
    wrong (or all, unless the callers do not depend on each other: `alone`) are made again, fewer at once.
    `more`: what else is wrong with a call."""

    def wrong(caller: Caller) -> bool:
        return bool(judge(caller, found[caller.name]) or more(caller, found[caller.name]))

    with Pulse() as pulse:
        found = place_once(line, folder, callers, at_once)
    for attempt in range(_AGAIN):
        late = [caller for caller in callers if wrong(caller)]
        if not late or not pulse.held_up:
            break
        late = late if alone else list(callers)
        with Pulse() as pulse:
            found |= place_once(line, folder / f"again{attempt}", late, 3 if alone else at_once)
    return found


def place_once(line: Hotline, folder: Path, callers: Sequence[Caller], at_once: int) -> dict[str, Evidence]:
    """Place all of them, and none again. What they heard is worked out when all is quiet again."""
    line.listener()
    with ThreadPoolExecutor(at_once) as pool:
        found = list(pool.map(lambda caller: _place(line, folder / caller.name, caller), callers))
    heard = [replace(one, heard=line.listen(one.call)) for one in found]
    return dict(zip((caller.name for caller in callers), heard, strict=True))


def judge(caller: Caller, evidence: Evidence) -> list[str]:
    """What was expected of this call and did not come."""
    scenario = Scenario(caller.name, Path(caller.name), "", (), None, "95000", (), None, {}, {}, caller.expect, 0)
    return verdict(scenario, evidence)


def story(name: str, evidence: Evidence) -> str:
    """The call's time line and record."""
    found = timeline.entries(evidence.call, evidence.heard, evidence.agents)
    return f"\n== {name}\n" + timeline.as_text(found, evidence.record)


def complain(callers: Sequence[Caller], evidence: Mapping[str, Evidence], more: Mapping[str, Sequence[str]]) -> str:
    """Every call that went wrong, what was wrong, and its time line; empty if all is well. `more`: what else was
    found wrong, by the caller's name."""
    lines: list[str] = []
    for caller in callers:
        wrong = [*judge(caller, evidence[caller.name]), *more.get(caller.name, ())]
        if wrong:
            lines += [f"{caller.name}:", *(f"  {one}" for one in wrong), story(caller.name, evidence[caller.name])]
    return "\n".join(lines)


def child(record: Record | None, name: str, number: int = 0) -> Record:
    """A child of a record, for example its first handoff."""
    assert record is not None, "no call record was written"
    children = record.get(name)
    assert isinstance(children, list), f"the record has no {name}"
    assert len(children) > number or number < 0, f"the record has {len(children)} {name}"
    one = children[number]
    assert isinstance(one, dict)
    return one


def ms(record: Record | None, name: str) -> int:
    """A moment of the record."""
    assert record is not None, "no call record was written"
    value = record.get(name)
    assert isinstance(value, int), f"the record's {name} is {value!r}"
    return value


__all__ = [
    "ANYTHING",
    "TALK",
    "Caller",
    "changes",
    "child",
    "complain",
    "cut",
    "heard",
    "judge",
    "ms",
    "place_all",
    "place_once",
    "signed_in",
    "story",
]
