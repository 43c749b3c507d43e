"""The figures that a day's few records make, for the purge: what they were before and after records went."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from ivr.metrics.day import Config
from ivr.records.counting.purged import MadeFigures
from ivr.records.counting.stored import StoredCounts
from ivr.report.stored import Stored


@dataclass(frozen=True, slots=True)
class _Within:
    """A store as one transaction sees it."""

    counts: StoredCounts


@dataclass(frozen=True, slots=True)
class Making:
    """`now` (UTC epoch ms) is the moment of the purge: what is not decided by then counts as such."""

    now: int

    def __call__(self, counts: StoredCounts, days: Collection[date]) -> Mapping[date, MadeFigures]:
        """The days' figures without what is gone. Raises StoreError."""
        config = Config(as_of=self.now, rounds=0)
        return {day: Stored(_Within(counts), day, day, config).made(day) for day in days}
