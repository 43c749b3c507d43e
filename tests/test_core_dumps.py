"""A process that dies leaves nothing of its memory behind."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
TELLS = """
import resource, subprocess, sys
from pathlib import Path
from ivr import core_dumps
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
if sys.argv[1] == "forbid":
    core_dumps.forbid()
print(resource.getrlimit(resource.RLIMIT_CORE), int(Path("/proc/self/coredump_filter").read_text(), 16))
child = "import resource; from pathlib import Path; print(resource.getrlimit(resource.RLIMIT_CORE), " \\
    "int(Path('/proc/self/coredump_filter').read_text(), 16))"
subprocess.run([sys.executable, "-c", child], check=True)
sys.stdout.flush()
if len(sys.argv) > 2:
    pin = "".join(sys.argv[2].split("-"))
    __import__("os").abort()
"""

unlimited = pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_CORE)[1] != resource.RLIM_INFINITY, reason="core files are forbidden here"
)


def told(how: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", TELLS, how], cwd=TOP, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@unlimited
def test_neither_the_process_nor_what_it_starts_may_write_a_core_file() -> None:
    assert told("forbid") == ["(0, 0) 0"] * 2
    assert all(not line.startswith("(0, 0)") and not line.endswith(" 0") for line in told("allow"))


@unlimited
@pytest.mark.skipif(
    not Path("/proc/sys/kernel/core_pattern").read_text().startswith("core"), reason="core files go elsewhere"
)
def test_a_process_that_aborts_leaves_no_file(tmp_path: Path) -> None:
    for how, files in (("allow", 1), ("forbid", 0)):
        folder = tmp_path / how
        folder.mkdir()
        env = {**os.environ, "PYTHONPATH": str(TOP)}
        done = subprocess.run([sys.executable, "-c", TELLS, how, "8-3-6"], cwd=folder, env=env, capture_output=True)
        assert done.returncode == -signal.SIGABRT
        assert len(list(folder.iterdir())) == files


def started(text: str) -> list[str]:
    """The commands that start Asterisk in a file of asterisk-conf."""
    return [line for line in (TOP / "asterisk-conf" / text).read_text().splitlines() if "exec asterisk" in line]


@pytest.mark.parametrize("file", ["asterisk.sh", "docker-compose.yml", "hotline-asterisk.service"])
def test_asterisk_leaves_no_memory_behind_however_it_is_started(file: str, tmp_path: Path) -> None:
    (line,) = started(file)
    before = line.partition("umask 077")[2].partition("exec asterisk")[0]
    shell = f"umask 077{before}ulimit -c; cat /proc/self/coredump_filter"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True, cwd=tmp_path)
    limit, of_the_child = done.stdout.split()
    assert limit == "0" and int(of_the_child, 16) == 0
