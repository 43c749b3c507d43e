"""Faults on request: what the demo bank does instead of answering well, how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ivr.bank.operations import Operation


class FaultKind(StrEnum):
    """`slow`: answers after some seconds; `down`: status 503, nothing done; `nonsense`: an answer that is none (or the
    one that is given as `body`); `half`: the connection ends within the answer; `duplicate`: the request is carried out
    twice, as by a proxy that repeats it; `refuse`: the answer is no; `accepted-then-down`: carried out, then 503."""

    SLOW = "slow"
    DOWN = "down"
    NONSENSE = "nonsense"
    HALF = "half"
    DUPLICATE = "duplicate"
    REFUSE = "refuse"
    ACCEPTED_THEN_DOWN = "accepted-then-down"


#: Of every operation.
ANY = "*"


@dataclass(slots=True)
class Fault:
    """One fault, `times` times more."""

    operation: str
    kind: FaultKind
    seconds: float = 3.0
    times: int = 1
    code: str = "not_allowed"
    body: Any = None


class Faults:
    """The faults that are asked for, first come, first served, for each operation."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Another one, behind those that wait."""
        self._waiting.append(fault)

    def clear(self) -> None:
        """No more faults."""
        self._waiting.clear()

    def take(self, operation: Operation) -> Fault | None:
        """The fault of this request, counted off."""
        for fault in self._waiting:
            if fault.operation in (operation, ANY):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None


def fault_in(text: str) -> Fault:
    """A fault written `operation=kind[:seconds[:times]]`, as on the command line. Raises ValueError."""
    operation, _, rest = text.partition("=")
    kind, *numbers = rest.split(":")
    asked: dict[str, object] = {"operation": operation, "kind": kind}
    if len(numbers) > 2:
        raise ValueError("operation=kind[:seconds[:times]] is expected")
    asked |= {name: convert(number) for (name, convert), number in zip(_NUMBERS, numbers, strict=False)}
    return fault_of(asked)


_NUMBERS: tuple[tuple[str, type[float] | type[int]], ...] = (("seconds", float), ("times", int))


def fault_of(asked: object) -> Fault:
    """A fault from JSON `{operation, kind, seconds, times, code, body}`, of which the first two must be there. Raises
    ValueError that says what is wrong."""
    if not isinstance(asked, Mapping):
        raise ValueError("an object is expected")
    if unknown := sorted(asked.keys() - {"operation", "kind", "seconds", "times", "code", "body"}):
        raise ValueError(f"unknown: {', '.join(map(str, unknown))}")
    operation, kind = asked.get("operation", ANY), asked.get("kind")
    if operation != ANY and operation not in set(Operation):
        raise ValueError(f"operation is * or one of {', '.join(Operation)}")
    if kind not in set(FaultKind):
        raise ValueError(f"kind is one of {', '.join(FaultKind)}")
    seconds, times = asked.get("seconds", 3.0), asked.get("times", 1)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= 60:
        raise ValueError("seconds is 0 to 60")
    if not isinstance(times, int) or isinstance(times, bool) or not 1 <= times <= 1_000_000:
        raise ValueError("times is 1 to 1000000")
    return Fault(operation, FaultKind(kind), seconds, times, str(asked.get("code", "not_allowed")), asked.get("body"))
