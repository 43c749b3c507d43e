"""The hotline's live figures for Prometheus (CBA 四十四): few names, few labels, none of them personal.

Everything is read at the moment of the scrape from a `Snapshot`; only recognition is counted as it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ivr.records.model import StateName
from ivr.report.monitoring import live_complaints, live_emergency, live_publishing
from ivr.report.monitoring.bank_requests import BankRequests
from ivr.report.monitoring.endpoint import Endpoint
from ivr.report.monitoring.live_business import BusinessState
from ivr.report.monitoring.live_calls import LiveState
from ivr.report.monitoring.live_complaints import ComplaintsState
from ivr.report.monitoring.live_emergency import EmergencyState
from ivr.report.monitoring.live_publishing import PublishingState

#: Seconds; 1.4 is the goal for an answer's 95th percentile.
_LATENCIES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.4, 2.0, 5.0)


#: With less room (bytes) on its disk somebody has to see to it.
LEAST_FREE = 64 * 1024 * 1024

#: The node's background tasks, by the label that the figures have, and what each does.
TASKS: Mapping[str, str] = {
    "edits": "流程更新",
    "recordings": "录音检查",
    "reconciler": "记录补齐",
    "noting": "在线登记",
    "database": "数据库准备",
    "counting": "历史记录计数",
    "agents": "座席状态",
    "audit": "审计校验值留存",
    "queues": "排队重读",
    "trouble": "故障提示",
    "call_watchdog": "来电看护",
    "watchers": "现场画面",
    "load": "负载保护",
    "logs": "日志轮换",
    "sealing": "录音加密",
    "callbacks": "给客户回电",
    "emergency": "应急监测",
    "complaints": "投诉登记",
    "complaint_terms": "投诉期限与工单回执",
    "deliveries": "邮件与 webhook 发送",
    "bank": "银行系统探测",
    "elsewhere": "其他任务",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at the node: `live` of calls and queues, agents by state, and what the machinery says of itself.
    `refused` counts records that the database will never take and that wait to be mended. `recogniser` says whether
    speech can be recognised now, None where the hotline is not meant to listen: that is no outage. `audio_streams`
    counts callers who are listened to. `failing` names the background tasks that fail now, `failures` counts since the
    start; `load_level` is what new calls get (0 everything, 1 no listening, 2 the busy notice); `lost_recordings` are
    spoken by the voice instead; `disk_free` are bytes, None where they are not known; `callbacks_open` were promised,
    `work_open` counts work items that nobody has closed, `work_overdue` those of them that are late; `bank` says
    whether the bank's systems answer, None where none are set; `publishing` what waits for a second person, None where
    none is needed."""

    live: LiveState
    agents: Mapping[StateName, int] = field(default_factory=dict)
    spoken: Mapping[str, int] = field(default_factory=dict)
    journal_lag: int = 0
    refused: int = 0
    manager_link: bool = True
    recogniser: bool | None = None
    talkers: int = 0
    audio_streams: int = 0
    refusals: int = 0
    failing: tuple[str, ...] = ()
    failures: int = 0
    load_level: int = 0
    lost_recordings: int = 0
    disk_free: int | None = None
    bank: bool | None = None
    business: BusinessState = field(default_factory=BusinessState)
    publishing: PublishingState | None = None
    emergency: EmergencyState = field(default_factory=EmergencyState)
    callbacks_open: int = 0
    work_open: int = 0
    work_overdue: int = 0
    complaints: ComplaintsState = field(default_factory=ComplaintsState)


