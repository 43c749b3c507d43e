"""Labels as files: what goes out comes in, from spreadsheets too; bad lines are named; twice changes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import ExchangeError
from ivr.records.exchange.lines import Fault
from ivr.records.labels.forms import Given, LabelRow, read, to_csv, to_jsonl
from ivr.records.labels.merge import Merged, merge
from ivr.records.model import Annotation, Call, Turn
from ivr.records.store import Store
from tests.records.drawn import TEXTS, built

NOW = 1_767_600_000_000
TURN = Turn("n1-1.5-2", 1_767_571_200_000, 1_767_571_201_000, "查鱼额", 0.7, "balance", 0.5, "confirm:balance")
CALL = Call("n1-1.5", "1.5", "in", "95000", "normal", 1, 2, "caller", turns=(TURN,))
NOTE = Annotation("n1-1.5-2", "甲", "查余额", True, NOW - 1, False, "balance", True, None)


def notes(text: str | bytes, annotator: str | None = None) -> list[Annotation]:
    """The annotations of a file without faults."""
    found = list(read(text if isinstance(text, bytes) else text.encode(), NOW, annotator))
    assert all(isinstance(one, Given) for one in found), found
    return [one.annotation for one in found if isinstance(one, Given)]


def faults(text: str | bytes) -> list[str]:
    """What is wrong with a file."""
    return [str(one) for one in read(text if isinstance(text, bytes) else text.encode(), NOW) if isinstance(one, Fault)]


def test_what_a_spreadsheet_shows() -> None:
    text = to_csv([LabelRow(CALL, TURN, "甲", NOTE), LabelRow(CALL, TURN, "乙", None)])
    assert text.startswith("\ufeff话轮编号,时间,录音,识别文本,理解时当作,机器人理解,热线处理,标注员,参考文本,有效,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] | {"有效": "是", "识别正确": "否", "意图正确": "是", "交互正确": ""} == rows[0]
    assert rows[0]["时间"] == "2026-01-05T08:00:00" and rows[0]["标注时间"].endswith("Z")
    assert rows[1]["标注员"] == "乙" and rows[1]["识别文本"] == "查鱼额" and rows[1]["有效"] == ""


def test_a_form_gives_the_hints_and_nobodys_judgement() -> None:
    (line,) = to_jsonl([LabelRow(CALL, TURN, "乙", None)]).splitlines()
    found = json.loads(line)
    assert found["asr_text"] == "查鱼额" and found["annotator"] == "乙" and found["valid"] is None
    assert notes(line) == [] == notes(to_csv([LabelRow(CALL, TURN, "乙", None)]))
    assert notes(json.dumps(found | {"valid": True, "ref_text": "查余额"})) == [
        Annotation(TURN.turn_id, "乙", "查余额", True, NOW)
    ]


NOTES = built(Annotation).filter(
    lambda one: (
        one.turn_id.strip() and one.annotator.strip() and (one.ref_text.strip() or not one.valid) and one.t < 2**50
    )
)


@settings(deadline=None, derandomize=True)
@given(NOTES)
def test_every_annotation_comes_back_from_json_lines(one: Annotation) -> None:
    assert notes(to_jsonl([LabelRow(CALL, TURN, one.annotator, one)])) == [one]


@settings(deadline=None, derandomize=True)
@given(NOTES, TEXTS)
def test_every_annotation_comes_back_from_a_spreadsheet(one: Annotation, asr: str) -> None:
    """But for spaces around a cell, and an empty text is nothing."""
    trimmed = replace(
        one, turn_id=one.turn_id.strip(), annotator=one.annotator.strip(), ref_text=one.ref_text.strip(),
        intent_gold=(one.intent_gold or "").strip() or None,
    )  # fmt: skip
    row = LabelRow(CALL, replace(TURN, turn_id=trimmed.turn_id, asr_text=asr), trimmed.annotator, trimmed)
    if trimmed.intent_gold == "无":
        trimmed = replace(trimmed, intent_gold="-")
    assert notes(to_csv([row])) == [trimmed]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-", "@x", "'=1", "''", '=HYPERLINK("http://x")'])
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str) -> None:
    one = replace(NOTE, ref_text=text)
    made = to_csv([LabelRow(CALL, replace(TURN, asr_text=text), "甲", one)])
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(made)) for cell in row)
    assert notes(made) == [one]


def test_what_spreadsheets_make_of_it() -> None:
    """Chinese Excel writes GB18030, others tabs; people write 对, Y or 1, and leave out what they do not judge."""
    rows = "话轮编号,标注员,参考文本,有效,交互正确\r\nt1,甲,查余额,对,N\r\n\r\n,,,,\r\nt2,甲,,否\r\n"
    expected = [
        Annotation("t1", "甲", "查余额", True, NOW, interaction_ok=False), Annotation("t2", "甲", "", False, NOW)
    ]  # fmt: skip
    assert notes(rows.encode("gb18030")) == notes(rows) == notes(rows.replace(",", "\t")) == expected
    assert notes("turn_id,ref_text,valid\nt1,查余额,1", annotator="甲") == [Annotation("t1", "甲", "查余额", True, NOW)]
    assert notes(b"") == notes(b"\n\n") == notes(b"\xef\xbb\xbf") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"turn_id": "t"', "第 1 行：不是完整的 JSON"),
        ('{"turn_id": "t", "annotator": "甲", "ref_text": "x"}', "第 1 行：缺少字段 'valid'"),
        ('{"turn_id": "t", "annotator": "甲", "ref_text": "x", "valid": 1}', "第 1 行：字段 'valid' 应为true 或 false"),
        ('{"turn_id": "t", "annotator": "甲", "valid": true}', "第 1 行：有效的话轮要写参考文本"),
        ('{"turn_id": "t", "ref_text": "x", "valid": true}', "第 1 行：没有写明标注员"),
        ('{"turn_id": "", "annotator": "甲", "ref_text": "x", "valid": true}', "第 1 行：话轮编号和标注员不能为空"),
        ('{"turn_id": "t", "x": 3, "valid": true, "annotator": "甲", "ref_text": ""}', "第 1 行：未知字段 'x'"),
        ('{"turn_id": "t", "annotator": "甲", "ref_text": "\\ud800", "valid": true}', "第 1 行：字段 'ref_text' 含有"),
        ("\n{}\n[1]", "第 2 行："),
        ("{}\n[1]", "第 1 行："),
        ("时间,有效\n1,2", "第 1 行：第一行应为表头，含「话轮编号」"),
        ("话轮编号,有效\nt,也许", "第 2 行：「有效」应写 是 或 否"),
        ("话轮编号,有效\nt,是,3", "第 2 行：比表头多出了列"),
        ("话轮编号,颜色,有效\nt,红,是", "第 2 行：没有写明标注员"),
        ("话轮编号,标注员,颜色,有效\nt,甲,红,是", "第 2 行：未知字段 '颜色'"),
        ("话轮编号,标注员,参考文本,有效,标注时间\nt,甲,x,是,1.7E+12", "第 2 行：「标注时间」应写成"),
        ("话轮编号,标注员,参考文本,有效\nt,甲,x,是\nt,甲,y,是", "第 3 行：与第 2 行重复"),
        (b"\xff\xff\xff", "第 1 行：不是 UTF-8 或 GB18030 文本"),
    ],
)  # fmt: skip
def test_a_bad_line_is_told_by_its_number(text: str | bytes, told: str) -> None:
    assert faults(text)[0].startswith(told)


def test_the_good_lines_around_a_bad_one_are_taken() -> None:
    text = '话轮编号,标注员,参考文本,有效\nt1,甲,"两\n行",是\nt2,甲,x,谁\nt3,甲,好,是\n'
    found = list(read(text.encode(), NOW))
    assert [one.annotation.turn_id if isinstance(one, Given) else str(one) for one in found] == [
        "t1", "第 4 行：「有效」应写 是 或 否", "t3",
    ]  # fmt: skip


@settings(deadline=None, derandomize=True)
@given(st.binary(max_size=80) | st.text(max_size=60).map(lambda text: ("{" + text).encode("utf-8", "ignore")))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    for one in read(data, NOW, "甲"):
        assert isinstance(one, Given | Fault)
    for one in read("话轮编号,有效,参考文本\n".encode() + data, NOW, "甲"):
        assert isinstance(one, Given | Fault)


def test_intents_by_name() -> None:
    def intent(word: str) -> str:
        if word not in ("余额查询", "balance"):
            raise ExchangeError(f"没有意图「{word}」")
        return "balance"

    text = "话轮编号,标注员,参考文本,有效,正确意图\nt1,甲,x,是,余额查询\nt2,甲,x,是,无\nt3,甲,x,是,\nt4,甲,x,是,余饿\n"
    found = list(read(text.encode(), NOW, None, intent))
    assert [one.annotation.intent_gold for one in found if isinstance(one, Given)] == ["balance", "-", None]
    assert str(found[-1]) == "第 5 行：没有意图「余饿」"


# ---- into the store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one call of three turns."""
    with closing(Store(f"sqlite:///{tmp_path / 'x.sqlite'}")) as made:
        made.migrate()
        made.save([replace(CALL, turns=tuple(replace(TURN, turn_id=each) for each in ("t1", "t2", "t3")))])
        yield made


