"""The pulse notices a process that was stopped, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from tests.rig.pulse import LATE_S, Pulse

_PROGRAM = """
import sys, time
from tests.rig.pulse import Pulse
with Pulse() as pulse:
    print("beats", flush=True)
    sys.stdin.readline()
print(pulse.held_up)
"""


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
