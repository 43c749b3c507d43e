"""Rule D1: what a level is, and that three are the most (HB 7.2.3)."""

from __future__ import annotations

from pathlib import Path

from ivr.flow import load, require
from tests.flow import broken, small

CHOICE = """\
  choice:
    prompt: choice_menu
    options: [{key: "1", label: 普通话, menu: main, language: zh}]
"""
SHORT = """\
  short:
    prompt: closed_menu
    options: [{key: "1", label: 开户须知, leaf: opening}, {key: "2", label: 投诉, menu: accounts}]
"""


def codes_of(folder: Path) -> list[str]:
    return [finding.code for finding in load(folder).findings]


def test_a_root_is_level_one_and_a_leaf_counts_the_menus_before_it(tmp_path: Path) -> None:
    flow = require(small.write(tmp_path))
    assert {id: menu.level for id, menu in flow.menus.items()} == {"main": 1, "accounts": 2, "closed": 1}
    # opening is level 2 by day and level 1 in the closed branch: the shortest way counts
    assert {id: leaf.level for id, leaf in flow.leaves.items()} == {"opening": 1, "balance": 2, "complaint": 1}


def test_level_three_is_fine_and_level_four_is_not(tmp_path: Path) -> None:
    broken.make("F030", tmp_path)  # main → accounts → more → most → last → far
    (finding,) = load(tmp_path).findings
    assert finding.code == "F030"
    assert "要经过 5 层菜单（main→1账户服务→3更多→1再多→1远处→1远）" in finding.text
    small.edit(tmp_path, "hotline.yaml", "label: 再多, menu: most", "label: 再多, leaf: far")
    small.edit(tmp_path, "hotline.yaml", 'options: [{key: "1", label: 远处, menu: last}]', "options: []")
    text = (tmp_path / "hotline.yaml").read_text(encoding="utf-8")
    start, end = text.index("  most:"), text.index("  closed:\n")
    (tmp_path / "hotline.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    small.edit(tmp_path, "prompts.yaml", "  most_menu: {kind: menu, text: 远处请按1。}\n", "")
    small.edit(tmp_path, "prompts.yaml", "  last_menu: {kind: menu, text: 远请按1。}\n", "")
    flow = require(tmp_path)
    assert flow.leaves["far"].level == 3


def test_each_entry_counts_for_itself(tmp_path: Path) -> None:
    """Far from the main menu is too far, even where the closed branch has it near."""
    broken.make("F030", tmp_path)
    head = "  closed:\n    prompt: closed_menu\n    options:\n"
    small.edit(tmp_path, "hotline.yaml", head, head + '      - {key: "3", label: 远, leaf: far}\n')
    small.edit(tmp_path, "prompts.yaml", "开户须知请按1，投诉请按2。", "开户须知请按1，投诉请按2，远请按3。")
    assert codes_of(tmp_path) == ["F030"]


def test_a_shorter_way_makes_a_leaf_near(tmp_path: Path) -> None:
    broken.make("F030", tmp_path)
    small.edit(tmp_path, "hotline.yaml", "  accounts:\n", '      - {key: "4", label: 远, leaf: far}\n  accounts:\n')
    small.edit(tmp_path, "prompts.yaml", "综合服务请按3。", "综合服务请按3，远请按4。")
    flow = require(tmp_path)
    assert flow.leaves["far"].level == 1
    assert flow.menus["last"].level == 5


def test_a_language_choice_is_a_level(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "menus:\n", f"menus:\n{CHOICE}")
    small.edit(tmp_path, "hotline.yaml", "greeting: [greeting], menu: main", "greeting: [greeting], menu: choice")
    small.edit(tmp_path, "prompts.yaml", "prompts:\n", "prompts:\n  choice_menu: {kind: menu, text: 普通话请按1。}\n")
    flow = require(tmp_path)
    assert (flow.menus["choice"].level, flow.menus["main"].level, flow.leaves["balance"].level) == (1, 2, 3)
    assert flow.menus["choice"].options[0].language == "zh"


def test_a_leaf_only_speech_could_reach_is_an_error(tmp_path: Path) -> None:
    broken.make("F031", tmp_path)
    assert codes_of(tmp_path) == ["F031"]


def test_a_circle_with_a_way_out_is_fine(tmp_path: Path) -> None:
    broken.make("F033", tmp_path)
    (finding,) = load(tmp_path).findings
    assert "round→trip→round" in finding.text
    way_out = '{key: "2", label: 投诉, leaf: complaint}'
    small.edit(tmp_path, "hotline.yaml", "又一圈, menu: round}", f"又一圈, menu: round}}, {way_out}")
    small.edit(tmp_path, "prompts.yaml", "又一圈请按1。", "又一圈请按1，投诉请按2。")
    assert "F033" not in codes_of(tmp_path)


def test_the_elderly_menu_is_one_menu(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "route: queue", "route: menu, menu: short")
    small.edit(tmp_path, "hotline.yaml", "menus:\n", f"menus:\n{SHORT}")
    assert codes_of(tmp_path) == ["F037"]
    small.edit(tmp_path, "hotline.yaml", "label: 投诉, menu: accounts", "label: 投诉, leaf: complaint")
    flow = require(tmp_path)
    assert (flow.elderly.route, flow.elderly.menu, flow.menus["short"].level) == ("menu", "short", 1)
    small.edit(tmp_path, "hotline.yaml", ", menu: short", "")
    assert "F011" in codes_of(tmp_path)
