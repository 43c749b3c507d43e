"""Samples of what callers said, drawn to be labelled (CBA 二十一). No part of the exchange form."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stratum:
    """One layer of a sample: how many of the period's turns lie in it and how many of them were drawn."""

    name: str
    turns: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One turn of a sample."""

    turn_id: str
    stratum: str


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """Which turns were drawn to be labelled, and how; figures from labels name it (CBA 二十一). `since` and `until` are
    local days (2026-10-01), both included; `n` turns were asked for by `method` with `seed`; `drawn` is in the order of
    labelling, worst first. No part of the exchange form."""

    id: str
    t: int
    since: str
    until: str
    n: int
    seed: int
    method: str
    strata: tuple[Stratum, ...] = ()
    drawn: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True)
class Labelled:
    """An annotated turn: the number that was called, and whether the sound was kept that the annotator could hear."""

    turn_id: str
    did: str
    heard: bool
