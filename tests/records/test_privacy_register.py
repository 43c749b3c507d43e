"""The register has a row for every column and for every file; docs/privacy.md says what it says."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect

from ivr.records.database.engine import open_engine
from ivr.records.privacy.register import REGISTER, columns, identifying, of_file
from ivr.records.privacy.register_text import markdown
from ivr.records.privacy.retention import DAYS, WORDS, Retention
from ivr.records.store import Store

HOUSE = Path(__file__).parents[2]
MISSING = (
    "不在资料登记表里：请在 ivr/records/privacy/customer_data.py 或 operating_data.py 写明"
    "用途、依据、保存期限和谁可以看"
)


def tables_of(url: str) -> set[tuple[str, str]]:
    """Every column of a database as it really is."""
    engine = open_engine(url, 5000)
    found = inspect(engine)
    every = {(table, column["name"]) for table in found.get_table_names() for column in found.get_columns(table)}
    engine.dispose()
    return every


def unregistered(every: set[tuple[str, str]]) -> set[tuple[str, str]]:
    return every - {(table, column) for table, column, _ in columns()}


def test_every_column_is_in_one_row_and_every_row_speaks_of_what_there_is(store: Store, url: str) -> None:
    every = tables_of(url)
    assert unregistered(every) == set(), f"{MISSING}：{sorted(unregistered(every))}"
    assert {(table, column) for table, column, _ in columns()} == every
    assert [place for place, times in Counter((t, c) for t, c, _ in columns()).items() if times > 1] == []


def test_a_column_that_somebody_adds_is_found(store: Store, url: str) -> None:
    assert unregistered(tables_of(url) | {("call", "mothers_name")}) == {("call", "mothers_name")}


def test_what_identifies_is_a_column_of_its_own_row() -> None:
    for kind in REGISTER:
        own = {f"{table}.{name}" for table, names in kind.columns.items() for name in names.split()}
        assert set(kind.identifying) <= own, kind.id
    assert identifying("call") == {"caller_number", "customer_id"} and identifying("daily_count") == frozenset()


def test_every_row_says_what_for_why_and_who() -> None:
    assert len({kind.id for kind in REGISTER}) == len(REGISTER)
    for kind in REGISTER:
        assert kind.label and kind.purpose and kind.basis and kind.seen_by and (kind.columns or kind.files), kind.id
    assert {kind.retention for kind in REGISTER} == set(Retention) == WORDS.keys() and DAYS.keys() <= WORDS.keys()


# ---- files

#: `settings.NAME` → below the state folder.
PLACES = {
    "state": "", "asterisk": "asterisk/", "journal": "journal/", "utterances": "utterances/",
    "recordings": "asterisk/recordings/", "messages": "asterisk/messages/", "listening": "listening/",
}  # fmt: skip


def constant(name: str, source: str) -> str | None:
    """What a name of this module stands for where it is a text: its own, or imported from another module."""
    name = name.rpartition(".")[2]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=[ast.Name(id=own)], value=ast.Constant(value=str(text))) if own == name:
                return text
            case ast.ImportFrom(module=str(module)) if any(alias.name == name for alias in node.names):
                file = HOUSE / f"{module.replace('.', '/')}.py"
                return constant(name, file.read_text("utf-8")) if file.exists() else None
    return None


def files_named(source: str) -> Iterator[str]:
    """Paths below the state folder that the code writes down: `settings.state / "x"`, `self._settings.asterisk / …`."""
    divisions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.BinOp)]
    inner = {id(node.left) for node in divisions}
    for node in divisions:
        if not isinstance(node.op, ast.Div) or id(node) in inner:
            continue
        text = ast.unparse(node)
        # `settings.recordings / …`, or the state folder under whatever name it was given: `self._state / …`
        found = re.fullmatch(r"(?:\w+\.)*_?settings\.(\w+)(?:\.resolve\(\))? / (.+)", text) or re.fullmatch(
            r"(?:\w+\.)*_?(state) / (.+)", text
        )
        if found is None or found[1] not in PLACES:
            continue
        parts = [part.strip("'") if "'" in part else constant(part, source) or "x" for part in found[2].split(" / ")]
        yield PLACES[found[1]] + "/".join("x" if re.search(r"[^\w.-]", part) else part for part in parts)


def test_every_file_that_the_code_names_is_in_a_row() -> None:
    sources = [file for file in (HOUSE / "ivr").rglob("*.py") if "node_modules" not in file.parts]
    named = {path: file for file in sources for path in files_named(file.read_text("utf-8"))}
    assert len(named) > 10
    # a folder is there for files below it (`asterisk` for folders); `x` alone is what a row of the database names
    missing = {path for path in named if of_file(path) is None and of_file(f"{path}/x") is None} - {"x", "asterisk"}
    assert missing == set(), f"{MISSING}：{sorted(missing)}"


def test_a_file_that_is_in_no_row_is_found() -> None:
    source = 'place = self._settings.asterisk / "voiceprints" / f"{name}.bin"\nother = settings.state / "names.txt"'
    assert [*files_named(source)] == ["asterisk/voiceprints/x", "names.txt"]
    assert [of_file(path) for path in files_named(source)] == [None, None]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("asterisk/recordings/node1-17.3-1001.wav", "recordings"),
        ("asterisk/messages/node1-17.3-1.wav", "work"),
        ("utterances/2026-01-05/node1-17.3-t1.wav", "utterances"),
        ("ivr.sqlite-wal", "database"),
        ("journal/journal-00000001.jsonl", "journal"),
        ("ivr.log.3.gz", "logs"),
    ],
)
def test_files_are_known_by_their_place(path: str, kind: str) -> None:
    found = of_file(path)
    assert found is not None and found.id == kind


def test_the_document_is_printed_from_the_register() -> None:
    text = (HOUSE / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert markdown() in text, "docs/privacy.md：请运行 ivr privacy register > docs/privacy.md"
