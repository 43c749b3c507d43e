"""What was filled in about one place, as edits of the operator's files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ivr.errors import PublishingRefused
from ivr.flow.edits import announcements, hours, menus
from ivr.flow.edits.spans import meaning
from ivr.flow.kinds import Target, TargetKind
from ivr.flow.model import Flow
from ivr.flow.reading.announcements_file import ANNOUNCEMENTS_FILE
from ivr.flow.reading.announcements_file import KINDS as ANNOUNCEMENT_KINDS
from ivr.flow.reading.field_tables import AGENTS_FILE, HOTLINE_FILE, HOURS_FILE, PROMPTS_FILE
from ivr.report.time_line import names_of

#: What a place may be, with its words.
KINDS = {"menu": "菜单", "leaf": "业务", "queue": "人工队列", "hours": "营业时间", "announcement": "公告"}
#: The moments of an announcement, with their words.
TIMES = {"publish_at": "从什么时候起播报", "starts_at": "维护或变更开始", "ends_at": "到什么时候为止"}


class Typed(Protocol):
    """Of a form: field → what was filled in, without spaces around it; the default where there is no such field."""

    def __call__(self, name: str, default: str = "") -> str: ...


@dataclass(frozen=True, slots=True)
class FormPlace:
    """What a form is about: one of `KINDS`, and its id; "" for an announcement that there is not yet."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


def place_of(flow: Flow, named: str) -> FormPlace:
    """A place by its name (menu:main). Raises PublishingRefused where there is none."""
    kind, _, id_ = named.partition(":")
    if (kind, id_) not in {(one.kind, one.id) for one, _ in places(flow)}:
        raise PublishingRefused(f"现在的菜单里没有“{named[:60]}”")
    return FormPlace(kind, id_)


def places(flow: Flow) -> list[tuple[FormPlace, str]]:
    """Every place that has a form, with its words."""
    found = [FormPlace("menu", id_) for id_ in flow.menus]
    found += [FormPlace("leaf", id_) for id_ in flow.leaves]
    found += [FormPlace("queue", id_) for id_ in flow.queues]
    found += [FormPlace("hours", id_) for id_ in flow.calendars]
    found += [FormPlace("announcement", one.id) for one in flow.announcements]
    named = titles(flow)
    words = [(one, f"{KINDS[one.kind]} {with_title(named, one.kind, one.id)}") for one in found]
    return [*words, (FormPlace("announcement", ""), "新公告")]


def targets(flow: Flow) -> list[tuple[str, str]]:
    """What an option may lead to, as the files write it, with its words."""
    named = titles(flow)
    found = [(f"menu:{id_}", f"菜单 {with_title(named, 'menu', id_)}") for id_ in flow.menus]
    found += [(f"leaf:{id_}", f"业务 {with_title(named, 'leaf', id_)}") for id_ in flow.leaves]
    return found + [(f"handoff:{id_}", f"人工队列 {with_title(named, 'queue', id_)}") for id_ in flow.queues]


def titles(flow: Flow) -> Mapping[str, str]:
    """What people call a place or a prompt, by its kind and id (menu:main); an option's target too (handoff:cards). A
    calendar has no other name than its id."""
    found = dict(names_of(flow))
    found |= {f"handoff:{id_}": queue.label for id_, queue in flow.queues.items()}
    return found | {f"announcement:{one.id}": ANNOUNCEMENT_KINDS[one.kind] for one in flow.announcements}


def with_title(named: Mapping[str, str], kind: str, id_: str) -> str:
    """The title with the id beside it, the id alone where there is none."""
    title = named.get(f"{kind}:{id_}")
    return f"{title}（{id_}）" if title else id_


def prompts_of(flow: Flow, place: FormPlace) -> tuple[str, ...]:
    """The prompts that are spoken in a menu or a leaf."""
    if place.kind == "menu":
        return (flow.menus[place.id].prompt,)
    return tuple(dict.fromkeys(flow.leaves[place.id].prompts)) if place.kind == "leaf" else ()


def openings(text: str, calendar: str) -> Mapping[str, Sequence[str]]:
    """hours.yaml's weekly times of a calendar, by its days as they are written."""
    found: Mapping[str, Sequence[str]] = meaning(text)["calendars"][calendar]["weekly"]
    return found


def times(text: str, id_: str) -> Mapping[str, str]:
    """announcements.yaml's moments of an announcement, as they are written."""
    found: Mapping[str, str] = meaning(text)["announcements"][id_]
    return {key: found.get(key, "") for key in TIMES}


