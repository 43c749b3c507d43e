"""One node for each state folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.errors import NodeError
from ivr.serve.single_instance import single_instance

_HOLD = """
import sys, time
from pathlib import Path
from ivr.serve.single_instance import single_instance
with single_instance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(state: Path) -> subprocess.Popen[str]:
    """Another process that holds the folder until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_the_process_is_named_while_it_runs(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "run"
    with single_instance(state):
        assert (state / "ivr.pid").read_text() == f"{os.getpid()}\n"
        assert state.stat().st_mode & 0o777 == 0o700
    assert not (state / "ivr.pid").exists()
    with single_instance(state):
        assert (state / "ivr.pid").exists()


def test_a_second_one_is_refused_and_leaves_the_first_one_its_name(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        with pytest.raises(NodeError, match=f"进程 {first.pid}"), single_instance(tmp_path):
            pytest.fail("two nodes in one folder")
        assert (tmp_path / "ivr.pid").read_text() == f"{first.pid}\n"
        first.communicate("")
    assert not (tmp_path / "ivr.pid").exists()


def test_a_killed_one_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        first.communicate()
    assert (tmp_path / "ivr.pid").exists()  # it had no time to clear up
    with single_instance(tmp_path):
        assert (tmp_path / "ivr.pid").read_text() == f"{os.getpid()}\n"


def test_what_goes_wrong_inside_frees_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), single_instance(tmp_path):
        raise ZeroDivisionError
    with single_instance(tmp_path):
        pass
