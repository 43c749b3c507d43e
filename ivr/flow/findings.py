"""What is wrong with the operator's files, where, and why it matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ivr.errors import FlowError
from ivr.flow.codes import Code, Severity


class Pos(NamedTuple):
    """A place in a file; line and column count from 1, the column in characters."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend, in words for the operator; `clause` is empty where no standard asks for it."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    text: str
    clause: str

    def __str__(self) -> str:
        clause = f" ({self.clause})" if self.clause else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code} {self.text}{clause}"

    def as_json(self) -> dict[str, str | int]:
        """The same for machines: file, line, column, severity, code, text, clause."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity.value,
            "code": self.code,
            "text": self.text,
            "clause": self.clause,
        }


class FlowRefused(FlowError):
    """The files cannot be served; `findings` says why, errors and warnings, in the order of the files."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class FindingsReport:
    """Collects findings while the files are read; the same finding is kept once."""

    def __init__(self) -> None:
        self._found: dict[tuple[Pos, str, str], Finding] = {}
        self.errors = 0

    def add(self, code: Code, pos: Pos, **words: object) -> None:
        """Note `code` at `pos`; `words` fill its text."""
        text = code.text.format(**words)
        if (pos, code.id, text) in self._found:
            return
        self._found[(pos, code.id, text)] = Finding(*pos, code.severity, code.id, text, code.clause)
        self.errors += code.severity is Severity.ERROR

    def has_errors(self, file: str) -> bool:
        """Whether anything in the file, named as findings name it, is an error."""
        return any(one.file == file and one.severity is Severity.ERROR for one in self._found.values())

    def take(self, other: FindingsReport) -> None:
        """Note all that another one has."""
        for key, finding in other._found.items():
            if key not in self._found:
                self._found[key] = finding
                self.errors += finding.severity is Severity.ERROR

    def findings(self, order: Iterable[str]) -> tuple[Finding, ...]:
        """All findings, by file in the given order of names, then by place."""
        rank = {name: number for number, name in enumerate(order)}
        return tuple(
            sorted(self._found.values(), key=lambda f: (rank.get(f.file, len(rank)), f.file, f.line, f.column, f.code))
        )
