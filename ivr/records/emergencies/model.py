"""An emergency as it is kept: how it stands, every decision, and what warned. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase, InForce


class Step(StrEnum):
    """What a decision did."""

    START = "start"
    CHANGE = "change"
    END = "end"


STEP_WORDS: Mapping[Step, str] = {Step.START: "启动", Step.CHANGE: "变更", Step.END: "结束"}


@dataclass(frozen=True, slots=True)
class Emergency:
    """One emergency or drill, in force until `t_ended`. `version` grows with each decision: who decides names the one
    that he has seen. `id` is 0 until the store has given one."""

    kind: EmergencyKind
    level: str
    phase: EmergencyPhase
    drill: bool
    t_started: int
    t_changed: int
    t_ended: int | None = None
    version: int = 1
    id: int = 0

    @property
    def in_force(self) -> InForce:
        """What calls are served under while it is not ended."""
        return InForce(self.kind, self.level, self.phase, self.drill)

    @property
    def target(self) -> str:
        """Its name in the audit trail and of what is told about it."""
        return f"emergency:{self.id}"

    @property
    def words(self) -> str:
        """话务量激增 general 响应阶段, with 演练 before it in a drill."""
        drill = "演练：" if self.drill else ""
        return f"{drill}{KIND_WORDS[self.kind]} {self.level} {PHASE_WORDS[self.phase]}阶段"


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, and why: the `number`-th of an emergency, from 1. `person` and `role` as in the audit trail."""

    step: Step
    kind: EmergencyKind
    level: str
    phase: EmergencyPhase
    person: str
    role: str | None
    reason: str
    t: int
    number: int = 0


class DetectorId(StrEnum):
    """What warns by itself (flows/emergency.yaml, detectors)."""

    SURGE = "surge"
    STAFF_DROP = "staff_drop"
    LONGEST_WAIT = "longest_wait"
    RECOGNITION = "recognition"
    BANK = "bank"
    DATABASE = "database"


#: What each looks at.
DETECTOR_WORDS: Mapping[str, str] = {
    DetectorId.SURGE: "话务量",
    DetectorId.STAFF_DROP: "签入座席",
    DetectorId.LONGEST_WAIT: "最长等待",
    DetectorId.RECOGNITION: "语音识别",
    DetectorId.BANK: "银行系统",
    DetectorId.DATABASE: "数据库",
}
#: What each found, with its number: calls in a minute, agents, or seconds.
FOUND_WORDS: Mapping[DetectorId, str] = {
    DetectorId.SURGE: "话务量激增：近一分钟来电 {} 通",
    DetectorId.STAFF_DROP: "人员骤减：签入座席 {} 名",
    DetectorId.LONGEST_WAIT: "排队最久的客户已等 {} 秒",
    DetectorId.RECOGNITION: "语音识别已中断 {} 秒",
    DetectorId.BANK: "银行系统已 {} 秒没有应答",
    DetectorId.DATABASE: "数据库已 {} 秒不能使用",
}


def found_words(detector: str, value: int) -> str:
    """What a detector found, in Chinese."""
    return FOUND_WORDS[DetectorId(detector)].format(value)


@dataclass(frozen=True, slots=True)
class EmergencyWarning:
    """A detector found on a node from `t_raised` on, until `t_over`, what the plan calls `kind` and `level`. `value` is
    the number it found first, `usual` what it was compared with (None: with nothing)."""

    node: str
    detector: DetectorId
    t_raised: int
    kind: EmergencyKind
    level: str
    value: int
    usual: int | None = None
    t_over: int | None = None

    @property
    def words(self) -> str:
        """What it found, and what is usual."""
        usual = "" if self.usual is None else f"（前几周同一时段 {self.usual}）"
        return found_words(self.detector, self.value) + usual
