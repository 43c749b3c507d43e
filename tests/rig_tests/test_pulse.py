"""The pulse notices a process that was stopped, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.rig.hotline import TOP
from tests.rig.pulse import LATE_S, Pulse

_PROGRAM = """
import sys, time
from tests.rig.pulse import Pulse
with Pulse() as pulse:
    print("beats", flush=True)
    sys.stdin.readline()
print(pulse.held_up)
"""

_CALLS = """
import os, subprocess, time
import pytest
pytestmark = pytest.mark.calls
tries = []

def test_first_on_a_machine_that_stands_still():
    tries.append(1)
    stop = f"kill -STOP {os.getpid()}; sleep 0.5; kill -CONT {os.getpid()}"
    with subprocess.Popen(["sh", "-c", stop]) as child:
        while child.poll() is None:
            time.sleep(0.01)
    assert len(tries) == 2

def test_on_a_machine_that_keeps_time():
    assert False
"""


def test_a_call_test_is_made_again_only_where_the_machine_stood_still(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(_CALLS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", TOP / "pyproject.toml", tmp_path],
        cwd=TOP, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1].startswith("1 failed, 1 passed, 1 rerun"), done.stdout


def test_a_machine_that_stands_still_is_noticed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == "beats\n"
        os.kill(process.pid, signal.SIGSTOP)
        end = time.monotonic() + 3 * LATE_S
        os.waitid(os.P_PID, process.pid, os.WSTOPPED)
        while time.monotonic() < end:
            os.sched_yield()
        os.kill(process.pid, signal.SIGCONT)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "True\n"


def test_what_was_measured_decides() -> None:
    with Pulse() as pulse:
        pass
    pulse.worst = LATE_S / 2
    assert not pulse.held_up
    pulse.worst = LATE_S * 2
    assert pulse.held_up
