"""How soon a verified caller hears his balance: `python -m tests.bench.business [--write]`, in docs/bench-business.md.

Callers with a quick bank behind the hotline, a few at once and fifty at once; from the end of the last key to the first
packet of the answer. The amount itself comes after the words before it, which take their time to be spoken.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import percentile, table_of
from tests.bench.machine import described
from tests.calls.verified import Told, balances
from tests.rig.demo_bank import demo_bank
from tests.rig.hotline import TOP, hotline

SIZES = (8, 50)
GOAL_MS = 1_500
HEADS = ("callers at once", "heard their own balance", "last key → answer, p50 / p95 (ms)",
         "last key → the amount in it, p50 / p95 (ms)", "")  # fmt: skip


def row(found: Sequence[Told]) -> tuple[str, ...]:
    """A line of the table."""
    right = sum(one.right for one in found)
    answers = [one.answer_ms for one in found if one.answer_ms is not None]
    amounts = [one.amount_ms for one in found if one.amount_ms is not None]
    met = right == len(found) and percentile(answers, 95) <= GOAL_MS
    return (
        str(len(found)), f"{right}", _two(answers), _two(amounts), "met" if met else "**not met**",
    )  # fmt: skip


def _two(values: Sequence[float]) -> str:
    return f"{percentile(values, 50):.0f} / {percentile(values, 95):.0f}" if values else "–"


def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 even where the goal was missed, since it is measured, not asserted."""
    load = os.getloadavg()[0]
    rows = []
    with TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        with (
            demo_bank(folder / "bank") as bank,
            hotline(BANK_URL=bank.url, BANK_PUBLIC_KEY=str(bank.public_key)) as line,
        ):
            for size in SIZES:
                rows.append(row(balances(line, folder / str(size), size)))
                print("  " + " | ".join(rows[-1]), flush=True)
            versions = line.console("core show version").split(" built by")[0].strip()
    text = table_of(HEADS, rows)
    print(text)
    if "--write" in arguments:
        heading = f"""# A balance, from the last key to the answer

What the last `python -m tests.bench.business --write` measured, goals met or not: the answer begins within \
{GOAL_MS / 1000:g} s (p95), and nobody hears a wrong amount.

{described()}
- {versions}; Python {platform.python_version()}. Callers, tcpdump, Asterisk, the application and the demo bank share \
the cores.
- {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC; load average {load:.1f} before the run.
"""
        (TOP / "docs" / "bench-business.md").write_text(f"{heading}\n{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
