"""Where a report's figures come from: from the definitions, call by call, or from the sums of what each call counted
for when it was saved (`stored`). Both give the same figures; the second does so at scale."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

from ivr.metrics import rules
from ivr.metrics.counted import Counted
from ivr.metrics.day import Config, Day, days_of
from ivr.metrics.indicators.indicator import Part
from ivr.metrics.indicators.registry import told_of
from ivr.metrics.lists import listed, overdue
from ivr.metrics.parts import part_of
from ivr.metrics.patterns import BACK_MS
from ivr.metrics.window import Spoken, roll_up, spoken
from ivr.records.counting.sums import FOREVER, Item
from ivr.records.model import AgentState, Call, Complaint, Other, QualityScore, Record
from ivr.records.numbers import shown

#: Day → hour or queue ("" for the whole day) → indicator → figure.
Figures = Mapping[date, Mapping[str, Mapping[str, Counted]]]


class Source(Protocol):
    """The part of `Store` that the definitions read."""

    def all(self, since: int | None = None, until: int | None = None) -> Iterator[Call]:
        """Every call offered in the half-open interval of UTC epoch ms."""

    def others(self) -> Iterator[Other]:
        """Every complaint, agent state and quality score."""

    def get(self, call_id: str) -> Call | None:
        """The call, or None."""

    def callbacks(self, call_ids: Collection[str]) -> Iterator[Call]:
        """The calls that were made for these calls."""


class Provider(Protocol):
    """What a report asks for; days are local and both included."""

    def figures(self, since: date, until: date, part: Part) -> Figures:
        """Each day's figures, whole or by part."""

    def spoken(self, since: date, until: date) -> list[Spoken]:
        """What the interval of the recognition accuracy is drawn from."""

    def worst(self, since: date, until: date, kind: str, most: int) -> list[Item]:
        """The worst of a list, at most `most`."""

    def counts(self, since: date, until: date) -> Mapping[str, int]:
        """How many each list has."""

    def numbers(self, call_ids: Iterable[str]) -> Mapping[str, str | None]:
        """Call id → caller's number as it may be shown, of the calls that there are."""


class Definitions:
    """Every figure from the records by its definition. Reads the records of `since` … `until` at once; only these days
    may be asked for."""

    def __init__(self, source: Source, since: date, until: date, config: Config) -> None:
        self._source, self._config = source, config
        records = list(_records(source, since, until))
        self._days = days_of(records, since, until, config)
        self._rolled: dict[Part, Figures] = {}

    def figures(self, since: date, until: date, part: Part) -> Figures:
        """Each day's figures, whole or by part."""
        if part not in self._rolled:
            self._rolled[part] = {day.day: _rolled(day, part) for day in self._days}
        return {day: rolled for day, rolled in self._rolled[part].items() if since <= day <= until}

    def spoken(self, since: date, until: date) -> list[Spoken]:
        """What the interval of the recognition accuracy is drawn from."""
        return spoken(self._between(since, until))

    def worst(self, since: date, until: date, kind: str, most: int) -> list[Item]:
        """The worst of a list, at most `most`."""
        return self._listed(since, until)[kind][:most]

    def counts(self, since: date, until: date) -> Mapping[str, int]:
        """How many each list has."""
        return {kind: len(items) for kind, items in self._listed(since, until).items()}

    def numbers(self, call_ids: Iterable[str]) -> Mapping[str, str | None]:
        """Call id → caller's number as it may be shown, of the calls that there are."""
        found = {call_id: self._source.get(call_id) for call_id in call_ids}
        return {
            call_id: shown(call.caller_number, call.caller_kind) for call_id, call in found.items() if call is not None
        }

    def _between(self, since: date, until: date) -> list[Day]:
        return [day for day in self._days if since <= day.day <= until]

    def _listed(self, since: date, until: date) -> dict[str, list[Item]]:
        days = self._between(since, until)
        due = [one for day in days for one in day.complaints if day.holds(rules.effective_due(one))]
        return listed(days) | {"overdue": overdue(due, self._config.as_of)}


def _rolled(day: Day, part: Part) -> dict[str, dict[str, Counted]]:
    if part == "day":
        return {"": roll_up(day)}
    told = told_of(part).values()
    return {name: {one.id: one.compute(some) for one in told} for name, some in part_of(day, part).items()}


def _records(source: Source, since: date, until: date) -> Iterable[Record]:
    """The records of the days, and what decides about them: the calls of the hour after the last one ended and every
    callback, and the calls that scores and complaints of these days speak of."""
    start, end = rules.day_start(since), rules.day_end(until)
    calls = list(source.all(start, end))
    calls += (call for call in source.callbacks([call.call_id for call in calls]) if not start <= call.t_offered < end)
    late = max((call.t_ended + rules.REPEAT_MS for call in calls), default=end)
    known = {call.call_id for call in calls}
    calls += (call for call in source.all(end, min(max(late, end), FOREVER)) if call.call_id not in known)
    # where clocks ran backwards, a call repeats one that was offered after it
    early = min((call.t_ended for call in calls), default=start)
    calls += (call for call in source.all(min(early, start), start) if call.call_id not in known)
    known = {call.call_id for call in calls}
    # what flags a call of these days was done in calls of the days around them
    calls += (
        call
        for call in source.all(start - BACK_MS, end + rules.DAY_MS)
        if call.call_id not in known and (call.verifications or call.transactions)
    )
    others = [one for one in source.others() if _touches(one, start, end)]
    known = {call.call_id for call in calls}
    named: set[str] = set()
    for one in others:
        if isinstance(one, QualityScore):
            named.add(one.call_id)
        elif isinstance(one, Complaint):
            named.update(one.call_ids)
    calls += (call for call_id in sorted(named - known) if (call := source.get(call_id)) is not None)
    return [*calls, *others]


def _touches(record: Other, start: int, end: int) -> bool:
    """A state overlaps the days. Scores and complaints are all taken: a score belongs to its call's day, and each of
    a complaint's figures to the day of its own clock."""
    return not isinstance(record, AgentState) or (record.t_from < end and record.t_to > start)
