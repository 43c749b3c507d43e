"""What a reviewer is told of an edit: every difference that callers can hear or press, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import require
from ivr.flow.changes import comparison
from ivr.flow.changes.comparison import Change, ChangeKind, compare, text_diff
from ivr.flow.changes.description import Description, PlaceKind, describe
from ivr.flow.model import Elderly, Flow, Revision
from tests.flow import small

SHIPPED = Path(__file__).parents[2] / "flows"


@cache
def shipped() -> Flow:
    return require(SHIPPED)


@pytest.fixture(autouse=True, scope="module")
def _described_once() -> Iterator[None]:
    """Flows are compared by hundreds with the shipped one, in both directions: a flow is described once."""
    kept = [(shipped(), describe(shipped()))]

    def once(flow: Flow) -> Description:
        for known, description in kept:
            if known is flow:
                return description
        kept[1:] = [(flow, describe(flow))]
        return kept[1][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "describe", once)
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small.write(tmp_path / "flows")


def told(before: Flow, after: Flow) -> str:
    return "\n".join(map(str, compare(before, after)))


# ---- what a reader sees


def test_the_same_flow_differs_in_nothing() -> None:
    assert compare(shipped(), shipped()) == ()


def test_author_reason_and_comments_are_no_difference_to_callers(folder: Path) -> None:
    before = require(folder)
    small.edit(folder, "hotline.yaml", "author: 张三\nreason: 首次发布", "# 又一版\nauthor: 李四\nreason: 无改动")
    after = require(folder)
    assert after.revision.id != before.revision.id
    assert compare(before, after) == ()


def test_another_key_is_told_in_the_menu_and_in_the_leaf(folder: Path) -> None:
    before = require(folder)
    small.edit(folder, "hotline.yaml", '{key: "2", label: 余额查询', '{key: "3", label: 余额查询')
    small.edit(folder, "prompts.yaml", "余额查询请按2", "余额查询请按3")
    assert told(before, require(folder)) == (
        "【改动】菜单 账户服务 accounts\n"
        "  - 播报 accounts_menu（菜单）：开户须知请按1，余额查询请按2。\n"
        "  + 播报 accounts_menu（菜单）：开户须知请按1，余额查询请按3。\n"
        "  - 按键 2：余额查询 → 业务 余额查询（balance）\n"
        "  + 按键 3：余额查询 → 业务 余额查询（balance）\n"
        "【改动】业务 余额查询 balance\n"
        "  - 到达：入口 1：main→1账户服务→2余额查询\n"
        "  + 到达：入口 1：main→1账户服务→3余额查询"
    )


def test_a_new_leaf_and_its_option(folder: Path) -> None:
    before = require(folder)
    old = '{key: "2", label: 余额查询, leaf: balance}'
    small.edit(folder, "hotline.yaml", old, f'{{key: "3", label: 取现, leaf: cash}}\n      - {old}')
    leaf = "  cash: {label: 取现, kind: consult, auth: none, steps: [say: cash_info], compliance: [HB 7.1.1]}\n"
    small.edit(folder, "hotline.yaml", "leaves:\n", f"leaves:\n{leaf}")
    small.edit(folder, "prompts.yaml", "余额查询请按2。", "余额查询请按2，取现请按3。")
    small.edit(folder, "prompts.yaml", "prompts:\n", "prompts:\n  cash_info: 取现请预约。\n")
    text = told(before, require(folder))
    assert "【新增】业务 取现 cash" in text
    assert "+ 播报 cash_info（信息）：取现请预约。" in text
    assert "+ 按键 3：取现 → 业务 取现（cash）" in text
    assert "- 按键" not in text


def test_hours_are_told_wherever_they_are_heard(folder: Path) -> None:
    before = require(folder)
    small.edit(folder, "hours.yaml", "08:30-18:00", "08:30-19:00")
    places = {(one.place.kind, one.place.id) for one in compare(before, require(folder))}
    assert (PlaceKind.ENTRY, "1") in places
    assert (PlaceKind.ENTRY, "2") in places
    assert (PlaceKind.CALENDAR, "service") in places
    assert (PlaceKind.PROMPT, "agents_closed") in places


def test_without_a_flow_before_everything_is_new() -> None:
    changes = compare(None, shipped())
    assert {one.kind for one in changes} == {ChangeKind.NEW}
    assert {one.place for one in changes} == describe(shipped()).keys()


def test_what_goes_is_told(folder: Path) -> None:
    after = require(folder)
    before = replace(after, menus={**after.menus, "attic": replace(after.menus["accounts"], id="attic", level=1)})
    (change,) = compare(before, after)
    assert (change.kind, change.place.id) == (ChangeKind.GONE, "attic")
    assert {line.sign for line in change.lines} == {"-"}


def test_elderly_callers_are_counted_and_not_named(folder: Path) -> None:
    before = require(folder)
    listed = dict(before.elderly.callers)
    (number,) = listed
    changed = {number: date(1949, 3, 1), "+8613800000099": date(1940, 1, 1)}
    after = replace(before, elderly=replace(before.elderly, callers=changed))
    text = told(before, after)
    assert "名单：加 1 人，去 0 人，改出生日期 1 人" in text
    for private in (number, number[3:], "13800000099", "1949"):
        assert private not in text
        assert private not in str(describe(after))


def test_a_queue_is_told_in_the_words_of_its_file() -> None:
    before = shipped()
    queue = before.queues["loans"]
    after = replace(before, queues={**before.queues, "loans": replace(queue, wait_ms=45_000, strategy="ringall")})
    (change,) = compare(before, after)
    assert f"- 等多久后问一次是否继续：{queue.wait_ms // 1000} 秒" in str(change) and "45 秒" in str(change)
    assert "+ 响铃方式：全部一起响" in str(change) and "wait_ms" not in str(change)


# ---- nothing stays unseen


def scalars(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], object]]:
    """Every single value of a flow, with the way to it."""
    if isinstance(value, Revision):
        return
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name != "id" and not (isinstance(value, Elderly) and field.name == "callers"):
                yield from scalars(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from scalars(one, (*path, ("key", key)))
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from scalars(one, (*path, number))
    else:
        yield path, value


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """The value with another one at the end of the path."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        changed = list(value)
        changed[step] = put(value[step], rest, new)
        return type(value)(changed)
    if isinstance(step, tuple):
        return {**value, step[1]: put(value[step[1]], rest, new)}
    return replace(value, **{step: put(getattr(value, step), rest, new)})


