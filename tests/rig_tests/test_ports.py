"""Blocks of ports are ours alone."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import ports
from tests.rig.errors import PortsExhausted
from tests.rig.ports import SIZE, take

TOP = Path(__file__).parents[2]
#: No rig that runs beside these tests has telephones there.
OURS = "127.0.9.9"


def test_two_blocks_never_overlap(tmp_path: Path) -> None:
    with take(OURS, tmp_path) as one, take(OURS, tmp_path) as two:
        assert two.first >= one.first + SIZE
        assert one.first <= one.sip < one.control < one.media < one.last < two.first
        assert one.media % 2 == 0


def test_a_block_rests_until_all_others_have_been_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LAST", ports.FIRST + 4 * SIZE - 1)
    used = []
    for _ in range(6):
        with take(OURS, tmp_path) as block:
            used.append(block.first)
    assert len(set(used[:4])) == 4 and used[4:] == used[:2]


def test_a_block_that_somebody_uses_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LAST", ports.FIRST + 2 * SIZE - 1)
    with take(OURS, tmp_path) as free, take(OURS, tmp_path):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as squatter:
        squatter.bind((OURS, free.last))
        with take(OURS, tmp_path) as other:
            assert other.first > free.first


def test_another_process_sees_the_lock(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from tests.rig.ports import take\n"
    code += "with take('127.0.9.9', Path(sys.argv[1])) as block: print(block.first)"
    with take(OURS, tmp_path) as mine:
        command = [sys.executable, "-c", code, str(tmp_path)]
        theirs = subprocess.run(command, capture_output=True, check=True, text=True, cwd=TOP).stdout
        assert int(theirs) > mine.first


def test_no_block_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LAST", ports.FIRST + 3 * SIZE - 1)
    with contextlib.ExitStack() as stack, pytest.raises(PortsExhausted, match="no free block"):
        for _ in range(4):
            stack.enter_context(take(OURS, tmp_path))
