"""How far two sounds are apart, as a recogniser on the telephone confuses them: 冲铁 is nearly 重听."""

from __future__ import annotations

from functools import lru_cache

from ivr.nlu.correction.syllables import split

#: Initials and finals that are mixed up; "" is no initial. Folded: zh is z already, ang is an.
_INITIALS = "bp dt gkh zcs jqx mln fh lr zj cq sx kt pt wh"
_FINALS = (
    "an|ai|a an|en|un in|i|ie ian|ie|ia uan|uai|ua on|o|u|un ou|uo|o ao|ou|o ei|ui|i e|uo|er en|e|in iu|ou|u ue|ie|uan"
)
_NEAR, _FAR = 0.3, 0.6


@lru_cache(maxsize=1)
def _mixed_up() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    initials = [*map(list, _INITIALS.split()), ["", "w"], ["", "y"], ["", "h"]]
    finals = [group.split("|") for group in _FINALS.split()]
    return _pairs(initials), _pairs(finals)


def _pairs(groups: list[list[str]]) -> frozenset[tuple[str, str]]:
    return frozenset((one, other) for group in groups for one in group for other in group if one != other)


@lru_cache(maxsize=65536)
def apart(one: str, other: str) -> float:
    """How far two folded syllables are apart, 0 (the same) … 1.2."""
    if one == other:
        return 0.0
    initials, finals = _mixed_up()
    (first, rest), (second, others) = split(one), split(other)
    return _half(first, second, initials) + _half(rest, others, finals)


def _half(one: str, other: str, mixed_up: frozenset[tuple[str, str]]) -> float:
    if one == other:
        return 0.0
    return _NEAR if (one, other) in mixed_up else _FAR


def distance(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """The mean over the syllables of two texts of the same length; as if nothing were alike where they differ in it or
    a syllable is quite another."""
    if not one or len(one) != len(other):
        return 2 * _FAR
    each = [apart(mine, yours) for mine, yours in zip(one, other, strict=True)]
    return 2 * _FAR if max(each) > _FAR else sum(each) / len(each)
