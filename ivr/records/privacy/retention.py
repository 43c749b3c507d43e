"""How long data is kept, by class (CBA 三十: nothing that tells who a customer is stays longer than it must). A
class is counted in local days after the day of what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Retention(StrEnum):
    """The classes. The first ones end after so many days (`[retention]` of ivr.toml), the others otherwise."""

    CALLS = "calls"
    RECORDINGS = "recordings"
    UTTERANCES = "utterances"
    WORK = "work"
    COMPLAINTS = "complaints"
    AGENTS = "agents"
    LABELS = "labels"
    CONSENTS = "consents"
    HOLDS = "holds"
    #: Numbers without people: for good.
    COUNTS = "counts"
    #: Settings, menus, keys, people and their rights: as long as they are in use; what was published stays (HB 12.2.2).
    IN_USE = "in_use"
    #: Logs of programs: `log_days` and `log_files` of ivr.toml.
    LOGS = "logs"
    #: Until the record is in the database.
    UNSAVED = "unsaved"
    #: The audit trail is never shortened: a chain that begins in the middle proves nothing.
    AUDIT = "audit"


#: Class → its words, and of what day it is counted.
WORDS: dict[Retention, tuple[str, str]] = {
    Retention.CALLS: ("通话记录", "来电当日"),
    Retention.RECORDINGS: ("通话录音", "来电当日"),
    Retention.UTTERANCES: ("标注用的单句录音", "来电当日"),
    Retention.WORK: ("回电与留言", "办结当日；未办结的一直保存"),
    Retention.COMPLAINTS: ("投诉", "结案当日；未结案的一直保存"),
    Retention.AGENTS: ("座席状态与质检评分", "当日"),
    Retention.LABELS: ("标注抽样方案", "抽样当日"),
    Retention.CONSENTS: ("客户的同意与撤回", "被后来的同意或撤回取代当日；最后一次的一直保存"),
    Retention.HOLDS: ("法定保全", "解除当日；未解除的一直保存"),
    Retention.COUNTS: ("计数", "不含个人信息，长期保存"),
    Retention.IN_USE: ("配置", "使用期间；发布过的菜单版本长期存档"),
    Retention.LOGS: ("运行日志", "按 ivr.toml 的 log_days、log_files"),
    Retention.UNSAVED: ("事件日志", "写入数据库即删除"),
    Retention.AUDIT: ("操作审计", "长期保存，不得删改"),
}

#: The classes that end after so many days, and the days unless the bank says otherwise.
DAYS: dict[Retention, int] = {
    Retention.CALLS: 1_095,
    Retention.RECORDINGS: 1_095,
    Retention.UTTERANCES: 180,
    Retention.WORK: 1_095,
    Retention.COMPLAINTS: 1_825,
    Retention.AGENTS: 1_095,
    Retention.LABELS: 1_095,
    Retention.CONSENTS: 1_825,
    Retention.HOLDS: 1_825,
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """So many days each class is kept."""

    days: dict[Retention, int]

    def before(self, retention: Retention, as_of: date) -> date:
        """What is of an earlier day than this is past its class on the day `as_of`."""
        return as_of - timedelta(days=self.days[retention])


#: The schedule unless the bank says otherwise.
USUAL = Schedule(DAYS)
