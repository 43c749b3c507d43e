"""The rows of an evidence pack's tables, in words: the same for the page and for the spreadsheets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ivr.metrics.counted import Counted
from ivr.people.roles import LABELS, Role
from ivr.records.deliveries.model import Channel, DeliveryState
from ivr.records.emergencies.model import STEP_WORDS, Decision
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind, EmergencyPhase
from ivr.report.evidence_pack.collect import Pack
from ivr.report.evidence_pack.figures import shown_indicators
from ivr.report.forms import NO_FIGURE, bound, local, number, shown

_CHANNELS = {Channel.MAIL: "邮件", Channel.WEBHOOK: "webhook"}
_STATES = {
    DeliveryState.WAITING: "等待送达",
    DeliveryState.DELIVERED: "已送达",
    DeliveryState.REFUSED: "对方拒收",
    DeliveryState.GIVEN_UP: "无应答，已放弃",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its title, the name of its file, its heads, its rows, and what is said where it is empty."""

    title: str
    file: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "没有。"


def moment(t: int) -> str:
    """2026-01-15 14:30:05"""
    return f"{local(t):%Y-%m-%d %H:%M:%S}"


def lasted(ms: int) -> str:
    """1 小时 5 分 9 秒"""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "小时"), (minutes, "分"), (seconds, "秒"))
    return " ".join(f"{value} {word}" for value, word in parts if value) or "0 秒"


def situation(pack: Pack, kind: str, level: str, phase: EmergencyPhase) -> str:
    """话务量激增（重大）响应阶段"""
    label = pack.level if level == pack.emergency.level else level
    return f"{KIND_WORDS[EmergencyKind(kind)]}（{label}）{PHASE_WORDS[phase]}阶段"


def timeline(pack: Pack) -> Rows:
    """Everything in the order in which it happened."""
    found: list[tuple[int, str, str]] = []
    for one in pack.warnings:
        found.append((one.t_raised, "预警", f"{one.words}（节点 {one.node}）"))
        if one.t_over is not None:
            found.append((one.t_over, "预警解除", one.words))
    for each in pack.decisions:
        found.append((each.t, STEP_WORDS[each.step], f"{_what(pack, each)}，{each.person}：{each.reason}"))
    for delivery in pack.told:
        if delivery.t_done is not None:
            what = f"{_CHANNELS[delivery.channel]} {delivery.target}"
            found.append((delivery.t_done, _STATES[delivery.state], what))
    rows = tuple((moment(t), kind, what) for t, kind, what in sorted(found))
    return Rows("时间线", "timeline.csv", ("时间", "事项", "内容"), rows)


def decisions(pack: Pack) -> Rows:
    """Who decided what, and why."""
    rows = tuple(
        (
            str(one.number),
            moment(one.t),
            STEP_WORDS[one.step],
            _what(pack, one),
            one.person,
            _post(one.role),
            one.reason,
        )
        for one in pack.decisions
    )
    return Rows("决定", "decisions.csv", ("序号", "时间", "决定", "内容", "决定人", "角色", "原因"), rows)


def phases(pack: Pack) -> Rows:
    """What each phase did, as the plan of now says."""
    rows = tuple(
        (
            situation(pack, one.kind, one.level, one.phase), moment(one.since), lasted(one.until - one.since),
            "；".join(line.rstrip("。") for line in one.measures) or "预案里已没有这一级别",
        )
        for one in pack.phases
    )  # fmt: skip
    return Rows(f"阶段与措施（菜单版本 {pack.revision}）", "phases.csv", ("阶段", "开始", "历时", "措施"), rows)


def announced(pack: Pack) -> Rows:
    """What callers were told, and how many heard it."""
    texts = {f"emergency:{one.kind}:{one.level}:{one.phase}": one for one in pack.phases}
    names = dict.fromkeys([*(name for name, one in texts.items() if one.announcements), *pack.heard])
    rows = []
    for name in names:
        one, (heard, whole) = texts.get(name), pack.heard.get(name, (0, 0))
        what = name if one is None else situation(pack, one.kind, one.level, one.phase)
        rows.append((what, "；".join(one.announcements) if one is not None else "—", str(heard), str(whole)))
    heads = ("何时", "播报内容", "听到的来电", "其中听完")
    return Rows("对客户的播报", "announcements.csv", heads, tuple(rows), "没有播报。")


