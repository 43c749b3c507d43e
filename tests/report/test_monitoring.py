"""The dashboard and the alert rules that come with the hotline: they ask for what the endpoint has, and every rule
fires when it should and only then (CBA 三十三, 四十四). Rules are evaluated by Prometheus' own promtool."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from ivr.metrics.counted import ratio
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.emergencies.model import DetectorId
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.facts import Connected, Ended, HandoffRequested, Offered, Queued
from ivr.records.model import StateName
from ivr.report.monitoring import alarms
from ivr.report.monitoring.exporter import Exporter, Snapshot
from ivr.report.monitoring.live_calls import LiveCalls, LiveState, QueueState
from ivr.report.monitoring.live_emergency import EmergencyState
from ivr.report.monitoring.live_publishing import PublishingState

HERE = Path(__file__).parents[2] / "monitoring"
RULES = yaml.safe_load((HERE / "alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
TESTS = yaml.safe_load((HERE / "alerts_test.yaml").read_text(encoding="utf-8"))["tests"]
BOARD = json.loads((HERE / "hotline.json").read_text(encoding="utf-8"))
EXPRESSIONS = {
    **{rule["alert"]: rule["expr"] for rule in RULES},
    **{
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in BOARD["panels"]
        for target in panel["targets"]
    },
    **{one["name"]: one["expr"] for one in BOARD["annotations"]["list"]},
}

needs_promtool = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is needed")


def promtool(*words: str | Path) -> None:
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# ---- every query names what exists

#: Made by Prometheus itself.
_ITS_OWN = {"up": set(), "ALERTS": {"alertstate", "alertname"}}
_WORDS = {"and", "or", "unless", "on", "by", "ignoring", "without", "offset", "bool", "group_left", "group_right"}


def exposed() -> dict[str, set[str]]:
    """Every name at the endpoint, with its labels."""
    live = LiveState(1, {"main": 1}, {"general": QueueState(1, 1)}, 1, ratio(1, 1))
    emergency = EmergencyState(InForce(EmergencyKind.SURGE, "major", EmergencyPhase.WARN), {DetectorId.SURGE: 1})
    full = Snapshot(live, {"ready": 1}, {"leaf": 1}, recogniser=True, disk_free=1 << 30, bank=True, emergency=emergency)
    full = replace(full, publishing=PublishingState(1))
    exporter = Exporter(lambda: full)
    exporter.bank_requests.asked("balance", "done", 1)
    exporter.latency.observe(1)
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(exporter.text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def named(expression: str) -> Iterator[tuple[str, set[str]]]:
    """The metrics of an expression, each with the labels it is asked by; names after `by`, `on` are labels of any."""
    bare = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)", " ", expression)
    bare = re.sub(r"\[[^\]]*\]|\boffset\s+\w+", " ", bare)
    for found in re.finditer(r"([A-Za-z_:][\w:]*)\s*(\(|\{([^}]*)\})?", bare):
        if found[1] not in _WORDS and found[2] != "(":
            yield found[1], set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", found[3] or ""))


def faults(expression: str) -> list[str]:
    """What the expression asks for that is not there."""
    there = exposed() | _ITS_OWN
    metrics = list(named(expression))
    asked = {label for group in re.findall(r"\bby\s*\(([^)]*)\)", expression) for label in re.findall(r"\w+", group)}
    wrong = [] if metrics else ["no metric"]
    known = {"job", "instance"}
    for name, labels in metrics:
        if name not in there:
            wrong.append(name)
            continue
        known |= there[name]
        wrong += [f"{name}{{{label}}}" for label in labels - there[name] - {"job", "instance"}]
    return wrong + sorted(asked - known)


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_every_query_names_what_the_endpoint_has(what: str) -> None:
    assert faults(EXPRESSIONS[what]) == []


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        ("ivr_call_in_progress > 1", ["ivr_call_in_progress"]),
        ('sum(ivr_agents{status="ready"})', ["ivr_agents{status}"]),
        ("sum by (queues) (rate(ivr_queue_depth[5m]))", ["queues"]),
        ("ivr_offered > 1", ["ivr_offered"]),
        ("60 > 1", ["no metric"]),
        ("ivr_audio_streams unless on (job) (sum by (le) (ivr_tap))", ["ivr_tap", "le"]),
    ],
)
def test_a_query_of_what_is_not_there_is_found(expression: str, wrong: list[str]) -> None:
    assert faults(expression) == wrong


def test_variables_and_places_of_the_dashboard() -> None:
    for variable in BOARD["templating"]["list"]:
        for metric in re.findall(r"label_values\((\w+)", variable["query"]):
            assert metric in exposed()
    assert {name for text in EXPRESSIONS.values() for name in re.findall(r"\$(\w+)", text)} <= {
        variable["name"] for variable in BOARD["templating"]["list"]
    }
    places = [panel["gridPos"] for panel in BOARD["panels"]]
    for number, one in enumerate(places):
        assert one["x"] + one["w"] <= 24
        for other in places[number + 1 :]:
            apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            assert apart_x or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_everything_the_endpoint_has_is_on_the_dashboard() -> None:
    shown = {name for text in EXPRESSIONS.values() for name, _ in named(text)}
    assert {name for name in exposed() if not name.endswith("_created")} <= shown


@needs_promtool
def test_prometheus_can_read_every_query(tmp_path: Path) -> None:
    rules = [{"record": f"q{n}", "expr": text} for n, text in enumerate(EXPRESSIONS.values())]
    (tmp_path / "queries.yaml").write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    promtool("check", "rules", tmp_path / "queries.yaml")


# ---- every rule fires


@needs_promtool
def test_the_rules_and_their_tests() -> None:
    promtool("check", "rules", HERE / "alerts.yaml")
    promtool("test", "rules", HERE / "alerts_test.yaml")


def test_every_rule_is_fired_says_what_to_do_and_names_its_clause() -> None:
    fired = {one["alertname"] for test in TESTS for one in test["alert_rule_test"] if one["exp_alerts"]}
    assert fired == {rule["alert"] for rule in RULES}
    for rule in RULES:
        assert rule["labels"]["severity"] in {"critical", "warning"} and rule["labels"]["clause"]
        assert rule["annotations"]["summary"] and rule["annotations"]["action"]


def test_one_threshold_is_written_everywhere_alike() -> None:
    rules = {rule["alert"]: rule["expr"] for rule in RULES}
    threshold = INDICATORS["cba.service_level_20s"].threshold
    assert threshold is not None
    assert f"< {float(threshold.bound)}" in rules["ServiceLevelLow"]
    assert f">= {alarms.LEAST_DECIDED}" in rules["ServiceLevelLow"]
    assert f"> {alarms.LONG_WAIT_MS // 1000}" in rules["QueueWaitLong"]
    assert f"> {alarms.JOURNAL_LAG}" in rules["JournalLag"]


# ---- from facts to alarm

#: How often Prometheus looks.
_LOOK_S = 15
_CALM_S = 70 * 60


@dataclass(slots=True)
class Centre:
    """A hotline of simulated callers: its facts go through the board to the endpoint, which is read every 15 s."""

    board: LiveCalls = field(default_factory=LiveCalls)
    agents: Mapping[StateName, int] = field(default_factory=lambda: {"ready": 8, "talk": 4})
    more: Callable[[Snapshot], Snapshot] = lambda reading: reading
    series: dict[str, list[str]] = field(default_factory=dict)
    looks: int = 0
    _calls: int = 0

    def minutes(self, number: int, calls: int, live: Exporter, answered: bool) -> None:
        """So many minutes with so many calls in each; each asks for an agent at once."""
        for second in range(60 * number):
            t = 1000 * (self.looks * _LOOK_S + second % _LOOK_S)
            if second % _LOOK_S == 0:
                self._look(live)
                self.looks += 1
            if second * calls // 60 != (second + 1) * calls // 60:
                self._call(t, answered)

    def _call(self, t: int, answered: bool) -> None:
        self._calls += 1
        name = f"c{self._calls}"
        self.board.take(name, Offered(t, name, "in", "95000", None, "normal"))
        self.board.take(name, HandoffRequested(t, "key", "general"))
        self.board.take(name, Queued(t, "general"))
        if answered:
            self.board.take(name, Connected(t + 500, "1001", 400))
            self.board.take(name, Ended(t + 900, "caller", "16"))

    def _look(self, live: Exporter) -> None:
        for family in text_string_to_metric_families(live.text().decode()):
            for one in family.samples:
                labels = {"job": "hotline", "instance": "a", **one.labels}
                asked = ",".join(f'{name}="{value}"' for name, value in labels.items())
                key = f"{one.name}{{{asked}}}"
                values = self.series.setdefault(key, ["_"] * self.looks)
                values += ["_"] * (self.looks - len(values)) + [f"{one.value:g}"]

    def read(self, now_ms: int) -> Snapshot:
        """As the node does."""
        return self.more(Snapshot(self.board.live(now_ms), self.agents, self.board.spoken, recogniser=True))


def firing(at: int, *alerts: str) -> Mapping[str, object]:
    """Exactly these rules fire at this second."""
    return {
        "eval_time": f"{at}s",
        "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
        "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(alerts)],
    }


@needs_promtool
def test_a_surge_raises_its_alarm_within_a_minute_and_the_rest_follows(tmp_path: Path) -> None:
    """Seventy quiet minutes; then five times the calls, two thirds of the agents gone, nobody answered, the recogniser
    dead and the disk too slow."""
    centre = Centre()
    live = Exporter(lambda: centre.read(1000 * centre.looks * _LOOK_S))
    live.latency.observe(0.3)
    centre.minutes(70, 8, live, answered=True)
    centre.agents = {"talk": 4, "offline": 8}
    refused = iter(range(0, 1000, 5))

    def broken(reading: Snapshot) -> Snapshot:
        """What the machinery says of itself from now on."""
        return replace(reading, journal_lag=5000, recogniser=False, refusals=next(refused))

    centre.more = broken
    for _ in range(5):
        live.latency.observe(4.0)
        centre.minutes(1, 40, live, answered=False)
    told = {
        "rule_files": [str(HERE / "alerts.yaml")],
        "evaluation_interval": f"{_LOOK_S}s",
        "tests": [
            {
                "interval": f"{_LOOK_S}s",
                "input_series": [
                    {"series": 'up{job="hotline",instance="a"}', "values": " ".join(["1"] * centre.looks)},
                    *({"series": key, "values": " ".join(values)} for key, values in centre.series.items()),
                ],
                "promql_expr_test": [
                    firing(_CALM_S),
                    firing(_CALM_S + 60, *FAST),
                    firing(_CALM_S + 285, *FAST, "QueueWaitLong", "ServiceLevelLow"),
                ],
            }
        ],
    }
    (tmp_path / "live.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    promtool("test", "rules", tmp_path / "live.yaml")


#: What is told within a minute.
FAST = ("CallSurge", "StaffDrop", "RecognitionDown", "RecognitionRefuses", "RecognitionSlow", "JournalLag")
