"""All files of one folder, read as far as they can be: what the checks look at, before there is a Flow."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ivr.flow import codes
from ivr.flow.findings import FindingsReport, Pos
from ivr.flow.hours import describe
from ivr.flow.kinds import SlotKind
from ivr.flow.model import Calendar
from ivr.flow.prompts.prompt_text import fill_hours
from ivr.flow.reading import characters, positioned_yaml, source
from ivr.flow.reading.characters import Odd
from ivr.flow.reading.collector import At, Collector, Rec
from ivr.flow.reading.field_tables import (
    AGENTS_FILE,
    BANNED_FILE,
    CALLERS,
    CALLERS_FILE,
    FILES,
    HOTLINE_FILE,
    HOURS_FILE,
    KNOWLEDGE_FILE,
    OPTIONAL,
    PROMPTS_FILE,
    TIMEZONE_DEFAULT,
)

NO_LANGUAGE = "zh"


@dataclass(slots=True)
class Spoken:
    """A prompt as written: its kind, and its texts by language with their places."""

    id: str
    pos: Pos
    kind: str
    kind_at: Pos
    texts: dict[str, At]


@dataclass
class Document:
    """What stands in the files. Whatever is broken is absent here and already in the report."""

    directory: Path
    reading: Collector
    files: dict[str, bytes] = field(default_factory=dict)
    recs: dict[str, Rec] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    meant: dict[tuple[str, str], str] = field(default_factory=dict)
    #: Prompt → the leaves whose steps speak it, with what each may name there: value → placeholder type, and slot.
    spoken_by: dict[str, list[tuple[str, dict[str, str], dict[str, SlotKind]]]] = field(default_factory=dict)

    @property
    def report(self) -> FindingsReport:
        """Where findings go."""
        return self.reading.report

    @property
    def order(self) -> list[str]:
        """File names as the findings give them, in reading order."""
        return [self.path(name) for name in (*FILES, *self.files)]

    def path(self, name: str) -> str:
        """The file's name as the findings give it."""
        return str(self.directory / name)

    def has(self, *names: str) -> bool:
        """Whether all these files could be read."""
        return all(name in self.recs for name in names)

    def rec(self, name: str) -> Rec:
        """The file's top mapping; an empty one where the file could not be read."""
        return self.recs.get(name) or Rec(Pos(self.path(name), 1, 1))

    @property
    def hotline(self) -> Rec:
        """hotline.yaml."""
        return self.rec(HOTLINE_FILE)

    @property
    def agents_file(self) -> Rec:
        """agents.yaml."""
        return self.rec(AGENTS_FILE)

    @cached_property
    def menus(self) -> dict[str, At]:
        """Menu id → its Rec."""
        return self.hotline.table("menus")

    @cached_property
    def leaves(self) -> dict[str, At]:
        """Leaf id → its Rec."""
        return self.hotline.table("leaves")

    @cached_property
    def queues(self) -> dict[str, At]:
        """Queue id → its Rec."""
        return self.agents_file.table("queues")

    @cached_property
    def intents(self) -> dict[str, At]:
        """Intent id → its Rec; none where there is no knowledge.yaml."""
        return self.rec(KNOWLEDGE_FILE).table("intents")

    @property
    def calendar_names(self) -> dict[str, At]:
        """Calendar id → its Rec."""
        return self.rec(HOURS_FILE).table("calendars")

    @property
    def timezone(self) -> str:
        """IANA name."""
        return str(self.rec(HOURS_FILE).value("timezone", TIMEZONE_DEFAULT))

    @property
    def timezone_at(self) -> At | None:
        """The timezone and where it is written; None where it is not."""
        return self.rec(HOURS_FILE).get("timezone")

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages, the default one first."""
        return tuple(dict.fromkeys(at.value for at in self.hotline.items("languages"))) or (NO_LANGUAGE,)

    @cached_property
    def keys(self) -> dict[str, At]:
        """Name of a reserved key (repeat, back, agent, elderly) → the key; only single keys."""
        found: Rec | None = self.hotline.value("keys")
        return {} if found is None else {name: at for name, at in found.fields.items() if len(at.value) == 1}

    @property
    def elderly(self) -> Rec:
        """The elderly profile."""
        found: Rec = self.hotline.value("elderly") or Rec(self.hotline.pos)
        return found

    @cached_property
    def banned(self) -> list[str]:
        """Words that are not polite."""
        return [at.value for at in self.rec(BANNED_FILE).items("words")]

    @cached_property
    def prompts(self) -> dict[str, Spoken]:
        """Prompt id → what is to be spoken."""
        return {id: self._spoken(id, at) for id, at in self.rec(PROMPTS_FILE).table("prompts").items()}

    def said(self, text: str) -> str:
        """The text with the hours it names in words, as far as they are known."""
        return fill_hours(text, lambda name: describe(self.calendars[name]) if name in self.calendars else "")

    def within(self, at: At, offset: int, written: str) -> Pos:
        """Where in the file `written` stands, which is at `offset` of the text `at`; the text's own place where it
        is written with escapes."""
        name = next((name for name in self.files if self.path(name) == at.pos.file), None)
        if name is None:
            return at.pos
        lines = self.files[name].decode("utf-8-sig", "replace").splitlines()[at.pos.line - 1 :]
        lines[:1] = [" " * (at.pos.column - 1) + line[at.pos.column - 1 :] for line in lines[:1]]
        before = at.value[:offset].count(written)
        for number, line in enumerate(lines):
            found = [each.start() for each in re.finditer(re.escape(written), line)]
            if before < len(found):
                return Pos(at.pos.file, at.pos.line + number, found[before] + 1)
            before -= len(found)
        return at.pos

    def _spoken(self, id: str, at: At) -> Spoken:
        kind, kind_at, text = "info", at.pos, at
        if isinstance(at.value, Rec):
            kind = at.value.value("kind", "info")
            kind_at = at.value.where("kind")
            given = at.value.get("text")
            if given is None:  # already reported
                return Spoken(id, at.key, kind, kind_at, {})
            text = given
        if isinstance(text.value, dict):
            return Spoken(id, at.key, kind, kind_at, text.value)
        return Spoken(id, at.key, kind, kind_at, {self.languages[0]: text})


def read(directory: Path, report: FindingsReport) -> Document:
    """Read every file of the folder."""
    document = Document(directory, Collector(report))
    if not directory.is_dir():
        report.add(codes.FILE_MISSING, Pos(str(directory), 1, 1), name="目录")
        return document
    for name, shape in FILES.items():
        absent = name in OPTIONAL and not os.path.lexists(directory / name)
        if name != CALLERS_FILE and not absent:
            _read(document, name, shape)
    callers = document.elderly.value("callers")
    if callers is not None and callers not in document.files:
        _read(document, callers, CALLERS)
    _strangers(document)
    return document


def _read(document: Document, name: str, shape: Any) -> None:
    report = document.report
    data = source.read(document.directory / name, report)
    if data is None:
        return
    document.files[name] = data
    path = document.path(name)
    text = positioned_yaml.decode(data, path, report)
    if text is None:
        return
    taken = _mended(text, path, shape)
    report.take(taken.reading.report)
    document.reading.refs += taken.reading.refs
    if taken.rec is not None:
        document.recs[name] = taken.rec


@dataclass(slots=True)
class _Taken:
    """One reading of a file's text: what it gave, and its findings."""

    reading: Collector
    rec: Any


