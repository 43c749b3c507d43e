"""What an indicator is: its words, its threshold, and its definition, which says what one call (or one customer's day,
or one agent's state) adds to the figure. The figure of a day, an hour, a queue or a month is the sum."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, TypedDict, Unpack

from ivr.metrics.counted import Count, Counted, Named, Unit
from ivr.metrics.day import Case, Config, CustomerDay, Day, Span
from ivr.records.model import StateName
from ivr.records.vocabulary import VOICE

Verdict = Literal["达标", "未达标", "无数据", "无阈值"]
Part = Literal["day", "hour", "queue"]

#: Of which parts of a day a figure can be told, beside the whole of it.
HOURS_AND_QUEUES: frozenset[Part] = frozenset({"hour", "queue"})
HOURS: frozenset[Part] = frozenset({"hour"})
WHOLE_DAYS: frozenset[Part] = frozenset()

_HEAD = re.compile(r"(?P<name>.+?)（(?P<clause>(?:CBA|HB|本系统)[^（）]*)）")

#: Term → sum: `numerator`, `denominator`, `provisional`, `part.…` and `excluded.…`.
Terms = Mapping[str, int]
_PART, _EXCLUDED = "part.", "excluded."


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a value must reach (or, `at_most`, not pass), and where that is written. The bound itself is good enough."""

    bound: Fraction
    clause: str
    at_most: bool = False

    def met(self, value: Fraction) -> bool:
        """The exact value keeps the threshold."""
        return value <= self.bound if self.at_most else value >= self.bound


