"""No two hotlines of one machine share an address, whatever was killed before."""

from __future__ import annotations

import subprocess
import sys

from tests.rig.addresses import own_address
from tests.rig.hotline import TOP

HOLD = """
import sys
from tests.rig.addresses import own_address
with own_address() as address:
    print(address, flush=True)
    sys.stdin.read()
"""


def _holder() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _said(holder: subprocess.Popen[str]) -> str:
    assert holder.stdout is not None
    return holder.stdout.readline().strip()


def test_addresses_in_use_are_given_to_nobody_else() -> None:
    with own_address() as one, own_address() as other, _holder() as holder:
        assert len({one, other, _said(holder)}) == 3
        holder.communicate()


def test_what_a_killed_test_held_is_held_once_again() -> None:
    """Many who ask at once after a kill get an address each: none takes away the lock of another."""
    with _holder() as killed:
        assert _said(killed)
        killed.kill()
    holders = [_holder() for _ in range(6)]
    try:
        assert len({_said(one) for one in holders}) == len(holders)
    finally:
        for one in holders:
            one.communicate()
