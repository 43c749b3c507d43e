"""Processor time of Asterisk with the application over an Asterisk alone that plays the same recordings from a plain
dialplan: plain, plain with a hotline's books, hotline, and again, in one run. Counted from before the first INVITE to
after the last record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import load
from tests.bench.figures import Row, family, spent
from tests.bench.plain import BOOKS_NUMBER, NUMBER, listener
from tests.rig.errors import RigError
from tests.rig.hotline import Hotline

GOAL = 1.25
SIZES = (50, 100, 200)
ROUNDS = 2
#: Callers who are later than this with a packet tell of a machine that had more to do than it could.
LATE_MS = 200
#: What a call leaves behind is written within this.
SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of processor time for one load."""

    asterisk: float
    app: float = 0.0

    @property
    def whole(self) -> float:
        """Both together."""
        return self.asterisk + self.app


def asterisk_pid(line: Hotline) -> int:
    """The process of this hotline's Asterisk, as this machine sees it, in a container or a chroot."""
    own = f"{line.state}/asterisk/etc/asterisk.conf"
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since
        if Path(words[0]).name == "asterisk" and own in words:
            return int(folder.name)
    raise RigError(f"no Asterisk runs with {own}")


def measure(line: Hotline, plain: Hotline, own: str, sizes: Sequence[int] = SIZES) -> list[Row]:
    """One row for each size."""
    rows = []
    for size in sizes:
        turns, late = [], 0
        for turn in range(ROUNDS):
            print(f"  {size} calls: plain, with books, hotline; round {turn + 1} of {ROUNDS}", flush=True)
            alone, first = _spent(plain, NUMBER, own, size)
            with listener(plain):
                books, second = _spent(plain, BOOKS_NUMBER, own, size)
            ours, third = _spent(line, "95000", own, size)
            turns.append((alone, books, ours))
            late = max(late, first, second, third)
        rows.append(row(size, turns, late))
    return rows


def _spent(line: Hotline, dialled: str, own: str, size: int) -> tuple[Spent, int]:
    asterisk = [asterisk_pid(line)]
    app = family(line.app.pid) if line.app else []
    before = spent(asterisk), spent(app)
    told = load.place(line.address, own, dialled, size)
    time.sleep(SETTLE_S)
    return Spent(spent(asterisk) - before[0], spent(app) - before[1]), told.late_ms


def row(size: int, turns: Sequence[tuple[Spent, Spent, Spent]], late_ms: int) -> Row:
    """The ratio of the sums (plain, with books, hotline), each round's own ratio, and what a call costs."""
    alone, books = (sum(turn[which].whole for turn in turns) for which in (0, 1))
    asterisk, app = sum(ours.asterisk for *_, ours in turns), sum(ours.app for *_, ours in turns)
    ratio = (asterisk + app) / alone
    each = ", ".join(f"{ours.whole / plain.whole:.2f}" for plain, _, ours in turns)
    costs = (("plain", alone), ("with books", books), ("hotline's Asterisk", asterisk), ("application", app))
    per_call = ", ".join(f"{name} {1000 * seconds / len(turns) / size:.0f}" for name, seconds in costs)
    busy = " (the machine was overloaded)" if late_ms > LATE_MS else ""
    return Row(
        f"{size} calls at once: (Asterisk + application) ÷ Asterisk alone",
        f"**{ratio:.2f}** (rounds {each}), ÷ Asterisk that keeps the same books {(asterisk + app) / books:.2f}; "
        f"ms per call: {per_call}; callers' packets at most {late_ms} ms late{busy}",
        f"≤ {GOAL}",
        ratio <= GOAL,
    )
