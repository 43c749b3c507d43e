"""The test runner itself: what must not run beside each other does not."""

from __future__ import annotations

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
