"""A flow in words, place by place: what callers hear there, what they may press or say, and where that leads. Two
descriptions are compared; so every field of a flow is in one of its lines, known ones in the operator's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any

from ivr.flow import hours
from ivr.flow.drawing.outline import hours_of
from ivr.flow.model import Calendar, Entry, Flow, Intent, Leaf, Menu, Queue, Target, TargetKind
from ivr.flow.quality_form import QualityForm
from ivr.flow.reading.field_tables import KINDS, PROMPT_KINDS, QUEUE, STRATEGIES
from ivr.flow.reading.words import AUTHS
from ivr.flow.steps import registry
from ivr.flow.steps.step import Step
from ivr.flow.ways import ways


class PlaceKind(StrEnum):
    """What a place is, in the order in which a reader wants them."""

    ENTRY = "入口"
    MENU = "菜单"
    LEAF = "业务"
    PROMPT = "通用提示语"
    INTENT = "知识"
    CALENDAR = "营业时间"
    QUEUE = "队列"
    ELDERLY = "老年客户"
    AGENT = "座席"
    QUALITY = "质检评分表"
    REST = "其他设置"


@dataclass(frozen=True, slots=True)
class Place:
    """Where callers are, or what serves them; the same place in two flows has the same kind and id."""

    kind: PlaceKind
    id: str


@dataclass(frozen=True, slots=True)
class Described:
    """What the place is called, and its lines, each a label and a text: 「按键 1：账户服务 → 菜单 accounts」."""

    title: str
    lines: tuple[str, ...]


Description = Mapping[Place, Described]

#: Fields of a flow that have places of their own; every other is in `REST` as it is.
_PLACED = {
    "entries",
    "menus",
    "leaves",
    "prompts",
    "calendars",
    "queues",
    "agents",
    "elderly",
    "knowledge",
    "quality",
    "revision",
}

#: Fields of a leaf that are told in words.
_OF_A_LEAF = {"id", "label", "kind", "auth", "steps", "queue", "compliance", "level", "target", "back", "goodbye"}


def describe(flow: Flow) -> Description:
    """Every place of the flow. Numbers of elderly callers are not in it, only how many there are."""
    reached = _reached(flow)
    found = {Place(PlaceKind.ENTRY, str(number)): _entry(flow, one) for number, one in enumerate(flow.entries, 1)}
    found |= {Place(PlaceKind.MENU, id): _menu(flow, one) for id, one in flow.menus.items()}
    found |= {Place(PlaceKind.LEAF, id): _leaf(flow, one, reached.get(id, ())) for id, one in flow.leaves.items()}
    there = _spoken_in_places(flow)
    common = (id for id in flow.prompts if id not in there)
    found |= {Place(PlaceKind.PROMPT, id): Described(id, tuple(_spoken(flow, (id,)))) for id in common}
    found |= {Place(PlaceKind.INTENT, id): _intent(flow, one) for id, one in flow.knowledge.items()}
    found |= {Place(PlaceKind.CALENDAR, id): Described(id, _calendar(one)) for id, one in flow.calendars.items()}
    found |= {Place(PlaceKind.QUEUE, id): Described(one.label, tuple(_queue(one))) for id, one in flow.queues.items()}
    found[Place(PlaceKind.ELDERLY, "")] = Described("", _elderly(flow))
    found |= {Place(PlaceKind.AGENT, id): Described(one.name, tuple(plain(one))) for id, one in flow.agents.items()}
    found[Place(PlaceKind.QUALITY, "")] = Described(flow.quality.title, tuple(_quality(flow.quality)))
    rest = {field.name: getattr(flow, field.name) for field in fields(flow) if field.name not in _PLACED}
    found[Place(PlaceKind.REST, "")] = Described("", tuple(plain(rest)))
    return found


def plain(value: object, name: str = "", leave_out: Collection[str] = ()) -> Iterator[str]:
    """Any value of a flow as lines 「path：value」; what is in `leave_out` is told elsewhere."""
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key not in leave_out:
                yield from plain(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and any(is_dataclass(one) or isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value, 1):
            yield from plain(one, f"{name}.{number}")
    else:
        yield f"{name}：{_word(value)}"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple | set | frozenset):
        listed = value if isinstance(value, list | tuple) else sorted(value, key=str)
        return "、".join(_word(one) for one in listed) or "无"
    return "无" if value is None else str(value)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g} 秒"


# ---- places


def _entry(flow: Flow, entry: Entry) -> Described:
    lines = [f"时间：{hours_of(flow, entry.hours) if entry.hours else '其余时间'}"]
    lines += [f"接听后的菜单：{entry.menu}", f"非营业时间：{_word(entry.closed)}", *_spoken(flow, entry.greeting)]
    lines += plain(entry, leave_out={"hours", "greeting", "menu", "closed"})
    return Described("非营业时间" if entry.closed else "营业时间", tuple(lines))


def _menu(flow: Flow, menu: Menu) -> Described:
    lines = list(_spoken(flow, (menu.prompt,)))
    for option in menu.options:
        language = f"，改说 {option.language}" if option.language else ""
        lines.append(f"按键 {option.key}：{option.label} → {_target(flow, option.target)}{language}")
    listens = ("、".join(menu.intents) or "任何说法") if menu.listen else "否"
    lines += [f"等待按键：{_seconds(menu.no_input_ms)}", f"可以直接说：{listens}", f"层次：{menu.level}"]
    lines += plain(menu, leave_out={"id", "prompt", "options", "level", "no_input_ms", "listen", "intents"})
    return Described(_named(flow, menu.id), tuple(lines))


def _named(flow: Flow, menu: str) -> str:
    """What the option calls it that leads there; a root has the name of its entry."""
    for one in flow.menus.values():
        for option in one.options:
            if option.target == Target(TargetKind.MENU, menu):
                return option.label
    if menu == flow.elderly.menu:
        return "老年人菜单"
    return "非营业时间菜单" if any(entry.menu == menu and entry.closed for entry in flow.entries) else "主菜单"


def _leaf(flow: Flow, leaf: Leaf, reached: Iterable[str]) -> Described:
    lines = [f"到达：{way}" for way in reached]
    lines += [f"类别：{KINDS[leaf.kind]}", f"身份：{AUTHS[leaf.auth]}", f"层次：{leaf.level}"]
    lines.append(f"办不成时转：{flow.queues[leaf.queue].label if leaf.queue else '人工服务'}")
    for step in leaf.steps:
        lines += _step(flow, step)
    after = [_target(flow, leaf.target)] if leaf.target else []
    after += ["回到菜单"] * leaf.back + ["结束通话"] * leaf.goodbye
    lines.append(f"之后：{'、'.join(after) or '问客户还要办什么'}")
    lines.append(f"条款：{_word(leaf.compliance)}")
    lines += plain(leaf, leave_out=_OF_A_LEAF)
    return Described(leaf.label, tuple(lines))


def _step(flow: Flow, step: Step) -> Iterator[str]:
    about = registry.KINDS[step.kind].about if step.kind in registry.KINDS else step.kind
    details = list(plain(step))
    yield f"步骤 {step.kind}：{about}" + (f"（{'；'.join(details)}）" if details else "")
    yield from _spoken(flow, _prompts_of(flow, step))


def _prompts_of(flow: Flow, value: object) -> list[str]:
    """The prompts that a value names, wherever in it, in its order."""
    if isinstance(value, str):
        return [value] if type(value) is str and value in flow.prompts else []
    if is_dataclass(value) and not isinstance(value, type):
        value = [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, Mapping):
        value = [*value.values()]
    if isinstance(value, list | tuple):
        return [prompt for one in value for prompt in _prompts_of(flow, one)]
    return []


def _spoken(flow: Flow, prompts: Iterable[str]) -> Iterator[str]:
    for id in prompts:
        prompt = flow.prompts[id]
        for language, text in prompt.texts.items():
            said = "" if len(flow.languages) == 1 else f"，{language}"
            yield f"播报 {id}（{PROMPT_KINDS[prompt.kind]}{said}）：{text}"


def _spoken_in_places(flow: Flow) -> frozenset[str]:
    """The prompts that are told with an entry, a menu, a leaf or an intent."""
    named = [*flow.entries, *flow.menus.values(), *(leaf.steps for leaf in flow.leaves.values())]
    answers = [intent.answer for intent in flow.knowledge.values()]
    return frozenset(prompt for one in (*named, *answers) for prompt in _prompts_of(flow, one))


def _target(flow: Flow, target: Target) -> str:
    if target.kind is TargetKind.LEAF:
        return f"业务 {flow.leaves[target.id].label}（{target.id}）"
    if target.kind is TargetKind.HANDOFF:
        return f"人工 {flow.queues[target.id].label}（{target.id}）"
    return f"菜单 {target.id}"


def _reached(flow: Flow) -> Mapping[str, list[str]]:
    """Leaf → the keys to it from each entry, by the fewest prompts."""
    found: dict[str, list[str]] = {}
    names = {id(entry): number for number, entry in enumerate(flow.entries, 1)}
    for way in ways(flow, lambda _: 1.0):
        found.setdefault(way.leaf, []).append(f"入口 {names[id(way.entry)]}：{way}")
    return found


def _intent(flow: Flow, intent: Intent) -> Described:
    lines = [f"标准问：{intent.question}", *(f"扩展问：{one}" for one in intent.questions)]
    lines.append(f"去向：{_target(flow, intent.target) if intent.target else '播报答案'}")
    lines += _spoken(flow, intent.answer)
    told = {"id", "label", "question", "questions", "target", "answer"}
    return Described(intent.label, (*lines, *plain(intent, leave_out=told)))


def _queue(queue: Queue) -> Iterator[str]:
    """What agents.yaml says of each of its fields, times in seconds; its name is the title."""
    about = {field.name: field.about for field in QUEUE.fields}
    for field in fields(queue):
        if field.name not in ("id", "label"):
            value, name = getattr(queue, field.name), field.name.removesuffix("_ms")
            text = _seconds(value) if name != field.name else STRATEGIES.get(str(value)) or _word(value)
            yield f"{about.get(name, name)}：{text}"


def _calendar(calendar: Calendar) -> tuple[str, ...]:
    weekly = (
        f"周{hours.WEEKDAYS[day]}：{'、'.join(map(hours.clock, each)) or '休息'}"
        for day, each in enumerate(calendar.weekly)
    )
    dates = (
        f"{day}{calendar.names.get(day, '')}：{'、'.join(map(hours.clock, each)) or '休息'}"
        for day, each in sorted(calendar.dates.items())
    )
    named = (f"{day}：{name}" for day, name in sorted(calendar.names.items()) if day not in calendar.dates)
    return (*weekly, *dates, *named, *plain(calendar, leave_out={"id", "weekly", "dates", "names"}))


def _quality(form: QualityForm) -> Iterator[str]:
    yield f"优良线 {form.good} 分，合格线 {form.passing} 分"
    for section in form.sections:
        yield f"部分：{section.label}"
        for item in section.items:
            told = [f"满分 {item.points} 分"] + ["是非题"] * item.yes_no + ["一票否决"] * item.critical
            told += [f"依据 {item.clause}"] * bool(item.clause) + [f"说明：{item.help}"] * bool(item.help)
            yield f"评分项 {item.id}：{item.words}（{'，'.join(told)}）"


def _elderly(flow: Flow) -> tuple[str, ...]:
    return (*plain(flow.elderly, leave_out={"callers"}), f"名单：{len(flow.elderly.callers)} 人")
