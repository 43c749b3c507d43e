"""The pictures of a flow: every option is in them, once, and strangers' text cannot break them."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivr.flow import require
from ivr.flow.drawing.outline import OutlineKind, OutlineRow, outline
from ivr.flow.drawing.tree import stems, svg, tree
from ivr.flow.model import Flow
from tests.flow import big, small

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return require(small.write(tmp_path))


def test_the_tree_of_the_small_hotline(flow: Flow) -> None:
    assert tree(flow).replace(flow.revision.id, "REV") == (
        "示例银行　95000　版本 REV\n"
        "修改：张三　原因：首次发布\n"
        "\n"
        "营业时间（周一至周五 08:30–18:00，周六、周日 09:00–17:00，节假日除外）\n"
        "└─ ▸ 主菜单（第 1 层：main　可说）\n"
        "   ├─ [1] ▸ 账户服务（第 2 层：accounts　可说）\n"
        "   │  ├─ [1] 开户须知（咨询）\n"
        "   │  └─ [2] 余额查询（查询：识别身份，先问卡号后四位，转综合业务）\n"
        "   ├─ [2] 投诉（投诉：识别身份，转综合业务）\n"
        "   └─ [3] ☎ 综合服务（人工：综合业务，周一至周五 08:30–18:00，周六、周日 09:00–17:00，节假日除外）\n"
        "\n"
        "非营业时间（以上时间之外）\n"
        "└─ ▸ 非营业时间菜单（第 1 层：closed）\n"
        "   ├─ [1] 开户须知（咨询）\n"
        "   └─ [2] 投诉（投诉：识别身份，转综合业务）\n"
        "\n"
        "老年客户（任何时候按 9 转接；名单上 60 岁及以上来电直接转接）\n"
        "└─ [9] ☎ 老年人专线（人工：全天）\n"
        "\n"
        "公告 net_bank（系统维护，2098-11-30 00:00 至 2098-12-01 06:00，菜单之前、排队时（所有队列））\n"
        "\n"
        "随时可按：\n"
        "  # 重听　* 返回\n"
        "  0 人工服务 → 综合业务（周一至周五 08:30–18:00，周六、周日 09:00–17:00，节假日除外）\n"
        "  9 老年人专线 → 老年人专线\n"
    )


def words(picture: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_the_picture_has_every_option_with_its_key(flow: Flow) -> None:
    said = words(svg(flow))
    for menu in flow.menus.values():
        for option in menu.options:
            assert option.label in said
    assert {"1", "2", "3", "0", "9", "#", "＊", "重听", "返回", "图例", "第 2 层"} <= set(said)


def test_boxes_neither_overlap_nor_leave_the_picture(flow: Flow, tmp_path: Path) -> None:
    big.write(tmp_path / "big", 62)
    for each in (flow, require(tmp_path / "big")):
        root = ElementTree.fromstring(svg(each))
        boxes = [
            tuple(float(rect.get(name, "nan")) for name in ("x", "y", "width", "height"))
            for rect in root.iter(f"{SVG}rect")
            if rect.get("rx")
        ]
        assert len(set(boxes)) == len(boxes)
        assert all(x >= 0 and x + w <= float(root.get("width", 0)) for x, y, w, h in boxes)
        assert all(y >= 0 and y + h <= float(root.get("height", 0)) for x, y, w, h in boxes)
        boxes.sort()
        for before, after in pairwise(boxes):
            assert before[0] != after[0] or before[1] + before[3] <= after[1]


def test_what_operators_write_cannot_break_the_picture(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "bank: 示例银行", "bank: '<script>&\"]]>'")
    small.edit(tmp_path, "hotline.yaml", "author: 张三", "author: '</text><a href=\"x\">'")
    said = words(svg(require(tmp_path)))
    assert any('<script>&"]]>' in each for each in said)


def test_a_menu_reached_twice_is_spread_out_once_at_its_level(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "label: 投诉, leaf: complaint}", "label: 投诉, menu: closed}")
    rows = outline(require(tmp_path))
    assert [(row.kind, row.depth) for row in rows if row.detail == "closed"] == [
        (OutlineKind.AGAIN, 2),
        (OutlineKind.MENU, 1),
    ]


def test_an_elderly_menu_is_drawn(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "route: queue", "route: menu, menu: closed")
    small.edit(tmp_path, "hotline.yaml", "[closed_greeting], menu: closed", "[closed_greeting], menu: main")
    drawn = tree(require(tmp_path))
    assert "听短菜单" in drawn
    assert "▸ 老年人菜单（第 1 层：closed）" in drawn


def test_stems_join_brothers_and_end_at_the_last() -> None:
    rows = [OutlineRow(depth, OutlineKind.MENU, "", "", "", "") for depth in (0, 1, 2, 2, 3, 1, 2)]
    assert stems(rows) == ["", "├─ ", "│  ├─ ", "│  └─ ", "│     └─ ", "└─ ", "   └─ "]


def test_every_menu_of_a_large_flow_is_drawn_once(tmp_path: Path) -> None:
    big.write(tmp_path, 124)
    flow = require(tmp_path)
    drawn = [row.detail for row in outline(flow) if row.kind is OutlineKind.MENU]
    assert sorted(drawn) == sorted(flow.menus)


def test_what_is_announced_is_in_the_picture(tmp_path: Path) -> None:
    rows = outline(require(small.write(tmp_path)))
    assert [(row.title, row.detail) for row in rows if row.tag == "公告"] == [
        ("公告 net_bank", "系统维护，2098-11-30 00:00 至 2098-12-01 06:00，菜单之前、排队时（所有队列）")
    ]
