"""The emergency that is in force: what is kept of it, and what calls are served under (CBA 三十三 to 三十九)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class EmergencyKind(StrEnum):
    """What has happened (CBA 三十四)."""

    SURGE = "surge"
    STAFF_LOST = "staff_lost"
    SITE_LOST = "site_lost"
    SYSTEMS_LOST = "systems_lost"
    DATA_LEAK = "data_leak"
    FRAUD_WAVE = "fraud_wave"


class EmergencyPhase(StrEnum):
    """Where in its course it is (CBA 三十五), in this order."""

    WARN = "warn"
    RESPOND = "respond"
    HANDLE = "handle"
    RECOVER = "recover"


#: The words for the operator.
KIND_WORDS: Mapping[EmergencyKind, str] = {
    EmergencyKind.SURGE: "话务量激增",
    EmergencyKind.STAFF_LOST: "人员骤减",
    EmergencyKind.SITE_LOST: "职场无法使用",
    EmergencyKind.SYSTEMS_LOST: "系统故障",
    EmergencyKind.DATA_LEAK: "信息泄露",
    EmergencyKind.FRAUD_WAVE: "集中诈骗",
}
PHASE_WORDS: Mapping[EmergencyPhase, str] = {
    EmergencyPhase.WARN: "预警",
    EmergencyPhase.RESPOND: "响应",
    EmergencyPhase.HANDLE: "处置",
    EmergencyPhase.RECOVER: "恢复",
}


@dataclass(frozen=True, slots=True)
class InForce:
    """An emergency under which calls are served. `level` names one of its kind in the plan (flows/emergency.yaml). A
    `drill` reaches those alone who take part in it (D10)."""

    kind: EmergencyKind
    level: str
    phase: EmergencyPhase
    drill: bool = False
