"""A simulated call in words an operator reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.call.simulation import Simulation, text_of
from ivr.dialogue.model import Enqueue, Listen, Say
from ivr.dialogue.scene import Place
from ivr.flow.model import Flow
from ivr.records.facts import Fact
from ivr.text.numbers import digits

FACT_NAMES: Mapping[str, str] = {
    "FlowChosen": "进入流程",
    "MenuEntered": "进入菜单",
    "MenuKey": "离开菜单",
    "LeafCompleted": "听完资料",
    "HandoffRequested": "请求人工",
    "EntryChanged": "更改入口",
    "LanguageChosen": "选择语言",
}

KEY_NAMES: Mapping[str, str] = {"repeat": "重听", "back": "返回", "agent": "人工", "elderly": "老年服务"}

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
        yield f"  记录　{fact_words(fact)}"
    turn = simulation.turn
    if turn is None:
        yield f"[{clock(simulation.flow, simulation.now)}] 客户已挂机，通话结束。"
        return
    voice = "（老年语速）" if turn.variant == "elderly" else ""
    other = f"（语言 {turn.language}）" if turn.language != simulation.flow.languages[0] else ""
    yield f"[{clock(simulation.flow, simulation.now)}] 播报{voice}{other}：" + (
        "" if turn.say else "（无，直接进入队列）"
    )
    for prompt, text in simulation.texts():
        yield f"  ♪ {text}　‹{prompt}›"
    if isinstance(turn.then, Listen):
        yield f"  {place(simulation)}　等待按键 {turn.then.timeout_ms / 1000:g} 秒"
        yield f"  可按：{choices(simulation)}"
    elif isinstance(turn.then, Enqueue):
        queue = simulation.flow.queues[turn.then.queue]
        order = f"优先级 {turn.then.priority}　原因 {turn.then.reason.value}"
        yield f"  进入队列：{queue.label}‹{queue.id}›　{order}　播放等待音乐"
    else:
        yield "  系统挂机，通话结束。"


def place(simulation: Simulation) -> str:
    """Where the caller is."""
    flow, conversation = simulation.flow, simulation.conversation
    path = " › ".join(conversation.path)
    match conversation.place:
        case Place.LEAF if conversation.leaf is not None:
            leaf = flow.leaves[conversation.leaf]
            return f"位置：{path} › {leaf.label}‹{leaf.id}›"
        case Place.OFFER:
            return "位置：排队后的询问"
        case _:
            return f"位置：{path}（第 {flow.menus[conversation.path[-1]].level} 层）"


def choices(simulation: Simulation) -> str:
    """What the caller can press, reserved keys last."""
    flow, conversation = simulation.flow, simulation.conversation
    found: list[str] = []
    if conversation.place is Place.MENU:
        found = [f"{option.key} {option.label}" for option in flow.menus[conversation.path[-1]].options]
    elif conversation.place is Place.OFFER:
        found = [OFFER_WORDS]
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
