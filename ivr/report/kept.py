"""A report's figures from the daily roll-ups of the store; days that are missing, touched or undecided are counted
first, by the database, and kept."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

from ivr import metrics, records
from ivr.errors import Uncountable
from ivr.metrics import rules
from ivr.metrics.counted import Counted, Number, add_days
from ivr.metrics.day import Config, Day, days_of
from ivr.metrics.lists import overdue
from ivr.metrics.parts import NOT_OF_PARTS, Part
from ivr.metrics.registry import INDICATORS
from ivr.metrics.tally import roll_ups, staffed, undecided_from
from ivr.metrics.window import Spoken, spoken
from ivr.records import rollups
from ivr.records.daycount import FOREVER, Item
from ivr.records.store import Store
from ivr.report.sources import Definitions, Figures

log = logging.getLogger(__name__)

#: List → the indicator that counts it, and where: in its numerator or in a part.
_COUNTED = {
    "abandoned": ("hb.abandon_rate", None),
    "late": ("cba.service_level_20s", "waited_longer"),
    "holds": ("hb.holds_over_30s", None),
    "silent": ("hb.unannounced_hangups", None),
}


@cache
def _fingerprint() -> str:
    """Of the definitions and of how they are counted: roll-ups of another version of them are counted again."""
    words = hashlib.sha256()
    for package in (metrics, records):
        for file in sorted(Path(package.__path__[0]).glob("*.py")):
            if package is metrics or file.stem.startswith("daycount"):
                words.update(file.read_bytes())
    return words.hexdigest()[:16]


class Kept:
    """Figures from roll-ups. Every method raises StoreError where the store cannot be read or written."""

    def __init__(self, store: Store, since: date, until: date, config: Config) -> None:
        """Bring the roll-ups of the days up to date; only these days may be asked for."""
        self._store, self._config = store, config
        self._as_of = FOREVER if config.as_of is None else config.as_of
        self._loaded: dict[Part, dict[date, dict[str, dict[str, Counted]]]] = {}
        self._span = since, until
        scope = ",".join([_fingerprint(), *sorted(config.test_dids)])
        self.recounted = store.rollups.stale(since, until, self._as_of, scope)
        for day in self.recounted:
            self._recount(day, scope)

    def figures(self, since: date, until: date, part: Part) -> Figures:
        """Each day's figures, whole or by part."""
        if part not in self._loaded:
            self._loaded[part] = self._load(part)
        return {day: some for day, some in self._loaded[part].items() if since <= day <= until}

    def spoken(self, since: date, until: date) -> list[Spoken]:
        """What the interval of the recognition accuracy is drawn from."""
        return self._store.rollups.spoken(since, until)

    def worst(self, since: date, until: date, kind: str, most: int) -> list[Item]:
        """The worst of a list, at most `most`, which is at most what is kept of a day."""
        if kind == "overdue":
            return self._overdue(since, until)[:most]
        return self._store.rollups.items(since, until, kind, min(most, rollups.MOST))

    def counts(self, since: date, until: date) -> Mapping[str, int]:
        """How many each list has."""
        days = self.figures(since, until, "day").values()
        summed = add_days(day[""] for day in days)
        found = {"overdue": len(self._overdue(since, until))}
        for kind, (id_, part) in _COUNTED.items():
            figure = summed[id_]
            found[kind] = int(figure.numerator) if part is None else dict(figure.parts)[part]
        return found

    def numbers(self, call_ids: Iterable[str]) -> Mapping[str, str | None]:
        """Call id → caller's number, of the calls that there are."""
        return {call_id: call.caller_number for call_id, call in self._store.rollups.calls(call_ids).items()}

    def _overdue(self, since: date, until: date) -> list[Item]:
        found = self._store.rollups.complaints(since, until, self._config.test_dids)
        inside = [one for one in found if since <= rules.local_day(rules.effective_due(one)) <= until]
        return overdue(inside, self._config.as_of)

    def _recount(self, day: date, scope: str) -> None:
        """Count a day; once more where somebody wrote a record of it meanwhile. If that happens again the figures
        stand as they were counted, and the next report counts anew."""
        for _ in range(2):
            version, one = self._counted(day, scope)
            if self._store.rollups.keep(one, version):
                return

    def _counted(self, day: date, scope: str) -> tuple[int, rollups.RollUp]:
        try:
            done = self._store.rollups.count(day, self._config.test_dids, self._as_of)
        except Uncountable as wrong:
            log.warning("%s: counted call by call", wrong)
            return self._by_definition(day, scope)
        figures = roll_ups(done, self._config)
        sums = spoken(days_of(done.annotated, day, day, self._config))
        undecided = undecided_from(done, self._as_of)
        one = rollups.RollUp(day, self._as_of, undecided, scope, _rows(figures), sums, done.items)
        return done.version, one

    def _by_definition(self, day: date, scope: str) -> tuple[int, rollups.RollUp]:
        version = self._store.rollups.version(day)
        exact = Definitions(self._store, day, day, self._config)
        parts: tuple[Part, ...] = ("day", "hour", "queue")
        figures = {
            (part, name): dict(figures)
            for part in parts
            for name, figures in exact.figures(day, day, part).get(day, {}).items()
        }
        items = {kind: exact.worst(day, day, kind, rollups.MOST) for kind in _COUNTED}
        # such a day is counted again at the next report: nobody knows when its absurd times are over
        one = rollups.RollUp(day, self._as_of, self._as_of, scope, _rows(figures), exact.spoken(day, day), items)
        return version, one

    def _load(self, part: Part) -> dict[date, dict[str, dict[str, Counted]]]:
        nothing = {id_: one.compute(Day(date.min, self._config)) for id_, one in INDICATORS.items()}
        since, until = self._span
        done: dict[date, dict[str, dict[str, Counted]]] = defaultdict(lambda: defaultdict(dict))
        for day, row in self._store.rollups.figures(since, until, part):
            if row.indicator in nothing and row.indicator not in NOT_OF_PARTS[part]:
                done[day][row.name][row.indicator] = self._figure(row, nothing[row.indicator])
        for day in done:
            for name, figures in done[day].items():
                done[day][name] = {id_: figures.get(id_, one) for id_, one in nothing.items()
                                   if id_ not in NOT_OF_PARTS[part]}  # fmt: skip
        return done

    def _figure(self, row: rollups.Figure, like: Counted) -> Counted:
        figure = replace(
            like,
            numerator=_plain(row.numerator),
            denominator=_plain(row.denominator),
            provisional=row.provisional,
            excluded=tuple(sorted(row.excluded.items())),
            parts=tuple(sorted(row.parts.items())),
        )
        return staffed(figure, self._config) if row.indicator == "cba.calls_per_fte_day" else figure


def _rows(figures: Mapping[tuple[Part, str], Mapping[str, Counted]]) -> list[rollups.Figure]:
    return [
        rollups.Figure(
            part, name, id_, Fraction(one.numerator), Fraction(one.denominator), one.provisional, dict(one.excluded),
            dict(one.parts),
        )
        for (part, name), some in figures.items()
        for id_, one in some.items()
        if one.reason is None
    ]  # fmt: skip


def _plain(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number
