"""A node's endpoint read back: Prometheus' text form to the `Reading` it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from prometheus_client.parser import text_string_to_metric_families

from ivr.errors import MetricsError
from ivr.metrics.counted import ratio
from ivr.records.model import StateName
from ivr.report.board import Line, Standing
from ivr.report.live import Reading

_Values = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Latency:
    """From the end of utterances to their texts, since the start: how many, their sum (s), and how many took at most
    the goal of 1.4 s."""

    count: int = 0
    seconds: float = 0.0
    in_time: int = 0


def read(text: str) -> tuple[Reading, Latency]:
    """What the endpoint's `text` says. Raises MetricsError where it is not a hotline's."""
    try:
        values = _values(text)
        return _reading(values), Latency(
            count=int(_one(values, "ivr_recogniser_latency_seconds_count")),
            seconds=_one(values, "ivr_recogniser_latency_seconds_sum"),
            in_time=int(values["ivr_recogniser_latency_seconds_bucket"]["1.4"]),
        )
    except (ValueError, KeyError, OverflowError) as wrong:
        raise MetricsError(f"这里读到的不是热线的实时指标：{wrong}") from wrong


def _values(text: str) -> _Values:
    """Name → the one label's value ("" where there is no label) → number."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        found.setdefault(family.name, {})
        for sample in family.samples:
            found.setdefault(sample.name, {})["".join(sample.labels.values())] = sample.value
    return found


def _one(values: _Values, name: str) -> float:
    return values[name][""]


def _counts(values: _Values, name: str) -> dict[str, int]:
    return {key: int(number) for key, number in values.get(name, {}).items()}


def _reading(values: _Values) -> Reading:
    depths, longest = values["ivr_queue_depth"], values["ivr_queue_longest_wait_seconds"]
    standing = Standing(
        calls=int(_one(values, "ivr_calls_in_progress")),
        menus=_counts(values, "ivr_menu_callers"),
        queues={queue: Line(int(depth), round(1000 * longest[queue])) for queue, depth in depths.items()},
        offered=int(_one(values, "ivr_offered_15m")),
        service_level=ratio(
            int(_one(values, "ivr_service_level_15m_numerator")), int(_one(values, "ivr_service_level_15m_denominator"))
        ),
        offered_since_start=int(_one(values, "ivr_offered_total")),
    )
    up = values.get("ivr_recogniser_up", {}).get("")
    return Reading(
        standing,
        agents={cast(StateName, name): int(values["ivr_agents"][name]) for name in get_args(StateName)},
        spoken=_counts(values, "ivr_utterances_total"),
        journal_lag=int(_one(values, "ivr_journal_lag")),
        manager_link=bool(_one(values, "ivr_manager_link")),
        recogniser=None if up is None else bool(up),
        talkers=int(_one(values, "ivr_recogniser_talkers")),
        taps=int(_one(values, "ivr_taps")),
        refusals=int(_one(values, "ivr_recogniser_refusals_total")),
    )
