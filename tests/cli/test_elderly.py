"""`ivr elderly`, as an office uses it, and the short menu as callers on the list hear it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import Desk
from tests.flow import small
from tests.flow.test_elderly import SHORT_MENU

LIST = "flows/elderly-callers.yaml"
GOOD = "姓名,手机号,出生日期\r\n王奶奶,139 0000 0001,1949/5/6\r\n李爷爷,13800000006,1950-03-01\r\n"


def listed(desk: Desk) -> str:
    return (desk.folder / LIST).read_text(encoding="utf-8")


def test_a_table_goes_in_and_is_listed_masked(desk: Desk) -> None:
    (desk.folder / "名单.csv").write_bytes(GOOD.encode("gbk"))
    done = desk.ivr("elderly", "import", "名单.csv")
    assert done.exit_code == 0, done.stderr
    assert "新增 1 个，更新 0 个，删除 0 个，未变 1 个，已写入" in done.stdout
    assert done.stderr == "没有读的列：姓名\n"
    assert listed(desk) == small.CALLERS + '  - {number: "+8613900000001", born: 1949-05-06}\n'
    assert "没有问题" in desk.ivr("check").stdout
    shown = desk.ivr("elderly", "list")
    assert re.findall(r"^\**(\d*)　\d+ 岁　生效$", shown.stdout, re.MULTILINE) == ["0006", "0001"]
    assert not re.search(r"1[39]00000|19[45]\d", shown.stdout + shown.stderr)
    whole = json.loads(desk.ivr("elderly", "list", "--show", "--format", "json").stdout)
    assert [(row["number"], row["born"], row["elderly"]) for row in whole] == [
        ("+8613800000006", "1950-03-01", True),
        ("+8613900000001", "1949-05-06", True),
    ]
    assert "+8613900000001　1949-05-06 出生" in desk.ivr("elderly", "list", "--show").stdout


def test_one_bad_line_and_nothing_is_taken(desk: Desk) -> None:
    bad = GOOD + "赵奶奶,1380000000,1950-01-01\r\n钱爷爷,13900000002,明年\r\n"
    result = desk.ivr("elderly", "import", typed=bad.encode("utf-8-sig"))
    assert result.exit_code == 1 and result.stdout == "2 行有问题，名单没有改动\n"
    assert [line.split("：")[0] for line in result.stderr.splitlines()] == [
        "没有读的列",
        "错误　第 4 行",
        "错误　第 5 行",
    ]
    assert listed(desk) == small.CALLERS
    assert not re.search(r"\d{6}", result.stderr)


def test_trying_a_table_changes_nothing(desk: Desk) -> None:
    result = desk.ivr("elderly", "import", "--dry-run", typed=GOOD)
    assert result.exit_code == 0 and "新增 1 个" in result.stdout and "没有改动" in result.stdout
    assert listed(desk) == small.CALLERS


def test_the_table_may_correct_or_replace_the_list(desk: Desk) -> None:
    other = "number,born\n13800000006,1951-03-01\n"
    refused = desk.ivr("elderly", "import", typed=other)
    assert refused.exit_code == 1 and "第 2 行" in refused.stderr and "--update" in refused.stderr
    assert desk.ivr("elderly", "import", "--update", typed=other).exit_code == 0 and "1951-03-01" in listed(desk)
    alone = "number,born\n13900000001,1949-05-06\n"
    assert "删除 1 个" in desk.ivr("elderly", "import", "--replace", typed=alone).stdout
    assert "13800000006" not in listed(desk) and "13900000001" in listed(desk)


def test_a_number_goes_however_it_is_written(desk: Desk) -> None:
    assert "删除 1 个" in desk.ivr("elderly", "remove", "138 0000 0006").stdout
    assert listed(desk) == "callers: []\n"
    assert desk.ivr("elderly", "list").stdout == ""
    assert desk.refused("elderly", "remove", "13800000006").startswith("名单里没有 ")
    desk.ivr("elderly", "import", typed=GOOD)
    assert "删除 2 个" in desk.ivr("elderly", "remove", "-", typed="13800000006\n\n+8613900000001\n").stdout


def test_a_flow_with_errors_is_mended_first(desk: Desk) -> None:
    small.edit(desk.folder / "flows", "hotline.yaml", "menu: accounts", "menu: acounts")
    for words in (("import", "-"), ("list",), ("remove", "1")):
        result = desk.ivr("elderly", *words, typed=GOOD)
        assert result.exit_code == 1 and "F015" in result.stderr
    assert listed(desk) == small.CALLERS


def short_menu(desk: Desk) -> Path:
    """The small hotline with a short menu for elderly callers."""
    for edit in SHORT_MENU:
        small.edit(desk.folder / "flows", *edit)
    assert "没有问题" in desk.ivr("check").stdout
    return desk.folder / "script.txt"


def test_the_short_menu_is_walked_in_the_terminal(desk: Desk) -> None:
    script = short_menu(desk)
    for moment, greeting in (("2026-11-20 10:00", "greeting"), ("2026-11-20 23:00", "closed_greeting")):
        script.write_text(
            f"时间 {moment}\n主叫 13800000006\n应听到 {greeting}\n应听到 short_menu\n应在菜单 short\n"
            "按 1\n应排队 elderly\n",
            encoding="utf-8",
        )
        done = desk.ivr("try", "--script", str(script))
        assert done.exit_code == 0, done.output
    script.write_text("时间 2026-11-20 10:00\n主叫 13800000006\n按 9\n应排队 elderly\n", encoding="utf-8")
    assert desk.ivr("try", "--script", str(script)).exit_code == 0
    shown = desk.ivr("show").stdout
    assert "听短菜单" in shown and "short" in shown


def test_whom_the_bank_knows_as_elderly_is_walked_in_the_terminal(desk: Desk) -> None:
    script = desk.folder / "script.txt"
    script.write_text("时间 2026-11-20 10:00\n主叫 13911112222\n年龄 71\n应排队 elderly\n", encoding="utf-8")
    assert desk.ivr("try", "--script", str(script)).exit_code == 0
    at = ("try", "--at", "2026-11-20 10:00", "--caller", "13911112222")
    assert "entry=elderly_direct" in desk.ivr(*at, "--age", "60", typed="h\n").stdout
    assert "entry=menu" in desk.ivr(*at, "--age", "59", typed="h\n").stdout
    script.write_text("年龄 老\n应排队 elderly\n", encoding="utf-8")
    wrong = desk.ivr("try", "--script", str(script))
    assert wrong.exit_code == 1 and "年龄写成" in wrong.stdout
