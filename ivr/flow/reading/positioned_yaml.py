"""YAML with a place for every key and value. Whatever is in the file, the answer is findings, never a traceback.

Built on the parser's events, not on recursion, so that depth is bounded before it can hurt. Aliases, tags and
second documents are refused: operators do not need them, and an alias can make a small file endless.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from ivr.flow import codes
from ivr.flow.findings import FindingsReport, Pos

MAX_DEPTH = 20
LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAYBE_NOT_TEXT = frozenset("~nNtTfF+-.0123456789")
_HASH = re.compile(r"[:,\[{]\s*#")
_PLACEHOLDER = re.compile(r":\s+\{\w+:\w+\}")
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"(?:[-+]?[0-9]{1,18}|0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15})\Z")
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)


@dataclass(slots=True)
class Scalar:
    """One word or text; `plain` where it was written without quotes, `lines` how many lines it runs over."""

    pos: Pos
    text: str
    plain: bool
    lines: int = 1

    @property
    def kind(self) -> str:
        """YAML 1.2's core type: null, bool, int, float or str (as editors see it)."""
        if not self.plain or (self.text and self.text[0] not in _MAYBE_NOT_TEXT):
            return "str"
        for kind, pattern in (("null", _NULL), ("bool", _BOOL), ("int", _INT), ("float", _FLOAT)):
            if pattern.match(self.text):
                return kind
        return "str"

    def number(self) -> int | float:
        """The value of an int or a float."""
        if self.kind == "int":
            return int(self.text, 0 if self.text[:2] in ("0o", "0x") else 10)
        return float(self.text.lower().replace(".inf", "inf").replace(".nan", "nan"))


@dataclass(slots=True)
class Listed:
    """A list."""

    pos: Pos
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Mapped:
    """A mapping, in the order of the file; of a key written twice the first one stays."""

    pos: Pos
    items: dict[str, tuple[Pos, Node]] = field(default_factory=dict)


Node = Scalar | Listed | Mapped


def decode(data: bytes, file: str, report: FindingsReport) -> str | None:
    """The file's text, or None and a finding at the first byte or character that cannot be."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = data[: wrong.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        report.add(codes.NOT_UTF8, Pos(file, line, column), hint=_encoding_hint(data))
        return None
    bad = _UNPRINTABLE.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        why = f"这里有看不见的控制字符（U+{ord(bad.group()):04X}），请删掉"
        report.add(codes.YAML_SYNTAX, Pos(file, line, column), why=why)
        return None
    return text


def _encoding_hint(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "（像是 UTF-16）"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "（像是 GBK）"


def parse(text: str, file: str, report: FindingsReport) -> Node | None:
    """The tree of one document, or None and a finding. An empty file is an empty mapping."""
    builder = _Builder(file, report)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            if not builder.take(event):
                return None
    except yaml.MarkedYAMLError as wrong:
        _syntax(wrong, text, file, report)
        return None
    except yaml.YAMLError as wrong:
        report.add(codes.YAML_SYNTAX, Pos(file, 1, 1), why=str(wrong).splitlines()[0])
        return None
    if builder.refused:
        return None
    root = builder.root
    if root is None or (isinstance(root, Scalar) and root.kind == "null"):
        return Mapped(Pos(file, 1, 1))
    return root


class _Builder:
    """Turns events into nodes with a stack of its own; each open mapping remembers the key that waits."""

    def __init__(self, file: str, report: FindingsReport) -> None:
        self.root: Node | None = None
        self.refused = False
        self._file = file
        self._report = report
        self._open: list[Listed | Mapped] = []
        self._keys: list[Scalar | None] = []
        self._documents = 0

    def take(self, event: Any) -> bool:
        """Add one event; False where the rest of the file must not be read."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if kind is yaml.MappingStartEvent:
            return self._start(Mapped(self._at(event)), event)
        if kind is yaml.SequenceStartEvent:
            return self._start(Listed(self._at(event)), event)
        if kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._open.pop()
            self._keys.pop()
        elif kind is yaml.AliasEvent:
            return self._refuse(codes.YAML_EXTRA, event, what=f'引用「*{event.anchor}」（若想写星号键，请加引号 "*"）')
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                return self._refuse(codes.YAML_EXTRA, event, what="第二个文档（---）")
        return True

    def _at(self, event: Any) -> Pos:
        mark = event.start_mark
        return Pos(self._file, mark.line + 1, mark.column + 1)

    def _refuse(self, code: codes.Code, event: Any, **words: object) -> bool:
        self._report.add(code, self._at(event), **words)
        self.refused = True
        return False

    def _scalar(self, event: Any) -> bool:
        if event.tag is not None and not event.implicit[1]:
            return self._refuse(codes.YAML_EXTRA, event, what=f"标签「{event.tag}」")
        plain = event.style is None or (event.style == "" and event.implicit[0])
        lines = event.end_mark.line - event.start_mark.line + 1
        return self._add(Scalar(self._at(event), event.value, plain, lines))

    def _start(self, node: Listed | Mapped, event: Any) -> bool:
        if event.tag is not None:
            return self._refuse(codes.YAML_EXTRA, event, what=f"标签「{event.tag}」")
        if len(self._open) >= MAX_DEPTH:
            return self._refuse(codes.TOO_DEEP, event, limit=MAX_DEPTH)
        going_on = self._add(node)
        self._open.append(node)
        self._keys.append(None)
        return going_on

    def _add(self, node: Node) -> bool:
        if not self._open:
            self.root = node
            return True
        parent = self._open[-1]
        if isinstance(parent, Listed):
            parent.items.append(node)
            return True
        key = self._keys[-1]
        if key is None:
            return self._key(node)
        self._keys[-1] = None
        if key.text in parent.items:
            first = parent.items[key.text][0].line
            self._report.add(codes.DUPLICATE_KEY, key.pos, name=key.text, first=first)
        else:
            parent.items[key.text] = (key.pos, node)
        return True

    def _key(self, node: Node) -> bool:
        if isinstance(node, Scalar):
            self._keys[-1] = node
            return True
        self._report.add(codes.YAML_SYNTAX, node.pos, why="键不能是列表或一组键值；若是花括号占位符，请给整句话加引号")
        self.refused = True
        return False


