"""flows/knowledge.yaml: what callers want, read and checked (CBA 十八)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from ivr.flow import load, require
from ivr.flow.checks.knowledge import COLLIDING, _Known
from ivr.flow.model import Intent, Target, TargetKind
from tests.flow import small

FILE = "knowledge.yaml"


def found(folder: Path, today: date | None = None) -> list[str]:
    return [str(finding).removeprefix(f"{folder}/") for finding in load(folder, today).findings]


def test_everything_written_is_in_the_flow(tmp_path: Path) -> None:
    knowledge = require(small.write(tmp_path)).knowledge
    assert list(knowledge) == ["opening", "accounts", "agent", "papers"]
    assert knowledge["opening"] == Intent(
        id="opening",
        label="开户须知",  # the leaf's
        question="开户要带什么",
        questions=("我想开个户", "办卡带啥证件", "新开一个账户"),
        target=Target(TargetKind.LEAF, "opening"),
        answer=(),
        source="账户管理办法",
        owner="运营部",
        valid_from=date(2026, 1, 1),
        valid_to=date(2099, 12, 31),
    )
    assert (knowledge["accounts"].target, knowledge["accounts"].label) == (
        Target(TargetKind.MENU, "accounts"),
        "账户业务",
    )
    assert (knowledge["agent"].target, knowledge["agent"].label) == (Target(TargetKind.HANDOFF, "general"), "人工")
    assert (knowledge["papers"].target, knowledge["papers"].answer) == (None, ("opening_info",))
    assert (knowledge["papers"].valid_from, knowledge["papers"].valid_to) == (None, None)


def test_the_label_of_a_queue_is_the_usual_one(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "label: 人工, ", "")
    assert require(tmp_path).knowledge["agent"].label == "综合业务"


def test_the_file_need_not_be_there(tmp_path: Path) -> None:
    small.speech_unavailable(tmp_path)
    (tmp_path / FILE).unlink()
    assert found(tmp_path) == []
    flow = require(tmp_path)
    assert flow.knowledge == {}
    assert FILE not in flow.revision.files


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    small.write(tmp_path)
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).symlink_to(tmp_path / "gone.yaml")
    assert found(tmp_path) == [f"{FILE}:1:1: error F001 缺少文件 {FILE}"]


def test_an_edit_of_the_knowledge_is_another_revision(tmp_path: Path) -> None:
    before = require(small.write(tmp_path)).revision
    small.edit(tmp_path, FILE, "我想开个户", "我要开个户")
    assert require(tmp_path).revision.id != before.id


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "leaf: opening",
            "leaf: openning",
            "3:37: error F015 没有名叫「openning」的业务，是不是「opening」？ (HB 7.1.2)",
        ),
        (
            "menu: accounts",
            "menu: acounts",
            "4:36: error F015 没有名叫「acounts」的菜单，是不是「accounts」？ (HB 7.1.2)",
        ),
        (
            "handoff: general",
            "handoff: generel",
            "5:48: error F016 agents.yaml 里没有名叫「generel」的队列，是不是「general」？ (CBA 十九)",
        ),
        (
            "[opening_info]",
            "[opening_inf]",
            "6:40: error F018 prompts.yaml 里没有名叫「opening_inf」的提示语，是不是「opening_info」？ (HB 7.1.2)",
        ),
        (
            "开户要带什么",
            "开户不归我管",
            "3:23: error F064 知识「opening」的标准问里有不文明用语「不归我管」（见 banned-words.yaml） (CBA 十一)",
        ),
        (
            "label: 人工",
            "label: 不知道",
            "5:35: error F064 知识「agent」的名称里有不文明用语「不知道」（见 banned-words.yaml） (CBA 十一)",
        ),
        ("[护照行吗", "[“？”, 护照行吗", "6:67: error F013 「questions」的值「“？”」不对：里面没有文字"),
        (
            ", answer: [opening_info]",
            "",
            "6:3: error F106 知识「papers」要在 leaf、menu、handoff、answer 中写且只写一个，这里写了0个"
            " (CBA 十七, 十八)",
        ),
    ],
)
def test_slips_are_told_at_their_place(tmp_path: Path, old: str, new: str, line: str) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, old, new)
    assert found(tmp_path)[:1] == [f"{FILE}:{line}"]


def test_callers_may_use_words_the_hotline_may_not(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "我想开个户", "我不知道怎么开户")
    assert found(tmp_path) == []


@pytest.mark.parametrize(("today", "expired"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)])
def test_an_entry_expires_after_its_last_day(tmp_path: Path, today: date, expired: bool) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "2099-12-31", "2026-06-30")
    line = f"{FILE}:3:144: warning F102 知识「opening」到 2026-06-30 为止有效，已经过期，不再使用；请更新或删除"
    assert found(tmp_path, today) == [f"{line} (CBA 十八, HB 4.5.7)"] * expired
    assert require(tmp_path).knowledge["opening"].valid(today) is not expired


def test_by_default_today_is_today(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "valid_from: 2026-01-01, valid_to: 2099-12-31", "valid_to: 2001-01-01")
    assert ["F102" in line for line in found(tmp_path)] == [True]
    small.edit(tmp_path, "hours.yaml", "Asia/Shanghai", "Asia/Beijing")  # no such place: UTC's day will do
    assert [line.split()[2] for line in found(tmp_path)] == ["F084", "F102"]
    assert datetime.now(UTC).date() > date(2001, 1, 1)


def test_an_entry_begins_on_its_first_day(tmp_path: Path) -> None:
    opening = require(small.write(tmp_path)).knowledge["opening"]
    assert [opening.valid(date(2025, 12, 31)), opening.valid(date(2026, 1, 1))] == [False, True]


LONG = "我想问一下我的信用卡账单什么时候可以出来呢"


@pytest.mark.parametrize(
    ("mine", "other", "code"),
    [
        (LONG, f"{LONG}呀", "F105"),  # 97.7 %
        (LONG, LONG.replace("账单", "积分"), None),  # 90.5 %
        ("ＡＴＭ在哪", "atm 在哪？", "F105"),
        ("我要开户", "我要销户", None),
    ],
)
def test_questions_of_two_entries_collide_from_95_percent(
    tmp_path: Path, mine: str, other: str, code: str | None
) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "我想开个户", mine)
    small.edit(tmp_path, FILE, "叫客服", other)
    assert [line.split()[2] for line in found(tmp_path)] == ([code] if code else [])


def test_nearly_the_same_words_for_the_same_thing_do_no_harm(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "我想开个户", f"{LONG}, {LONG}呀")
    assert found(tmp_path) == []


def test_a_queue_that_only_speech_reaches(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "agents.yaml", "agents:\n", "  vip: {label: 贵宾}\nagents:\n")
    small.edit(tmp_path, "agents.yaml", "elderly: 1}", "elderly: 1, vip: 1}")
    small.edit(tmp_path, FILE, "handoff: general", "handoff: vip")
    lines = [line for line in found(tmp_path) if "F051" not in line]
    assert lines == [f"{FILE}:5:48: error F107 知识「agent」通向的队列「vip」，三层菜单之内没有按键能到 (HB 8.3.2, D1)"]


@pytest.mark.parametrize("queue", ["general", "elderly"])
def test_queues_of_the_reserved_keys_are_near(tmp_path: Path, queue: str) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, FILE, "handoff: general", f"handoff: {queue}")
    assert found(tmp_path) == []


def test_reach_is_not_judged_where_the_menus_cannot_be_read(tmp_path: Path) -> None:
    small.write(tmp_path)
    (tmp_path / "hotline.yaml").write_text("bank: [", encoding="utf-8")
    assert {line.split()[2] for line in found(tmp_path)} == {"F004"}


def test_half_an_entry_is_no_traceback(tmp_path: Path) -> None:
    small.speech_unavailable(tmp_path)
    (tmp_path / FILE).write_text("intents:\n  a: {}\n  b: {questions: 3, valid_to: 2026-02-30}\n", encoding="utf-8")
    codes = [line.split()[2] for line in found(tmp_path)]
    assert codes == ["F106", "F011", "F011", "F100", "F101", "F106", "F011", "F100", "F101", "F012", "F013"]


@given(st.lists(st.text("甲乙丙 ab", max_size=45), max_size=12), st.lists(st.integers(0, 11), max_size=6))
def test_questions_are_found_alike_as_if_each_were_compared(texts: list[str], slips: list[int]) -> None:
    """Those of other lengths are not looked at, and nothing is missed by that."""
    texts += [texts[at][:1] + texts[at][2:] for at in slips if at < len(texts)]
    known = _Known()
    for number, text in enumerate(texts):
        alike = [at for at, other in enumerate(texts[:number]) if fuzz.ratio(text, other) >= COLLIDING]
        assert known.like(text) == alike
        known.add(text, number)
