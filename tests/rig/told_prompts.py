"""What the record says that the caller heard, beside what he heard on the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.rig.heard import MUSIC, UNKNOWN, Heard
from tests.rig.timeline import sentences

#: A prompt begins and ends on the wire so close to when the record says so: a busy machine's processes wait their turn.
NEAR_S = 0.6
#: What was cut so soon may have left too little on the wire to be known again.
TOO_SHORT_S = 0.5
#: Spoken where agents take calls; the record has it as a moment of the agent's part.
OF_AGENTS = frozenset({"(piece)", "agent_number", "agent_service", "hold_begins", "hold_goes_on"})


def told_otherwise(heard: Sequence[Heard], record: Mapping[str, Any]) -> list[str]:
    """Every prompt that is in one and not in the other, begins or ends elsewhere, or was cut in one alone."""
    wire = [one for one in sentences(heard) if one.prompt not in (MUSIC, UNKNOWN, *OF_AGENTS)]
    out: list[str] = []
    for told in record.get("prompts_heard", ()):
        begun = told["t"] / 1000
        found = next((one for one in wire if one.is_(told["prompt"]) and abs(one.t_start - begun) <= NEAR_S), None)
        if found is not None:
            wire.remove(found)
            out += _differs(told, found)
        elif told["cut"] is None or told["t_end"] - told["t"] > 1000 * TOO_SHORT_S:
            out.append(f"the record has {told['prompt']} at {begun:.2f}, which was not heard then")
    return [*out, *(f"{one.name} was heard at {one.t_start:.2f}, and the record does not say so" for one in wire)]


def _differs(told: Mapping[str, Any], found: Heard) -> Iterator[str]:
    if told["t_end"] is not None and abs(found.t_end - told["t_end"] / 1000) > NEAR_S:
        yield f"{found.name} was heard until {found.t_end:.2f}, the record says {told['t_end'] / 1000:.2f}"
    if told["t_end"] is not None and (found.cut_ms is None) and told["cut"] is not None:
        yield f"{found.name} was heard to its end, the record says {told['cut']}"
    if found.cut_ms is not None and told["cut"] is None:
        yield f"{found.name} was cut after {found.cut_ms} ms, the record says that it was heard as a whole"
