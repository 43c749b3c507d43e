"""The monthly report of causes (CBA 五十二, HB 10.1.1): what customers complained of, where the causes lie, who
complains again and of what, and what was reopened. Counted from the cases; no customer is named in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.records.complaints.model import Case, Cause, State

#: Where nobody has said it yet.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Repeated:
    """Customers who complained more than once, and how many of the complaints were theirs."""

    customers: int = 0
    complaints: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Causes:
    """The complaints that came in a span of days. `kinds`, `rights`, `grades` count them by what they were about,
    `causes` those that were decided by where the cause lies, `by_kind` kind → cause → how many; the largest first.
    `merged` went into another one and are counted there; `reopened` were worked on anew."""

    received: int
    decided: int
    withdrawn: int
    merged: int
    reopened: int
    dissatisfied: int
    kinds: Mapping[str, int]
    rights: Mapping[str, int]
    grades: Mapping[str, int]
    causes: Mapping[str, int]
    by_kind: Mapping[str, Mapping[str, int]]
    repeated: Repeated

    def as_json(self) -> dict[str, Any]:
        """The figures by their names."""
        shown = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "repeated"}
        again = self.repeated
        return {
            **shown,
            "repeated": {"customers": again.customers, "complaints": again.complaints, "kinds": again.kinds},
        }


def causes(cases: Iterable[Case]) -> Causes:
    """Count the complaints that came in the days of the report, each as it stands now."""
    all_ = list(cases)
    counted = [one for one in all_ if one.state is not State.MERGED]
    decided = [one for one in counted if one.cause is not None]
    by_kind: dict[str, Counter[str]] = {}
    for one in decided:
        by_kind.setdefault(one.kind or UNKNOWN, Counter())[_cause(one.cause)] += 1
    return Causes(
        received=len(counted),
        decided=len(decided),
        withdrawn=sum(one.state is State.WITHDRAWN for one in counted),
        merged=len(all_) - len(counted),
        reopened=sum(one.round > 1 for one in counted),
        dissatisfied=sum(one.satisfied is False for one in counted),
        kinds=_largest(Counter(one.kind or UNKNOWN for one in counted)),
        rights=_largest(Counter(one.right or UNKNOWN for one in counted)),
        grades=_largest(Counter(one.grade or UNKNOWN for one in counted)),
        causes=_largest(Counter(_cause(one.cause) for one in decided)),
        by_kind={kind: _largest(found) for kind, found in sorted(by_kind.items())},
        repeated=_repeated(counted),
    )


def _repeated(cases: Iterable[Case]) -> Repeated:
    """Who calls from one number and wants to be called at another is one customer with both."""
    groups: dict[str, list[Case]] = {}
    for one in cases:
        numbers = sorted({number for number in (one.number, one.call_back_number) if number is not None})
        joined = [one]
        for group in {id(groups[number]): groups[number] for number in numbers if number in groups}.values():
            joined = [*group, *joined]
        known = {number for case in joined for number in (case.number, case.call_back_number) if number is not None}
        groups.update(dict.fromkeys(known, joined))
    again = [group for group in {id(group): group for group in groups.values()}.values() if len(group) > 1]
    kinds = Counter(one.kind or UNKNOWN for group in again for one in group)
    return Repeated(len(again), sum(len(group) for group in again), _largest(kinds))


def _cause(cause: Cause | None) -> str:
    return UNKNOWN if cause is None else cause.value


def _largest(found: Counter[str]) -> dict[str, int]:
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
