"""A simulated call in words an operator reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.bank.operations import Operation
from ivr.call.simulation import Simulation, text_of
from ivr.dialogue.model import Await, Enqueue, Listen
from ivr.dialogue.state import Position
from ivr.flow.model import Flow
from ivr.flow.steps.acts import Say
from ivr.flow.steps.bank import ABOUT
from ivr.flow.steps.effects import (
    BankRequest,
    DropMessage,
    Effect,
    FileComplaint,
    FindComplaint,
    KeepMessage,
    NoteComplaint,
    OutcomeRequest,
    PlayMessage,
    RecordMessage,
    RequestCallback,
    SurveyDue,
    WriteComplaint,
)
from ivr.records.facts import CallerSpoke, Fact
from ivr.report.record_words import ACTION
from ivr.text.numbers import digits

FACT_NAMES: Mapping[str, str] = {
    "FlowChosen": "进入流程",
    "MenuEntered": "进入菜单",
    "MenuKey": "离开菜单",
    "LeafCompleted": "听完资料",
    "HandoffRequested": "请求人工",
    "EntryChanged": "更改入口",
    "LanguageChosen": "选择语言",
    "IdentityChecked": "核实身份",
    "CustomerKnown": "客户",
    "TransactionEnded": "办理",
    "SurveyInvited": "邀请评价",
    "SurveyAnswered": "评价",
}

KEY_NAMES: Mapping[str, str] = {"repeat": "重听", "back": "返回", "agent": "人工", "elderly": "老年服务"}

_EFFECT_NAMES: Mapping[type[object], str] = {
    RecordMessage: "客户留言",
    WriteComplaint: "写下投诉",
    PlayMessage: "重放留言",
    KeepMessage: "保存留言",
    DropMessage: "删除留言",
    NoteComplaint: "记下投诉",
    FileComplaint: "登记投诉",
    FindComplaint: "查询投诉",
    RequestCallback: "登记回电",
    SurveyDue: "是否邀请评价",
}

OFFER_WORDS = "1 继续等待　2 返回主菜单　3 结束通话"


def clock(flow: Flow, at_ms: int, form: str = "%H:%M:%S") -> str:
    """Local time of `at_ms`."""
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(flow.timezone)).strftime(form)


def fact_words(fact: Fact) -> str:
    """A fact by its Chinese name, with its fields."""
    name = type(fact).__name__
    values = ((field.name, getattr(fact, field.name)) for field in fields(fact) if field.name != "t")
    shown = " ".join(f"{key}={value}" for key, value in values if value is not None)
    return f"{FACT_NAMES.get(name, name)} {name} {shown}".rstrip()


def spoken_words(flow: Flow, fact: CallerSpoke) -> str:
    """What was understood, how surely, and what follows."""
    text = fact.asr_text or "（个人信息，不记录）"
    text += f"（理解时当作 {fact.corrected}）" if fact.corrected else ""
    kind, _, what = fact.action.partition(":")
    intent = flow.knowledge.get(fact.intent or "")
    meant = f"{intent.label}‹{intent.id}› {fact.intent_score or 0:.2f}" if intent else "—"
    return f"听到　{text}　意图：{meant}　→ {ACTION.get(kind, kind)}{f' {what}' if what else ''}"


def opening(simulation: Simulation, caller_number: str | None) -> list[str]:
    """The head of a transcript."""
    flow = simulation.flow
    when = clock(flow, simulation.now, "%Y-%m-%d %H:%M:%S")
    revision = flow.revision
    return [
        f"【{flow.bank}】模拟通话　{when}（{flow.timezone}）　主叫：{caller_number or '不显示号码'}",
        f"流程版本 {revision.id}　作者：{revision.author}　原因：{revision.reason}",
    ]


def scene(simulation: Simulation) -> Iterator[str]:
    """What happens now: what the record notes, what is said, and what comes next."""
    for fact in simulation.fresh:
        if isinstance(fact, CallerSpoke):
            yield f"  {spoken_words(simulation.flow, fact)}"
        else:
            yield f"  记录　{fact_words(fact)}"
    turn = simulation.turn
    if turn is None:
        yield f"[{clock(simulation.flow, simulation.now)}] 客户已挂机，通话结束。"
        return
    for waiting in simulation.turns[:-1]:
        if isinstance(waiting.then, Await):
            yield f"  等待　{effect_words(waiting.then.effect)}"
    voice = "（老年语速）" if turn.variant == "elderly" else ""
    other = f"（语言 {turn.language}）" if turn.language != simulation.flow.languages[0] else ""
    yield f"[{clock(simulation.flow, simulation.now)}] 播报{voice}{other}：" + (
        "" if turn.say else "（无，直接进入队列）"
    )
    for prompt, text in simulation.texts():
        yield f"  ♪ {text}　‹{prompt}›"
    if isinstance(turn.then, Listen):
        awaited = "说话或按键" if turn.then.expected is not None else "按键"
        yield f"  {place(simulation)}　等待{awaited} {turn.then.timeout_ms / 1000:g} 秒"
        yield f"  可按：{choices(simulation)}"
    elif isinstance(turn.then, Enqueue):
        queue = simulation.flow.queues[turn.then.queue]
        order = f"优先级 {turn.then.priority}　原因 {turn.then.reason.value}"
        yield f"  进入队列：{queue.label}‹{queue.id}›　{order}　播放等待音乐"
        if turn.then.notes:
            yield f"  交给座席：{'　'.join(f'{name} {value}' for name, value in turn.then.notes.items())}"
    else:
        yield "  系统挂机，通话结束。"


def effect_words(effect: Effect) -> str:
    """What the dialogue waits for."""
    match effect:
        case BankRequest(operation=operation):
            return f"银行：{ABOUT[operation]}‹{operation}›"
        case OutcomeRequest():
            return f"银行：{ABOUT[Operation.OUTCOME]}‹{Operation.OUTCOME}›"
        case _:
            return _EFFECT_NAMES[type(effect)]


def place(simulation: Simulation) -> str:
    """Where the caller is."""
    flow, conversation = simulation.flow, simulation.conversation
    path = " › ".join(conversation.path)
    match conversation.place:
        case Position.LEAF if conversation.leaf is not None:
            leaf = flow.leaves[conversation.leaf]
            return f"位置：{path} › {leaf.label}‹{leaf.id}›"
        case Position.ASK | Position.CHECK if conversation.leaf is not None:
            leaf = flow.leaves[conversation.leaf]
            return f"位置：{path} › {leaf.label}‹{leaf.id}›的提问"
        case Position.AGREE | Position.CHOOSE | Position.SECRET if conversation.leaf is not None:
            found = flow.leaves.get(conversation.leaf)
            name = "满意度评价" if found is None else f"{found.label}‹{found.id}›"
            doing = {Position.AGREE: "请客户确认", Position.CHOOSE: "请客户选择", Position.SECRET: "核实身份"}
            return f"位置：{path} › {name}，{doing[conversation.place]}"
        case Position.CONFIRM | Position.WHICH:
            return f"位置：确认客户的意思（{'、'.join(conversation.guess)}）"
        case Position.ANSWER:
            return f"位置：{path}，已回答"
        case Position.OFFER:
            return "位置：排队后的询问"
        case Position.CONSENT:
            return "位置：征求录音同意"
        case _:
            return f"位置：{path}（第 {flow.menus[conversation.path[-1]].level} 层）"


def choices(simulation: Simulation) -> str:
    """What the caller can press, reserved keys last."""
    flow, conversation = simulation.flow, simulation.conversation
    found: list[str] = []
    if conversation.place is Position.MENU:
        found = [f"{option.key} {option.label}" for option in flow.menus[conversation.path[-1]].options]
    elif conversation.place is Position.OFFER:
        found = [OFFER_WORDS]
    elif conversation.place in (Position.CONFIRM, Position.CHECK, Position.AGREE, Position.CONSENT):
        found = ["1 是　2 不是"]
    elif conversation.place is Position.CHOOSE:
        found = [f"{key} {word}" for key, word in enumerate(conversation.options, 1)]
    elif conversation.place is Position.SECRET:
        found = [f"最多 {simulation.keys} 位（不记录），以 # 结束；下列按键单按有效："]
    elif conversation.place is Position.WHICH:
        labels = [flow.knowledge[id].label for id in conversation.guess]
        found = [f"1 {labels[0]}　2 {labels[1]}　3 都不是"]
    elif simulation.keys > 1:
        found = [f"最多 {simulation.keys} 位数字，以 # 结束；下列按键单按有效："]
    return "　".join(found + [f"{key} {KEY_NAMES[name]}" for key, name in flow.keys.all().items()])


def agent_words(simulation: Simulation) -> str:
    """What the caller hears before the two can talk (HB 7.1.3): the first agent of the queue answers."""
    order = simulation.order
    flow = simulation.flow
    able = [agent for agent in flow.agents.values() if order is not None and order.queue in agent.queues]
    if order is None or not able:
        return "  （这个队列还没有配置座席，请查看 agents.yaml）"
    agent = min(able, key=lambda agent: (agent.queues[order.queue], agent.id))
    number = digits(agent.id) if agent.id.isascii() and agent.id.isdecimal() else agent.id
    before, after = (text_of(flow, Say(prompt), flow.languages[0]) for prompt in ("agent_number", "agent_service"))
    return f"  座席 {agent.name} 接听　♪ {before}{number}，{after}"
