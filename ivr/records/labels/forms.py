"""Labels as files, so that two people can label separately (CBA 二十一): CSV for spreadsheets, with Chinese headings,
and JSON Lines with the exchange form's names. Reading goes on after a bad line and tells its number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.errors import ExchangeError
from ivr.records.days import moment, zone
from ivr.records.exchange.lines import Fault
from ivr.records.exchange.typed import Wrong, build, plain
from ivr.records.model import Annotation, Call, Turn

#: Column → its heading. The hints come first: what the annotator reads; import ignores them.
_HINTS = {
    "time": "时间",
    "audio_ref": "录音",
    "asr_text": "识别文本",
    "corrected": "理解时当作",
    "intent": "机器人理解",
    "action": "热线处理",
}
_HEADINGS = {
    "turn_id": "话轮编号",
    **_HINTS,
    "annotator": "标注员",
    "ref_text": "参考文本",
    "valid": "有效",
    "asr_ok": "识别正确",
    "intent_gold": "正确意图",
    "intent_ok": "意图正确",
    "interaction_ok": "交互正确",
    "t": "标注时间",
}
_NAMES = {heading: name for name, heading in _HEADINGS.items()} | {name: name for name in _HEADINGS}
_BOOLS = frozenset({"valid", "asr_ok", "intent_ok", "interaction_ok"})
_FIELDS = tuple(f.name for f in fields(Annotation))
_YES = frozenset({"是", "对", "y", "yes", "true", "1", "√", "有"})
_NO = frozenset({"否", "错", "n", "no", "false", "0", "×", "不是", "不对"})
#: A spreadsheet would run what begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: In a spreadsheet the gold intent of what is none of the hotline's business.
_NONE, _NONE_WORD = "-", "无"


@dataclass(frozen=True, slots=True)
class LabelRow:
    """One row of a form: a turn with an annotation, or with `annotation` None for `annotator` to fill in."""

    call: Call
    turn: Turn
    annotator: str
    annotation: Annotation | None


@dataclass(frozen=True, slots=True)
class Given:
    """An annotation and the line it stood in, from 1. `dated`: the line said when it was made."""

    number: int
    annotation: Annotation
    dated: bool


def to_csv(rows: Iterable[LabelRow]) -> str:
    """The rows for a spreadsheet: a byte order mark, headings, CRLF; yes is 是, no is 否, not judged is empty."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_HEADINGS.values())
    for row in rows:
        writer.writerow([_cell(name, value) for name, value in _values(row).items()])
    return out.getvalue()


def to_jsonl(rows: Iterable[LabelRow]) -> str:
    """An object a line: the annotation's fields; in a form to be filled in also the hints, each judgement null."""
    lines = []
    for row in rows:
        given = plain(row.annotation) if row.annotation else _values(row)
        lines.append(json.dumps(given, ensure_ascii=False) + "\n")
    return "".join(lines)


def read(
    data: bytes, now: int, annotator: str | None = None, intent: Callable[[str], str] = lambda word: word
) -> Iterator[Given | Fault]:
    """Every annotation of a file of either form, and a Fault for each line that is wrong or says again what an earlier
    one said. Rows that nobody filled in (valid is empty) are nothing. `annotator` stands where a row names none, `now`
    (UTC epoch ms) where it has no time; `intent` gives the id of an intent's name, or raises ExchangeError."""
    seen: dict[tuple[str, str], int] = {}
    for number, row in _rows(data):
        if isinstance(row, Fault):
            yield row
            continue
        try:
            found = _given(number, row, now, annotator, intent)
        except (ExchangeError, Wrong) as wrong:
            yield Fault(number, str(wrong))
            continue
        if found is None:
            continue
        first = seen.setdefault((found.annotation.turn_id, found.annotation.annotator), number)
        yield found if first == number else Fault(number, f"与第 {first} 行重复")


