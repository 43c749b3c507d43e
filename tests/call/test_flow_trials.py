"""The tests of a draft: scripts that stand beside the flow, and a walk by keys to every leaf."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.call.flow_trials import SCRIPTS, WALK, has_scripts, trials, walk
from ivr.flow.loader import require
from ivr.flow.model import Flow
from tests.flow import small

SHIPPED = Path(__file__).parents[2] / "flows"
#: A Friday morning.
NOW = 1_795_140_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small.write(tmp_path)


def with_key(flow: Flow, menu: str, key: str) -> Flow:
    """The first option of the menu has another key."""
    first, *rest = flow.menus[menu].options
    changed = replace(flow.menus[menu], options=(replace(first, key=key), *rest))
    return replace(flow, menus={**flow.menus, menu: changed})


def test_the_shipped_flow_passes_its_own_scripts_and_the_walk() -> None:
    ran = trials(require(SHIPPED), SHIPPED, NOW)
    assert [(one.name, one.passed) for one in ran] == [
        ("at-night.txt", True), ("by-day.txt", True), ("elderly.txt", True), (WALK, True),
    ], [one.told for one in ran]  # fmt: skip


def test_without_scripts_there_is_the_walk(folder: Path) -> None:
    (ran,) = trials(require(folder), folder, NOW)
    assert (ran.name, ran.passed, ran.told) == (WALK, True, "5 条路径都到达")
    assert not has_scripts((ran,))


def test_a_script_that_fails_says_where_and_one_that_cannot_be_read_fails(folder: Path) -> None:
    scripts = folder / SCRIPTS
    scripts.mkdir()
    (scripts / "b.txt").write_text("at 2026-11-20 10:00\npress 1\nexpect-menu main\n", encoding="utf-8")
    (scripts / "a.txt").write_bytes("press 1 按".encode("gbk"))
    (scripts / "notes.md").write_text("press 1", encoding="utf-8")
    first, second, last = trials(require(folder), folder, NOW)
    assert (first.name, first.passed) == ("a.txt", False)
    assert first.told.startswith("不能执行：")
    assert (second.name, second.passed) == ("b.txt", False)
    assert second.told.startswith("第 3 行：")
    assert last.name == WALK
    assert has_scripts((first, last))


def test_a_leaf_that_its_keys_do_not_reach_is_told_with_the_way(folder: Path) -> None:
    flow = with_key(require(folder), "accounts", "0")  # a key that is taken for an agent everywhere
    trial = walk(flow, NOW)
    assert not trial.passed
    assert trial.told == "main→1账户服务→0开户须知：按 0 没有选中开户须知"


def test_a_flow_without_a_leaf_fails(folder: Path) -> None:
    flow = require(folder)
    empty = {id: replace(menu, options=()) for id, menu in flow.menus.items()}
    assert walk(replace(flow, menus=empty), NOW).told == "没有一项业务可以走到"