def figures(pack: Pack) -> Rows:
    """Before, during, after."""
    named = [f"{span.name}（{lasted(span.until - span.since)}）" for span in pack.spans]
    rows = [("来电（通）", *(str(span.calls) for span in pack.spans), "—", "")]
    for one in shown_indicators():
        cells = [_figure(span.figures.get(one.id)) for span in pack.spans]
        rows.append((one.name, *cells, bound(one.threshold), one.clause))
    return Rows("指标：之前、期间、之后", "figures.csv", ("指标", *named, "阈值", "条款"), tuple(rows))


def told(pack: Pack) -> Rows:
    """Who was told, when, and what he answered."""
    rows = tuple(
        (
            moment(one.t_asked), _CHANNELS[one.channel], one.target, one.subject or one.about, _STATES[one.state],
            "—" if one.t_done is None else moment(one.t_done), one.receipt or one.trouble or "—", one.digest[:16],
        )
        for one in pack.told
    )  # fmt: skip
    heads = ("发出", "方式", "对象", "主题", "状态", "完成", "回执或原因", "内容摘要")
    return Rows("通知与回执", "notifications.csv", heads, rows, "没有通知任何人。")


def warned(pack: Pack) -> Rows:
    """What the detectors found."""
    rows = tuple(
        (
            moment(one.t_raised),
            "—" if one.t_over is None else moment(one.t_over),
            one.node,
            one.detector.value,
            one.words,
        )
        for one in pack.warnings
    )
    return Rows("监测预警", "warnings.csv", ("开始", "解除", "节点", "监测", "内容"), rows)


def lost_callers(pack: Pack) -> Rows:
    """Numbers are masked: who calls back looks the call up, with his right and a reason."""
    rows = tuple(
        (
            moment(one.t), one.call_id, one.number, one.how, pack.queues.get(one.queue, one.queue) or "—",
            "—" if one.waited_ms is None else f"{one.waited_ms / 1000:.0f}",
            "尚未" if one.served_at is None else moment(one.served_at),
        )
        for one in pack.lost
    )  # fmt: skip
    heads = ("来电时间", "来电编号", "号码（已遮盖）", "如何流失", "队列", "等待（秒）", "后来接通")
    return Rows("流失的客户", "lost_callers.csv", heads, rows, "没有流失的客户。")


def trail(pack: Pack) -> Rows:
    """The entries of the audit trail, with their hashes: `ivr audit verify` shows that they are whole."""
    rows = tuple(
        (
            str(kept.number), moment(kept.t), kept.entry.person, _post(kept.entry.role), kept.entry.action,
            "允许" if kept.entry.allowed else "拒绝", kept.entry.reason or "—", kept.hash,
        )
        for kept in pack.trail
    )  # fmt: skip
    heads = ("编号", "时间", "人员", "角色", "操作", "结果", "原因", "校验值（SHA-256）")
    return Rows("审计记录", "audit.csv", heads, rows)


#: In the order of the page.
TABLES: tuple[Callable[[Pack], Rows], ...] = (
    timeline, decisions, phases, announced, figures, warned, told, lost_callers, trail,
)  # fmt: skip


def _figure(figure: Counted | None) -> str:
    """The value; a rate with what it was counted from."""
    value = NO_FIGURE if figure is None else shown(figure)
    if figure is None or not value.endswith("%"):
        return value
    return f"{value}（{number(figure.numerator)}/{number(figure.denominator)}）"


def _post(role: str | None) -> str:
    return LABELS[Role(role)] if role in set(Role) else role or NO_FIGURE


def _what(pack: Pack, one: Decision) -> str:
    return situation(pack, one.kind, one.level, one.phase)