class Exporter(Collector):
    """The endpoint's content: `text()`, or `serve` it. `read` is called in the scraping thread."""

    def __init__(self, read: Callable[[], Snapshot]) -> None:
        self._read = read
        self.registry = CollectorRegistry()
        self.registry.register(self)
        #: From the end of an utterance to its text, seconds.
        self.latency = Histogram(
            "ivr_recogniser_latency_seconds",
            "from the end of an utterance to its text",
            buckets=_LATENCIES,
            registry=self.registry,
        )
        self.bank_requests = BankRequests(self.registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Every figure that is read."""
        now = self._read()
        live = now.live
        level = live.service_level
        yield GaugeMetricFamily("ivr_calls_in_progress", "calls in progress", live.calls)
        yield _by("ivr_menu_callers", "callers who are in a menu", "menu", live.menus)
        depths = {queue: line.depth for queue, line in live.queues.items()}
        longest = {queue: line.longest_ms / 1000 for queue, line in live.queues.items()}
        yield _by("ivr_queue_depth", "callers who wait", "queue", depths)
        yield _by("ivr_queue_longest_wait_seconds", "how long the first of them has waited", "queue", longest)
        yield GaugeMetricFamily("ivr_offered_15m", "calls offered in the last 15 minutes", live.offered)
        yield GaugeMetricFamily("ivr_offered_1m", "calls offered in the last minute", live.offered_minute)
        yield CounterMetricFamily("ivr_offered", "calls offered since the start", live.offered_since_start)
        yield GaugeMetricFamily(
            "ivr_service_level_15m_numerator", "first requests answered within 20 s", float(level.numerator)
        )
        yield GaugeMetricFamily(
            "ivr_service_level_15m_denominator", "first requests decided or late", float(level.denominator)
        )
        # a state that nobody is in is 0, not missing: what is missing raises no alarm
        agents = {state: now.agents.get(state, 0) for state in get_args(StateName)}
        yield _by("ivr_agents", "agents by state", "state", agents)
        yield GaugeMetricFamily("ivr_journal_lag", "facts that are not on the disk yet", now.journal_lag)
        yield GaugeMetricFamily("ivr_records_refused", "records set aside that the database refuses", now.refused)
        yield GaugeMetricFamily("ivr_manager_link", "1 while Asterisk tells what happens", int(now.manager_link))
        if now.recogniser is not None:
            yield GaugeMetricFamily("ivr_recogniser_up", "1 while speech can be recognised", int(now.recogniser))
        if now.bank is not None:
            yield GaugeMetricFamily("ivr_bank_up", "1 while the bank's systems answer", int(now.bank))
        yield GaugeMetricFamily("ivr_recogniser_talkers", "callers who speak now", now.talkers)
        yield GaugeMetricFamily("ivr_audio_streams", "callers who are listened to", now.audio_streams)
        yield GaugeMetricFamily(
            "ivr_load_level", "what new calls get: 0 everything, 1 no listening, 2 the busy notice", now.load_level
        )
        yield CounterMetricFamily("ivr_recogniser_refusals", "utterances that could not be taken", now.refusals)
        yield _by(
            "ivr_task_failing", "1 while a background task fails", "task", {t: int(t in now.failing) for t in TASKS}
        )
        yield CounterMetricFamily("ivr_task_failures", "failures of background tasks", now.failures)
        yield GaugeMetricFamily(
            "ivr_lost_recordings", "recordings that are missing or damaged and spoken by the voice", now.lost_recordings
        )
        yield GaugeMetricFamily(
            "ivr_callbacks_open", "callbacks that were promised and not made yet", now.callbacks_open
        )
        yield GaugeMetricFamily("ivr_work_open", "messages and failed callbacks to be seen to", now.work_open)
        yield GaugeMetricFamily("ivr_work_overdue", "of these, how many are late", now.work_overdue)
        if now.disk_free is not None:
            yield GaugeMetricFamily("ivr_disk_free_bytes", "room on the state folder's disk", now.disk_free)
        yield from _business(now.business)
        yield from live_emergency.figures(now.emergency)
        yield from live_publishing.figures(now.publishing)
        yield from live_complaints.figures(now.complaints)
        spoken = CounterMetricFamily("ivr_utterances", "utterances by what was done with them", labels=["action"])
        for action, number in sorted(now.spoken.items()):
            spoken.add_metric([action], number)
        yield spoken

    def text(self) -> bytes:
        """The figures in Prometheus' text form."""
        return generate_latest(self.registry)

    def serve(self, host: str, port: int) -> Endpoint:
        """Answer scrapes in threads of its own until it is closed. Raises OSError."""
        return Endpoint(host, port, self.registry)


def _business(now: BusinessState) -> Iterable[Metric]:
    for name, what, label, counts in (
        ("ivr_identity_checks", "checks of callers' identity by outcome", "outcome", now.identity),
        ("ivr_transactions", "transactions by outcome", "outcome", now.transactions),
        ("ivr_flagged_calls", "calls that somebody should look at, by pattern", "pattern", now.flagged),
    ):
        family = CounterMetricFamily(name, what, labels=[label])
        for key, number in counts.items():
            family.add_metric([key], number)
        yield family
    yield CounterMetricFamily("ivr_unrecorded_transactions", "transactions outside every recording", now.unrecorded)


def _by(name: str, what: str, label: str, values: Mapping[str, float] | Mapping[StateName, int]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
