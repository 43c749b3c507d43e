"""The emergency plan: whole, within reach of those who need a person, and told to somebody (CBA 三十四 to 三十九)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ivr.flow import codes, service_codes
from ivr.flow.emergency import Others
from ivr.flow.findings import Pos
from ivr.flow.prompts.emergency import CALLED_BACK, NEEDED, NOT_KEPT
from ivr.flow.reading.collector import At, Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.emergency_file import EMERGENCY_FILE, phases
from ivr.flow.reading.field_tables import AGENTS_FILE, HOTLINE_FILE, PROMPTS_FILE
from ivr.flow.steps import callback as callback_step
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS, EmergencyKind

#: What every plan has to be ready for (CBA 三十四).
_ALWAYS = (EmergencyKind.SURGE, EmergencyKind.STAFF_LOST, EmergencyKind.SITE_LOST)


def check(document: Document) -> None:
    """All checks of this module."""
    if not document.has(EMERGENCY_FILE):
        return
    rec = document.rec(EMERGENCY_FILE)
    _kinds(document, rec)
    _contacts(document, rec)
    _detectors(document, rec)
    _drills(document, rec)
    for where, written in _phases(rec):
        _phase(document, where, written)


def _kinds(document: Document, rec: Rec) -> None:
    kinds = rec.table("kinds")
    missing = [KIND_WORDS[kind] for kind in _ALWAYS if kind.value not in kinds]
    if missing and "kinds" in rec.fields:
        document.report.add(service_codes.KINDS_MISSING, rec.fields["kinds"].key, kinds="、".join(missing))


def _contacts(document: Document, rec: Rec) -> None:
    contacts = rec.table("contacts")
    for id, at in contacts.items():
        if not at.value.fields and not at.value.broken:
            document.report.add(service_codes.CONTACT_EMPTY, at.key, contact=id)
    if "contacts" in rec.broken:
        return
    for named in _told(rec):
        if named.value not in contacts:
            near = document.reading.hint(named.value, contacts)
            document.report.add(service_codes.CONTACT_UNKNOWN, named.pos, name=named.value, near=near)


def _told(rec: Rec) -> Iterator[At]:
    for _, written in _phases(rec):
        yield from written.value.items("tell")
    for at in rec.table("detectors").values():
        yield from at.value.items("tell")


def _detectors(document: Document, rec: Rec) -> None:
    kinds = rec.table("kinds")
    for id, at in rec.table("detectors").items():
        kind, level = at.value.value("kind"), at.value.get("level")
        if kind is None or level is None or "kinds" in rec.broken:
            continue
        levels: Mapping[str, At] = kinds[kind].value if kind in kinds else {}
        if level.value not in levels:
            words = {"detector": id, "kind": KIND_WORDS[EmergencyKind(kind)], "level": level.value}
            near = document.reading.hint(level.value, levels)
            document.report.add(service_codes.LEVEL_UNKNOWN, level.pos, near=near, **words)


def _drills(document: Document, rec: Rec) -> None:
    drills: Rec | None = rec.value("drills")
    if "drills" in rec.broken:
        return
    served = [at.value for at in document.hotline.items("numbers")]
    for number in drills.items("numbers") if drills is not None else ():
        if served and number.value not in served:
            words = {"name": "numbers", "value": number.value, "near": document.reading.hint(number.value, served)}
            expected = "应为 hotline.yaml 的 numbers 里的号码"
            document.report.add(codes.BAD_VALUE, number.pos, expected=expected, **words)
    if drills is not None and (drills.fields.keys() | drills.broken) & {"callers", "numbers"}:
        return
    document.report.add(service_codes.DRILL_ALONE, rec.pos if drills is None else rec.fields["drills"].key)


def _phases(rec: Rec) -> Iterator[tuple[str, At]]:
    """Every phase, with the words for where it is."""
    for kind, at in rec.table("kinds").items():
        for id, level in at.value.items():
            for phase in phases(level.value):
                name = f"{KIND_WORDS[EmergencyKind(kind)]}（{level.value.value('label', id)}）{PHASE_WORDS[phase]}阶段"
                yield name, level.value.fields[phase.value]


def _phase(document: Document, where: str, at: At) -> None:
    rec: Rec = at.value
    queues = rec.get("queues")
    if queues is None:
        return
    kept = {document.meant.get(("queue", one.value), one.value) for one in queues.value}
    elderly = document.elderly.value("queue")
    if document.has(HOTLINE_FILE) and elderly is not None and elderly not in kept:
        document.report.add(service_codes.ELDERLY_NOT_KEPT, queues.pos, where=where, queue=elderly)
    calls_back = rec.value("others") == Others.CALLBACK
    if calls_back and document.has(AGENTS_FILE) and "callbacks" not in document.agents_file.fields:
        document.report.add(service_codes.EMERGENCY_CALLBACKS, rec.where("others"), where=where)
    if document.has(PROMPTS_FILE):
        _prompts(document, where, at.key, calls_back=calls_back)


def _prompts(document: Document, where: str, pos: Pos, *, calls_back: bool) -> None:
    needed = {NOT_KEPT: NEEDED[NOT_KEPT]}
    if calls_back:
        needed |= {CALLED_BACK: NEEDED[CALLED_BACK], **callback_step.KIND.needed}
    for name, use in needed.items():
        if name not in document.prompts:
            document.report.add(service_codes.EMERGENCY_PROMPT, pos, where=where, name=name, use=use)
