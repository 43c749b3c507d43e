"""The form that leaves had before they were lists of steps: ask, then say, then hand over. It is read as those steps,
with a finding that says what to write instead."""

from __future__ import annotations

from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.steps import ask, handoff, say
from ivr.flow.steps import codes as step_codes

#: Fields of the old form alone.
_OLD = ("ask", "say", "reason")


def rewrite(document: Document) -> None:
    """Give every leaf of the old form its steps."""
    for id, at in document.leaves.items():
        rec: Rec = at.value
        old = [name for name in _OLD if name in rec.fields or name in rec.broken]
        if "steps" in rec.fields or "steps" in rec.broken:
            for name in old:
                if name in rec.fields:
                    document.report.add(step_codes.BOTH_FORMS, rec.fields[name].key, leaf=id, name=name)
            continue
        steps, written = _steps(rec)
        if old and not rec.broken.intersection(_OLD):
            first = min((rec.fields[name].key for name in old if name in rec.fields), key=lambda pos: pos.line)
            document.report.add(step_codes.OLD_LEAF, first, leaf=id, old="、".join(old), instead=written)
        if steps:
            rec.fields["steps"] = At(steps, at.pos, at.key)


def _steps(rec: Rec) -> tuple[list[At], str]:
    """The steps, and how they are written."""
    made: list[At] = []
    words: list[str] = []
    for number, at in enumerate(rec.items("ask"), 1):
        made.append(At((ask.KIND, at), at.pos, at.key))
        words.append(f"ask: 原来 ask 的第 {number} 项")
    says = rec.items("say")
    if says:
        where = rec.fields["say"]
        made.append(At((say.KIND, At(says, where.pos, where.key)), where.pos, where.key))
        words.append(f"say: [{', '.join(at.value for at in says)}]")
    if rec.value("kind", "consult") != "consult":
        fields: dict[str, At] = {name: rec.fields[name] for name in ("reason", "auth") if name in rec.fields}
        if rec.value("kind") == "complaint" and "reason" not in fields:
            fields["reason"] = At("complaint", rec.pos, rec.pos)
        rec.fields.pop("auth", None)  # what the machine did not ask for is the agent's to find out
        made.append(At((handoff.KIND, At(Rec(rec.pos, fields), rec.pos, rec.pos)), rec.pos, rec.pos))
        given = "，".join(f"{name}: {at.value}" for name, at in fields.items())
        words.append(f"handoff（{given}）" if given else "handoff")
    return made, "steps: [" + ", ".join(words) + "]"