#: What libyaml says → what an operator understands; the first that fits is taken.
_WORDS = (
    ("while scanning an alias", "星号 * 要写在引号里，例如 \"*\""),
    ("while scanning an anchor", "& 号要写在引号里"),
    ("mapping values are not allowed", "这里不该有冒号：检查缩进；文字里有冒号时请加引号"),
    ("found unexpected end of stream", "引号没有配对"),
    ("did not find expected ',' or ']'", "方括号没有配对，或缺少逗号"),
    ("did not find expected ',' or '}'", "花括号没有配对，或缺少逗号"),
    ("did not find expected node content", "括号里缺少内容，或括号没有配对"),
    ("did not find expected '-' indicator", "列表的缩进不一致，或漏了「- 」"),
    ("could not find expected ':'", "键后面缺少冒号和空格"),
    ("did not find expected key", "缩进不一致，或引号、括号位置不对"),
    ("block sequence entries are not allowed", "列表「- 」不能写在这里，请另起一行并缩进"),
    ("cannot start any token", "这个符号不能写在开头，请给文字加引号"),
    ("unknown escape character", "双引号里的反斜杠写法不对，请改用单引号"),
)  # fmt: skip


def _syntax(wrong: yaml.MarkedYAMLError, text: str, file: str, report: FindingsReport) -> None:
    mark = wrong.problem_mark or wrong.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    for number in (line, line - 1):
        if 0 <= number < len(lines) and "\t" in _indent(lines[number]):
            report.add(codes.TAB, Pos(file, number + 1, lines[number].index("\t") + 1))
            return
    said = f"{wrong.context or ''} {wrong.problem or ''}"
    why = next((chinese for english, chinese in _WORDS if english in said), said.strip())
    start = wrong.context_mark.line if wrong.context_mark else line
    if any(_HASH.search(text) for text in lines[start : line + 1]) and "没有配对" in why:
        why += '；# 后面的字都算注释，若想写井号键，请写成 "#"'
    if line < len(lines) and _PLACEHOLDER.search(lines[line]):
        why = "文字里有花括号时，请给整句话加引号"
    if wrong.context_mark and mark and wrong.context_mark.line != mark.line:
        why += f"（从第 {wrong.context_mark.line + 1} 行开始）"
    report.add(codes.YAML_SYNTAX, Pos(file, line + 1, column + 1), why=why)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def plain(node: Node) -> Any:
    """The tree as an editor's YAML 1.2 parser would give it: dict, list, str, int, float, bool, None."""
    if isinstance(node, Mapped):
        return {key: plain(value) for key, (_, value) in node.items.items()}
    if isinstance(node, Listed):
        return [plain(item) for item in node.items]
    if node.kind in ("int", "float"):
        return node.number()
    if node.kind == "bool":
        return node.text.lower() == "true"
    return None if node.kind == "null" else node.text
