"""Shapes and words that the tables of fields and the kinds of steps share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ivr.bank.vocabulary import AccountKind, Level
from ivr.flow.kinds import SlotKind, When
from ivr.flow.reading.collector import At, Collector
from ivr.flow.reading.fields import Many, Record, Shape, Word
from ivr.flow.reading.positioned_yaml import Mapped, Node, Scalar
from ivr.flow.reading.values import line

AUTHS = {"none": "不需识别身份", "identified": "识别身份", "verified": "核实身份"}
SLOTS = {
    "amount": "金额",
    "date": "日期",
    "last4": "卡号后四位",
    "yes_no": "是或不是",
    "phone": "电话号码",
    "count": "数目",
    "account": "客户的一个账户",
    "reference": "受理编号或投诉编号",
}
WHEN = {"coming": "今天或以后", "past": "今天或以前", "any": "都可以"}
ACCOUNT_KINDS = {str(kind): kind.word for kind in AccountKind}
if {*WHEN} != {*When} or {*AUTHS} != {*Level} or {*SLOTS} != {*SlotKind}:
    raise RuntimeError("the words of words.py and the model differ")

TEXT = Word("一行文字", r"\A[^\r\n\t]+\Z", line)
NAME = r"\A[A-Za-z0-9_][A-Za-z0-9_-]*\Z"


def ref(kind: str, what: str, special: tuple[str, ...] = ()) -> Word:
    """The name of something that must exist in another place."""
    return Word(f"{what}的名字", NAME, loose=True, ref=kind, special=special)


def value_name(what: str) -> Word:
    """The name of a value that a step before has given."""
    return Word(f"{what}的名字", r"\A[a-z][a-z0-9_]*\Z")


PROMPT_NAME = ref("prompt", "提示语")


@dataclass(slots=True)
class NamesOr(Shape):
    """One name, a list of them, or the fuller shape where there is one. Read: a list of At, or what that gives."""

    full: Record | None
    name: Word
    expected: str = "一个名字或列表"

    def read(self, node: Node, name: str, reading: Collector) -> Any:
        """A list of At, or a Rec."""
        if isinstance(node, Scalar):
            value = self.name.read(node, name, reading)
            return None if value is None else [At(value, node.pos, node.pos)]
        if isinstance(node, Mapped) and self.full is not None:
            return self.full.read(node, name, reading)
        return Many(self.name, 1).read(node, name, reading)

    def schema(self) -> dict[str, Any]:
        """anyOf the three."""
        fuller = [] if self.full is None else [self.full.schema()]
        return {"anyOf": [self.name.schema(), Many(self.name, 1).schema(), *fuller]}


#: What may follow a leaf, beside another leaf or a menu: back to the menu where the caller came from, or goodbye.
BACK, GOODBYE = "menu", "goodbye"


@dataclass(slots=True)
class Next(Shape):
    """`menu`, `goodbye`, `{leaf: ID}` or `{menu: ID}`. Read: (word, id or None)."""

    expected: str = "menu、goodbye、{leaf: 业务} 或 {menu: 菜单}"

    def read(self, node: Node, name: str, reading: Collector) -> tuple[str, str | None] | None:
        """Where to."""
        if isinstance(node, Scalar) and node.text in (BACK, GOODBYE):
            return node.text, None
        if isinstance(node, Mapped) and len(node.items) == 1:
            ((word, (_, item)),) = node.items.items()
            shapes = {"leaf": ref("leaf", "业务"), "menu": ref("menu", "菜单")}
            if word in shapes:
                found = shapes[word].read(item, word, reading)
                return None if found is None else (word, str(found))
        self._wrong_type(node, name, reading)
        return None

    def schema(self) -> dict[str, Any]:
        """anyOf the two words and the two mappings."""
        mappings = [
            {
                "type": "object",
                "properties": {word: ref(word, what).schema()},
                "required": [word],
                "additionalProperties": False,
            }
            for word, what in (("leaf", "业务"), ("menu", "菜单"))
        ]
        return {"anyOf": [{"enum": [BACK, GOODBYE]}, *mappings]}
