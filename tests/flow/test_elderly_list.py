"""The list of elderly callers: tables as offices write them, and the file that keeps its comments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import FlowError
from ivr.flow import FlowRefused, elderly_list, load
from ivr.flow.edit import change_entries
from ivr.flow.elderly_list import ElderlyList
from ivr.flow.elderly_table import Row, Table, read
from tests.flow import small

TODAY = date(2026, 11, 20)
CALLERS = "elderly-callers.yaml"


def table(text: str, encoding: str = "utf-8") -> Table:
    return read(text.encode(encoding), TODAY, 60)


def told(remarks: Sequence[object]) -> list[str]:
    return [str(remark) for remark in remarks]


# ---- tables


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";", "，"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_encoding_and_separator_of_an_office_is_read(encoding: str, separator: str, newline: str) -> None:
    lines = [["姓名", "手机号码", "出生日期"], ["王奶奶", "13800000006", "1950-03-01"], ["", "", ""]]
    text = "".join(separator.join(line) + newline for line in lines)
    found = table(text, encoding)
    assert (found.rows, found.faults, found.remarks) == ({"+8613800000006": Row(2, date(1950, 3, 1))}, (), ())
    assert found.unread == ("姓名",)


@pytest.mark.parametrize(
    "heads",
    [
        "号码,出生日期", "number,born", "Phone Number,Date of Birth", "联系电话（必填）,出生日期(年/月/日)", "TEL,DOB",
        " 手机 号 , 生日 ", "birth_date,mobile",
    ],
)  # fmt: skip
def test_columns_are_found_by_their_heads(heads: str) -> None:
    cells = "13800000006,1950-03-01" if "mobile" not in heads else "1950-03-01,13800000006"
    assert list(table(f"老年客户名单（2026 年）\n\n{heads}\n{cells}\n").rows) == ["+8613800000006"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("138 0000 0006", "+8613800000006"),
        ("+86 138-0000-0006", "+8613800000006"),
        ("008613800000006", "+8613800000006"),
        ("１３８００００００06", "+8613800000006"),
        ('"=""13800000006"""', "+8613800000006"),
        ("'13800000006", "+8613800000006"),
        ("13800000006.0", "+8613800000006"),
        ("010-8888 6666", "+861088886666"),
        ("1088886666", "+861088886666"),
        ("0571-88886666转801", "+8657188886666"),
    ],
)
def test_numbers_in_every_shape_are_the_one_number(written: str, number: str) -> None:
    found = table(f"号码,生日\n{written},1950-03-01\n")
    assert (list(found.rows), found.faults) == ([number], ())


@pytest.mark.parametrize(
    "written",
    ["1950-03-01", "1950/3/1", "1950.03.01", "19500301", "1950年3月1日", "1950-03-01 00:00:00", "1950/3/1 0:00"],
)
def test_dates_in_every_shape_are_the_one_day(written: str) -> None:
    found = table(f"号码,生日\n13800000006,{written}\n")
    assert [row.born for row in found.rows.values()] == [date(1950, 3, 1)]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (",1950-03-01", "没有号码"),
        ("13800000006,", "没有出生日期"),
        ("13800000006", "没有出生日期"),
        ("1.38E+10,1950-03-01", "科学计数法"),
        ("1380000006,1950-03-01", "11 位"),
        ("95588,1950-03-01", "短号"),
        ("王奶奶,1950-03-01", "不是电话号码"),
        ("13800000006/13900000009,1950-03-01", "不是电话号码"),
        ("13800000006,50-03-01", "不清楚"),
        ("13800000006,1/3/1950", "不清楚"),
        ("13800000006,18323", "序号"),
        ("13800000006,1950-02-30", "日历"),
        ("13800000006,1850-01-01", "太早"),
        ("13800000006,2026-11-21", "将来"),
    ],
)
def test_what_is_not_clear_is_a_fault_of_its_line(cells: str, why: str) -> None:
    found = table(f"号码,生日\n13900000001,1950-03-01\n\n{cells}\n")
    (fault,) = found.faults
    assert fault.line == 4 and why in fault.text
    assert not re.search(r"138|1950|95588|王", str(fault).replace("1.38E+10", "").replace("1950-03-01 的样子", ""))


def test_duplicates_and_oddities_are_told_by_line() -> None:
    found = table(
        "号码,生日\n13800000006,1950-03-01\n138 0000 0006,1950/3/1\n13800000006,1951-03-01\n"
        "13900000001,1970-01-01\n13900000002,1900-01-01\n13900000003,1905-05-05\n+85298765432,1950-03-01\n"
    )
    assert told(found.faults) == ["第 4 行：与第 2 行是同一个号码，出生日期却不同"]
    assert told(found.remarks) == [
        "第 3 行：与第 2 行重复，只算一次",
        "第 5 行：还不满 60 岁，到年龄才生效",
        "第 6 行：出生日期像是系统里的空值，请核对",
        "第 7 行：超过 115 岁，请核对",
        "第 8 行：不是内地号码，请核对",
    ]


