"""The shapes that operators' values may have. One table of fields made of them (`tables.py`) is both what the
parser checks and what the JSON Schema says, so the two cannot differ."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.flow import codes
from ivr.flow.codes import Code
from ivr.flow.reading.collector import At, Collector, Rec, RefAt
from ivr.flow.reading.positioned_yaml import Listed, Mapped, Node, Scalar

_FOUND = {"null": "空的", "bool": "真假值", "int": "整数", "float": "小数", "str": "文字"}


class Shape(ABC):
    """What a value must look like. `read` gives the value, or None after reporting what is wrong."""

    expected = "值"

    @abstractmethod
    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """Check the node; `name` is its key, for the findings."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema (draft 2020-12)."""

    def _wrong_type(self, node: Node, name: str, reading: Collector) -> None:
        found = "列表" if isinstance(node, Listed) else "一组键值" if isinstance(node, Mapped) else _FOUND[node.kind]
        reading.report.add(codes.WRONG_TYPE, node.pos, name=name, expected=self.expected, found=found)


@dataclass(slots=True)
class Word(Shape):
    """Text. `convert` may turn it into something else; its ValueError says in Chinese what is wrong. `loose` also
    takes what looks like a number (keys, names), since its digits are meant."""

    expected: str = "文字"
    pattern: str = r"\S"
    convert: Callable[[str], Any] | None = None
    loose: bool = False
    wrong: Code = codes.BAD_VALUE
    ref: str = ""
    special: tuple[str, ...] = ()

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """The converted text."""
        if not isinstance(node, Scalar) or not (node.kind == "str" or (self.loose and node.kind in ("int", "float"))):
            return self._wrong_type(node, name, reading)
        if node.lines > 1 and not node.plain:
            return self._bad(node, name, reading, "引号里的文字跨了行，是不是少了收尾的引号？")
        if not re.search(self.pattern, node.text):
            return self._bad(node, name, reading, f"应为{self.expected}")
        if self.ref and node.text not in self.special:
            reading.refs.append(RefAt(self.ref, node.text, node.pos))
        if self.convert is None:
            return node.text
        try:
            return self.convert(node.text)
        except ValueError as wrong:
            return self._bad(node, name, reading, str(wrong))

    def _bad(self, node: Scalar, name: str, reading: Collector, why: str) -> None:
        words = {"name": name, "value": node.text[:40], "near": "", "expected": why, "why": why}
        reading.report.add(self.wrong, node.pos, **words)

    def schema(self) -> dict[str, Any]:
        """A string with a pattern; loose ones may be whole numbers. `x-names`: which names an editor offers."""
        names = {"x-names": self.ref} if self.ref else {}
        types = ["string", "integer", "number"] if self.loose else "string"
        return {"type": types, "pattern": ecma(self.pattern), **names}


@dataclass(slots=True)
class Number(Shape):
    """A number between two bounds, both included; `whole` for whole ones."""

    low: float
    high: float
    whole: bool = True

    expected: str = field(init=False)

    def __post_init__(self) -> None:
        self.expected = f"{self.low} 到 {self.high} 的{'整数' if self.whole else '数'}"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """An int (whole) or a float."""
        if not isinstance(node, Scalar) or node.kind not in (("int",) if self.whole else ("int", "float")):
            return self._wrong_type(node, name, reading)
        value = node.number() if self.whole else float(node.number())
        if self.low <= value <= self.high:
            return value
        reading.report.add(
            codes.BAD_VALUE, node.pos, name=name, value=node.text, expected=f"应为{self.expected}", near=""
        )
        return None

    def schema(self) -> dict[str, Any]:
        """integer or number with both bounds."""
        return {"type": "integer" if self.whole else "number", "minimum": self.low, "maximum": self.high}


@dataclass(slots=True)
class Flag(Shape):
    """true or false."""

    expected: str = "true 或 false"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """A bool."""
        if not isinstance(node, Scalar) or node.kind != "bool":
            return self._wrong_type(node, name, reading)
        return node.text.lower() == "true"

    def schema(self) -> dict[str, Any]:
        """boolean."""
        return {"type": "boolean"}


@dataclass(slots=True)
class Choice(Shape):
    """One of a few words, each with its Chinese meaning."""

    words: Mapping[str, str]
    expected: str = "文字"
    wrong: Code = codes.BAD_VALUE

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """The word."""
        if not isinstance(node, Scalar):
            return self._wrong_type(node, name, reading)
        if node.text in self.words:
            return node.text
        near = reading.hint(node.text, self.words)
        expected = "可以是 " + "、".join(f"{word}（{means}）" for word, means in self.words.items())
        reading.report.add(self.wrong, node.pos, name=name, value=node.text[:40], expected=expected, near=near)
        return None

    def schema(self) -> dict[str, Any]:
        """enum."""
        return {"enum": list(self.words), "description": "、".join(f"{w} {m}" for w, m in self.words.items())}


