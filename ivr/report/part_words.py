"""What an indicator's parts and what it leaves out are called."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.metrics.lists import PATTERN_WORDS
from ivr.report.record_words import HOW, IDENTITY, TRANSACTION

#: Names of `Counted.parts` and `Counted.excluded`; those that end with `_ms` are times.
PART_WORDS: Mapping[str, str] = {
    "waited_longer": "等待超过 20 秒",
    "legs": "座席通话段数",
    "acw_ms": "事后处理",
    "ready_ms": "就绪等待",
    "ring_ms": "振铃",
    "talk_ms": "通话",
    "signed_in_ms": "在岗",
    "queue_ms": "排队",
    "unexplained": "没有事先说明",
    "unidentified": "号码不明",
    "never_answered": "没有接通",
    "not_rated": "未评价",
    "resolved": "已解决",
    "unresolved": "未解决",
    "unrecorded": "没有录音",
    "impossible": "时间自相矛盾",
    "without_score": "没有评分",
    "untimed": "没有时刻",
    "withheld": "隐藏号码",
    "short": "5 秒内放弃",
    "provisional": "尚未到期",
    **{str(pattern): words for pattern, words in PATTERN_WORDS.items()},
    **TRANSACTION,
    **IDENTITY,
    **{str(how): words for how, words in HOW.items()},
}