def test_lines_are_numbered_as_an_editor_does_also_where_a_cell_has_several() -> None:
    found = table('号码,备注,生日\n13800000006,"两\n行",1950-03-01\nx,,1950-03-01\n')
    assert [fault.line for fault in found.faults] == [4]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"PK\x03\x04 and the rest of an xlsx", "Excel"),
        (b"\xd0\xcf\x11\xe0 and the rest of an xls", "Excel"),
        (b"\xff\xff\xff\x00", "编码"),
        (b"\x00\x01", "编码"),
        (b"", "没有列名"),
        ("姓名,年龄\n王奶奶,76\n".encode(), "请导出出生日期"),
        ("手机,电话,生日\n1,2,3\n".encode(), "请只留一列"),
        ("号码,生日\n".encode(), "一个号码也没有"),
        ("号码,生日\n".encode() + b"1" * 200_000, "不是 CSV"),
        (b"x" * (8 * 1024 * 1024 + 1), "MB"),
    ],
)
def test_what_is_no_such_table_is_told(data: bytes, why: str) -> None:
    with pytest.raises(FlowError, match=why):
        read(data, TODAY, 60)


@given(st.binary(max_size=200), st.text(max_size=200))
def test_whatever_is_given_is_read_or_told(data: bytes, text: str) -> None:
    for given_ in (data, text.encode("utf-8", "replace"), b"phone,born\n" + data):
        try:
            found = read(given_, TODAY, 60)
        except FlowError:
            continue
        assert found.rows or found.faults


# ---- the file


BLOCK = """\
# 名单
callers:   # 虚构
  # 甲
  - {number: "+8613800000006", born: 1950-03-01}   # 王奶奶
  - number: "+8613800000016"
    born: 1958-11-20

  # 丙
  - {number: "+8613800000026", born: 1940-01-01}
# 完
"""
NEW = [{"number": "+8613900000001", "born": "1949-05-06"}]
NEW_LINE = '  - {number: "+8613900000001", born: 1949-05-06}\n'


def test_what_stays_stays_to_the_letter() -> None:
    assert change_entries(BLOCK, "callers", NEW) == BLOCK.replace("# 完", f"{NEW_LINE}# 完")
    lines = BLOCK.splitlines(keepends=True)
    assert change_entries(BLOCK, "callers", (), [0]) == "".join(lines[:3] + lines[4:])
    assert change_entries(BLOCK, "callers", (), [1]) == "".join(lines[:4] + lines[6:])
    assert change_entries(BLOCK, "callers", NEW, [2]) == "".join([*lines[:8], NEW_LINE, lines[9]])
    empty = change_entries(BLOCK, "callers", (), [0, 1, 2])
    assert empty == "".join(["# 名单\ncallers: []   # 虚构\n", lines[2], lines[6], lines[7], lines[9]])
    assert change_entries(empty, "callers", NEW).startswith(f"# 名单\ncallers:\n{NEW_LINE.rstrip()}   # 虚构\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("callers: []\n", f"callers:\n{NEW_LINE}"),
        ("callers: [{number: a}]\n", 'callers: [{number: a}, {number: "+8613900000001", born: 1949-05-06}]\n'),
        ("callers:\n- {number: a}", f"callers:\n- {{number: a}}\n{NEW_LINE[2:]}"),
        ("callers:\r\n  - {number: a}\r\n", "callers:\r\n  - {number: a}\r\n" + NEW_LINE.replace("\n", "\r\n")),
    ],
)
def test_every_way_of_writing_a_list_takes_an_entry(before: str, after: str) -> None:
    assert change_entries(before, "callers", NEW) == after


@pytest.mark.parametrize(
    "text", ["", "callers:\n", "callers: {a: 1}\n", "callers: [\n", "[]\n", "callers: [{a: 1}, # x\n]\n"]
)
def test_what_cannot_be_changed_without_a_loss_is_not(text: str) -> None:
    with pytest.raises(FlowError):
        change_entries(text, "callers", NEW, [0] if "{a: 1}, #" in text else [])


@given(
    listed=st.lists(st.tuples(st.integers(0, 999), st.booleans(), st.booleans()), min_size=1, max_size=8),
    data=st.data(),
    news=st.integers(0, 3),
)
def test_any_change_is_the_change_of_the_list_and_keeps_every_comment(
    listed: list[tuple[int, bool, bool]], data: st.DataObject, news: int
) -> None:
    lines = ["callers:  # oben\n"]
    for number, long, comment in listed:
        lines += [f"  # über {number}\n"] if comment else []
        lines += [f'  - number: "{number}"\n    born: x\n'] if long else [f'  - {{number: "{number}", born: x}}\n']
    text = "".join(lines)
    removed = data.draw(st.sets(st.integers(0, len(listed) - 1)))
    added = [{"number": f"new {index}", "born": "1950-03-01"} for index in range(news)]
    done = change_entries(text, "callers", added, removed)
    kept = [f"{number}" for index, (number, _, _) in enumerate(listed) if index not in removed]
    assert [entry["number"] for entry in yaml.safe_load(done)["callers"]] == kept + [one["number"] for one in added]
    assert re.findall(r"# .*", done) == re.findall(r"# .*", text)


