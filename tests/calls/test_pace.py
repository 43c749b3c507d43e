"""The elderly profile on the line: slower recordings, and twice the time for a key (CBA 十二); and that others on the
machine do not slow the sound down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.calls.crowd import ANYTHING, Caller, changes, complain, cut, heard, place_all
from tests.calls.faults.eyes import asterisk_pid
from tests.rig.hotline import Hotline
from tests.rig.scenario import Expect, Expected
from tests.rig.verdict import Evidence

pytestmark = pytest.mark.calls

NO_INPUT_S = 2.0


def _waited(evidence: Evidence) -> float:
    """From the end of the keys' announcement to the reminder."""
    times = {one.prompt: one for one in evidence.heard if one.prompt in ("keys", "no_input")}
    return times["no_input"].t_start - times["keys"].t_end


def test_twice_the_time(line: Hotline, folder: Path) -> None:
    line.serve_flows(changes({"hotline.yaml": {"no_input": f"{NO_INPUT_S:g}s"}}))

    def wanted(variant: str) -> tuple[Expected, ...]:
        return tuple(Expected((one,), variant=variant) for one in ("card_payment_menu", "keys", "no_input"))

    everybody = [
        Caller(
            "ordinary",
            ["dial", "wait 900ms", "press 22", "hear card_payment_menu keys no_input", "wait 1s", "hang up"],
            Expect(heard=heard(cut("greeting"), ANYTHING, *wanted("normal"))),
        ),
        Caller(
            "elderly",  # nobody is there for the elderly key: back to the menus, at the slow pace
            ["dial", "wait 900ms", "press 9", "wait 4s", "press 2", "wait 1s", "press 22", "wait 16500ms", "hang up"],
            Expect(heard=heard(cut("greeting"), ANYTHING, *wanted("elderly"))),
        ),
    ]
    found = place_all(line, folder, everybody)
    wrong = complain(everybody, found, {})
    assert not wrong, wrong
    ordinary, elderly = _waited(found["ordinary"]), _waited(found["elderly"])
    assert ordinary == pytest.approx(NO_INPUT_S, abs=0.5)
    assert elderly == pytest.approx(2 * NO_INPUT_S, abs=0.5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may put one process before others")
def test_asterisk_goes_before_everything_else_on_the_machine(line: Hotline) -> None:
    assert line.app is not None
    assert os.getpriority(os.PRIO_PROCESS, asterisk_pid(line)) < os.getpriority(os.PRIO_PROCESS, line.app.pid)
