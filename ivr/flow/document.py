"""All files of one folder, read as far as they can be: what the checks look at, before there is a Flow."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ivr.flow import codes, source, yamlpos
from ivr.flow.findings import Pos, Report
from ivr.flow.hours import describe
from ivr.flow.model import Calendar
from ivr.flow.reading import At, Reading, Rec
from ivr.flow.spoken import fill_hours
from ivr.flow.tables import (
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
    reading: Reading
    files: dict[str, bytes] = field(default_factory=dict)
    recs: dict[str, Rec] = field(default_factory=dict)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    meant: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def report(self) -> Report:
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


def read(directory: Path, report: Report) -> Document:
    """Read every file of the folder."""
    document = Document(directory, Reading(report))
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
    text = yamlpos.decode(data, path, report)
    node = None if text is None else yamlpos.parse(text, path, report)
    if node is None:
        return
    rec = shape.read(node, "", document.reading)
    if rec is not None:
        document.recs[name] = rec


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
