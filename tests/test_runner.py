"""The test runner itself: what must not run beside each other does not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

_TESTS = """
import pytest
pytestmark = [pytest.mark.xdist_group("one")]

@pytest.mark.parametrize("number", range(6))
def test_something(number):
    pass
"""


def test_a_group_stays_in_one_process(tmp_path: Path) -> None:
    """Hotlines with many calls share a group, so that no two of them measure each other."""
    (tmp_path / "test_grouped.py").write_text(_TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert len(set(re.findall(r"\[(gw\d)\] .* PASSED", done.stdout))) == 1, "xdist does not see its groups"


def test_every_folder_with_calls_is_collected_for_them() -> None:
    """`make test` collects only the folders it names: a test that places calls elsewhere would never run."""
    top = Path(__file__).parent.parent
    named = re.search(r"^CALLS = (.+)$", (top / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert named
    folders = [top / name for name in named[1].split()]
    placing = [path for path in sorted(top.glob("tests/**/test_*.py")) if _places_calls(path)]
    assert placing
    assert [path for path in placing if not any(folder in path.parents for folder in folders)] == []


def _places_calls(path: Path) -> bool:
    """Whether a module of tests names one of the marks of tests that place calls."""
    marks = {"pytest.mark.calls", "pytest.mark.speech", "pytest.mark.exclusive"}
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return any(isinstance(node, ast.Attribute) and ast.unparse(node) in marks for node in nodes)
