"""announcements.yaml: what may stand in it, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.flow.announcements import Announcement, AnnouncementKind, EmergencyMark, System
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.fields import Choice, Field, Flag, FlagOr, Many, Record, Table, Word
from ivr.flow.reading.values import moment
from ivr.flow.reading.words import TEXT, ref

ANNOUNCEMENTS_FILE = "announcements.yaml"

KINDS: Mapping[str, str] = {
    AnnouncementKind.MAINTENANCE: "系统维护",
    AnnouncementKind.CHANGE: "服务变更",
    AnnouncementKind.WARNING: "风险提示",
}
SYSTEMS: Mapping[str, str] = {System.PHONE: "电话银行", System.NET: "网上银行", System.MOBILE: "手机银行"}

_MOMENT = Word(
    "日期和时间，例如 2026-12-01 09:00",
    r"\A[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z",
    moment,
)
ANNOUNCEMENT = Record(
    (
        Field("kind", Choice(KINDS), "是什么公告"),
        Field("prompt", ref("prompt", "提示语"), "怎么说：prompts.yaml 里的提示语"),
        Field("publish_at", _MOMENT, "从什么时候起播报"),
        Field("starts_at", _MOMENT, "维护或变更从什么时候开始；不写同 publish_at", False),
        Field("ends_at", _MOMENT, "到什么时候为止，之后不再播报"),
        Field("systems", Many(Choice(SYSTEMS), 1), "维护的是哪些系统", False),
        Field("menu", Flag(), "接通后、菜单之前播报；没有写 leaves、queues 时默认是", False),
        Field("leaves", Many(ref("leaf", "业务"), 1), "在这些业务开头播报", False),
        Field("queues", FlagOr(Many(ref("queue", "队列"), 1)), "排队时播报：true 为所有队列，或列出队列", False),
        Field(
            "emergency",
            Record(
                (
                    Field("by", TEXT, "哪位应急负责人"),
                    Field("reason", TEXT, "为什么来不及提前二十四小时"),
                ),
                "应急负责人同意不足二十四小时的维护公告",
            ),
            "应急：由应急负责人标注",
            False,
        ),
    ),
    "一条公告",
)
ANNOUNCEMENTS = Record((Field("announcements", Table(ANNOUNCEMENT), "公告"),), "公告：系统维护、服务变更、风险提示")


def starts_at(rec: Rec) -> datetime | None:
    """When what it is about begins, local time; None where no moment is known."""
    found: datetime | None = rec.value("starts_at", rec.value("publish_at"))
    return found


def build(rec: Rec, queues: Iterable[str], zone: ZoneInfo) -> tuple[Announcement, ...]:
    """The announcements of a file without errors, in its order; none of an empty record."""
    every = frozenset(queues)
    return tuple(_one(id, at.value, every, zone) for id, at in rec.table("announcements").items())


def _one(id: str, rec: Rec, queues: frozenset[str], zone: ZoneInfo) -> Announcement:
    def ms(at: datetime) -> int:
        return round(at.replace(tzinfo=zone).timestamp() * 1000)

    where = rec.value("queues", False)
    heard_in = frozenset(at.value for at in where) if isinstance(where, list) else queues if where else frozenset()
    leaves = frozenset(at.value for at in rec.items("leaves"))
    mark: Rec | None = rec.value("emergency")
    return Announcement(
        id=id,
        kind=AnnouncementKind(rec.value("kind")),
        prompt=rec.value("prompt"),
        publish_at=ms(rec.value("publish_at")),
        starts_at=ms(rec.value("starts_at", rec.value("publish_at"))),
        ends_at=ms(rec.value("ends_at")),
        systems=tuple(System(at.value) for at in rec.items("systems")),
        menu=rec.value("menu", not leaves and not heard_in),
        leaves=leaves,
        queues=heard_in,
        emergency=None if mark is None else EmergencyMark(mark.value("by"), mark.value("reason")),
    )
