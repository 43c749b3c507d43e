"""The machine that was measured, without its name."""

from __future__ import annotations

import datetime
import os
import platform
import re
from pathlib import Path

from tests.bench.callers import KEYS, LASTS_MS
from tests.bench.load import RAMP_S
from tests.bench.overhead import ROUNDS


def described() -> str:
    """The machine in a line of a list."""
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name, system = cpu[1] if cpu else platform.processor(), platform.release().split("-")[0]
    return f"- Machine: {name}, {os.cpu_count()} cores, {memory:.0f} GiB; Linux {system}."


def heading(asterisk: str, load: tuple[float, float], took_s: float) -> str:
    """What stands above the table in docs/bench.md. `load`: the machine's load average before the run, and in
    its last five minutes."""
    return f"""# Benchmarks

What the last `python -m tests.bench --write` measured, goals met or not.

{described()}
- {asterisk.strip()}; Python {platform.python_version()}. Callers, tcpdump, both Asterisks and the application share \
the cores.
- {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC; load average {load[0]:.1f} before the run, \
{load[1]:.1f} in its last five minutes; it took {took_s / 60:.1f} min.

**How.** Each caller sends silence in A-law every 20 ms, presses {len(KEYS)} keys as RFC 4733 and hangs up after
{LASTS_MS // 1000} s; all have dialled after {RAMP_S:.0f} s. "Plain" is a second Asterisk, configured the same, to
which nothing is connected and which plays the same recordings to the same keys with Background and WaitExten; "with
books" it also reads who calls and tells each menu entered and left, to CEL and to a listener on its manager interface.
Processor time is user + system time of the Asterisk process, and of `ivr serve` and its children, from before the
first INVITE to after the last record; the three take turns, {ROUNDS} rounds each. Ratios were measured side
by side in one run; the machine may be shared, so absolute times say less than ratios.
"""
