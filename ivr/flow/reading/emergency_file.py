"""emergency.yaml: what may stand in it, and what it means."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow import service_codes
from ivr.flow.emergency import (
    Contact,
    Detector,
    Drills,
    EmergencyLevel,
    EmergencyPlan,
    Measures,
    Others,
)
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.fields import Choice, Field, Flag, Many, Number, Record, Table, Word
from ivr.flow.reading.values import caller
from ivr.flow.reading.words import NAME, TEXT, ref
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase

EMERGENCY_FILE = "emergency.yaml"

OTHERS: Mapping[str, str] = {Others.MENU: "告知后回菜单，只用自助服务", Others.CALLBACK: "约定回电"}
#: What can warn of an emergency, and what its threshold counts.
DETECTORS = {
    "surge": "来电量：比前几周同一时段多百分之几",
    "staff_drop": "签入座席：比前几周同一时段少百分之几",
    "longest_wait": "排队最久的客户已等几秒",
    "recognition": "语音识别中断几秒",
    "bank": "银行系统连不上几秒",
    "database": "数据库连不上几秒",
}

#: As webhooks are sent: to nobody unencrypted but this machine, and nothing in it that proves anything.
_URL = r"\A(https://|http://127\.[0-9.]+(?=[:/]|\Z))[^\s?#@]+\Z"
_CONTACTS = Many(Word("联系人的名字", NAME, loose=True))
_PHASE = Record(
    (
        Field("announcement", Many(ref("prompt", "提示语"), 1), "菜单之前播报的提示语，排队中的客户也会听到", False),
        Field("in_queue", Many(ref("prompt", "提示语"), 1), "排队中的客户改听这些提示语", False),
        Field("queues", Many(ref("queue", "队列")), "保留哪些队列；不写为全部，[] 为只用自助服务", False),
        Field("others", Choice(OTHERS), "客户要的人工不在保留的队列时怎么办", False),
        Field("capacity", Number(1, 10_000), "同时最多接几通来电，更多的听忙线提示", False),
        Field("tell", _CONTACTS, "通知哪些联系人", False),
    ),
    "一个阶段的措施",
)
_LEVEL = Record(
    (
        Field("label", TEXT, "级别名称，例如 一般、重大"),
        *(Field(phase.value, _PHASE, word, missing=service_codes.PHASE_MISSING) for phase, word in PHASE_WORDS.items()),
    ),
    "一个级别的四个阶段：预警、响应、处置、恢复",
)
_KIND = Choice({kind.value: word for kind, word in KIND_WORDS.items()})
_DETECTOR = Record(
    (
        Field("threshold", Number(1, 100_000), "阈值，不写用默认值", False),
        Field("kind", _KIND, "预警为哪一类"),
        Field("level", Word("级别的名字", NAME, loose=True), "预警为哪一级"),
        Field("tell", _CONTACTS, "通知哪些联系人", False),
        Field("switch", Flag(), "是否自动进入预警阶段，默认否，由应急负责人决定", False),
    ),
    "一项监测",
)
EMERGENCY = Record(
    (
        Field(
            "kinds",
            Table(Table(_LEVEL, least=1), rf"\A({'|'.join(EmergencyKind)})\Z", f"类别：{'、'.join(EmergencyKind)}"),
            "类别（surge 话务量激增、staff_lost 人员骤减、site_lost 职场无法使用等）及其级别",
        ),
        Field(
            "contacts",
            Table(
                Record(
                    (
                        Field(
                            "mail",
                            Word(
                                "邮箱地址，名字@域名", r"\A[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]\Z"
                            ),
                            "邮箱",
                            False,
                        ),
                        Field(
                            "webhook",
                            Word("网址，https:// 开头，不含用户名和查询参数（本机可用 http://127.0.0.1）", _URL),
                            "网络通知的网址",
                            False,
                        ),
                    ),
                    "一个联系人：mail、webhook 至少写一个",
                )
            ),
            "联系人",
            False,
        ),
        Field(
            "detectors",
            Table(_DETECTOR, rf"\A({'|'.join(DETECTORS)})\Z", f"监测：{'、'.join(DETECTORS)}"),
            "；".join(f"{name} {about}" for name, about in DETECTORS.items()),
            False,
        ),
        Field(
            "drills",
            Record(
                (
                    Field("every_days", Number(1, 730), "最长隔几天演练一次，默认 180", False),
                    Field(
                        "callers",
                        Many(Word("E.164 号码，例如 +8613800000006", r"\A\+[1-9][0-9]{6,14}\Z", caller)),
                        "参加演练的电话号码",
                        False,
                    ),
                    Field(
                        "numbers",
                        Many(Word("电话号码（加引号）", r"\A\+?[0-9]{3,15}\Z", loose=True)),
                        "只用于演练的热线号码",
                        False,
                    ),
                ),
                "演练：只有这些电话进入演练，其他客户照常",
            ),
            "演练",
            False,
        ),
    ),
    "应急预案",
)


def plan(rec: Rec) -> EmergencyPlan:
    """The plan of a file without errors; an empty one of an empty record."""
    kinds = {
        EmergencyKind(kind): {id: _level(id, each.value) for id, each in at.value.items()}
        for kind, at in rec.table("kinds").items()
    }
    contacts = {
        id: Contact(id, at.value.value("mail"), at.value.value("webhook")) for id, at in rec.table("contacts").items()
    }
    detectors = {id: _detector(id, at.value) for id, at in rec.table("detectors").items()}
    drills: Rec | None = rec.value("drills")
    return EmergencyPlan(kinds, contacts, detectors, Drills() if drills is None else _drills(drills))


def phases(rec: Rec) -> Mapping[EmergencyPhase, Rec]:
    """The phases that are written for a level."""
    return {phase: rec.value(phase.value) for phase in EmergencyPhase if phase.value in rec.fields}


def _level(id: str, rec: Rec) -> EmergencyLevel:
    return EmergencyLevel(id, rec.value("label"), {phase: _measures(written) for phase, written in phases(rec).items()})


def _measures(rec: Rec) -> Measures:
    queues = None if "queues" not in rec.fields else frozenset(_values(rec, "queues"))
    return Measures(
        announcement=_values(rec, "announcement"),
        in_queue=_values(rec, "in_queue"),
        queues=queues,
        others=Others(rec.value("others", Others.MENU)),
        capacity=rec.value("capacity"),
        tell=_values(rec, "tell"),
    )


def _detector(id: str, rec: Rec) -> Detector:
    return Detector(
        id=id,
        kind=EmergencyKind(rec.value("kind")),
        level=rec.value("level"),
        threshold=rec.value("threshold"),
        tell=_values(rec, "tell"),
        switch=rec.value("switch", False),
    )


def _drills(rec: Rec) -> Drills:
    return Drills(
        rec.value("every_days", Drills().every_days),
        frozenset(_values(rec, "callers")),
        frozenset(_values(rec, "numbers")),
    )


def _values(rec: Rec, name: str) -> tuple[str, ...]:
    return tuple(at.value for at in rec.items(name))
