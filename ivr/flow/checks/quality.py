"""The form that calls are scored with gives a score out of 100, in which every item counts."""

from __future__ import annotations

from ivr.flow import quality_codes as codes
from ivr.flow.quality_form import WHOLE
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.quality_file import QUALITY_FILE, good, passing


def check(document: Document) -> None:
    """All checks of this module."""
    if not document.has(QUALITY_FILE):
        return
    rec = document.rec(QUALITY_FILE)
    if passing(rec) > good(rec) and not rec.broken & {"passing", "good"}:
        place = rec.where("passing" if "passing" in rec.fields else "good")
        document.report.add(codes.PASSING_ABOVE_GOOD, place, passing=passing(rec), good=good(rec))
    items = [entry for at in rec.items("sections") for entry in at.value.table("items").items()]
    _names(document, items)
    _idle(document, items)
    if "sections" in rec.fields and not document.report.has_errors(document.path(QUALITY_FILE)):
        total = sum(at.value.value("points", 0) for _, at in items)
        if total != WHOLE:  # told only of items that are right by themselves
            document.report.add(codes.NOT_WHOLE, rec.fields["sections"].key, whole=WHOLE, total=total)


def _names(document: Document, items: list[tuple[str, At]]) -> None:
    """A name is one item's in the whole form: answers are kept by it."""
    first: dict[str, int] = {}
    for id, at in items:
        if id in first:
            document.report.add(codes.ITEM_TWICE, at.key, item=id, first=first[id])
        first.setdefault(id, at.key.line)


def _idle(document: Document, items: list[tuple[str, At]]) -> None:
    for id, at in items:
        rec: Rec = at.value
        decides = rec.value("yes_no", False) and rec.value("critical", False)
        if not rec.value("points", 0) and not decides and not rec.broken & {"points", "yes_no", "critical"}:
            document.report.add(codes.ITEM_IDLE, at.key, item=id)
