"""A call record as text for people. Numbers are masked: who is entitled to the whole one exports it."""

from __future__ import annotations

from datetime import tzinfo

from ivr.metrics import rules
from ivr.records.days import moment
from ivr.records.model import Call, FlowRevision
from ivr.records.numbers import masked, plain, shown
from ivr.report.record_words import CAUSE, CHANNEL, SOURCE, entry_words, hangup_words, survey_words, words
from ivr.report.time_line import time_line


def describe(call: Call, revision: FlowRevision | None, zone: tzinfo) -> str:
    """Every part of the record in the order it happened; times in seconds since the call arrived."""
    arrived = moment(call.t_offered, zone)

    def at(t: int | None) -> str:
        return f"{'—':>8} " if t is None else f"{(t - call.t_offered) / 1000:8.3f}s"

    made = f"　作者 {plain(revision.author)}　原因 {plain(revision.reason)}" if revision else ""
    number = masked(shown(call.caller_number, call.caller_kind))
    lines = [
        f"通话编号　{plain(call.call_id)}（{words(SOURCE, call.source)}）　渠道 {words(CHANNEL, call.channel)}",
        f"来电时间　{arrived:%Y-%m-%d %H:%M:%S}　主叫 {number}　被叫 {plain(call.did)}",
        f"入口　　　{entry_words(call)}　语言 {plain(call.language)}　演练 {'是' if call.drill else '否'}"
        f"　客户 {plain(call.customer_id)}",
        f"流程版本　{plain(call.flow_revision)}{made}",
        f"{at(call.t_answered)}　接通",
        f"{at(call.t_first_prompt)}　首个提示",
        *(f"{at(one.t)}　{one.whole}" for one in time_line(call)),
        f"{at(call.t_ended)}　结束：{hangup_words(call)}挂断，原因 {words(CAUSE, call.hangup_cause or '')}，"
        f"最后提示 {plain(call.last_prompt_kind)}",
        f"完成业务　{plain('、'.join(call.completed_leaf))}",
    ]
    if call.surveys:
        lines.append(f"满意度　　{'；'.join(map(survey_words, call.surveys))}")
    if odd := rules.clock_faults(call):
        lines.append(f"时间矛盾　{plain('、'.join(odd))}（记录保持原样；不可能的时长不计入指标）")
    return "\n".join(lines)
