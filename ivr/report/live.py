"""The hotline's live figures for Prometheus (CBA 四十四): few names, few labels, none of them personal.

Everything is read at the moment of the scrape from a `Reading`; only recognition is counted as it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Histogram, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ivr.records.model import StateName
from ivr.report.board import Standing

#: Seconds; 1.4 is the goal for an answer's 95th percentile.
_LATENCIES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.4, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the node: `standing` of calls and queues, agents by state, and what the machinery says of itself.
    `recogniser` says whether speech can be recognised now, None where the hotline is not meant to listen: that is no
    outage. `taps` counts callers who are listened to."""

    standing: Standing
    agents: Mapping[StateName, int] = field(default_factory=dict)
    spoken: Mapping[str, int] = field(default_factory=dict)
    journal_lag: int = 0
    manager_link: bool = True
    recogniser: bool | None = None
    talkers: int = 0
    taps: int = 0
    refusals: int = 0


class Live(Collector):
    """The endpoint's content: `text()`, or `serve` it. `read` is called in the scraping thread."""

    def __init__(self, read: Callable[[], Reading]) -> None:
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

    def describe(self) -> Iterable[Metric]:
        """Nothing is read before the first scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Every figure that is read."""
        now = self._read()
        standing = now.standing
        level = standing.service_level
        yield GaugeMetricFamily("ivr_calls_in_progress", "calls in progress", standing.calls)
        yield _by("ivr_menu_callers", "callers who are in a menu", "menu", standing.menus)
        depths = {queue: line.depth for queue, line in standing.queues.items()}
        longest = {queue: line.longest_ms / 1000 for queue, line in standing.queues.items()}
        yield _by("ivr_queue_depth", "callers who wait", "queue", depths)
        yield _by("ivr_queue_longest_wait_seconds", "how long the first of them has waited", "queue", longest)
        yield GaugeMetricFamily("ivr_offered_15m", "calls offered in the last 15 minutes", standing.offered)
        yield CounterMetricFamily("ivr_offered", "calls offered since the start", standing.offered_since_start)
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
        yield GaugeMetricFamily("ivr_manager_link", "1 while Asterisk tells what happens", int(now.manager_link))
        if now.recogniser is not None:
            yield GaugeMetricFamily("ivr_recogniser_up", "1 while speech can be recognised", int(now.recogniser))
        yield GaugeMetricFamily("ivr_recogniser_talkers", "callers who speak now", now.talkers)
        yield GaugeMetricFamily("ivr_taps", "callers who are listened to", now.taps)
        yield CounterMetricFamily("ivr_recogniser_refusals", "utterances that could not be taken", now.refusals)
        spoken = CounterMetricFamily("ivr_utterances", "utterances by what was done with them", labels=["action"])
        for action, number in sorted(now.spoken.items()):
            spoken.add_metric([action], number)
        yield spoken

    def text(self) -> bytes:
        """The figures in Prometheus' text form."""
        return generate_latest(self.registry)

    def serve(self, host: str, port: int) -> WSGIServer:
        """Answer scrapes in a thread of its own until the server is shut down. Raises OSError."""
        server, _ = start_http_server(port, addr=host, registry=self.registry)
        return server


def _by(name: str, what: str, label: str, values: Mapping[str, float] | Mapping[StateName, int]) -> Metric:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
