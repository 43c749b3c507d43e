"""A call record as text for people. Numbers are masked: who is entitled to the whole one exports it."""

from __future__ import annotations

from datetime import datetime, tzinfo

from ivr.records.model import Call, FlowRevision

_BY = {"caller": "客户", "system": "系统", "agent": "座席", "network": "网络"}


def masked(number: str | None) -> str:
    """The last four digits of a caller's number."""
    return "隐藏号码" if number is None else "*" * max(0, len(number) - 4) + number[-4:]


def describe(call: Call, revision: FlowRevision | None, zone: tzinfo) -> str:
    """Every part of the record in the order it happened; times in seconds since the call arrived."""
    arrived = datetime.fromtimestamp(call.t_offered / 1000, zone)

    def at(t: int | None) -> str:
        return "—" if t is None else f"{(t - call.t_offered) / 1000:8.3f}s"

    lines = [
        f"通话编号　{call.call_id}（{call.source}）",
        f"来电时间　{arrived:%Y-%m-%d %H:%M:%S}　主叫 {masked(call.caller_number)}　被叫 {call.did}",
        f"入口　　　{call.entry}　语言 {call.language}　演练 {'是' if call.drill else '否'}",
        f"流程版本　{call.flow_revision or '—'}"
        + (f"　作者 {revision.author}　原因 {revision.reason}" if revision else ""),
        f"{at(call.t_answered)}　接通",
        f"{at(call.t_first_prompt)}　首个提示",
    ]
    rows: list[tuple[int, str]] = []
    for visit in call.menu_visits:
        key = f" 按 {visit.key}" if visit.key else ""
        rows.append((visit.t_enter, f"菜单 {visit.menu_id}（第 {visit.level} 层）→ {visit.outcome}{key}"))
    for handoff in call.handoffs:
        rows.append(
            (
                handoff.t_requested,
                f"请求人工（{handoff.reason}）" + (f"，未受理：{handoff.why}" if handoff.refused else ""),
            )
        )
        if handoff.t_queued is not None:
            rows.append((handoff.t_queued, "进入队列"))
        if handoff.t_ring_first is not None:
            rows.append((handoff.t_ring_first, "座席振铃"))
        if handoff.t_connected is not None:
            rows.append((handoff.t_connected, f"座席 {handoff.agent_id} 接听（振铃 {handoff.ring_ms_answering} ms）"))
        if handoff.agent_id_announced_at is not None:
            rows.append((handoff.agent_id_announced_at, "已向客户报工号"))
        if handoff.outcome != "answered" and not handoff.refused:
            rows.append((handoff.t_left, f"离开队列：{handoff.outcome}"))
    for leg in call.agent_legs:
        for hold in leg.hold:
            rows.append(
                (
                    hold.t_start,
                    f"座席 {leg.agent_id} 保持 {((hold.t_end or hold.t_start) - hold.t_start) / 1000:.1f} 秒",
                )
            )
        if leg.transferred_to:
            rows.append((leg.t_released, f"座席 {leg.agent_id} 转接至 {leg.transferred_to}"))
        rows.append((leg.t_released, f"与座席 {leg.agent_id} 的通话结束"))
    lines += [f"{at(t)}　{text}" for t, text in sorted(rows, key=lambda row: row[0])]
    done = "、".join(call.completed_leaf) or "—"
    by = _BY.get(call.hangup_by, call.hangup_by)
    last = call.last_prompt_kind or "—"
    lines.append(f"{at(call.t_ended)}　结束：{by}挂断，原因 {call.hangup_cause}，最后提示 {last}")
    lines.append(f"完成业务　{done}")
    return "\n".join(lines)