def another(flow: Flow, path: tuple[Any, ...], value: object) -> object:
    """A different value that stands in the same place in some sound flow."""
    if isinstance(value, bool) or value is None:
        return value is not True
    if isinstance(value, Enum):
        return next(one for one in type(value) if one is not value)
    if isinstance(value, date):
        return value + timedelta(days=1)
    if isinstance(value, int | float):
        return value + 1
    named: Mapping[str, Mapping[str, object]] = {
        "queue": flow.queues, "agent_queue": flow.queues, "hours": flow.calendars, "menu": flow.menus,
    }  # fmt: skip
    names = named.get(str(path[-1]), flow.prompts)
    return next((one for one in names if one != value), None) if value in names else f"{value}改"


@cache
def values() -> tuple[tuple[tuple[Any, ...], object], ...]:
    return tuple(scalars(shipped()))


def unnamed(path: tuple[Any, ...], value: object) -> bool:
    """Names of what must exist would lead nowhere where they are None in the flow; kinds of targets need an id too."""
    return value is None or path[-1] in ("kind", "timezone") or path[-2:-1] == ("target",)


def test_every_kind_of_value_is_seen_when_it_changes() -> None:
    """One value of each field, wherever it stands."""
    fields_of = {tuple(step for step in path if isinstance(step, str)): (path, value) for path, value in values()}
    for path, value in fields_of.values():
        if not unnamed(path, value):
            assert compare(shipped(), put(shipped(), path, another(shipped(), path, value))), path


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_every_value_of_a_flow_is_seen_when_it_changes(data: st.DataObject) -> None:
    path, value = data.draw(st.sampled_from([one for one in values() if not unnamed(*one)]))
    after = put(shipped(), path, another(shipped(), path, value))
    changes = compare(shipped(), after)
    assert changes, (path, value)
    assert seen_back(changes) == seen(compare(after, shipped()))


def seen(changes: tuple[Change, ...]) -> set[tuple[str, str, str]]:
    return {(one.place.id, line.sign, line.text) for one in changes for line in one.lines}


def seen_back(changes: tuple[Change, ...]) -> set[tuple[str, str, str]]:
    """The same read from the other side."""
    turned = {"+": "-", "-": "+"}
    return {(place, turned[sign], text) for place, sign, text in seen(changes)}


# ---- the texts


def test_the_text_diff_names_files_that_come_and_go() -> None:
    text = text_diff({"a.yaml": "x: 1\n", "b.yaml": "y\n"}, {"a.yaml": "x: 2\n", "c.yaml": "z"})
    assert "--- a.yaml\n+++ a.yaml\n@@ -1 +1 @@\n-x: 1\n+x: 2\n" in text
    assert "-y\n" in text
    assert text.endswith("+z\n\\ 末尾没有换行\n")
    assert text_diff({"a": "x\n"}, {"a": "x\n"}) == ""
