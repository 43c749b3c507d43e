"""D2: repeat replays the option part only, back goes to where the caller came from, neither costs a retry."""

from __future__ import annotations

import pytest

from ivr.flow.model import Menu, TargetKind
from tests.dialogue.talking import Talk
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, flow, menus, option


def test_d2_repeat_replays_the_menu_not_the_greeting() -> None:
    talk = Talk()
    assert talk.said == ["greeting", "main_menu", "keys"]
    assert talk.press("#").said == ["main_menu", "keys"]
    assert talk.visits() == [("main", 1, "repeat", "#"), ("main", 1, None, None)]


@pytest.mark.parametrize("heard", [0, 1, 2, 3])
def test_d2_repeat_and_back_work_during_every_prompt(heard: int) -> None:
    assert Talk().press("#", heard).said == ["main_menu", "keys"]
    assert Talk().press("1").press("*", heard).said == ["main_menu", "keys"]


def test_d2_back_goes_up_the_stack_and_stays_at_the_root() -> None:
    talk = Talk().press("11")
    assert talk.conversation.path == ("main", "accounts", "transfers")
    assert talk.press("*").said == ["accounts_menu", "keys"]
    assert talk.press("*").said == ["main_menu", "keys"]
    assert talk.press("*").said == ["main_menu", "keys"]
    assert [visit[2:] for visit in talk.visits()][2:5] == [("back", "*"), ("back", "*"), ("repeat", "*")]


def test_d2_an_option_to_a_menu_already_passed_returns_to_it() -> None:
    talk = Talk().press("112")
    assert talk.said == ["main_menu", "keys"]
    assert talk.conversation.path == ("main",)
    assert talk.press("*").conversation.path == ("main",)


def test_d2_back_crosses_to_the_menu_the_caller_came_from() -> None:
    crossing = dict(menus())
    crossing["side"] = Menu("side", "closed_menu", (option("1", TargetKind.MENU, "transfers"),), 2, 5_000)
    crossing["main"] = Menu("main", "main_menu", (option("6", TargetKind.MENU, "side"),), 1, 5_000)
    talk = Talk(flow(menus=crossing)).press("61")
    assert talk.said == ["transfers_menu", "keys"]
    assert talk.press("*").said == ["closed_menu", "keys"]


@pytest.mark.parametrize("key", ["#", "*"])
def test_d2_repeat_and_back_neither_burn_nor_forgive_a_miss(key: str) -> None:
    talk = Talk().silent()
    assert talk.said[0] == "no_input"
    talk.press(key * 20)
    assert talk.said == ["main_menu", "keys"]
    assert talk.silent().said[0] == "agent_offer"
    talk.press(key)
    assert talk.silent().said[0] == "handing_over"


def test_d2_repeat_after_a_leaf_repeats_its_information() -> None:
    talk = Talk().press("2")
    assert talk.said == ["branch_hours_info", "branch_holiday_info", "after_leaf"]
    assert talk.press("#", heard=3).said == ["branch_hours_info", "branch_holiday_info", "after_leaf"]


def test_d2_back_from_a_leaf_is_to_its_menu() -> None:
    talk = Talk().press("111")
    assert talk.conversation.leaf == "transfer_limit"
    assert talk.press("*").said == ["transfers_menu", "keys"]
    assert talk.conversation.leaf is None
    assert talk.press("*").said == ["accounts_menu", "keys"]


def test_d2_holds_at_the_closed_and_at_the_elderly_root() -> None:
    assert Talk(at=CLOSED).press("*").said == ["closed_menu", "keys"]
    elderly = flow().elderly
    profile = type(elderly)("elderly", 60, "menu", "elderly", 0.85, 2, 1, 10, elderly.callers)
    talk = Talk(flow(elderly=profile), number=ELDERLY_NUMBER)
    assert talk.said == ["greeting", "elderly_menu", "keys"]
    assert talk.press("#*").said == ["elderly_menu", "keys"]


def test_reserved_keys_win_over_an_option_that_shadows_them() -> None:
    shadowed = dict(menus())
    shadowed["main"] = Menu("main", "main_menu", (option("#", TargetKind.LEAF, "branch_hours"),), 1, 5_000)
    assert Talk(flow(menus=shadowed)).press("#").said == ["main_menu", "keys"]
