"""A report's figures from the sums that the store keeps: what each call counted for is only added up. What is not
decided yet at the moment of the report, and calls to test numbers, are put right by their own definitions; complaints,
scores and annotated turns are few, and looked at one by one. Nothing is written."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Protocol

from ivr.metrics import rules
from ivr.metrics.contributions import CallDefinitions
from ivr.metrics.counted import Counted, add_days
from ivr.metrics.day import Config, Day, days_of
from ivr.metrics.indicators.indicator import Indicator, Part
from ivr.metrics.indicators.registry import told_of
from ivr.metrics.lists import KINDS, MADE, flagged, overdue, worst_first
from ivr.metrics.parts import part_of
from ivr.metrics.patterns import BACK_MS, Flag, events_of, flags
from ivr.metrics.window import Spoken, spoken
from ivr.records.counting.purged import MadeFigures
from ivr.records.counting.stored import COMPLAINT_MOMENTS, StoredCounts
from ivr.records.counting.sums import CALLS, Item, Slot, Sums
from ivr.records.model import Call, Complaint
from ivr.records.numbers import shown
from ivr.report.purged import PARTS, of_part, terms_of, with_terms
from ivr.report.sources import Figures

#: (day, hour or queue) → (indicator, term) → sum.
_Sums = dict[tuple[date, str], Counter[tuple[str, str]]]


class HasCounts(Protocol):
    """The part of `Store` that is read here."""

    @property
    def counts(self) -> StoredCounts:
        """What was counted."""


def flags_of(store: HasCounts, since: date, until: date, dids: frozenset[str]) -> list[Flag]:
    """The flagged calls that came in on the local days `since` … `until`, both included; `dids` are test numbers (D10).
    Raises StoreError."""
    start, end = rules.day_start(since), rules.day_end(until)
    calls = store.counts.sensitive(start - BACK_MS, end + rules.DAY_MS, dids)
    return [
        flag for flag in flags(event for call in calls for event in events_of(call)) if start <= flag.t_offered < end
    ]


class Stored:
    """Figures from the store's sums. Every method raises StoreError where the store cannot be read."""

    def __init__(self, store: HasCounts, since: date, until: date, config: Config) -> None:
        """Only these days may be asked for; what the store has not counted yet is in no figure."""
        self._store, self._config = store, config
        self._since, self._until = since, until
        self._loaded: dict[Part, Figures] = {}
        self._lists: dict[tuple[date, date], dict[str, list[Item]]] = {}

    def figures(self, since: date, until: date, part: Part) -> Figures:
        """Each day's figures, whole or by part."""
        if part not in self._loaded:
            self._loaded[part] = self._load(part)
        return {day: some for day, some in self._loaded[part].items() if since <= day <= until}

    def spoken(self, since: date, until: date) -> list[Spoken]:
        """What the interval of the recognition accuracy is drawn from."""
        found = spoken(day for day in self._records if since <= day.day <= until)
        for day, gone in self._purged.items():
            if since <= day <= until:
                found += (counts for counts, times in gone.spoken.items() for _ in range(times))
        return found

    def worst(self, since: date, until: date, kind: str, most: int) -> list[Item]:
        """The worst of a list, at most `most`."""
        if kind in MADE:
            return self._made(since, until)[kind][:most]
        changed, items = self._otherwise[0], self._otherwise[2]
        found = self._store.counts.items(since, until, kind, most, changed)
        found += (item for of, day, item in items if of == kind and since <= day <= until)
        return worst_first(found)[:most]

    def counts(self, since: date, until: date) -> Mapping[str, int]:
        """How many each list has."""
        summed = add_days(day[""] for day in self.figures(since, until, "day").values())
        found = {kind: len(items) for kind, items in self._made(since, until).items()}
        for day, gone in self._purged.items():
            if since <= day <= until:
                for kind, times in gone.lists.items():
                    found[kind] += times
        for kind, one in KINDS.items():
            if kind not in MADE:
                figure = summed[one.indicator]
                found[kind] = int(figure.numerator) if one.part is None else dict(figure.parts)[one.part]
        return found

    def numbers(self, call_ids: Iterable[str]) -> Mapping[str, str | None]:
        """Call id → caller's number as it may be shown, of the calls that there are."""
        found = self._store.counts.calls(call_ids)
        return {call_id: shown(call.caller_number, call.caller_kind) for call_id, call in found.items()}

    def _made(self, since: date, until: date) -> dict[str, list[Item]]:
        if (since, until) not in self._lists:
            flags = (flag for day in self._records if since <= day.day <= until for flag in day.flagged)
            self._lists[since, until] = flagged(flags) | {"overdue": self._overdue(since, until)}
        return self._lists[since, until]

    def _overdue(self, since: date, until: date) -> list[Item]:
        found = self._store.counts.complaints(since, until, self._config.test_dids)
        inside = [one for one in found if since <= rules.local_day(rules.effective_due(one)) <= until]
        return overdue(inside, self._config.as_of)

    @cached_property
    def _purged(self) -> Mapping[date, MadeFigures]:
        """What records that are gone counted for, by day."""
        return self._store.counts.purged(self._since, self._until)

    @cached_property
    def _records(self) -> list[Day]:
        """The days with the few records that are looked at one by one."""
        counts, dids = self._store.counts, self._config.test_dids
        calls: list[Call] = counts.annotated(self._since, self._until)
        complaints = _by_day(counts.complaints(self._since, self._until, dids))
        scores = defaultdict(list)
        for day, score in counts.scores(self._since, self._until, dids):
            scores[day].append(score)
        days = days_of(calls, self._since, self._until, self._config)
        looked: dict[date, list[Flag]] = defaultdict(list)
        for flag in flags_of(self._store, self._since, self._until, dids):
            looked[rules.local_day(flag.t_offered)].append(flag)
        return [
            replace(
                day,
                scores=tuple(scores[day.day]),
                flagged=tuple(looked[day.day]),
                complaints=days_of(complaints.get(day.day, ()), day.day, day.day, self._config)[0].complaints,
            )
            for day in days
        ]

    @cached_property
    def _otherwise(self) -> tuple[frozenset[str], Sums, list[tuple[str, date, Item]]]:
        """The calls that count otherwise now than when they were saved: their ids, by how much, and their rows."""
        definitions, more, items = CallDefinitions(""), Sums(), list[tuple[str, date, Item]]()
        changed: set[str] = set()
        given = self._since, self._until, self._config.as_of, self._config.test_dids
        with self._store.counts.otherwise(*given) as pages:
            for was, now in pages:
                changed |= {call.call_id for call in now.calls}
                found = definitions.of_calls(now, self._config.as_of)
                items += found.items
                for sums, sign in ((definitions.of_calls(was), -1), (found, 1)):
                    for slot, counts in sums.counts.items():
                        for term, number in counts.items():
                            more.at(slot)[term] += sign * number
        return frozenset(changed), more, items

    def _load(self, part: Part) -> Figures:
        sums: _Sums = defaultdict(Counter)
        for one in self._store.counts.sums(self._since, self._until, part):
            sums[one.day, one.name][one.indicator, one.term] += one.value
        for slot, counts in self._otherwise[1].counts.items():
            if (name := _name(slot, part)) is not None:
                sums[slot.day, name].update(counts)
        told = told_of(part)
        done: dict[date, dict[str, Mapping[str, Counted]]] = {}
        names: dict[date, list[str]] = defaultdict(list)
        for (day, name), counts in sums.items():
            if counts[CALLS]:
                names[day].append(name)
        for records in self._records:
            of, parts = records.day, part_of(records, part)
            wanted = [""] if part == "day" else names[of]
            done[of] = {
                name: self._figures(told, sums[of, name], parts.get(name, Day(of, self._config)), (part, name))
                for name in wanted
            }
        return done

    def _figures(
        self,
        told: Mapping[str, Indicator],
        sums: Mapping[tuple[str, str], int],
        day: Day,
        place: tuple[Part, str],
    ) -> dict[str, Counted]:
        own: dict[str, dict[str, int]] = defaultdict(dict)
        for (id_, term), number in sums.items():
            own[id_][term] = number
        gone = of_part(self._purged.get(day.day), *place)
        return {
            id_: one.figure(own[id_], self._config) if one.added_up else with_terms(one.compute(day), gone.get(id_, {}))
            for id_, one in told.items()
        }

    def made(self, day: date) -> MadeFigures:
        """What the day's few records make, without what is gone: the figures that are no sums of what calls add, what
        was spoken, and how long the lists are that are made from them."""
        terms: dict[tuple[str, str, str, str], Fraction] = {}
        (records,) = (one for one in self._records if one.day == day)
        for part in PARTS:
            made = {id_: one for id_, one in told_of(part).items() if not one.added_up}
            for name, some in part_of(records, part).items():
                for id_, one in made.items():
                    for term, number in terms_of(one.compute(some)).items():
                        terms[part, name, id_, term] = number
        lists = {kind: len(items) for kind, items in self._made(day, day).items() if items}
        return MadeFigures(terms, Counter(spoken([records])), lists)


def _by_day(complaints: Iterable[Complaint]) -> Mapping[date, list[Complaint]]:
    """Each one on every day that may be about it; the definitions say of each day which are. Drills among a complaint's
    calls were looked for in the database."""
    found: dict[date, list[Complaint]] = defaultdict(list)
    for one in complaints:
        alone = replace(one, call_ids=())
        for day in {rules.local_day(t) for name in COMPLAINT_MOMENTS if (t := getattr(one, name)) is not None}:
            found[day].append(alone)
    return found


def _name(slot: Slot, part: Part) -> str | None:
    """Which hour or queue a slot is of; None where it is of none."""
    match part:
        case "hour":
            return str(slot.hour)
        case "queue":
            return slot.queue if slot.requested else None
        case _:
            return ""
