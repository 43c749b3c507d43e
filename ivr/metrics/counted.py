"""The counted value of requirements 2.3: numerator and denominator are kept apart and added across days; the ratio is
taken only at the end, and never from averages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, NamedTuple

#: A count is whole; a sum of scores or a staffing in days may be a fraction, and stays exact.
Number = int | Fraction
Unit = Literal["ratio", "ms", "per_10000", "count", "score"]
Named = tuple[tuple[str, int], ...]


class Count(NamedTuple):
    """What one call, one customer's day or one agent's state adds to a figure: whole numbers that are only added up.
    `parts` and `excluded` name what `Counted` keeps under these names."""

    numerator: int = 0
    denominator: int = 0
    parts: Named = ()
    excluded: Named = ()
    provisional: int = 0


#: D5: left out, because a time that the definition asks for cannot be.
IMPOSSIBLE = Count(excluded=(("impossible", 1),))
_INSIDE, _OUTSIDE = Count(1, 1), Count(0, 1)


def share(inside: bool | int) -> Count:
    """One of those who are counted, `inside` the numerator or not."""
    return _INSIDE if inside else _OUTSIDE


@dataclass(frozen=True, slots=True)
class Counted:
    """One figure of one period.

    `denominator` 0 means that there is nothing to tell: `value` is None, never 0 or 1. `excluded` counts what the
    definition leaves out (withheld numbers, …), `parts` what stands behind the two numbers (S, D, I, H, …); both add
    up like them. `provisional` counts what is not decided yet. `interval` is a 95 % confidence interval of the value.
    `bare` marks a mere count, whose denominator is 1 however many days are added. `reason` says why there is no figure.
    """

    numerator: Number
    denominator: Number
    unit: Unit
    excluded: Named = ()
    parts: Named = ()
    provisional: int = 0
    interval: tuple[float, float] | None = None
    bare: bool = False
    reason: str | None = None

    @property
    def exact(self) -> Fraction | None:
        """Numerator ÷ denominator; None where the denominator is 0."""
        return Fraction(self.numerator) / Fraction(self.denominator) if self.denominator else None

    @property
    def value(self) -> float | None:
        """`exact` as a float, not rounded to any number of places."""
        exact = self.exact
        return None if exact is None else float(exact)

    def __add__(self, other: Counted) -> Counted:
        """The same figure over both periods. Raises ValueError where the two are not the same kind of figure. An
        interval is not additive and is dropped."""
        if (self.unit, self.bare) != (other.unit, other.bare):
            raise ValueError(f"cannot add {other.unit} to {self.unit}")
        return replace(
            self,
            numerator=self.numerator + other.numerator,
            denominator=1 if self.bare else self.denominator + other.denominator,
            excluded=_merged(self.excluded, other.excluded),
            parts=_merged(self.parts, other.parts),
            provisional=self.provisional + other.provisional,
            interval=None,
            reason=self.reason if self.reason == other.reason else None,
        )


def ratio(part: int, whole: int, **more: int) -> Counted:
    """`part` of `whole`; `more` names what stands behind them."""
    return Counted(part, whole, "ratio", parts=named(**more))


def nothing(unit: Unit, reason: str) -> Counted:
    """No figure, and why: shown as — ."""
    return Counted(0, 0, unit, reason=reason)


def named(**counts: int) -> Named:
    """Named counts in the form that `Counted` keeps, by name."""
    return tuple(sorted(counts.items()))


def add_days(days: Iterable[Mapping[str, Counted]]) -> dict[str, Counted]:
    """Roll-ups of several days, each id → figure over the same ids, as one."""
    done: dict[str, Counted] = {}
    for day in days:
        for name, figure in day.items():
            done[name] = done[name] + figure if name in done else figure
    return done


def _merged(one: Named, two: Named) -> Named:
    if not two:
        return one
    done = dict(one)
    for name, number in two:
        done[name] = done.get(name, 0) + number
    return tuple(sorted(done.items()))
