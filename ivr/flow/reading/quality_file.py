"""quality.yaml: what may stand in it, and what it means."""

from __future__ import annotations

from ivr.flow.quality_form import WHOLE, Item, QualityForm, Section
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.fields import Field, Flag, Many, Number, Record, Table
from ivr.flow.reading.words import TEXT

QUALITY_FILE = "quality.yaml"

ITEM = Record(
    (
        Field("words", TEXT, "评什么，写做到了是什么样"),
        Field("points", Number(1, WHOLE), "满分；一票否决的是非题可以不写", False),
        Field("yes_no", Flag(), "是非题：答是得满分，答否得 0 分；默认否，按 0 到满分打分", False),
        Field("critical", Flag(), "一票否决：得 0 分或答否，总分就是 0；默认否", False),
        Field("clause", TEXT, "依据的条款，例如 HB 7.1.3", False),
        Field("help", TEXT, "评分说明，评分时显示在这一项下面", False),
    ),
    "一个评分项",
)
SECTION = Record(
    (Field("label", TEXT, "这一部分的名称"), Field("items", Table(ITEM, least=1), "评分项，按顺序显示")),
    "评分表的一个部分",
)
QUALITY = Record(
    (
        Field("title", TEXT, "评分表的名称"),
        Field("good", Number(1, WHOLE), "多少分起为优良，默认 90", False),
        Field("passing", Number(1, WHOLE), "多少分起为合格，更低的须辅导，默认 75", False),
        Field("sections", Many(SECTION, 1), f"各个部分；所有评分项的满分合计 {WHOLE}"),
    ),
    "质检评分表",
)


def form(rec: Rec) -> QualityForm:
    """The form of a file without errors."""
    sections = tuple(_section(at.value) for at in rec.items("sections"))
    return QualityForm(rec.value("title"), sections, good(rec), passing(rec))


def good(rec: Rec) -> int:
    """From how many points on a part of a call was good."""
    return int(rec.value("good", QualityForm.good))


def passing(rec: Rec) -> int:
    """From how many points on it will do."""
    return int(rec.value("passing", QualityForm.passing))


def _section(rec: Rec) -> Section:
    return Section(rec.value("label"), tuple(_item(id, at.value) for id, at in rec.table("items").items()))


def _item(id: str, rec: Rec) -> Item:
    return Item(
        id=id,
        words=rec.value("words"),
        points=rec.value("points", 0),
        yes_no=rec.value("yes_no", False),
        critical=rec.value("critical", False),
        clause=rec.value("clause", ""),
        help=rec.value("help", ""),
    )
