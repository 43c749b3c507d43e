"""What a text tells the caller: keys, their words, its length, its placeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import spoken


def named(text: str, language: str = "zh") -> str:
    return "".join(each.key for each in spoken.keys(text, language))


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
    found = spoken.announced(text, "zh", OPTIONS)
    assert ("".join(found.silent), "".join(found.dead)) == (silent, dead)
    assert ("".join(sorted(found.wrong)), "".join(found.after)) == (wrong, after)


def test_keys_that_work_need_not_be_announced_but_may() -> None:
    found = spoken.announced("账户请按1，人工请按0", "zh", {"1": ("账户",)}, ["0", "9"])
    assert found == spoken.Announced((), (), (), ())


def test_length_is_counted_in_spoken_characters() -> None:
    assert spoken.seconds("一" * 84) == pytest.approx(20.0)
    assert spoken.seconds("，。！ 、「」") == 0
    assert spoken.seconds("按#键") == pytest.approx(4 / 4.2)
    assert spoken.seconds("{ahead:count}位") == pytest.approx(3 / 4.2)


def test_placeholders() -> None:
    assert spoken.placeholders("前面{ahead:count}位，等{minutes:count}分") == [("ahead", "count"), ("minutes", "count")]
    for wrong in ("{", "}", "{a:count", "{a}", "{a:b}", "{:count}", "{A:count}", "{{a:count}}", "{}"):
        with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
            spoken.placeholders(wrong)


def test_hours_are_filled_in() -> None:
    assert spoken.hours_named("甲{hours:a}乙{hours:b-2}") == ["a", "b-2"]
    assert spoken.fill_hours("甲{hours:a}乙{n:count}", str.upper) == "甲A乙{n:count}"


@given(st.text(alphabet="按请拨下123零一二十#*井星号键，{}:hours count账户", max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    found = spoken.announced(text, "zh", OPTIONS, ["0"])
    assert set(found.silent) | {each.key for each in spoken.keys(text, "zh")} >= set(OPTIONS)
    assert spoken.seconds(text) >= 0
