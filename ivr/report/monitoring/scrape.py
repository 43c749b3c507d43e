"""A node's endpoint read back: Prometheus' text form to the `Snapshot` it was made from."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

from prometheus_client.parser import text_string_to_metric_families

from ivr.errors import MetricsError, NodeError
from ivr.metrics.counted import ratio
from ivr.records.model import StateName
from ivr.report.monitoring import live_complaints, live_emergency, live_publishing
from ivr.report.monitoring.exporter import Snapshot
from ivr.report.monitoring.live_calls import LiveState, QueueState
from ivr.settings import Metrics

#: The node gives a scrape up after 5 s.
_PATIENCE_SECONDS = 6.0

_Values = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Latency:
    """From the end of utterances to their texts, since the start: how many, their sum (s), and how many took at most
    the goal of 1.4 s."""

    count: int = 0
    seconds: float = 0.0
    in_time: int = 0


def look(metrics: Metrics) -> tuple[Snapshot, Latency]:
    """What the endpoint says now. Raises NodeError where no node answers, MetricsError where something else does."""
    if metrics.port == 0:
        raise NodeError("设置里 [metrics] port 为 0：没有开放实时指标，无从查看")
    host = "127.0.0.1" if metrics.host == "0.0.0.0" else metrics.host  # noqa: S104 (asked, not bound)
    where = f"{host}:{metrics.port}"
    # asked without proxies: the endpoint is this machine's own
    link = http.client.HTTPConnection(host, metrics.port, timeout=_PATIENCE_SECONDS)
    try:
        link.request("GET", "/metrics")
        reply = link.getresponse()
        text = reply.read()
    except (OSError, http.client.HTTPException) as wrong:
        raise NodeError(
            f"{where} 没有应答（{wrong or type(wrong).__name__}）：热线没有运行，或设置文件不是它的"
        ) from wrong
    finally:
        link.close()
    if reply.status != http.client.OK:
        raise NodeError(f"{where} 应答 {reply.status} {reply.reason}：热线太忙，或端口被别的程序占用")
    return read(text.decode("utf-8", "replace"))


def read(text: str) -> tuple[Snapshot, Latency]:
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


def _reading(values: _Values) -> Snapshot:
    depths, longest = values["ivr_queue_depth"], values["ivr_queue_longest_wait_seconds"]
    live = LiveState(
        calls=int(_one(values, "ivr_calls_in_progress")),
        menus=_counts(values, "ivr_menu_callers"),
        queues={queue: QueueState(int(depth), round(1000 * longest[queue])) for queue, depth in depths.items()},
        offered=int(_one(values, "ivr_offered_15m")),
        service_level=ratio(
            int(_one(values, "ivr_service_level_15m_numerator")), int(_one(values, "ivr_service_level_15m_denominator"))
        ),
        offered_since_start=int(_one(values, "ivr_offered_total")),
        offered_minute=int(_one(values, "ivr_offered_1m")),
    )
    up, bank = (values.get(name, {}).get("") for name in ("ivr_recogniser_up", "ivr_bank_up"))
    return Snapshot(
        live,
        agents={cast(StateName, name): int(values["ivr_agents"][name]) for name in get_args(StateName)},
        spoken=_counts(values, "ivr_utterances_total"),
        journal_lag=int(_one(values, "ivr_journal_lag")),
        refused=int(_one(values, "ivr_records_refused")),
        manager_link=bool(_one(values, "ivr_manager_link")),
        recogniser=None if up is None else bool(up),
        bank=None if bank is None else bool(bank),
        talkers=int(_one(values, "ivr_recogniser_talkers")),
        audio_streams=int(_one(values, "ivr_audio_streams")),
        refusals=int(_one(values, "ivr_recogniser_refusals_total")),
        load_level=int(_one(values, "ivr_load_level")),
        failing=tuple(task for task, fails in values["ivr_task_failing"].items() if fails),
        failures=int(_one(values, "ivr_task_failures_total")),
        lost_recordings=int(_one(values, "ivr_lost_recordings")),
        callbacks_open=int(_one(values, "ivr_callbacks_open")),
        work_open=int(_one(values, "ivr_work_open")),
        work_overdue=int(_one(values, "ivr_work_overdue")),
        complaints=live_complaints.read(values),
        publishing=live_publishing.read(values),
        emergency=live_emergency.read(values),
        disk_free=None if (room := values.get("ivr_disk_free_bytes", {}).get("")) is None else int(room),
    )
