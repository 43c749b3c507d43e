"""What the benchmarks count with: percentiles, processor time, a table. Pure but for /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: what was measured, what came out, the goal, and whether it was met (None: no goal)."""

    what: str
    result: str
    goal: str = ""
    met: bool | None = None


def percentile(values: Iterable[float], percent: float) -> float:
    """Nearest-rank percentile. Raises ValueError for no values."""
    ranked = sorted(values)
    if not ranked:
        raise ValueError("no values")
    return ranked[max(0, -(-len(ranked) * percent // 100).__int__() - 1)]


def spread(values: Sequence[float]) -> str:
    """Median, 95th percentile, worst and number of some milliseconds, for a reader."""
    if not values:
        return "nothing measured"
    digits = 0 if percentile(values, 95) >= 10 else 2
    p50, p95 = percentile(values, 50), percentile(values, 95)
    return f"p50 {p50:.{digits}f}, p95 {p95:.{digits}f}, max {max(values):.{digits}f} ms (n = {len(values)})"


def cpu_seconds(stat: str) -> float:
    """User and system time of a process from its /proc/PID/stat line; the name may hold blanks and brackets."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def spent(pids: Sequence[int]) -> float:
    """Seconds of processor time that these processes have used so far."""
    return sum(cpu_seconds(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")) for pid in pids)


def family(pid: int) -> list[int]:
    """A process and all its children, theirs included."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += family(int(child))
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    verdict = {None: "", True: "met", False: "**not met**"}
    lines = [(row.what, row.result, row.goal, verdict[row.met]) for row in rows]
    return table_of(("measured", "result", "goal", ""), lines)


def table_of(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)
