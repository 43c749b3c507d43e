"""What the documents name exists: files, folders, names in modules, commands of make, links."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
DOCUMENTS = [
    *(TOP / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
    TOP / "docs" / "architecture.md",
    TOP / "tests" / "calls" / "README.md",
]
#: A path of the project, and after a colon a name in that module.
_PATH = re.compile(r"(?<![\w/.<>-])((?:ivr|tests|asterisk-conf|monitoring|docs|flows)/[\w./-]*[\w/])(?::(\w+))?")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
_MAKE = re.compile(r"`make ([a-z-]+)")


def gone(text: str, folder: Path) -> list[str]:
    """What the text names and the project has not."""
    found = []
    text = text.replace("\\n", "\n")  # as lines break in drawings
    for path, name in _PATH.findall(text):
        if not (TOP / path).exists():
            found.append(path)
        elif name and name not in names(TOP / path):
            found.append(f"{path}:{name}")
    found += [link for link in _LINK.findall(text) if not (folder / link).exists()]
    rules = re.findall(r"(?m)^([a-z-]+):", (TOP / "Makefile").read_text(encoding="utf-8"))
    return found + [f"make {rule}" for rule in _MAKE.findall(text) if rule not in rules]


def names(module: Path) -> set[str]:
    """Classes, functions and constants at the top of a module."""
    found = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TOP)))
def test_what_a_document_names_exists(document: Path) -> None:
    assert gone(document.read_text(encoding="utf-8"), document.parent) == []


def test_what_is_gone_is_found() -> None:
    model = "ivr/settings/model.py"
    text = f"`ivr/nowhere.py`, `{model}:Nothing` and `{model}:Settings`, [a](gone.md), `make nothing`"
    assert gone(text, TOP) == ["ivr/nowhere.py", "ivr/settings/model.py:Nothing", "gone.md", "make nothing"]


def test_the_architecture_has_every_room_and_inner_room() -> None:
    text = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.parent.relative_to(TOP) for path in (TOP / "ivr").glob("*/**/__init__.py")}
    shown = [room for room in rooms if "migrations" not in room.parts]
    assert len(shown) > 20 and [str(room) for room in sorted(shown) if f"`{room}`" not in text] == []


def test_the_architecture_draws_modules_of_every_stream() -> None:
    text = (TOP / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawings = re.findall(r"(?s)```mermaid\n(.*?)```", text)
    assert len(drawings) == 5
    for drawing in drawings:
        drawn = {path for path, _ in _PATH.findall(drawing.replace("\\n", "\n"))}
        assert len(drawn) >= 4 and all((TOP / path).is_file() for path in drawn)


#: What people read of a customer who is called back says 回电. Recordings that were made say 回呼, and callers may.
RECORDED_SENTENCES = {"改为回呼或留言请按星号，位置为您保留。", "客户回呼，正在拨打客户电话。"}
READ = {".py", ".html", ".ts", ".md", ".json", ".yaml"}


def test_a_customer_who_is_called_back_has_one_word() -> None:
    found, built = [], {"node_modules", "static"}
    paths = [path for folder in ("ivr", "flows", "docs", "monitoring") for path in sorted((TOP / folder).rglob("*"))]
    for path in [*paths, TOP / "README.zh-CN.md"]:
        if path.suffix not in READ or built & {*path.parts}:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if "回呼" in line and not any(one in line for one in RECORDED_SENTENCES):
                found.append(f"{path.relative_to(TOP)}: {line.strip()}")
    assert found == []
