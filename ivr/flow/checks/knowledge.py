"""The knowledge base (CBA 十八): sourced, owned, in force, and no two entries that sound the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz import fuzz, process

from ivr.flow import codes, graph
from ivr.flow.checks.tree import MOST_LEVELS, elderly_root, entry_roots
from ivr.flow.findings import Pos
from ivr.flow.model import TargetKind
from ivr.flow.reading.collector import Rec
from ivr.flow.reading.document import Document
from ivr.flow.reading.field_tables import AGENTS_FILE, HOTLINE_FILE, KNOWLEDGE_FILE

LEAST_QUESTIONS = 5
#: More would make each understanding slow, and this check with it.
MOST_QUESTIONS = 5_000
COLLIDING = 95.0
_WAYS = ("leaf", "menu", "handoff", "answer")
_WHAT = {TargetKind.LEAF: "业务", TargetKind.MENU: "菜单", TargetKind.HANDOFF: "队列"}


@dataclass(frozen=True, slots=True)
class _Question:
    """A question of an intent: as written, bare of everything but letters and digits, and its place."""

    intent: str
    text: str
    bare: str
    pos: Pos


def check(document: Document, today: date) -> None:
    """All checks of this module, as of a day."""
    if not document.has(KNOWLEDGE_FILE):
        return
    least = document.rec(KNOWLEDGE_FILE).value("least_questions", LEAST_QUESTIONS)
    for id, at in document.intents.items():
        _intent(document, id, at.value, at.key)
        _validity(document, id, at.value, today)
        count = len(at.value.items("questions"))
        if count < least and "questions" in at.value.fields:
            where = at.value.fields["questions"].key
            document.report.add(codes.FEW_QUESTIONS, where, intent=id, count=count, least=least)
    _collisions(document)
    if document.has(HOTLINE_FILE, AGENTS_FILE):
        _reach(document)


def _intent(document: Document, id: str, rec: Rec, pos: Pos) -> None:
    written = [name for name in _WAYS if name in rec.fields or name in rec.broken]
    if len(written) != 1:
        document.report.add(codes.ONE_ANSWER, pos, intent=id, count=len(written))
    # What the hotline itself may say. Callers' own words (the extended questions) may be as they are.
    for name, what in (("question", "标准问"), ("label", "名称")):
        at = rec.get(name)
        for word in document.banned if at else ():
            if at and word in at.value:
                document.report.add(codes.IMPOLITE, at.pos, where=f"知识「{id}」的{what}", word=word)


def _validity(document: Document, id: str, rec: Rec, today: date) -> None:
    first, last = rec.value("valid_from"), rec.get("valid_to")
    if last is None:
        return
    if first is not None and last.value < first:
        document.report.add(codes.BAD_VALIDITY, last.pos, intent=id, day=first)
    elif last.value < today:
        document.report.add(codes.EXPIRED, last.pos, intent=id, day=last.value)


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def _questions(document: Document) -> Iterable[_Question]:
    for id, intent in document.intents.items():
        standard = intent.value.get("question")
        for at in [*([standard] if standard else []), *intent.value.items("questions")]:
            yield _Question(id, at.value, _bare(at.value), at.pos)


class _Known:
    """Questions by their length: only few can be so like another that the words must be compared."""

    def __init__(self) -> None:
        self._same: dict[str, list[int]] = {}
        self._of_length: dict[int, dict[int, str]] = {}

    def add(self, bare: str, number: int) -> None:
        """Know one more."""
        self._same.setdefault(bare, []).append(number)
        self._of_length.setdefault(len(bare), {})[number] = bare

    def like(self, bare: str) -> list[int]:
        """The numbers of those that are COLLIDING, as they came. Of two texts so many characters may differ (one less,
        one more, each counts) as their lengths allow; where that is not one, only the same text is like."""
        found = set(self._same.get(bare, ()))
        for length, there in self._of_length.items():
            differ = (100 - COLLIDING) / 100 * (len(bare) + length)
            if differ >= 1 and abs(len(bare) - length) <= differ:
                found |= {
                    at for _, _, at in process.extract_iter(bare, there, scorer=fuzz.ratio, score_cutoff=COLLIDING)
                }
        return sorted(found)


@lru_cache(maxsize=4)  # while another file is typed, the questions stay
def _near_before(said: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Of each question, those before it that are like it."""
    known = _Known()
    found = []
    for number, bare in enumerate(said):
        found.append(tuple(known.like(bare)))
        known.add(bare, number)
    return tuple(found)


def _collisions(document: Document) -> None:
    """Each question against those before it: the first that is the same or nearly so is named."""
    said = list(_questions(document))
    if len(said) > MOST_QUESTIONS:
        where = document.rec(KNOWLEDGE_FILE).fields["intents"].key
        document.report.add(codes.MANY_QUESTIONS, where, count=len(said), most=MOST_QUESTIONS)
        return
    for each, near in zip(said, _near_before(tuple(each.bare for each in said)), strict=True):
        for other in sorted((said[at] for at in near), key=lambda other: other.intent == each.intent):
            words = {"text": each.text, "other": other.text, "first": other.pos.line}
            if other.intent != each.intent:
                document.report.add(codes.COLLISION, each.pos, intent=other.intent, **words)
            elif other.bare == each.bare:
                document.report.add(codes.QUESTION_TWICE, each.pos, **words)
            else:  # nearly the same words for the same thing do no harm
                continue
            break


def _reach(document: Document) -> None:
    """What can be said can also be keyed, within three levels (D1)."""
    near = _near(document)
    for id, intent in document.intents.items():
        for kind in TargetKind:
            at = intent.value.get(kind.value)
            if at is None:
                continue
            ref = "queue" if kind is TargetKind.HANDOFF else kind.value
            name = document.meant.get((ref, at.value), at.value)
            there = {"menu": document.menus, "leaf": document.leaves, "queue": document.queues}[ref]
            if name in there and (kind, name) not in near:
                document.report.add(codes.FAR_TARGET, at.pos, intent=id, what=_WHAT[kind], name=name)


def _near(document: Document) -> set[tuple[TargetKind, str]]:
    options = graph.options(document)
    roots = [*entry_roots(document), *filter(None, [elderly_root(document)])]
    menus, leaves = graph.menu_levels(graph.walk(options, root) for root in roots)
    found = {(TargetKind.MENU, id) for id, level in menus.items() if level <= MOST_LEVELS}
    found |= {(TargetKind.LEAF, id) for id, level in leaves.items() if level <= MOST_LEVELS}
    queues = [rec.value("queue") for rec in (document.hotline.value("agent"), document.elderly) if rec is not None]
    queues += [document.leaves[id].value.value("queue") for kind, id in found if kind is TargetKind.LEAF]
    queues += [edge.id for kind, id in found if kind is TargetKind.MENU for edge in options.get(id, ())
               if edge.kind is TargetKind.HANDOFF]  # fmt: skip
    return found | {(TargetKind.HANDOFF, document.meant.get(("queue", id), id)) for id in queues}