def edited_texts(flow: Flow, files: Mapping[str, str], place: FormPlace, typed: Typed) -> dict[str, str]:
    """The files that are different once what was filled in is done. Raises FlowError where that cannot be done without
    changing more, PublishingRefused where nothing is different."""
    texts = dict(files)
    _FORMS[place.kind](flow, texts, place, typed)
    for prompt in prompts_of(flow, place):
        for language, was in menus.prompt_texts(files[PROMPTS_FILE], prompt).items():
            words = typed(f"prompt:{prompt}:{language}").replace("\r\n", "\n")
            if words and words != was.strip():
                texts[PROMPTS_FILE] = menus.set_prompt_text(texts[PROMPTS_FILE], prompt, words, language or None)
    changed = {name: text for name, text in texts.items() if text != files.get(name)}
    if not changed:
        raise PublishingRefused("没有改动")
    return changed


def _menu(flow: Flow, texts: dict[str, str], place: FormPlace, typed: Typed) -> None:
    text, moved = texts[HOTLINE_FILE], dict[str, str]()
    for option in flow.menus[place.id].options:
        key, label = typed(f"key:{option.key}"), typed(f"label:{option.key}")
        if typed(f"remove:{option.key}"):
            text = menus.remove_option(text, place.id, option.key)
            continue
        if label and label != option.label:
            text = menus.set_option_label(text, place.id, option.key, label)
        if key and key != option.key:
            moved[option.key] = key
    if moved:
        text = menus.move_keys(text, place.id, moved)
    if key := typed("new_key"):
        kind, _, id_ = typed("new_target").partition(":")
        if kind not in [*map(str, TargetKind)] or not typed("new_label"):
            raise PublishingRefused("新选项要写按键、名称和去向")
        text = menus.add_option(text, place.id, key, typed("new_label"), Target(TargetKind(kind), id_))
    texts[HOTLINE_FILE] = text


def _leaf(flow: Flow, texts: dict[str, str], place: FormPlace, typed: Typed) -> None:
    if (label := typed("label")) and label != flow.leaves[place.id].label:
        texts[HOTLINE_FILE] = menus.set_label(texts[HOTLINE_FILE], "leaves", place.id, label)


def _queue(flow: Flow, texts: dict[str, str], place: FormPlace, typed: Typed) -> None:
    if (label := typed("label")) and label != flow.queues[place.id].label:
        texts[AGENTS_FILE] = menus.set_label(texts[AGENTS_FILE], "queues", place.id, label)


def _hours(_flow: Flow, texts: dict[str, str], place: FormPlace, typed: Typed) -> None:
    text = texts[HOURS_FILE]
    for days, was in openings(text, place.id).items():
        open_ = _intervals(typed(f"open:{days}", " ".join(was)))
        if open_ != list(was):
            text = hours.set_opening(text, place.id, days, open_)
    if date := typed("new_date"):
        last = typed("new_last")
        dates = f"{date}..{last}" if last and last != date else date
        name = typed("new_name")
        if not name:
            raise PublishingRefused("请写节假日的名称")
        text = hours.add_holiday(text, place.id, dates, name, _intervals(typed("new_open")))
    texts[HOURS_FILE] = text


def _intervals(typed: str) -> list[str]:
    return [each for each in re.split(r"[\s,，、;；]+", typed) if each]


def _announcement(_flow: Flow, texts: dict[str, str], place: FormPlace, typed: Typed) -> None:
    text = texts.get(ANNOUNCEMENTS_FILE, "")
    given = {key: at for key in TIMES if (at := typed(key).replace("T", " "))}
    if place.id:
        was = times(text, place.id)
        given = {key: at for key, at in given.items() if at != was[key]}
        texts[ANNOUNCEMENTS_FILE] = announcements.set_times(text, place.id, given)
        return
    id_ = typed("id")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", id_):
        raise PublishingRefused("公告的名字用字母、数字、下划线写")
    fields: dict[str, str | bool | Sequence[str]] = {"kind": typed("kind")}
    if typed("system"):
        fields["systems"] = [typed("system")]
    fields |= {"prompt": typed("prompt"), **given}
    if typed("leaf"):
        fields["leaves"] = [typed("leaf")]
    texts[ANNOUNCEMENTS_FILE] = announcements.add_announcement(text, id_, fields)


_FORMS: Mapping[str, Callable[[Flow, dict[str, str], FormPlace, Typed], None]] = {
    "menu": _menu,
    "leaf": _leaf,
    "queue": _queue,
    "hours": _hours,
    "announcement": _announcement,
}
