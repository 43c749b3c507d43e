"""The tables of elderly callers that offices keep: CSV as Excel, WPS and their like write it, in UTF-8 or GBK. Every
line that is not clear is told by its number; numbers and dates are personal and in no text of this module."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from ivr.errors import FlowError
from ivr.flow.reading import values
from ivr.flow.reading.source import MAX_BYTES
from ivr.records.numbers import e164

#: How the column of numbers is headed, and that of dates of birth; compared without marks, spaces and case.
NUMBER_HEADS = (
    "号码", "电话", "电话号码", "联系电话", "手机", "手机号", "手机号码", "主叫号码", "来电号码", "客户电话",
    "number", "phone", "phonenumber", "mobile", "mobilephone", "tel", "telephone", "caller",
)  # fmt: skip
BORN_HEADS = ("出生日期", "出生年月日", "出生", "生日", "born", "birthday", "birthdate", "dateofbirth", "dob")
#: As large as the list may become (ivr.flow.reading.source).
MOST_BYTES = MAX_BYTES
#: Nobody alive is older.
OLDEST = 115
#: Dates that systems write where they have none.
_NO_DATES = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1))
#: Above the heads a table may have its title.
_TITLE_ROWS = 5
_SEPARATORS = ",\t;，"
_BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+\Z")
_SUBSCRIBER = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_DATE = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))\Z")
_TIME = re.compile(r"[ T]00?:00(?::00(?:\.0+)?)?\Z")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a line of the table, by its number in the file."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.text}"


@dataclass(frozen=True, slots=True)
class Row:
    """A customer of the table: where he stands in the file, his date of birth."""

    line: int
    born: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was read: E.164 number → its row. `faults` keep the table from being used, `remarks` do not;
    `unread` are the heads of the columns that nobody looked at."""

    rows: Mapping[str, Row] = field(repr=False)
    faults: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    unread: tuple[str, ...]


def age_on(born: date, day: date) -> int:
    """Completed years of life on `day`; who is born on 29 February turns a year older on 1 March."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def read(data: bytes, today: date, age: int) -> Table:
    """The customers of a CSV file; from `age` years on they count as elderly. Raises FlowError where the file as a
    whole cannot be read as such a table."""
    if len(data) > MOST_BYTES:
        raise FlowError(f"表超过 {MOST_BYTES // 1024 // 1024} MB：这么多客户请由银行系统在来电时告知年龄")
    heads, lines = _table(_decoded(data))
    number_at, born_at = _column(heads, NUMBER_HEADS), _column(heads, BORN_HEADS)
    rows: dict[str, Row] = {}
    faults: list[Remark] = []
    remarks: list[Remark] = []
    for line, cells in lines:
        try:
            number, born = _number(_cell(cells, number_at)), _born(_cell(cells, born_at), today)
        except ValueError as wrong:
            faults.append(Remark(line, str(wrong)))
            continue
        before = rows.get(number)
        if before is None:
            rows[number] = Row(line, born)
            remarks += (Remark(line, odd) for odd in _odd(number, born, today, age))
        elif before.born == born:
            remarks.append(Remark(line, f"与第 {before.line} 行重复，只算一次"))
        else:
            faults.append(Remark(line, f"与第 {before.line} 行是同一个号码，出生日期却不同"))
    if not rows and not faults:
        raise FlowError("表里一个号码也没有")
    unread = (head.strip() for index, head in enumerate(heads) if index not in (number_at, born_at))
    return Table(rows, tuple(faults), tuple(remarks), tuple(head for head in unread if head))


def _decoded(data: bytes) -> str:
    if data.startswith(_BOOKS):
        raise FlowError("这是 Excel 工作簿，不是 CSV：请用「另存为」选 CSV（逗号分隔）")
    encodings = ("utf-8-sig", "gb18030")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ("utf-16", "utf-16")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FlowError("读不出文字：请另存为 CSV，编码选 UTF-8 或 GBK")


def _table(text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The heads, and the numbered lines below them."""
    for separator in _SEPARATORS:
        lines = _lines(text, separator)
        for _, (_, cells) in zip(range(_TITLE_ROWS), lines, strict=False):
            plain = {_head(cell) for cell in cells}
            if plain & set(NUMBER_HEADS) and plain & set(BORN_HEADS):
                return cells, lines
    hint = "；年龄每年会变，请导出出生日期" if "年龄" in text[:1000] else ""
    raise FlowError(
        f"开头 {_TITLE_ROWS} 行里没有列名：要有号码（如 手机号、number）和出生日期（如 生日、born）两列{hint}"
    )


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The lines that have anything in them, numbered as an editor does."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as wrong:
            raise FlowError(f"第 {line} 行不是 CSV 的写法，请检查引号") from wrong
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells


def _head(cell: str) -> str:
    plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", cell)).casefold()
    return "".join(character for character in plain if character.isalnum())


def _column(heads: list[str], names: tuple[str, ...]) -> int:
    found = [index for index, head in enumerate(heads) if _head(head) in names]
    if len(found) > 1:
        raise FlowError(f"「{'」「'.join(heads[index].strip() for index in found)}」都像是同一列，请只留一列")
    return found[0]


def _cell(cells: list[str], index: int) -> str:
    """A cell as its writer meant it: spreadsheets put ="…" or ' before digits that are text."""
    plain = unicodedata.normalize("NFKC", cells[index] if index < len(cells) else "").strip()
    if plain.startswith('="') and plain.endswith('"'):
        plain = plain[2:-1]
    return plain.lstrip("'").strip()


def _number(cell: str) -> str:
    if not cell:
        raise ValueError("没有号码")
    if _SCIENTIFIC.match(cell):
        raise ValueError("号码被表格软件写成了科学计数法（如 1.38E+10），请把这一列设为文本再导出")
    number = e164(re.sub(r"\.0+\Z", "", cell))
    if number is None:
        raise ValueError("不是电话号码；一格写一个完整的号码")
    if not _SUBSCRIBER.match(number):
        raise ValueError("是短号或分机，不是客户的号码")
    return values.caller(number)


def _born(cell: str, today: date) -> date:
    if not cell:
        raise ValueError("没有出生日期")
    found = _DATE.match(_TIME.sub("", cell))
    if found is None:
        serial = "（表格软件写成了序号，请设为日期格式再导出）" if cell.isdecimal() else ""
        raise ValueError(f"出生日期不清楚{serial}，请写成 1950-03-01 的样子")
    year, *more = (int(part) for part in found.groups() if part)
    try:
        born = values.birth(f"{year:04}-{more[0]:02}-{more[1]:02}")
    except ValueError as wrong:
        raise ValueError(f"出生日期不对：{wrong}") from wrong
    if born > today:
        raise ValueError("出生日期在将来")
    return born


def _odd(number: str, born: date, today: date, age: int) -> Iterator[str]:
    years = age_on(born, today)
    if not number.startswith("+86"):
        yield "不是内地号码，请核对"
    if born in _NO_DATES:
        yield "出生日期像是系统里的空值，请核对"
    elif years > OLDEST:
        yield f"超过 {OLDEST} 岁，请核对"
    elif years < age:
        yield f"还不满 {age} 岁，到年龄才生效"