def _take(text: str, path: str, shape: Any) -> _Taken:
    reading = Collector(FindingsReport())
    node = positioned_yaml.parse(text, path, reading.report)
    return _Taken(reading, None if node is None else shape.read(node, "", reading))


def _mended(text: str, path: str, shape: Any) -> _Taken:
    """Read the text; where characters that only look right are why it has errors, those are the findings, and the
    text is read as it was meant."""
    odd = characters.candidates(text)
    sure = [one for one in odd if one.sure]
    taken = _take(characters.mended(text, sure), path, shape)
    if taken.reading.report.errors and len(odd) > len(sure):
        best = _take(characters.mended(text, odd), path, shape)
        if best.reading.report.errors < taken.reading.report.errors or _further(best, taken):
            sure = sorted({*sure, *_needed(text, odd, path, shape, best)}, key=lambda one: one.at)
            taken = _take(characters.mended(text, sure), path, shape)
    for one in sure:
        taken.reading.report.add(codes.CONFUSABLE, Pos(path, one.line, one.column), why=one.why)
    return taken


def _further(one: _Taken, other: _Taken) -> bool:
    """Whether one could be read where the other could not."""
    return one.rec is not None and other.rec is None


def _needed(text: str, odd: Sequence[Odd], path: str, shape: Any, best: _Taken) -> list[Odd]:
    """Those without which the text reads worse than with all of them mended."""
    unsure = [one for one in odd if not one.sure]
    if len(unsure) > characters.MOST:
        return unsure
    found = []
    for one in unsure:
        without = _take(characters.mended(text, [other for other in odd if other is not one]), path, shape)
        if without.reading.report.errors > best.reading.report.errors or _further(best, without):
            found.append(one)
    return found


def _strangers(document: Document) -> None:
    known = {*FILES, *document.files}
    if document.has(HOTLINE_FILE) and CALLERS_FILE not in document.files:
        known.discard(CALLERS_FILE)  # it is there, but elderly.callers does not name it
    try:
        found = sorted(path.name for path in document.directory.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError as wrong:
        pos = Pos(str(document.directory), 1, 1)
        document.report.add(codes.FILE_UNREADABLE, pos, name="目录", why=wrong.strerror or str(wrong))
        return
    for name in found:
        if name not in known:
            hint = document.reading.hint(name, known)
            document.report.add(codes.FILE_UNKNOWN, Pos(document.path(name), 1, 1), name=name, near=hint)
