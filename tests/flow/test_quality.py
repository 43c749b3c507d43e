"""quality.yaml: the form that is read, what is wrong with one and where, and the form of folders without one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import FlowError
from ivr.flow import load, require
from ivr.flow.changes.comparison import compare
from ivr.flow.quality_form import STANDARD, Item, QualityForm, Section, from_kept
from tests.flow import small

FLOWS = Path(__file__).parents[2] / "flows"
FILE = "quality.yaml"
PROMISE = "promise: {words: 没有承诺收益, yes_no: true, critical: true}"


def told(folder: Path) -> list[str]:
    """Each finding as line:column code."""
    return [f"{one.line}:{one.column} {one.code}" for one in load(folder).findings]


def test_the_form_is_what_is_written(tmp_path: Path) -> None:
    form = require(small.write(tmp_path)).quality
    assert (form.title, form.good, form.passing) == ("通话质量", 85, 70)
    assert [section.label for section in form.sections] == ["红线", "服务"]
    assert form.items == (
        Item("promise", "没有承诺收益", 0, yes_no=True, critical=True),
        Item("number", "主动报工号", 20, yes_no=True, clause="HB 7.1.3", help="接通后三秒内"),
        Item("manner", "礼貌用语", 30),
        Item("answer", "回答正确", 50, critical=True),
    )
    assert [one.most for one in form.items] == [1, 1, 30, 50]
    assert [one.earned(1) for one in form.items] == [0, 20, 1, 1]


def test_without_a_file_the_standard_form_holds(tmp_path: Path) -> None:
    (small.write(tmp_path) / FILE).unlink()
    loaded = load(tmp_path)
    assert loaded.findings == () and loaded.flow is not None and loaded.flow.quality == STANDARD


def test_the_shipped_file_is_the_standard_form() -> None:
    assert require(FLOWS).quality == STANDARD
    assert sum(one.points for one in STANDARD.items) == 100


def test_the_form_is_part_of_the_revision_and_of_what_a_reviewer_sees(tmp_path: Path) -> None:
    before = require(small.write(tmp_path))
    assert before.revision.files[FILE] == small.QUALITY
    small.edit(tmp_path, FILE, "words: 礼貌用语", "words: 语速和礼貌")
    after = require(tmp_path)
    assert after.revision.id != before.revision.id
    (change,) = compare(before, after)
    assert str(change) == (
        "【改动】质检评分表 通话质量\n"
        "  - 评分项 manner：礼貌用语（满分 30 分）\n"
        "  + 评分项 manner：语速和礼貌（满分 30 分）"
    )


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("points: 30", "points: 29", "4:1 F230"),
        ("points: 30", "points: 三十", "11:37 F012"),
        ("points: 30", "points: 0", "11:37 F013"),
        ("points: 30", "points: 101", "11:37 F013"),
        ("points: 30", "point: 30", "11:29 F010"),
        ("manner: {", "promise: {", "11:7 F231"),
        ("manner: {", "number: {", "11:7 F008"),
        ("manner: {words: 礼貌用语, ", "manner: {", "11:15 F011"),
        ("manner: {", "态度: {", "11:7 F013"),
        (", points: 30}", "}", "11:7 F232"),
        (", yes_no: true, critical: true", ", critical: true", "7:7 F232"),
        (", yes_no: true, critical: true", ", yes_no: 是, critical: true", "7:40 F012"),
        ("good: 85", "good: 69", "3:10 F233"),
        ("passing: 70", "passing: 100", "3:10 F233"),
        ("good: 85\npassing: 70", "good: 60", "2:7 F233"),
        ("good: 85", "good: 好", "2:7 F012"),
        ("title: 通话质量\n", "", "1:1 F011"),
        ("sections:\n", "sections: []\nsection:\n", "4:11 F013"),
        (f"items:\n      {PROMISE}", "items: {}", "6:12 F013"),
        ("  - label: 红线", "  - name: 红线", "5:5 F010"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(tmp_path: Path, old: str, new: str, where: str) -> None:
    small.edit(small.write(tmp_path), FILE, old, new)
    assert where in told(tmp_path)
    assert load(tmp_path).flow is None
    assert all(one.file == str(tmp_path / FILE) for one in load(tmp_path).findings)


def test_a_total_is_not_told_where_items_are_wrong_by_themselves(tmp_path: Path) -> None:
    small.edit(small.write(tmp_path), FILE, "points: 30", "points: 三十")
    assert told(tmp_path) == ["11:37 F012"]


def test_a_form_is_read_again_as_it_was_kept(tmp_path: Path) -> None:
    for form in (STANDARD, require(small.write(tmp_path)).quality):
        assert from_kept(form.kept) == form and from_kept(form.kept).version == form.version


def test_a_form_that_says_anything_else_is_another_version() -> None:
    section = STANDARD.sections[0]
    item = section.items[0]

    def form(changed: Item) -> QualityForm:
        return replace(
            STANDARD, sections=(replace(section, items=(changed, *section.items[1:])), *STANDARD.sections[1:])
        )

    other = (
        replace(STANDARD, title="别的"), replace(STANDARD, good=91), replace(STANDARD, passing=74),
        replace(STANDARD, sections=STANDARD.sections[::-1]),
        replace(STANDARD, sections=(Section("别的", section.items), *STANDARD.sections[1:])),
        form(replace(item, words="别的")), form(replace(item, points=9)), form(replace(item, yes_no=True)),
        form(replace(item, critical=True)), form(replace(item, clause="")), form(replace(item, help="别的")),
    )  # fmt: skip
    assert len({STANDARD.version, *(one.version for one in other)}) == len(other) + 1
    assert form(item).version == STANDARD.version


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"title": "a", "sections": [{"label": ""}]}', "3"])
def test_what_is_no_form_is_refused(text: str) -> None:
    with pytest.raises(FlowError):
        from_kept(text)