@dataclass(slots=True)
class Many(Shape):
    """A list of one shape; broken items are reported and left out."""

    item: Shape
    least: int = 0
    expected: str = "列表"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """A list of At."""
        if not isinstance(node, Listed):
            return self._wrong_type(node, name, reading)
        if len(node.items) < self.least:
            reading.report.add(
                codes.BAD_VALUE, node.pos, name=name, value="[]", expected=f"至少要写 {self.least} 项", near=""
            )
            return None
        read = ((self.item.read(item, name, reading), item.pos) for item in node.items)
        return [At(value, pos, pos) for value, pos in read if value is not None]

    def schema(self) -> dict[str, Any]:
        """array."""
        made: dict[str, Any] = {"type": "array", "items": self.item.schema()}
        return made | ({"minItems": self.least} if self.least else {})


@dataclass(slots=True)
class FlagOr(Shape):
    """true or false, or a list that says more than true."""

    full: Many
    expected: str = "true、false 或列表"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """A bool, or a list of At."""
        if isinstance(node, Listed):
            return self.full.read(node, name, reading)
        if isinstance(node, Scalar) and node.kind == "bool":
            return node.text.lower() == "true"
        return self._wrong_type(node, name, reading)

    def schema(self) -> dict[str, Any]:
        """anyOf boolean and the list."""
        return {"anyOf": [Flag().schema(), self.full.schema()]}


@dataclass(slots=True)
class Table(Shape):
    """A mapping from names that operators choose to values of one shape."""

    value: Shape
    key: str = r"\A[A-Za-z0-9_][A-Za-z0-9_-]*\Z"
    keys: str = "字母、数字、下划线组成的名字"
    ref: str = ""
    least: int = 0
    expected: str = "一组键值（名字: 内容）"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """A dict of name → At."""
        if not isinstance(node, Mapped):
            return self._wrong_type(node, name, reading)
        if len(node.items) < self.least:
            reading.report.add(
                codes.BAD_VALUE, node.pos, name=name, value="{}", expected=f"至少要写 {self.least} 项", near=""
            )
            return None
        made: dict[str, At] = {}
        for key, (pos, item) in node.items.items():
            if not re.search(self.key, key):
                words = {"name": name, "value": key[:40], "expected": f"应为{self.keys}", "near": ""}
                reading.report.add(codes.BAD_VALUE, pos, **words)
                continue
            if self.ref:
                reading.refs.append(RefAt(self.ref, key, pos))
            value = self.value.read(item, key, reading)
            if value is not None:
                made[key] = At(value, item.pos, pos)
        return made

    def schema(self) -> dict[str, Any]:
        """object with patternProperties."""
        made: dict[str, Any] = {
            "type": "object",
            "patternProperties": {ecma(self.key): self.value.schema()},
            "additionalProperties": False,
        }
        return made | ({"minProperties": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record: its shape, what it is for (Chinese), and the finding where it is missing."""

    name: str
    shape: Shape
    about: str
    required: bool = True
    missing: Code = codes.MISSING_KEY


@dataclass(slots=True)
class Record(Shape):
    """A mapping with known keys."""

    fields: tuple[Field, ...]
    about: str
    expected: str = "一组键值"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """A Rec. A misspelt key is reported, and then read as the key it was meant to be."""
        if not isinstance(node, Mapped):
            return self._wrong_type(node, name, reading)
        known = {each.name: each for each in self.fields}
        rec = Rec(node.pos)
        for key, (pos, item) in node.items.items():
            meant = known.get(key)
            if meant is None:
                near = reading.nearest(key, known)
                hint = f"，是不是「{near}」？" if near else f"；这里可以写：{'、'.join(known)}"
                reading.report.add(codes.UNKNOWN_KEY, pos, name=key[:40], near=hint)
                if near is None or near in node.items or near in rec.fields:
                    continue
                meant = known[near]
            value = meant.shape.read(item, meant.name, reading)
            if value is None:
                rec.broken.add(meant.name)
            else:
                rec.fields[meant.name] = At(value, item.pos, pos)
        where = f"「{name}」" if name else "文件"
        for each in self.fields:
            if each.required and each.name not in rec.fields and each.name not in rec.broken:
                reading.report.add(each.missing, node.pos, where=where, name=each.name, about=each.about)
        return rec

    def schema(self) -> dict[str, Any]:
        """object whose properties are all named; nothing else is allowed."""
        return {
            "type": "object",
            "description": self.about,
            "properties": {each.name: {**each.shape.schema(), "description": each.about} for each in self.fields},
            "required": [each.name for each in self.fields if each.required],
            "additionalProperties": False,
        }


@dataclass(slots=True)
class TextOr(Shape):
    """A text by itself (empty counts: what must be said is checked later), or the fuller shape where there is one."""

    full: Shape | None = None
    expected: str = "文字"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """str, or what the fuller shape gives."""
        if isinstance(node, Mapped) and self.full:
            return self.full.read(node, name, reading)
        if isinstance(node, Scalar) and node.kind in ("str", "null"):
            return "" if node.kind == "null" else node.text
        return self._wrong_type(node, name, reading)

    def schema(self) -> dict[str, Any]:
        """A string, or anyOf it and the fuller shape."""
        text = {"type": "string", "minLength": 1}
        return {"anyOf": [text, self.full.schema()]} if self.full else text


def ecma(pattern: str) -> str:
    r"""The pattern as JSON Schema (ECMA 262) writes it: \A and \Z are Python's."""
    return pattern.replace(r"\A", "^").replace(r"\Z", "$")
