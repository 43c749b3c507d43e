"""What records that are gone counted for in the figures that a day's few records make (complaints, scores, annotated
turns, flagged calls): the figures before a purge without those after it, added up. No record is in it, only numbers."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select

from ivr.records.database.privacy_tables import purged_figure

K = TypeVar("K")
N = TypeVar("N", int, Fraction)


@dataclass(frozen=True, slots=True)
class MadeFigures:
    """Of one day: `terms` are (part of the day, its name, indicator, term) → number; `spoken` counts the annotated
    calls by (reference, output, errors) in characters; `lists` has how many calls or complaints each list has."""

    terms: Mapping[tuple[str, str, str, str], Fraction] = field(default_factory=dict)
    spoken: Mapping[tuple[int, int, int], int] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: MadeFigures, sign: int = 1) -> MadeFigures:
        """The sum, or with `sign` -1 the difference; what is 0 is left out."""
        return MadeFigures(
            _sum(self.terms, other.terms, sign),
            _sum(self.spoken, other.spoken, sign),
            _sum(self.lists, other.lists, sign),
        )

    def __bool__(self) -> bool:
        return bool(self.terms or self.spoken or self.lists)


def add(connection: Connection, more: Mapping[date, MadeFigures]) -> None:
    """Keep what purged records of these days counted for, beside what is kept already."""
    kept = read(connection, more)
    for day, figures in more.items():
        if not figures:
            continue
        connection.execute(delete(purged_figure).where(purged_figure.c.day == day))
        if summed := kept.get(day, MadeFigures()).plus(figures):
            connection.execute(insert(purged_figure), {"day": day, "figures": _to_json(summed)})


def read(connection: Connection, days: Collection[date]) -> dict[date, MadeFigures]:
    """What is kept of these days."""
    query = select(purged_figure).where(purged_figure.c.day.in_(sorted(days)))
    return {row.day: _of_json(row.figures) for row in connection.execute(query)}


def between(connection: Connection, since: date, until: date) -> dict[date, MadeFigures]:
    """What is kept of each of the days, both included."""
    query = select(purged_figure).where(purged_figure.c.day.between(since, until))
    return {row.day: _of_json(row.figures) for row in connection.execute(query)}


def _sum(one: Mapping[K, N], other: Mapping[K, N], sign: int) -> dict[K, N]:
    done = dict(one)
    for key, number in other.items():
        done[key] = done[key] + sign * number if key in done else sign * number
    return {key: number for key, number in done.items() if number}


def _to_json(figures: MadeFigures) -> str:
    terms = [[*name, str(number)] for name, number in sorted(figures.terms.items())]
    spoken = [[*counts, times] for counts, times in sorted(figures.spoken.items())]
    return json.dumps({"terms": terms, "spoken": spoken, "lists": dict(sorted(figures.lists.items()))})


def _of_json(text: str) -> MadeFigures:
    given = json.loads(text)
    return MadeFigures(
        {(part, name, id_, term): Fraction(number) for part, name, id_, term, number in given["terms"]},
        {(reference, output, errors): times for reference, output, errors, times in given["spoken"]},
        given["lists"],
    )
