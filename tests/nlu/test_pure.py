"""The room asks for no clock, no file, no network; only the fitting script reads files."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.test_house import OUTSIDE, imports, module_of

ROOM = sorted((Path(__file__).parents[2] / "ivr" / "nlu").rglob("*.py"))
ALLOWED = {"ivr.flow.model", "ivr.errors"}


@pytest.mark.parametrize("path", [path for path in ROOM if path.name != "fit.py"], ids=lambda path: path.stem)
def test_nothing_from_outside(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {name for _, name in imports(tree, module_of(path))}
    assert not {name.partition(".")[0] for name in named} & OUTSIDE
    ours = {name for name in named if name.startswith("ivr.")}
    assert all(name in ALLOWED or name.startswith(("ivr.nlu", "ivr.text")) for name in ours)