# ---- changes


@pytest.fixture
def held(tmp_path: Path) -> ElderlyList:
    """The small hotline's list: one caller."""
    return elderly_list.opened(small.write(tmp_path))


def rows(*listed: tuple[str, str]) -> dict[str, Row]:
    return {number: Row(line, date.fromisoformat(born)) for line, (number, born) in enumerate(listed, 2)}


OLD, YOUNG = ("+8613800000006", "1950-03-01"), ("+8613900000001", "1949-05-06")


def test_a_change_is_served(held: ElderlyList) -> None:
    change = held.taking(rows(OLD, YOUNG))
    assert (change.added, change.changed, change.removed, change.same) == (1, 0, 0, 1)
    held.write(change)
    loaded = load(held.folder)
    assert loaded.flow is not None and loaded.findings == ()
    assert loaded.flow.elderly.callers == {number: date.fromisoformat(born) for number, born in (OLD, YOUNG)}
    again = elderly_list.opened(held.folder)
    assert again.taking(rows(OLD, YOUNG)).text == again.text
    again.write(again.without([YOUNG[0]]))
    assert (held.folder / CALLERS).read_text(encoding="utf-8") == small.CALLERS


def test_another_date_of_birth_is_a_fault_unless_the_table_is_right(held: ElderlyList) -> None:
    other = (OLD[0], "1951-03-01")
    refused = held.taking(rows(YOUNG, other))
    assert [fault.line for fault in refused.faults] == [3] and refused.text == held.text
    with pytest.raises(FlowError):
        held.write(refused)
    for change in (held.taking(rows(YOUNG, other), update=True), held.taking(rows(YOUNG, other), whole=True)):
        assert (change.added, change.changed, change.removed, change.same) == (1, 1, 0, 0)
        assert change.text.count(OLD[0]) == 1 and "1951-03-01" in change.text


def test_a_whole_table_takes_the_place_of_the_list(held: ElderlyList) -> None:
    change = held.taking(rows(YOUNG), whole=True)
    assert (change.added, change.removed, change.same) == (1, 1, 0)
    assert OLD[0] not in change.text


def test_who_is_not_on_the_list_cannot_go_and_nobody_else_does(held: ElderlyList) -> None:
    with pytest.raises(FlowError, match="0001") as wrong:
        held.without([OLD[0], YOUNG[0]])
    assert "1390000" not in str(wrong.value)


def test_the_last_one_may_go(held: ElderlyList) -> None:
    held.write(held.without([OLD[0]]))
    loaded = load(held.folder)
    assert loaded.flow is not None and loaded.flow.elderly.callers == {}


def test_a_file_that_somebody_edits_meanwhile_is_left_alone(held: ElderlyList) -> None:
    change = held.taking(rows(YOUNG))
    path = held.folder / CALLERS
    edited = path.read_text(encoding="utf-8") + "# 另一位同事\n"
    path.write_text(edited, encoding="utf-8")
    with pytest.raises(FlowError, match="再来一次"):
        held.write(change)
    assert path.read_text(encoding="utf-8") == edited


def test_what_would_not_be_served_is_not_written(held: ElderlyList) -> None:
    small.edit(held.folder, "hotline.yaml", "bank: 示例银行\n", "")
    with pytest.raises(FlowError, match="没有写入"):
        held.write(held.taking(rows(YOUNG)))
    assert (held.folder / CALLERS).read_text(encoding="utf-8") == small.CALLERS
    with pytest.raises(FlowRefused):
        elderly_list.opened(held.folder)


def test_the_file_keeps_its_rights_and_no_part_of_it_stays(held: ElderlyList) -> None:
    path = held.folder / CALLERS
    path.chmod(0o640)
    held.write(held.taking(rows(YOUNG)))
    assert path.stat().st_mode & 0o777 == 0o640
    assert {each.name for each in held.folder.iterdir()} == set(small.FILES)


def test_a_flow_without_a_list_says_so(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", ", callers: elderly-callers.yaml", "")
    (tmp_path / CALLERS).unlink()
    with pytest.raises(FlowError, match="callers"):
        elderly_list.opened(tmp_path)


def test_no_number_is_in_what_may_be_logged(held: ElderlyList) -> None:
    found = table("号码,生日\n13800000006,1950-03-01\n")
    assert "138" not in f"{held!r}{held.taking(rows(YOUNG))!r}{found!r}" and "1950" not in repr(found)
