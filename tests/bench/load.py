"""A load: callers in a process of their own, and what they say of it at the end."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from tests.bench.callers import LASTS_MS
from tests.rig.errors import CallFailed
from tests.rig.hotline import TOP

#: All callers have dialled after so many seconds, and all of them talk until the first hangs up.
RAMP_S = 8.0


@dataclass(frozen=True, slots=True)
class Load:
    """What became of a load. `late_ms`: the worst delay of a packet that a caller sent."""

    calls: int
    late_ms: int


def place(target: str, own: str, dialled: str, calls: int) -> Load:
    """Place so many calls, all at once from `RAMP_S` on, and wait for their end. Raises CallFailed where one failed."""
    limit = RAMP_S + LASTS_MS / 1000 + 20
    command = [sys.executable, "-m", "tests.bench.callers", target, own, dialled, str(calls), str(RAMP_S)]
    try:
        done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        raise CallFailed(f"{calls} callers did not come to an end within {limit:.0f} s") from None
    if done.returncode:
        raise CallFailed(f"the callers ended with {done.returncode}: {done.stderr[-800:]}")
    told = json.loads(done.stdout)
    if told["failed"]:
        raise CallFailed(f"{told['failed']} of {calls} calls failed: {', '.join(told['why'])}")
    return Load(calls, told["late_ms"])
