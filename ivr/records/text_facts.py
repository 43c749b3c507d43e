"""Facts of a conversation in writing beside those of every call. Part of `ivr.records.facts`."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.records.fact import Fact


@dataclass(frozen=True, slots=True)
class ResolutionAsked(Fact):
    """The question of this turn was answered, and the customer can say whether that resolved it (CBA 附件1)."""

    turn_id: str


@dataclass(frozen=True, slots=True)
class ResolutionGiven(Fact):
    """He said so: 已解决 or 未解决. The last word counts."""

    turn_id: str
    resolved: bool
