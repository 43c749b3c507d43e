"""A small flow built by hand, and the instants at which it is open and closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ivr.flow.model import (
    Agent,
    Calendar,
    Elderly,
    Entry,
    Flow,
    HandoffReason,
    Leaf,
    LeafKind,
    Level,
    Menu,
    Misses,
    Option,
    Prompt,
    PromptKind,
    Question,
    Queue,
    ReservedKeys,
    Revision,
    Target,
    TargetKind,
)
from ivr.flow.prompts.system_prompts import SYSTEM_PROMPTS
from ivr.flow.steps.ask import AskStep
from ivr.flow.steps.handoff import HandoffStep
from ivr.flow.steps.say import SayStep

TIMEZONE = "Asia/Shanghai"
ELDERLY_NUMBER = "+8613800000006"
YOUNG_NUMBER = "+8613800000007"


def local(text: str) -> int:
    """UTC epoch milliseconds of a local time like 2026-03-02 10:00."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(TIMEZONE)).timestamp() * 1000)


#: A Monday at ten, and the same day at three in the night.
OPEN, CLOSED = local("2026-03-02 10:00"), local("2026-03-02 03:00")

_KINDS = {
    "keys": PromptKind.MENU,
    "goodbye": PromptKind.GOODBYE,
    "queue_offer": PromptKind.QUESTION,
    "capacity": PromptKind.NOTICE,
    "agent_left": PromptKind.NOTICE,
}

_TEXTS = {
    "greeting": (PromptKind.GREETING, "您好，欢迎致电示例银行。"),
    "closed_greeting": (PromptKind.GREETING, "您好，现在是非人工服务时间。"),
    "main_menu": (PromptKind.MENU, "账户请按1，网点请按2，信用卡中心请按3，银行卡挂失请按4，英语服务请按5。"),
    "accounts_menu": (PromptKind.MENU, "转账请按1，定期请按2。"),
    "transfers_menu": (PromptKind.MENU, "转账限额请按1，主菜单请按2。"),
    "closed_menu": (PromptKind.MENU, "网点请按1，人工请按2。"),
    "elderly_menu": (PromptKind.MENU, "人工请按1。"),
    "branch_hours_info": (PromptKind.INFO, "网点营业时间为九点到十七点。"),
    "branch_holiday_info": (PromptKind.INFO, "节假日另行公告。"),
    "transfer_limit_info": (PromptKind.INFO, "单笔转账限额为五万元。"),
    "card_loss_intro": (PromptKind.INFO, "挂失需要核对身份。"),
}


def prompts() -> Mapping[str, Prompt]:
    """The system prompts, named in their texts, and the flow's own."""
    found = {name: Prompt(name, _KINDS.get(name, PromptKind.NOTICE), {"zh": f"〔{name}〕"}) for name in SYSTEM_PROMPTS}
    found |= {name: Prompt(name, kind, {"zh": text}) for name, (kind, text) in _TEXTS.items()}
    return found


def queue(name: str, hours: str | None = "service", priority: int = 0, record: bool = True) -> Queue:
    """A queue with ordinary times."""
    return Queue(name, name, hours, priority, 60_000, 15_000, 5_000, 30_000, 50, "leastrecent", record)


def option(key: str, kind: TargetKind, target: str, language: str | None = None) -> Option:
    """An option labelled as its target."""
    return Option(key, target, Target(kind, target), language)


def consult(name: str, level: int, *say: str) -> Leaf:
    """A leaf that gives information."""
    return Leaf(name, name, LeafKind.CONSULT, Level.NONE, (SayStep(say),), None, ("HB 4.1.2",), level)


def for_agents(
    name: str,
    label: str,
    say: tuple[str, ...],
    queue: str | None,
    *,
    kind: LeafKind = LeafKind.TRANSACTION,
    ask: tuple[Question, ...] = (),
) -> Leaf:
    """A leaf that asks, says and hands over; a consult leaf does not hand over."""
    over = () if kind is LeafKind.CONSULT else (HandoffStep(level=Level.VERIFIED),)
    steps = (*(AskStep(question) for question in ask), SayStep(say), *over)
    return Leaf(name, label, kind, Level.NONE, steps, queue, ("CBA 十(3)",), 1)


def reason_of(leaf: Leaf) -> HandoffReason | None:
    """Why the leaf hands over; None where it does not."""
    last = leaf.steps[-1]
    return last.reason if isinstance(last, HandoffStep) else None


def menus() -> Mapping[str, Menu]:
    """main → accounts → transfers, with a way back to main; and the closed and the elderly root."""
    to_menu, to_leaf, to_queue = TargetKind.MENU, TargetKind.LEAF, TargetKind.HANDOFF
    main = (
        option("1", to_menu, "accounts"),
        option("2", to_leaf, "branch_hours"),
        option("3", to_queue, "cards"),
        option("4", to_leaf, "card_loss"),
        option("5", to_menu, "accounts", language="en"),
    )
    transfers = (option("1", to_leaf, "transfer_limit"), option("2", to_menu, "main"))
    found = [
        Menu("main", "main_menu", main, 1, 5_000),
        Menu("accounts", "accounts_menu", (option("1", to_menu, "transfers"),), 2, 6_000),
        Menu("transfers", "transfers_menu", transfers, 3, 5_000),
        Menu(
            "closed", "closed_menu", (option("1", to_leaf, "branch_hours"), option("2", to_queue, "general")), 1, 5_000
        ),
        Menu("elderly", "elderly_menu", (option("1", to_queue, "elderly"),), 1, 5_000),
    ]
    return {menu.id: menu for menu in found}


def leaves() -> Mapping[str, Leaf]:
    """Two that inform, one that hands over."""
    loss = for_agents("card_loss", "银行卡挂失", ("card_loss_intro",), "cards")
    found = [
        consult("branch_hours", 1, "branch_hours_info", "branch_holiday_info"),
        consult("transfer_limit", 3, "transfer_limit_info"),
        loss,
    ]
    return {leaf.id: leaf for leaf in found}


def elderly() -> Elderly:
    """Route queue, doubled time-out, one more rephrasing."""
    callers = {ELDERLY_NUMBER: date(1950, 3, 1), YOUNG_NUMBER: date(1990, 3, 1)}
    return Elderly("elderly", 60, "queue", None, 0.85, 2, 1, 10, callers)


def flow(**changes: object) -> Flow:
    """The flow; keyword arguments replace its fields."""
    day = ((8 * 60 + 30, 18 * 60),)
    service = Calendar("service", (day,) * 7, {date(2026, 10, 1): ()}, {date(2026, 10, 1): "国庆节"})
    queues = [queue("general"), queue("elderly"), queue("cards", priority=2, record=False)]
    built = Flow(
        revision=Revision("0123456789ab", "张三", "首次发布", {}),
        bank="示例银行",
        numbers=("95000",),
        languages=("zh", "en"),
        keys=ReservedKeys(repeat="#", back="*", agent="0", elderly="9"),
        no_input_ms=5_000,
        misses=Misses(1),
        entries=(
            Entry("service", ("greeting",), "main", False),
            Entry(None, ("closed_greeting",), "closed", True),
        ),
        menus=menus(),
        leaves=leaves(),
        prompts=prompts(),
        calendars={"service": service},
        queues={queue.id: queue for queue in queues},
        agents={"1001": Agent("1001", "李四", {"general": 0})},
        agent_queue="general",
        elderly=elderly(),
        timezone=TIMEZONE,
    )
    return replace(built, **changes)  # type: ignore[arg-type]
