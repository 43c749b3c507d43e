"""What records that are gone counted for, as terms that are added to the figures of those that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from ivr.metrics.counted import Counted, Named, Number
from ivr.metrics.indicators.indicator import Part
from ivr.records.counting.purged import MadeFigures

#: Of which parts figures are kept: the whole day, its hours, its queues.
PARTS: tuple[Part, ...] = ("day", "hour", "queue")
_PART, _EXCLUDED = "part.", "excluded."


def terms_of(figure: Counted) -> dict[str, Fraction]:
    """A figure as terms that can be added and taken away; what is 0 is left out."""
    found = {
        "numerator": Fraction(figure.numerator),
        "denominator": Fraction(0 if figure.bare else figure.denominator),
        "provisional": Fraction(figure.provisional),
        **{_PART + name: Fraction(number) for name, number in figure.parts},
        **{_EXCLUDED + name: Fraction(number) for name, number in figure.excluded},
    }
    return {term: number for term, number in found.items() if number}


def with_terms(figure: Counted, terms: Mapping[str, Fraction]) -> Counted:
    """The figure with these terms added."""
    if not terms:
        return figure
    return replace(
        figure,
        numerator=_plain(Fraction(figure.numerator) + terms.get("numerator", 0)),
        denominator=figure.denominator
        if figure.bare
        else _plain(Fraction(figure.denominator) + terms.get("denominator", 0)),
        provisional=figure.provisional + int(terms.get("provisional", 0)),
        parts=_more(figure.parts, terms, _PART),
        excluded=_more(figure.excluded, terms, _EXCLUDED),
    )


def of_part(gone: MadeFigures | None, part: Part, name: str) -> Mapping[str, Mapping[str, Fraction]]:
    """Indicator → terms, of one part of a day."""
    found: defaultdict[str, dict[str, Fraction]] = defaultdict(dict)
    for (of, named, id_, term), number in ({} if gone is None else gone.terms).items():
        if (of, named) == (part, name):
            found[id_][term] = number
    return found


def _more(own: Named, terms: Mapping[str, Fraction], kind: str) -> Named:
    done = dict(own)
    for term, number in terms.items():
        if term.startswith(kind):
            name = term.removeprefix(kind)
            done[name] = done.get(name, 0) + int(number)
    return tuple(sorted(done.items()))


def _plain(number: Fraction) -> Number:
    return number.numerator if number.denominator == 1 else number
