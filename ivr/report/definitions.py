"""The definitions that a store counts by, with the version of their code: what an earlier version counted is counted
again. Words, comments and docstrings are no part of it."""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

from ivr import metrics
from ivr.metrics.contributions import CallDefinitions
from ivr.records.store import Store

#: What decides what a call counts for; what annotators said is asked when a report is made.
_DEFINING = (
    "indicators/*.py",
    "clock.py",
    "contributions.py",
    "counted.py",
    "day.py",
    "lists.py",
    "patterns.py",
    "rules.py",
    "trouble.py",
)


def open_store(url: str, *, read_only: bool = False) -> Store:
    """The records in the database that `url` names, counted as they are saved. Raises StoreError."""
    return Store(url, definitions=definitions(), read_only=read_only)


@cache
def definitions() -> CallDefinitions:
    """The shipped definitions."""
    words = hashlib.sha256()
    room = Path(metrics.__path__[0])
    for pattern in _DEFINING:
        for file in sorted(room.glob(pattern)):
            words.update(_bare(file.read_text(encoding="utf-8")).encode())
    return CallDefinitions(words.hexdigest()[:16])


def _bare(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree)
