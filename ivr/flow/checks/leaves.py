"""Leaves: who must be known, what their steps need, who takes over."""

from __future__ import annotations

from ivr.bank.vocabulary import Level
from ivr.flow import codes
from ivr.flow.checks.speech import needed
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import KINDS
from ivr.flow.steps import codes as step_codes
from ivr.flow.steps import say, verify
from ivr.flow.steps.step import Checked, StepKind


def check(document: Document) -> None:
    """All checks of this module."""
    for id, at in document.leaves.items():
        rec: Rec = at.value
        checked = _steps(document, id, rec)
        _leaf(document, id, rec, checked)
        if not rec.items("compliance") and "compliance" not in rec.broken:
            document.report.add(codes.UNTAGGED, at.key, leaf=id)


def _steps(document: Document, id: str, rec: Rec) -> Checked:
    """Go through the steps, each after those before it. The engine itself lets nobody begin below `auth`."""
    auth = Level(rec.value("auth", "none"))
    checked = Checked(id, auth, auth)
    if auth is not Level.NONE:
        needed(document, verify.KIND.needed, rec.where("auth"), f"业务「{id}」要核实身份")
    for at in rec.items("steps"):
        kind, value = at.value
        if checked.over:
            document.report.add(step_codes.UNREACHED_STEP, at.pos, leaf=id, name=kind.name)
        _values(document, checked, kind, value)
        kind.check(value, checked, document)
        if kind is not verify.KIND or checked.level is not Level.NONE:
            needed(document, kind.needs(value.value), at.pos, f"业务「{id}」有 {kind.name} 步骤")
        if kind is say.KIND and isinstance(value.value, Rec):
            continue
        for prompt in kind.speaks(value.value):
            document.spoken_by.setdefault(prompt, []).append((id, dict(checked.spoken), dict(checked.slots)))
    return checked


def _values(document: Document, checked: Checked, kind: StepKind, value: At) -> None:
    """What the items of a list add to what the prompts that speak them may name."""
    if kind is say.KIND and isinstance(value.value, Rec):
        items = checked.lists.get(value.value.value("each", ""), {})
        for prompt in kind.speaks(value.value):
            spoken = {**checked.spoken, **items}
            document.spoken_by.setdefault(prompt, []).append((checked.leaf, spoken, dict(checked.slots)))


def _leaf(document: Document, id: str, leaf: Rec, checked: Checked) -> None:
    kind = leaf.value("kind")
    report = document.report
    if kind is None:
        return
    if not leaf.items("steps") and "steps" not in leaf.broken and "say" not in leaf.broken:
        report.add(codes.MUTE, leaf.where("steps"), leaf=id)
    if kind == "consult":
        plain = all(at.value[0] is say.KIND for at in leaf.items("steps"))
        for name in ("queue", "reason"):
            if name in leaf.fields and plain:
                report.add(codes.IDLE_QUEUE, leaf.fields[name].key, leaf=id, name=name)
        return
    if max(checked.leaf_level, checked.by_agents) is Level.NONE and not {"auth", "steps"} & leaf.broken:
        report.add(codes.NO_AUTH, leaf.where("auth"), leaf=id, kind=KINDS[kind])
    if "queue" not in leaf.fields and "queue" not in leaf.broken:
        report.add(codes.NO_QUEUE, leaf.pos, leaf=id, kind=KINDS[kind])
