"""`ivr check`, `show`, `try` and `schema`, as operators type them."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest

from ivr.flow.reading.schema import rendered
from tests.cli.conftest import TOP, Desk
from tests.flow.broken import HOTLINE
from tests.flow.small import edit

# ---- check


def test_a_sound_hotline_is_said_to_be_so(desk: Desk) -> None:
    result = desk.ivr("check")
    assert (result.exit_code, len(result.stderr.splitlines())) == (0, 1)
    assert "在发布时按发布时间和审计记录核对" in result.stderr  # it holds a maintenance notice
    assert result.stdout == f"{desk.folder / 'flows'}：没有问题\n"


def test_the_shipped_hotline_has_not_one_warning(desk: Desk) -> None:
    done = desk.ivr("check", str(TOP / "flows"))
    assert done.exit_code == 0 and "没有问题" in done.stdout


def test_a_finding_is_one_line_that_editors_can_jump_to(desk: Desk) -> None:
    edit(desk.folder / "flows", HOTLINE, "leaf: opening", "leef: opening")
    result = desk.ivr("check")
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    match = re.fullmatch(r"(.*hotline\.yaml):(\d+):(\d+): error (F\d+) (.*)", line)
    assert match is not None and "leaf" in match[5]
    text = Path(match[1]).read_text(encoding="utf-8").splitlines()[int(match[2]) - 1]
    assert text[int(match[3]) - 1 :].startswith("leef")
    assert result.stderr == f"{desk.folder / 'flows'}：1 个错误，0 个提醒\n"


def test_several_mistakes_are_told_in_one_run_in_the_order_of_the_files(desk: Desk) -> None:
    flows = desk.folder / "flows"
    edit(flows, HOTLINE, "leaf: opening", "leef: opening")
    edit(flows, HOTLINE, "menu: accounts", "menu: acounts")
    edit(flows, "prompts.yaml", "再见", "回见")
    edit(flows, "hours.yaml", "Asia/Shanghai", "Asia/Shanghia")
    done = desk.ivr("check")
    lines = done.stdout.splitlines()
    assert done.exit_code == 1 and len(lines) >= 4
    assert {Path(line.split(":")[0]).name for line in lines} >= {HOTLINE, "prompts.yaml", "hours.yaml"}
    assert f"{len([line for line in lines if ': error ' in line])} 个错误" in done.stderr


def test_a_warning_alone_is_no_failure(desk: Desk) -> None:
    edit(desk.folder / "flows", "prompts.yaml", "账户服务请按1", "请按1选择账户服务")
    result = desk.ivr("check")
    assert result.exit_code == 0 and ": warning " in result.stdout and "0 个错误，1 个提醒" in result.stderr


def test_findings_for_machines(desk: Desk) -> None:
    edit(desk.folder / "flows", HOTLINE, "leaf: opening", "leef: opening")
    result = desk.ivr("check", "--format", "json")
    (finding,) = json.loads(result.stdout)
    assert result.exit_code == 1 and result.stderr == ""
    assert finding.keys() == {"file", "line", "column", "severity", "code", "text", "clause"}
    assert (finding["severity"], finding["line"] > 0, finding["column"] > 0) == ("error", True, True)
    edit(desk.folder / "flows", HOTLINE, "leef: opening", "leaf: opening")
    assert json.loads(desk.ivr("check", "--format", "json").stdout) == []


def test_another_folder_or_one_of_its_files(desk: Desk) -> None:
    (desk.folder / "flows").rename(desk.folder / "draft")
    assert desk.ivr("check", "draft").exit_code == 0
    assert desk.ivr("check", "draft/hotline.yaml").exit_code == 0
    assert desk.ivr("check").exit_code == 1  # flows/ is gone
    assert desk.ivr("check", IVR_FLOWS="draft").exit_code == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"menus: [",
        b"- a\n- b\n",
        "menus: {主: *无}".encode(),
        b"a: " + b"[" * 3000,
        b"!!python/object:os.system {}",
    ],
    ids=["empty", "binary", "cut", "list", "alias", "deep", "tag"],
)
def test_a_file_that_is_no_flow_is_told_with_its_place(desk: Desk, content: bytes) -> None:
    (desk.folder / "flows" / HOTLINE).write_bytes(content)
    result = desk.ivr("check")
    assert result.exit_code == 1
    assert all(re.match(r"\S+:\d+:\d+: (error|warning) F\d+ ", line) for line in result.stdout.splitlines())
    for words in (["show"], ["try"], ["prompts", "build"], ["asterisk", "render"], ["asterisk", "how-to-dial"]):
        refused = desk.ivr(*words)
        assert refused.exit_code == 1 and refused.stderr.startswith("错误：") and HOTLINE in refused.stderr


def test_a_folder_without_a_file(desk: Desk) -> None:
    (desk.folder / "flows" / "prompts.yaml").unlink()
    result = desk.ivr("check")
    assert result.exit_code == 1 and "prompts.yaml" in result.stdout


def test_how_long_callers_listen_is_told(desk: Desk) -> None:
    told = desk.ivr("check", "--times")
    assert told.exit_code == 0 and "main→1账户服务→1开户须知" in told.stdout and told.stdout.endswith("没有问题\n")
    plain = json.loads(desk.ivr("check", "--times", "--format", "json").stdout)
    assert plain["findings"] == []
    seconds = [row["seconds"] for row in plain["leaves"]]
    assert seconds == sorted(seconds, reverse=True) and 0 < seconds[-1] <= seconds[0] <= 30
    assert {row["leaf"] for row in plain["leaves"]} == {"opening", "balance", "complaint"}
    assert [row["entry"] for row in plain["elderly_key"]] == ["main", "closed"]
    assert all(0 < row["seconds"] <= 5 and row["recorded"] is False for row in plain["elderly_key"])


def test_the_table_of_codes_is_the_one_in_the_docs(desk: Desk) -> None:
    result = desk.ivr("check", "--codes")
    assert result.exit_code == 0
    assert result.stdout == (TOP / "docs" / "check-codes.md").read_text(encoding="utf-8")
    codes = re.findall(r"(?m)^\| `?(F\d+)", result.stdout)
    assert len(codes) == len(set(codes)) > 20


# ---- show


def test_the_tree_in_the_terminal(desk: Desk) -> None:
    text = desk.ivr("show").stdout
    for words in ("示例银行", "账户服务", "[1]", "投诉", "首次发布", "张三"):
        assert words in text


def test_the_picture(desk: Desk) -> None:
    result = desk.ivr("show", "--svg", "menu.svg")
    assert result.exit_code == 0 and result.stdout == "已写入 menu.svg\n"
    root = ET.parse(desk.folder / "menu.svg").getroot()
    assert root.tag.endswith("svg") and "账户服务" in "".join(root.itertext())


def test_the_shipped_picture_and_schemas_are_up_to_date(desk: Desk) -> None:
    desk.ivr("show", str(TOP / "flows"), "--svg", "menu.svg")
    drawn, kept = ((folder / "menu.svg").read_text(encoding="utf-8") for folder in (desk.folder, TOP / "docs"))
    revision = re.compile("版本 [0-9a-f]{12}")  # changes with every comma of the YAML
    assert revision.sub("", drawn) == revision.sub("", kept), "run `make docs`"
    shipped = {path.name: path.read_text(encoding="utf-8") for path in (TOP / "flows" / "schema").iterdir()}
    assert shipped == rendered(), "run `make docs`"


# ---- try


def test_try_takes_chinese_as_speech_and_says_what_was_understood(desk: Desk) -> None:
    result = desk.ivr("try", "--at", "2026-11-20 10:00", typed="我想开个户\n人工\nh\n")
    assert result.exit_code == 0
    assert "听到　我想开个户　意图：开户须知‹opening› 1.00　→ 去业务 opening" in result.stdout
    assert "开户请带身份证" in result.stdout and "→ 转人工" in result.stdout


def test_try_without_speech_takes_keys_alone(desk: Desk) -> None:
    result = desk.ivr("try", "--no-speech", "--at", "2026-11-20 10:00", typed="我想开个户\n1\nh\n")
    assert "这里没有在听，只收按键" in result.stdout and "请说，或按键" not in result.stdout
    assert "进入菜单 MenuEntered menu_id=accounts" in result.stdout


def test_a_walk_by_hand(desk: Desk) -> None:
    result = desk.ivr("try", "--at", "2026-11-20 10:00", typed="1\n\n?\n1\nh\n")
    assert result.exit_code == 0
    for words in (
        "您好，欢迎致电示例银行，老年人请按9。",
        "账户服务请按1",
        "开户须知请按1",
        "开户请带身份证。",
        "客户已挂机",
    ):
        assert words in result.stdout


def test_a_key_that_is_none_is_told_and_the_walk_goes_on(desk: Desk) -> None:
    result = desk.ivr("try", "--at", "2026-11-20 10:00", typed="abc\n1\n")
    assert "不是电话上的按键" in result.stdout and "开户须知请按1" in result.stdout


def test_the_end_of_the_input_hangs_up(desk: Desk) -> None:
    done = desk.process("try", typed=b"1\n")
    assert done.returncode == 0 and "客户已挂机" in done.stdout.decode()


def test_the_moment_decides_what_is_open(desk: Desk) -> None:
    opened = desk.ivr("try", "--at", "2026-11-20 10:00", typed="").stdout
    shut = desk.ivr("try", "--at", "2026-11-20 03:00", typed="").stdout
    holiday = desk.ivr("try", "--at", "2026-10-01 10:00", typed="").stdout
    assert "位置：main" in opened and "位置：closed" in shut and "位置：closed" in holiday


@pytest.mark.parametrize("number", ["+8613800000006", "13800000006", "008613800000006"])
def test_a_listed_elderly_caller_goes_straight_to_a_person(desk: Desk, number: str) -> None:
    result = desk.ivr("try", "--at", "2026-11-20 10:00", "--caller", number, typed="h\n")
    assert "elderly" in result.stdout and "排队" in result.stdout


def test_a_script_that_is_met_and_one_that_is_not(desk: Desk) -> None:
    (desk.folder / "good.txt").write_text(
        "时间 2026-11-20 10:00\n按 1\n应在菜单 accounts\n按 0\n应排队 general\n", encoding="utf-8"
    )
    good = desk.ivr("try", "--script", "good.txt")
    assert good.exit_code == 0 and "结果：与脚本一致" in good.stdout
    (desk.folder / "bad.txt").write_text("at 2026-11-20 10:00\npress 1\nexpect-menu main\ndance\n", encoding="utf-8")
    bad = desk.ivr("try", "--script", "bad.txt")
    assert bad.exit_code == 1 and "处与脚本不符" in bad.stdout


def test_the_scripts_words_are_explained(desk: Desk) -> None:
    assert "应在菜单" in desk.ivr("try", "--script-help").stdout


# ---- schema


def test_schemas_are_written_beside_the_files_and_hold_for_them(desk: Desk) -> None:
    result = desk.ivr("schema", "--write")
    assert result.exit_code == 0 and result.stdout.startswith(f"已写入 {desk.folder / 'flows' / 'schema'}：")
    for file in (desk.folder / "flows").glob("*.yaml"):
        written = file.parent / "schema" / f"{file.stem}.schema.json"
        jsonschema.Draft202012Validator.check_schema(json.loads(written.read_text(encoding="utf-8")))
    before = {path: path.read_bytes() for path in (desk.folder / "flows" / "schema").iterdir()}
    assert before.keys() == {desk.folder / "flows" / "schema" / name for name in rendered()}
    desk.ivr("schema", "--write")
    assert {path: path.read_bytes() for path in (desk.folder / "flows" / "schema").iterdir()} == before


def test_schemas_on_standard_output_are_json_each(desk: Desk) -> None:
    text, decoder, count = desk.ivr("schema").stdout, json.JSONDecoder(), 0
    while text.strip():
        _, end = decoder.raw_decode(text.lstrip())
        text, count = text.lstrip()[end:], count + 1
    assert count == len(rendered())
