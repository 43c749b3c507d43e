"""A call record as text for people. Numbers are masked: who is entitled to the whole one exports it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from ivr.records.model import AgentLeg, Call, FlowRevision, Handoff, Turn
from ivr.records.numbers import masked as masked
from ivr.records.numbers import plain as plain

#: The record's words → an operator's. A word without a row is shown as it is recorded.
_SOURCE = {"live": "实时记录", "rebuilt": "事后补记"}
_BY = {"caller": "客户", "system": "系统", "agent": "座席", "network": "线路"}
_ENTRY = {
    "menu": "菜单",
    "bot": "语音机器人",
    "elderly_direct": "老年专线",
    "emergency": "应急",
    "closed": "非服务时间",
}
_VISIT = {
    "choice": "选择",
    "repeat": "重听",
    "back": "返回",
    "agent": "转人工",
    "invalid": "无效按键",
    "timeout": "没有按键",
    "hangup": "挂机",
}
_REASON = {
    "key": "人工键",
    "elderly_key": "老年服务键",
    "intent": "口头要求",
    "fallback": "多次没有选中",
    "complaint": "投诉",
    "policy": "业务规定",
}
_OUTCOME = {
    "answered": "已接听",
    "abandoned": "客户放弃",
    "timeout": "等待超时",
    "full": "队列已满",
    "closed": "非服务时间",
    "callback": "预约回电",
    "no_agents": "无人在线",
}


def entry_words(call: Call) -> str:
    """How the caller came in."""
    return _words(_ENTRY, call.entry)


def hangup_words(call: Call) -> str:
    """Who ended the call."""
    return _words(_BY, call.hangup_by)


def handoff_words(handoff: Handoff) -> str:
    """What became of a request for an agent."""
    return "未受理" if handoff.refused else _words(_OUTCOME, handoff.outcome)


def describe(call: Call, revision: FlowRevision | None, zone: tzinfo) -> str:
    """Every part of the record in the order it happened; times in seconds since the call arrived."""
    arrived = datetime.fromtimestamp(call.t_offered / 1000, zone)

    def at(t: int | None) -> str:
        return f"{'—':>8} " if t is None else f"{(t - call.t_offered) / 1000:8.3f}s"

    rows = [
        *_visits(call),
        *map(_turn, call.turns),
        *_handoffs(call),
        *(row for leg in call.agent_legs for row in _leg(leg)),
    ]
    made = f"　作者 {plain(revision.author)}　原因 {plain(revision.reason)}" if revision else ""
    lines = [
        f"通话编号　{plain(call.call_id)}（{_words(_SOURCE, call.source)}）",
        f"来电时间　{arrived:%Y-%m-%d %H:%M:%S}　主叫 {masked(call.caller_number)}　被叫 {plain(call.did)}",
        f"入口　　　{entry_words(call)}　语言 {plain(call.language)}　演练 {'是' if call.drill else '否'}",
        f"流程版本　{plain(call.flow_revision)}{made}",
        f"{at(call.t_answered)}　接通",
        f"{at(call.t_first_prompt)}　首个提示",
        *(f"{at(t)}　{text}" for t, text in sorted(rows, key=lambda row: row[0])),
        f"{at(call.t_ended)}　结束：{hangup_words(call)}挂断，原因 {plain(call.hangup_cause)}，"
        f"最后提示 {plain(call.last_prompt_kind)}",
        f"完成业务　{plain('、'.join(call.completed_leaf))}",
    ]
    return "\n".join(lines)


def _words(table: Mapping[str, str], word: str) -> str:
    return table.get(word, plain(word))


def _visits(call: Call) -> Iterator[tuple[int, str]]:
    for visit in call.menu_visits:
        key = f"（按 {plain(visit.key)}）" if visit.key else ""
        yield visit.t_enter, f"菜单 {plain(visit.menu_id)}（第 {visit.level} 层）→ {_words(_VISIT, visit.outcome)}{key}"


def _turn(turn: Turn) -> tuple[int, str]:
    """What the caller said, masked as it was recorded, and what came of it."""
    said = (
        f"「{plain(turn.asr_text)}」" if turn.asr_text else "（个人信息，未记录）" if turn.pii else "（没有识别出文字）"
    )
    score = f" {turn.intent_score:.2f}" if turn.intent_score is not None else ""
    meant = f"，意图 {plain(turn.intent)}{score}" if turn.intent else ""
    return turn.t_start, f"客户说{said}{meant} → {plain(turn.action)}{'（打断播报）' if turn.barge_in else ''}"


def _handoffs(call: Call) -> Iterator[tuple[int, str]]:
    for handoff in call.handoffs:
        refused = f"，未受理：{_words(_OUTCOME, handoff.why or '')}" if handoff.refused else ""
        yield handoff.t_requested, f"请求人工（{_words(_REASON, handoff.reason)}）{refused}"
        if handoff.t_queued is not None:
            yield handoff.t_queued, "进入队列"
        if handoff.t_ring_first is not None:
            yield handoff.t_ring_first, "座席振铃"
        if handoff.t_connected is not None:
            rang = f"（振铃 {handoff.ring_ms_answering} 毫秒）" if handoff.ring_ms_answering is not None else ""
            yield handoff.t_connected, f"座席 {plain(handoff.agent_id)} 接听{rang}"
        if handoff.agent_id_announced_at is not None:
            yield handoff.agent_id_announced_at, "已向客户报工号"
        if handoff.outcome != "answered" and not handoff.refused:
            yield handoff.t_left, f"离开队列：{_words(_OUTCOME, handoff.outcome)}"


def _leg(leg: AgentLeg) -> Iterator[tuple[int, str]]:
    for hold in leg.hold:
        yield hold.t_start, f"座席 {plain(leg.agent_id)} 请客户稍候 {(hold.t_end - hold.t_start) / 1000:.1f} 秒"
    if leg.transferred_to:
        yield leg.t_released, f"座席 {plain(leg.agent_id)} 转接至 {plain(leg.transferred_to)}"
    yield leg.t_released, f"与座席 {plain(leg.agent_id)} 的通话结束"
