"""What the running hotline says of emergencies (CBA 三十三 to 三十九, 四十四): what warns, what is in force, whether a
drill is due, what could not be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import GaugeMetricFamily, Metric

from ivr.records.emergencies.model import DetectorId, found_words
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase, InForce


@dataclass(frozen=True, slots=True)
class EmergencyState:
    """`warnings`: detector → what it found, of those that warn now; `undelivered`: mails and webhooks that were refused
    or given up."""

    in_force: InForce | None = None
    warnings: Mapping[DetectorId, int] = field(default_factory=dict)
    drill_due: bool = False
    undelivered: int = 0


_WARNING, _VALUE = "ivr_emergency_warning", "ivr_emergency_warning_value"
_IN_FORCE, _DRILL, _DUE = "ivr_emergency_in_force", "ivr_emergency_drill", "ivr_emergency_drill_due"
_UNDELIVERED = "ivr_deliveries_failed"


def figures(state: EmergencyState) -> Iterator[Metric]:
    """For Prometheus. A detector that finds nothing is 0, not missing: what is missing raises no alarm."""
    warning = GaugeMetricFamily(_WARNING, "1 while a detector warns of an emergency", labels=["detector"])
    value = GaugeMetricFamily(_VALUE, "what it found: calls in a minute, agents, seconds", labels=["detector"])
    for detector in DetectorId:
        warning.add_metric([detector.value], int(detector in state.warnings))
        if detector in state.warnings:
            value.add_metric([detector.value], state.warnings[detector])
    now, drill = state.in_force, False
    in_force = GaugeMetricFamily(_IN_FORCE, "1 for the emergency: kind/level/phase", labels=["emergency"])
    if now is not None:
        in_force.add_metric([f"{now.kind}/{now.level}/{now.phase}"], 1)
        drill = now.drill
    yield from (warning, value, in_force)
    yield GaugeMetricFamily(_DRILL, "1 while what is in force is a drill", int(drill))
    yield GaugeMetricFamily(_DUE, "1 while a drill is due", int(state.drill_due))
    yield GaugeMetricFamily(_UNDELIVERED, "mails and webhooks that were refused or given up", state.undelivered)


def read(values: Mapping[str, Mapping[str, float]]) -> EmergencyState:
    """The same read back. Raises KeyError and ValueError where it is not."""
    found = {DetectorId(name): int(number) for name, number in values.get(_VALUE, {}).items()}
    in_force = None
    for name in values.get(_IN_FORCE, {}):
        kind, level, phase = name.split("/")
        in_force = InForce(EmergencyKind(kind), level, EmergencyPhase(phase), bool(values[_DRILL][""]))
    return EmergencyState(in_force, found, bool(values[_DUE][""]), int(values[_UNDELIVERED][""]))


def warnings(state: EmergencyState) -> Iterator[str]:
    """What somebody has to see to, one sentence each, in Chinese."""
    if (now := state.in_force) is not None:
        what = f"{KIND_WORDS[now.kind]}（{now.level}）{PHASE_WORDS[now.phase]}阶段"
        yield f"{'应急演练进行中' if now.drill else '应急执行中'}：{what}：ivr emergency status"
    for detector, value in state.warnings.items():
        yield f"预警：{found_words(detector, value)}；由应急负责人决定是否启动应急：ivr emergency status"
    if state.drill_due:
        yield "应急演练到期：ivr emergency start 类别 级别 --drill"
    if state.undelivered:
        yield f"{state.undelivered} 条通知或工单没有送达：ivr emergency deliveries"
