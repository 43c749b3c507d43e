"""Questions put into the operator's file: what was there stays to the letter, comments, order, quotes and all."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import FlowError
from ivr.flow.edit import add_questions, set_words

TOP = Path(__file__).parents[2]
SHIPPED = (TOP / "flows" / "knowledge.yaml").read_text(encoding="utf-8")

BASE = """\
# 知识库
least_questions: 1   # 至少几句
intents:
  a:   # 甲
    question: 怎么查余额
    questions: [查余额, "查, 钱",
       还剩多少]   # 三句
    leaf: x
  b:
    question: 挂失
    questions:
      - 卡丢了   # 常见
      - "卡没了"

      # 下一条
    leaf: y
  c:
    question: 利率
    leaf: z
  d: {question: 限额, leaf: w}
  e: {question: 开户, questions: [], leaf: v}
"""


def added(before: str, after: str) -> list[str]:
    """Lines that are new or changed."""
    return [line[2:] for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] == "+"]


@pytest.mark.parametrize(
    ("intent", "new", "lines"),
    [
        ("a", ["余额多少"], ["       还剩多少, 余额多少]   # 三句"]),
        ("b", ["卡掉了", "找不到卡"], ["      - 卡掉了", "      - 找不到卡"]),
        ("c", ["利息多少"], ["    questions: [利息多少]"]),
        ("d", ["最多转多少"], ["  d: {question: 限额, leaf: w, questions: [最多转多少]}"]),
        ("e", ["办卡", "开个户"], ["  e: {question: 开户, questions: [办卡, 开个户], leaf: v}"]),
        ("a", ["yes", "[x]: #", '"', "12"], ['       还剩多少, "yes", "[x]: #", "\\"", "12"]   # 三句']),
        ("a", [], []),
    ],
)
def test_questions_go_to_the_end_of_their_list(intent: str, new: list[str], lines: list[str]) -> None:
    after = add_questions(BASE, {intent: new})
    assert added(BASE, after) == lines
    was, now = yaml.safe_load(BASE), yaml.safe_load(after)
    was["intents"][intent]["questions"] = [*was["intents"][intent].get("questions", []), *new]
    assert now == was if new else after == BASE


def test_a_block_list_keeps_its_comments_in_their_places() -> None:
    text = add_questions(BASE, {"b": ["卡掉了"]})
    assert '      - 卡丢了   # 常见\n      - "卡没了"\n      - 卡掉了\n\n      # 下一条\n' in text


def test_long_lists_are_wrapped_as_they_stand() -> None:
    new = [f"这是第{number}个比较长的扩展问法" for number in "一二三四五六七八九"]
    lines = added(BASE, add_questions(BASE, {"a": new}))
    assert len(lines) > 1 and max(map(len, lines)) <= 104 and all(line.startswith("       ") for line in lines)


def test_an_entry_that_is_one_line_stays_one() -> None:
    text = "intents:\n  a: {question: " + "问" * 90 + ", questions: [一], leaf: x}\n"
    assert added(text, add_questions(text, {"a": ["二", "三"]})) == [
        text.splitlines()[1].replace("[一]", "[一, 二, 三]")
    ]


def test_lines_end_as_they_did() -> None:
    text = BASE.replace("\n", "\r\n")
    after = add_questions(text, {"a": ["问" * 90], "b": ["卡掉了"], "c": ["利息多少"]})
    assert after.count("\n") == after.count("\r\n") == text.count("\n") + 3


WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff"), min_size=1, max_size=9
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abcde"), st.lists(WORDS, min_size=1, max_size=4)))
def test_any_words_can_be_added_and_everything_else_stays(new: dict[str, list[str]]) -> None:
    try:
        after = add_questions(BASE, new)
    except FlowError:  # what YAML cannot write stays out; the file is not touched
        assert any(not char.isprintable() for words in new.values() for word in words for char in word)
        return
    now = yaml.safe_load(after)["intents"]
    for intent, was in yaml.safe_load(BASE)["intents"].items():
        assert now[intent] == was | ({"questions": [*was.get("questions", []), *new[intent]]} if intent in new else {})
    for comment in ("# 知识库", "# 至少几句", "# 甲", "# 三句", "# 常见", "# 下一条"):
        assert comment in after


def test_the_shipped_file_can_be_added_to() -> None:
    ids = list(yaml.safe_load(SHIPPED)["intents"])
    after = add_questions(SHIPPED, {each: ["这是新加的一句话", "又是一句"] for each in ids})
    assert after.count("这是新加的一句话") == len(ids)
    assert [line for line in after.splitlines() if "#" in line] == [
        line for line in SHIPPED.splitlines() if "#" in line
    ]


@pytest.mark.parametrize(
    "text", ["", "intents: [a]", "intents: {a: 3}", "intents: {a: {questions: 3}}", "a: [", "x: &y 1\nz: *y\n"]
)
def test_what_cannot_be_added_to_is_refused(text: str) -> None:
    with pytest.raises(FlowError):
        add_questions(text, {"a": ["x"]})


def test_the_author_and_the_reason_are_set_in_place() -> None:
    text = "# 菜单\nbank: 示例银行\nauthor: 旧人        # 谁改的\nreason: '旧 因'\nmenus: {}\n"
    after = set_words(text, {"author": "训练师 李四", "reason": "标注训练"})
    assert after == '# 菜单\nbank: 示例银行\nauthor: "训练师 李四"        # 谁改的\nreason: 标注训练\nmenus: {}\n'
    assert set_words("bank: 甲\n", {"reason": "补"}) == "reason: 补\nbank: 甲\n"