def least(percent: str, clause: str) -> Threshold:
    """At least so many percent."""
    return Threshold(Fraction(percent) / 100, clause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator. `id`, `name`, `clause`, `formula` and `reading` are its words. `companions` stand beside it
    wherever it is shown, `evidence` names the clauses that the compliance report shows it for, `told_of` the parts of a
    day that have a figure of it. `parts` and `excluded` are named even where they are 0; `bare` marks a mere count;
    `reason` says why a day by itself has no figure. `channel`: the channel of the calls that it is about, None of all.

    The definition is what is added up: what each inbound call adds (`call`), each drill (`drill`), each customer's day
    (`customer`), each agent's state (`state`, with its ms in the day, None where they cannot be). `records` is asked
    once a day instead, where few records make the figure. `scaled` and `of_period` turn a sum into the figure: by the
    configuration, and by what only the whole period has; neither changes what it has done already."""

    id: str
    name: str
    clause: str
    formula: str
    reading: str
    unit: Unit = "ratio"
    threshold: Threshold | None = None
    companions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    told_of: frozenset[Part] = WHOLE_DAYS
    parts: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    bare: bool = False
    reason: str | None = None
    channel: str | None = VOICE
    call: Callable[[Case], Count | None] | None = None
    drill: Count | None = None
    customer: Callable[[CustomerDay], Count | None] | None = None
    state: Callable[[StateName, int | None], Count | None] | None = None
    records: Callable[[Day], Counted] | None = None
    scaled: Callable[[Counted, Config], Counted] | None = None
    of_period: Callable[[Counted, Span], Counted] | None = None

    @property
    def added_up(self) -> bool:
        """The figure is a sum of what calls, customers and states add; else `records` makes it."""
        return self.records is None

    def compute(self, day: Day) -> Counted:
        """One local day's counted value; several days are added."""
        if self.records is not None:
            return self.records(day)
        sums: Counter[str] = Counter()
        for count in self._counts(day):
            if count is not None:
                for term, number in terms(count):
                    sums[term] += number
        return self.figure(sums, day.config)

    def figure(self, sums: Terms, config: Config) -> Counted:
        """The figure of these sums."""
        done = Counted(
            sums.get("numerator", 0),
            1 if self.bare else sums.get("denominator", 0),
            self.unit,
            excluded=_named(sums, _EXCLUDED, self.excluded),
            parts=_named(sums, _PART, self.parts),
            provisional=sums.get("provisional", 0),
            bare=self.bare,
            reason=self.reason,
        )
        return done if self.scaled is None else self.scaled(done, config)

    def verdict(self, figure: Counted) -> Verdict:
        """达标, 未达标, 无数据 or 无阈值, by the exact value."""
        if figure.exact is None:
            return "无数据"
        if self.threshold is None:
            return "无阈值"
        return "达标" if self.threshold.met(figure.exact) else "未达标"

    def _counts(self, day: Day) -> Iterator[Count | None]:
        if self.call is not None:
            yield from (self.call(case) for case in day.cases if self.channel in (None, case.call.channel))
        if self.drill is not None:
            yield from [self.drill] * day.drills
        if self.customer is not None:
            yield from map(self.customer, day.customers)
        if self.state is not None:
            yield from (self.state(one.state, one.t_to - one.t_from) for one in day.states)
            yield from [self.state("offline", None)] * day.impossible_states


def terms(count: Count) -> Iterator[tuple[str, int]]:
    """What is added up: each number of `count` under its term."""
    numerator, denominator, parts, excluded, provisional = count
    if numerator:
        yield "numerator", numerator
    if denominator:
        yield "denominator", denominator
    for name, number in parts:
        if number:
            yield _PART + name, number
    for name, number in excluded:
        if number:
            yield _EXCLUDED + name, number
    if provisional:
        yield "provisional", provisional


def _named(sums: Terms, kind: str, always: tuple[str, ...]) -> Named:
    found = dict.fromkeys(always, 0)
    found |= {term.removeprefix(kind): number for term, number in sums.items() if number and term.startswith(kind)}
    return tuple(sorted(found.items()))


class Options(TypedDict, total=False):
    """What an indicator has beside its id and its definition, see `Indicator`."""

    unit: Unit
    threshold: Threshold | None
    companions: tuple[str, ...]
    evidence: tuple[str, ...]
    told_of: frozenset[Part]
    parts: tuple[str, ...]
    excluded: tuple[str, ...]
    bare: bool
    reason: str | None
    channel: str | None
    drill: Count | None
    state: Callable[[StateName, int | None], Count | None] | None
    scaled: Callable[[Counted, Config], Counted] | None
    of_period: Callable[[Counted, Span], Counted] | None


def per_call(id_: str, **options: Unpack[Options]) -> Callable[[Callable[[Case], Count | None]], Indicator]:
    """An indicator that adds up what each inbound call adds; None is a call that it is not about. The definition's
    docstring holds its words: 名称（条款）, 公式, 读法."""
    return lambda definition: Indicator(id=id_, call=definition, **_words(id_, definition), **options)


def per_customer(id_: str, **options: Unpack[Options]) -> Callable[[Callable[[CustomerDay], Count | None]], Indicator]:
    """An indicator that adds up what each customer's day adds."""
    return lambda definition: Indicator(id=id_, customer=definition, **_words(id_, definition), **options)


def per_state(
    id_: str, **options: Unpack[Options]
) -> Callable[[Callable[[StateName, int | None], Count | None]], Indicator]:
    """An indicator that adds up what each agent's state of a day adds."""

    def made(definition: Callable[[StateName, int | None], Count | None]) -> Indicator:
        return replace(Indicator(id=id_, **_words(id_, definition), **options), state=definition)

    return made


def of_records(id_: str, **options: Unpack[Options]) -> Callable[[Callable[[Day], Counted]], Indicator]:
    """An indicator that is made from a day's few records: complaints, scores, annotated turns."""
    return lambda definition: Indicator(id=id_, records=definition, **_words(id_, definition), **options)


def drills(id_: str, **options: Unpack[Options]) -> Callable[[Callable[[], Count]], Indicator]:
    """An indicator of drills alone (D10)."""

    def made(definition: Callable[[], Count]) -> Indicator:
        return replace(Indicator(id=id_, **_words(id_, definition), **options), drill=definition())

    return made


def _words(id_: str, definition: Callable[..., Any]) -> dict[str, Any]:
    head, _, rest = (inspect.getdoc(definition) or "").partition("\n\n公式：")
    formula, _, reading = rest.partition("\n读法：")
    found = _HEAD.fullmatch(head)
    name, clause = (found["name"], found["clause"]) if found else (id_, "")
    return {
        "name": name, "clause": clause, "formula": formula.replace("\n", ""), "reading": reading.replace("\n", ""),
    }  # fmt: skip
