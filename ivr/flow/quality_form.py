"""The bank's form for scoring agents' parts of calls (CBA 十五, 附件1), as typed values; and as the text that is kept
with scores, so that an earlier score keeps saying what it said when the form changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from ivr.errors import FlowError

#: The points of all items together.
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Item:
    """What is judged, `words` say how it is done well. `points` at most, of a `yes_no` one all or none; without points
    it only decides. `critical` (一票否决): where it has none, or the answer is no, the whole score is 0."""

    id: str
    words: str
    points: int = 0
    yes_no: bool = False
    critical: bool = False
    clause: str = ""
    help: str = ""

    @property
    def most(self) -> int:
        """The highest answer: points; 1 is yes and 0 no."""
        return 1 if self.yes_no else self.points

    def earned(self, answer: int) -> int:
        """The points of an answer."""
        return answer * self.points if self.yes_no else answer


@dataclass(frozen=True, slots=True)
class Section:
    """Items that belong together."""

    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class QualityForm:
    """A whole form. From `good` points on an agent's part was good, below `passing` somebody should talk with him."""

    title: str
    sections: tuple[Section, ...]
    good: int = 90
    passing: int = 75

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the form's order."""
        return tuple(one for section in self.sections for one in section.items)

    @cached_property
    def kept(self) -> str:
        """The form as JSON: what is kept with its scores."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @cached_property
    def version(self) -> str:
        """12 hex digits of the SHA-256 over `kept`: a form that says anything else has another."""
        return sha256(self.kept.encode()).hexdigest()[:12]

    def verdict(self, score: float) -> str:
        """In a word."""
        return "优良" if score >= self.good else "合格" if score >= self.passing else "须辅导"


def from_kept(text: str) -> QualityForm:
    """The form that was kept with a score. Raises FlowError for a text that is none."""
    try:
        found = json.loads(text)
        sections = tuple(_section(one["label"], one["items"]) for one in found["sections"])
        return QualityForm(found["title"], sections, found["good"], found["passing"])
    except (ValueError, TypeError, KeyError) as wrong:
        raise FlowError("数据库里的评分表读不出来") from wrong


def _section(label: str, items: Iterable[Mapping[str, Any]]) -> Section:
    return Section(label, tuple(Item(**one) for one in items))


#: The form of a folder without quality.yaml.
STANDARD = QualityForm(
    "人工服务质量",
    (
        Section(
            "开始与礼仪",
            (
                Item("number", "主动报工号", 10, clause="HB 7.1.3"),
                Item("manner", "礼貌用语、语速和语气", 15, clause="HB 7.1"),
            ),
        ),
        Section(
            "业务处理",
            (
                Item("listening", "听懂并确认客户的需要", 15),
                Item("answer", "业务回答正确、完整", 30, clause="CBA 十八"),
                Item("identity", "按规定核实身份，不泄露客户信息", 15, critical=True, clause="HB 7.3.2"),
            ),
        ),
        Section(
            "等待与结束",
            (
                Item("waiting", "让客户等待前说明原因，三十秒内有回应", 10, clause="HB 7.4.5"),
                Item("ending", "确认问题已解决，请客户评价后结束", 5, clause="HB 11.2"),
            ),
        ),
    ),
)
