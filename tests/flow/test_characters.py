"""A character that only looks right is named where it stands, and nothing else is told because of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import load
from ivr.flow.reading import characters
from tests.flow import small

SHIPPED = Path(__file__).parents[2] / "flows"
HOTLINE, HOURS, AGENTS, PROMPTS = "hotline.yaml", "hours.yaml", "agents.yaml", "prompts.yaml"
CALLERS, KNOWLEDGE = "elderly-callers.yaml", "knowledge.yaml"

#: File, what stood there, what stands there now, the character that is to be named.
SLIPS = [
    (HOTLINE, "bank: 示例银行", "bank：示例银行", "："),
    (HOTLINE, "bank: 示例银行", "bank： 示例银行", "："),
    (HOTLINE, "bank: 示例银行", "bank:\u3000示例银行", "\u3000"),
    (HOTLINE, "bank: 示例银行", "bank:\u00a0示例银行", "\u00a0"),
    (HOTLINE, "bank: 示例银行", "ba\u200bnk: 示例银行", "\u200b"),
    (HOTLINE, "bank: 示例银行", "bank\ufeff: 示例银行", "\ufeff"),
    (HOTLINE, "bank: 示例银行", "bank: \u202e示例银行", "\u202e"),
    (HOTLINE, "  main:\n", "\u3000\u3000main:\n", "\u3000"),
    (HOTLINE, "  main:\n", "\u00a0\u00a0main:\n", "\u00a0"),
    (HOTLINE, "  main:\n    prompt: main_menu", "  main:\n  \u00a0 prompt: main_menu", "\u00a0"),
    (HOTLINE, "prompt: main_menu", "pro\u200bmpt: main_menu", "\u200b"),
    (HOTLINE, "prompt: main_menu", "prompt: main_menu\u3000", "\u3000"),
    (HOTLINE, "    listen: true", "    listen：true", "："),
    (HOTLINE, '{key: "1", label: 账户服务', '{key: “1”, label: 账户服务', "“"),
    (HOTLINE, '{key: "1", label: 账户服务', '{key: ＂1＂, label: 账户服务', "＂"),
    (HOTLINE, '{key: "1", label: 账户服务', "{key: ‘1’, label: 账户服务", "‘"),
    (HOTLINE, '{key: "1", label: 账户服务', '{key: "１", label: 账户服务', "１"),
    (HOTLINE, '{key: "1", label: 账户服务', '{key： "1", label: 账户服务', "："),
    (HOTLINE, '{key: "1", label: 账户服务, menu', '{key: "1"，label: 账户服务, menu', "，"),
    (HOTLINE, '- {key: "1", label: 账户服务, menu: accounts}', '- ｛key: "1", label: 账户服务, menu: accounts｝', "｛"),
    (HOTLINE, '- {key: "1", label: 账户服务', '－ {key: "1", label: 账户服务', "－"),
    (HOTLINE, "languages: [zh]", "languages: ［zh］", "［"),
    (HOTLINE, "languages: [zh]", "languages: 【zh】", "【"),
    (HOTLINE, 'repeat: "#"', 'repeat: "＃"', "＃"),
    (HOTLINE, "no_input: 5s", "no_input: ５s", "５"),
    (HOTLINE, "age: 60", "age: ６０", "６"),
    (HOTLINE, "menu: accounts}", "menu:\taccounts\t}", ""),
    (HOURS, '"08:30-18:00"', '"08：30-18:00"', "："),
    (HOURS, '"08:30-18:00"', '"08:30—18:00"', "—"),
    (HOURS, '"08:30-18:00"', '"08:30～18:00"', "～"),
    (HOURS, '"08:30-18:00"', '"08:30－18:00"', "－"),
    (HOURS, "mon-fri: [", "mon－fri: [", "－"),
    (HOURS, "timezone: Asia/Shanghai", "timezone: Asia／Shanghai", "／"),
    (AGENTS, "{general: 0, elderly: 1}", "{general: 0，elderly: 1}", "，"),
    (AGENTS, "{general: 0, elderly: 1}", "{general： 0, elderly: 1}", "："),
    (CALLERS, '"+8613800000006"', '"＋8613800000006"', "＋"),
    (PROMPTS, "  opening_info: 开户请带身份证。", "  opening_info：开户请带身份证。", "："),
    (PROMPTS, "  opening_info: 开户请带身份证。", "  opening_info: 开户: 请带身份证。", ":"),
    (PROMPTS, "  opening_info: 开户请带身份证。", "  opening_info: {kind: info, text: 开户: 请带身份证。}", ":"),
    (PROMPTS, "  opening_info: 开户请带身份证。", "  opening_info: {kind: info, text: 开户请带 # 身份证。}", "#"),
    (PROMPTS, "  opening_info: 开户请带身份证。", "  opening_info: 开户请带身份证，再听请按 #。", "#"),
    (PROMPTS, "  opening_info: 开户请带身份证。", "  opening_info: 开户\u200d请带身份证。", "\u200d"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "character"), SLIPS, ids=lambda value: ascii(value)[1:40])
def test_the_character_is_named_at_its_place_and_nothing_follows(
    file: str, old: str, new: str, character: str, tmp_path: Path
) -> None:
    small.edit(small.write(tmp_path), file, old, new)
    findings = load(tmp_path).findings
    if not character:  # YAML takes it
        assert findings == ()
        return
    lines = (tmp_path / file).read_text(encoding="utf-8").split("\n")
    written = next(part for part in new.split("\n") if character in part)
    line = next(number for number, text in enumerate(lines, 1) if written in text)
    place = lines[line - 1].rindex(character) if character in ":#" else lines[line - 1].index(character)
    assert {finding.code for finding in findings} == {"F120"}, [str(one) for one in findings]
    assert {Path(finding.file).name for finding in findings} == {file}
    assert (findings[0].line, findings[0].column) == (line, place + 1)
    assert character in findings[0].text or f"U+{ord(character):04X}" in findings[0].text


@pytest.mark.parametrize(
    ("new", "character"),
    [("请按１", "１"), ("请按“1”", "“"), ("请按「1」键", "「"), ('请按"1"', '"'), ("请按（1）", "（")],
)
def test_a_key_written_with_other_characters_is_understood_and_warned_about(
    new: str, character: str, tmp_path: Path
) -> None:
    small.edit(small.write(tmp_path), PROMPTS, "开户须知请按1，余额", f"开户须知{new}，余额")
    loaded = load(tmp_path)
    (found,) = loaded.findings
    line = (tmp_path / PROMPTS).read_text(encoding="utf-8").split("\n")[found.line - 1]
    assert (found.code, line[found.column - 1]) == ("F121", character)
    assert character in found.text and loaded.flow is not None


@pytest.mark.parametrize(
    "text",
    [
        "您好：欢迎，“示例银行”【公告】（甲）", "营业时间：8点—18点", "甲、乙　丙", "请按1，或说“人工”", "第1题：甲",
        "ＡＰＰ：下载",
        '"甲: 乙 #丙"', "'甲: 乙'", "甲#乙", "甲:乙", "|\n    甲：乙\n    APP：丙", "甲 # 说明",
    ],
)  # fmt: skip
def test_what_a_text_may_hold_is_no_slip(text: str, tmp_path: Path) -> None:
    small.edit(small.write(tmp_path), PROMPTS, "  opening_info: 开户请带身份证。", f"  opening_info: {text}")
    assert load(tmp_path).findings == ()


def test_comments_may_hold_anything(tmp_path: Path) -> None:
    small.edit(small.write(tmp_path), HOTLINE, "bank: 示例银行\n", "# 说明：\u3000“甲”\u200b\nbank: 示例银行\n")
    assert load(tmp_path).findings == ()


def test_another_mistake_in_the_same_file_is_told_too(tmp_path: Path) -> None:
    folder = small.write(tmp_path)
    small.edit(folder, HOTLINE, "bank: 示例银行", "bank：示例银行")
    small.edit(folder, HOTLINE, "no_input: 5s", "no_input: 5 秒")
    assert [(one.code, one.line) for one in load(folder).findings] == [("F120", 1), ("F013", 7)]


def test_the_shipped_files_have_no_slips() -> None:
    for path in SHIPPED.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        assert [one for one in characters.candidates(text) if one.sure] == []


@pytest.mark.parametrize("file", sorted(path.name for path in SHIPPED.glob("*.yaml")))
def test_a_file_that_cannot_be_read_is_the_only_finding(file: str, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    (tmp_path / file).write_text((tmp_path / file).read_text(encoding="utf-8") + "\nx: [\n", encoding="utf-8")
    findings = load(tmp_path).findings
    assert [(Path(one.file).name, one.code) for one in findings] == [(file, "F004")]


@given(st.text() | st.text(" \t\n:：，,“”\"'[]{}#＃-－\u3000\u00a0\u200b１1ab", max_size=60))
def test_mending_keeps_every_line_and_leaves_no_slip_that_is_sure(text: str) -> None:
    odd = characters.candidates(text)
    mended = characters.mended(text, odd)
    assert [one.at for one in odd] == sorted({one.at for one in odd})
    assert len(mended.split("\n")) == len(text.split("\n"))
    for one in odd:
        assert text[one.at] == (text.splitlines(keepends=True)[one.line - 1])[one.column - 1]
    assert not [one for one in characters.candidates(mended) if one.meant == ""]
