"""What a text tells the caller: keys, their words, its length, its placeholders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import load
from ivr.flow.prompts import prompt_text
from tests.flow import small


def named(text: str, language: str = "zh") -> str:
    return "".join(each.key for each in prompt_text.keys(text, language))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("账户请按1，信用卡请按 2。", "12"),
        ("请按一，请按零，请按九键", "109"),
        ("重听请按井号键，返回请按星号键", "#*"),
        ("重听请按#号键，返回请按*键", "#*"),
        ("重听请按井，返回请按星", "#*"),
        ("请按下3键", "3"),
        ("请按一下电话上的按键", ""),
        ("请按照提示操作，按10次", ""),
        ("请拨0", "0"),
        ("", ""),
    ],
)
def test_keys_in_chinese(text: str, keys: str) -> None:
    assert named(text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("For cards press 1, for loans press two.", "12"),
        ("Press the pound key, or press star.", "#*"),
        ("Press 10 times, express 1", ""),
        ("press # or PRESS 0", "#0"),
    ],
)
def test_keys_in_english(text: str, keys: str) -> None:
    assert named(text, "en-GB") == keys


OPTIONS = {"1": ("账户",), "2": ("信用卡",), "3": ("信用卡还款",)}


@pytest.mark.parametrize(
    ("text", "silent", "dead", "wrong", "after"),
    [
        ("账户请按1，信用卡请按2，信用卡还款请按3。", "", "", "", ""),
        ("您好，请选择：账户，请按1；信用卡，请按2；信用卡还款，请按3，也可以挂机。", "", "", "", ""),
        ("账户请按1，信用卡请按2。", "3", "", "", ""),
        ("账户请按1，信用卡请按2，信用卡还款请按3，贷款请按4。", "", "4", "", ""),
        ("账户请按2，信用卡请按1，信用卡还款请按3。", "", "", "12", ""),
        ("按1账户，按2信用卡，按3信用卡还款。", "", "", "", "123"),
        ("请按1，账户；请按2，信用卡；请按3，信用卡还款。", "", "", "", "123"),
        ("账户请按1，信用卡请按2，请按3信用卡还款。", "", "", "", "3"),
    ],
)
def test_options_as_announced(text: str, silent: str, dead: str, wrong: str, after: str) -> None:
    found = prompt_text.announced(text, "zh", OPTIONS)
    assert ("".join(found.silent), "".join(found.dead)) == (silent, dead)
    assert ("".join(sorted(found.wrong)), "".join(found.after)) == (wrong, after)


def test_keys_that_work_need_not_be_announced_but_may() -> None:
    found = prompt_text.announced("账户请按1，人工请按0", "zh", {"1": ("账户",)}, ["0", "9"])
    assert found == prompt_text.Announced((), (), (), ())


def test_length_is_counted_in_spoken_characters() -> None:
    assert prompt_text.seconds("一" * 84) == pytest.approx(20.0)
    assert prompt_text.seconds("，。！ 、「」") == 0
    assert prompt_text.seconds("按#键") == pytest.approx(4 / 4.2)
    assert prompt_text.seconds("{ahead:count}位") == pytest.approx(3 / 4.2)


def test_placeholders() -> None:
    assert prompt_text.placeholders("前面{ahead:count}位，等{minutes:count}分") == [
        ("ahead", "count"),
        ("minutes", "count"),
    ]
    for wrong in ("{", "}", "{a:count", "{a}", "{a:b}", "{:count}", "{A:count}", "{{a:count}}", "{}"):
        with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
            prompt_text.placeholders(wrong)


def test_hours_are_filled_in() -> None:
    assert prompt_text.hours_named("甲{hours:a}乙{hours:b-2}") == ["a", "b-2"]
    assert prompt_text.fill_hours("甲{hours:a}乙{n:count}", str.upper) == "甲A乙{n:count}"


@given(st.text(alphabet="按请拨下123零一二十#*井星号键，{}:hours count账户", max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    found = prompt_text.announced(text, "zh", OPTIONS, ["0"])
    assert set(found.silent) | {each.key for each in prompt_text.keys(text, "zh")} >= set(OPTIONS)
    assert prompt_text.seconds(text) >= 0


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("  opening_info: 请记住1234，不是尾号1234。", 0, 20),
        ('  opening_info: "请记住1234。"', 0, 21),
        ("  opening_info: 请准备2份证件，请记住2024。", 0, 28),
        ("  opening_info: 请\n    记住1234。", 1, 7),
        ("  opening_info: |\n    请记住\n    1234。", 2, 5),
        ("  opening_info: {kind: info, text: {zh: 请记住1234。}}", 0, 44),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_named_at_its_place(
    tmp_path: Path, written: str, line: int, column: int
) -> None:
    folder = small.write(tmp_path)
    small.edit(folder, "prompts.yaml", "  opening_info: 开户请带身份证。", written)
    first = (folder / "prompts.yaml").read_text(encoding="utf-8").split("  opening_info:")[0].count("\n") + 1
    (found,) = [one for one in load(folder).findings if one.code == "F072"]
    assert (found.line, found.column) == (first + line, column)
    assert "二零二四" in found.text or "幺二三四" in found.text