def _values(row: LabelRow) -> dict[str, Any]:
    turn, note = row.turn, row.annotation
    hints = {
        "time": moment(turn.t_start).strftime("%Y-%m-%dT%H:%M:%S"),
        "audio_ref": turn.audio_ref,
        "asr_text": turn.asr_text,
        "corrected": turn.corrected,
        "intent": turn.intent,
        "action": turn.action,
    }
    filled: dict[str, Any] = plain(note) if note else dict.fromkeys(_FIELDS)
    values = {"turn_id": turn.turn_id} | hints | filled | {"turn_id": turn.turn_id, "annotator": row.annotator}
    return {name: values[name] for name in _HEADINGS}


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in _BOOLS:
        return "是" if value else "否"
    if name == "t":
        return moment(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if name == "intent_gold" and value == _NONE:
        return _NONE_WORD
    text = str(value)
    return f"'{text}" if text.startswith((*_FORMULA, "'")) else text


def _rows(data: bytes) -> Iterator[tuple[int, Mapping[str, Any] | Fault]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")  # what a spreadsheet in China writes when asked for CSV
        except UnicodeDecodeError:
            yield 1, Fault(1, "不是 UTF-8 或 GB18030 文本")
            return
    yield from _objects(text) if text.lstrip().startswith("{") else _cells(text)


def _objects(text: str) -> Iterator[tuple[int, Mapping[str, Any] | Fault]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except (ValueError, RecursionError):
            yield number, Fault(number, "不是完整的 JSON")
            continue
        yield number, given if isinstance(given, dict) else Fault(number, "应为 JSON 对象")


def _cells(text: str) -> Iterator[tuple[int, Mapping[str, Any] | Fault]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in text.split("\n", 1)[0] else ",")
    heads: list[str] | None = None
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            yield number, Fault(number, "不是完整的 CSV 行")
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if heads is None:
            heads = [_NAMES.get(cell.strip(), cell.strip()) for cell in cells]
            if "turn_id" not in heads:
                yield number, Fault(number, f"第一行应为表头，含「{_HEADINGS['turn_id']}」")
                return
            continue
        if len(cells) > len(heads):
            yield number, Fault(number, "比表头多出了列")
            continue
        try:
            padded = cells + [""] * (len(heads) - len(cells))
            yield number, {name: _read(name, cell) for name, cell in zip(heads, padded, strict=True)}
        except Wrong as wrong:
            yield number, Fault(number, str(wrong))


def _read(name: str, cell: str) -> Any:
    word = cell.strip()
    if name == "ref_text":
        return _unguarded(word)
    if not word:
        return None
    if name in _BOOLS:
        if word.lower() in _YES | _NO:
            return word.lower() in _YES
        raise Wrong(f"「{_HEADINGS[name]}」应写 是 或 否")
    if name == "t":
        return _moment(word)
    if name == "intent_gold" and word == _NONE_WORD:
        return _NONE
    return _unguarded(word)


def _unguarded(word: str) -> str:
    return word[1:] if word.startswith("'") and word[1:].startswith((*_FORMULA, "'")) else word


def _moment(word: str) -> int:
    try:
        at = datetime.fromisoformat(word)
    except ValueError as wrong:
        raise Wrong(f"「{_HEADINGS['t']}」应写成 2026-10-01T09:30:00，或留空") from wrong
    at = at if at.tzinfo else at.replace(tzinfo=zone())
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def _given(
    number: int, row: Mapping[str, Any], now: int, annotator: str | None, intent: Callable[[str], str]
) -> Given | None:
    """The annotation of a row; None where nobody filled it in. Raises Wrong or ExchangeError."""
    given = {name: value for name, value in row.items() if name not in _HINTS}
    if given.get("valid", "missing") is None:
        return None
    if given.get("annotator") in (None, ""):
        if annotator is None:
            raise Wrong("没有写明标注员：填上，或在命令中加 --annotator")
        given["annotator"] = annotator
    dated = given.get("t") is not None
    one = build(Annotation, given | ({} if dated else {"t": now}) | {"ref_text": given.get("ref_text") or ""})
    if not one.turn_id or not one.annotator.strip():
        raise Wrong("话轮编号和标注员不能为空")
    if one.valid and not one.ref_text.strip():
        raise Wrong("有效的话轮要写参考文本")
    if one.intent_gold is not None and one.intent_gold != _NONE:
        one = build(Annotation, plain(one) | {"intent_gold": intent(one.intent_gold)})
    return Given(number, one, dated)