def done(store: Store, *given: Annotation, dated: bool = True) -> Merged:
    """Merge some lines."""
    return merge(
        [Given(at, one, dated) for at, one in enumerate(given, 1)], store, lambda text: text.replace("123456", "#")
    )


def stored(store: Store) -> list[Annotation]:
    """Every annotation there is."""
    return [one for call in store.all() for turn in call.turns for one in turn.annotations]


def test_twice_changes_nothing_with_and_without_a_time(store: Store) -> None:
    one, two = replace(NOTE, turn_id="t1"), replace(NOTE, turn_id="t2", annotator="乙")
    first = done(store, one, two)
    assert (first.added, first.changed, first.same, first.older) == (2, 0, 0, 0)
    again = done(store, one, two)
    later = done(store, replace(one, t=NOW + 9), dated=False)
    assert (again.added, again.changed, again.same) == (0, 0, 2) and (later.same, later.changed) == (1, 0)
    assert stored(store) == [one, two]


@pytest.mark.parametrize(
    ("t", "dated", "what"),
    [(NOW, True, "changed"), (NOW - 1, True, "changed"), (NOW - 2, True, "older"), (0, False, "changed")],
)
def test_the_later_of_one_annotators_two_stands(store: Store, t: int, dated: bool, what: str) -> None:
    one = replace(NOTE, turn_id="t1")
    done(store, one)
    other = replace(one, ref_text="改了", t=t)
    assert getattr(done(store, other, dated=dated), what) == 1
    assert stored(store) == [one if what == "older" else other]


def test_turns_that_are_not_there_are_named_and_the_others_taken(store: Store) -> None:
    found = done(store, replace(NOTE, turn_id="t1"), replace(NOTE, turn_id="nobody"), replace(NOTE, turn_id="t2"))
    assert found.added == 2 and [str(one) for one in found.faults] == ["第 2 行：没有话轮 nobody（或编号不唯一）"]


def test_a_number_that_an_annotator_wrote_down_is_hidden(store: Store) -> None:
    found = done(store, replace(NOTE, turn_id="t1", ref_text="卡号123456"))
    assert [turn.turn_id for turn in found.hidden] == ["t1"] and stored(store)[0].ref_text == "卡号#"
