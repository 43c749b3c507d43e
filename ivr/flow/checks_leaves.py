"""Leaves: who must be known, who takes over, what is said."""

from __future__ import annotations

from ivr.flow import codes
from ivr.flow.document import Document
from ivr.flow.reading import Rec
from ivr.flow.tables import KINDS


def check(document: Document) -> None:
    """All checks of this module."""
    for id, at in document.leaves.items():
        _leaf(document, id, at.value)
        if not at.value.items("compliance") and "compliance" not in at.value.broken:
            document.report.add(codes.UNTAGGED, at.key, leaf=id)


def _leaf(document: Document, id: str, leaf: Rec) -> None:
    kind = leaf.value("kind")
    report = document.report
    if kind is None:
        return
    if kind == "consult":
        if not leaf.items("say") and "say" not in leaf.broken:
            report.add(codes.MUTE, leaf.where("say"), leaf=id)
        for name in ("queue", "reason"):
            if name in leaf.fields:
                report.add(codes.IDLE_QUEUE, leaf.fields[name].key, leaf=id, name=name)
        return
    if leaf.value("auth", "none") == "none" and "auth" not in leaf.broken:
        report.add(codes.NO_AUTH, leaf.where("auth"), leaf=id, kind=KINDS[kind])
    if "queue" not in leaf.fields and "queue" not in leaf.broken:
        report.add(codes.NO_QUEUE, leaf.pos, leaf=id, kind=KINDS[kind])
