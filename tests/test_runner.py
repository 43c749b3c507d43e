"""The test runner itself: what must not run beside each other does not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests import phase

_TESTS = """
import pytest
pytestmark = [pytest.mark.xdist_group("one")]

@pytest.mark.parametrize("number", range(6))
def test_something(number):
    pass
"""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test processes that are started here have no plugins but those that they are about: the others take longer to
    import than the tests do."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin,pytest_rerunfailures")


def test_a_group_stays_in_one_process(tmp_path: Path) -> None:
    """Hotlines with many calls share a group, so that no two of them measure each other."""
    (tmp_path / "test_grouped.py").write_text(_TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", "."],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert len(set(re.findall(r"\[(gw\d)\] .* PASSED", done.stdout))) == 1, "xdist does not see its groups"


_FAILS = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range({tests}))
@pytest.mark.xdist_group("one")
def test_numbered(number):
    tried = Path(__file__).with_name(f"tried-{{number}}")
    before = tried.exists()
    tried.touch()
    assert number >= {bad} or before and number < {mending}

def test_else():
    with Path(__file__).with_name("else").open("a") as log:
        log.write("x")
"""


@pytest.mark.parametrize(
    ("bad", "mending", "code", "alone"),
    [
        pytest.param(0, 0, 0, None, id="none fails"),
        pytest.param(2, 2, 0, {"failed": 0, "tests": 2}, id="two fail beside others"),
        pytest.param(2, 1, 1, {"failed": 1, "tests": 2}, id="one of them fails alone too"),
        pytest.param(8, 8, 0, {"failed": 0, "tests": 8}, id="a whole module"),
    ],
)
def test_what_failed_in_a_phase_is_run_once_more_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], bad: int, mending: int, code: int, alone: dict[str, int] | None
) -> None:
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "test_some.py").write_text(_FAILS.format(tests=8, bad=bad, mending=mending))
    assert phase.main("some", ["-n", "2", "--dist", "loadgroup"], tmp_path) == code
    said, written = capfd.readouterr().out, tmp_path / "run" / "test-results" / "some-alone.xml"
    assert written.exists() == (alone is not None)
    assert (tmp_path / "else").read_text() == "x", "what passed is not run again"
    if alone:
        suite = ElementTree.parse(written).getroot()[0].attrib
        assert {"failed": int(suite["failures"]), "tests": int(suite["tests"])} == alone
    passed = "passed alone:\n   test_some.py::test_numbered[0]\n   test_some.py::test_numbered[1]\n" in said
    assert passed == (code == 0 and bad > 0)


@pytest.mark.parametrize("more", [0, 1])
def test_failures_all_over_are_no_matter_of_time(tmp_path: Path, more: int) -> None:
    (tmp_path / "pytest.ini").touch()
    for number in range(phase.FEW + more):
        (tmp_path / f"test_{number}.py").write_text("def test_some():\n    assert False\n")
    assert phase.main("some", [], tmp_path) == 1
    assert (tmp_path / "run" / "test-results" / "some-alone.xml").exists() == (more == 0)


def test_what_failed_in_an_earlier_run_of_a_phase_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").touch()
    some = tmp_path / "test_some.py"
    some.write_text("def test_old():\n    assert False\n")
    assert phase.main("some", [], tmp_path) == 1
    some.write_text("def test_new():\n    pass\n")
    assert phase.main("some", [], tmp_path) == 0
    assert not (tmp_path / "run" / "test-results" / "some-alone.xml").exists()


def test_a_phase_that_cannot_be_collected_fails_at_once(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").touch()
    (tmp_path / "test_some.py").write_text("import nothing_of_this_name\n")
    assert phase.main("some", [], tmp_path) == 2


@pytest.mark.parametrize(
    ("reported", "node"),
    [
        ("a.py::test_b[c@d]@one", "a.py::test_b[c@d]"),
        ("a.py::test_b[c@d]", "a.py::test_b[c@d]"),
        ("a.py::test_b@one", "a.py::test_b"),
        ("a.py::test_b", "a.py::test_b"),
    ],
)
def test_the_name_of_a_test_is_told_from_its_group(reported: str, node: str) -> None:
    assert phase.node_of(reported) == node


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
    text = path.read_text(encoding="utf-8")
    if not any(mark.rpartition(".")[2] in text for mark in marks):
        return False
    nodes = ast.walk(ast.parse(text))
    return any(isinstance(node, ast.Attribute) and ast.unparse(node) in marks for node in nodes)
