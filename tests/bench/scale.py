"""The monthly report over millions of calls, each counted when it was saved; beside it the pure functions, call by
call."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Index, create_engine

from ivr.metrics.day import Config, days_of
from ivr.metrics.window import roll_up
from ivr.records.database import tables
from ivr.records.exchange.lines import import_lines, to_line
from ivr.records.model import Record
from ivr.records.store import Store
from ivr.report.definitions import open_store
from tests.bench.days import Rows, calls_of, days, states_of
from tests.bench.figures import Row, table
from tests.bench.machine import described
from tests.rig.hotline import TOP

SEED, SINCE, DAYS = 20261001, date(2026, 10, 1), 31
UNTIL = date(2026, 10, 31)
SIZES = (1_000_000, 10_000_000)
GOAL_S, GOAL_MB = 10.0, 2048
FIRST_S, LATE_S, INGEST = 120.0, 1.0, 4000
#: Calls for the ingest rate.
INGESTED = 20_000


def measure(folder: Path, sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """The rows of the table for months of these sizes; databases are made in `folder` and removed again."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, seconds = [_ingest(folder)], {}
    for size in sizes:
        print(f"  a month of {size:,} calls", flush=True)
        file = folder / f"{size}.sqlite"
        loaded = fill(file, size)
        counted, first, again, corrected = (_child(file, what) for what in ("count", "report", "report", "correct"))
        seconds[size] = again["seconds"]
        megabytes = file.stat().st_size / 2**20
        rows += _rows(size, counted, first, again, corrected, f"{loaded:.0f} s to load {megabytes:,.0f} MB")
        file.unlink()
    return [*rows, *growth(seconds), _pure(sizes[0])]


def fill(file: Path, size: int) -> float:
    """A store of so many calls, loaded in bulk. Seconds it took."""
    began = time.monotonic()
    store = open_store(f"sqlite:///{file}")
    store.migrate()
    store.close()
    engine = create_engine(f"sqlite:///{file}")
    indexes: list[Index] = [index for table in tables.metadata.sorted_tables for index in table.indexes]
    for index in indexes:
        index.drop(engine)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous=OFF")
    for _, rows in days(SEED, size, SINCE, DAYS):
        insert(connection, rows)
        connection.commit()
    connection.close()
    for index in indexes:
        index.create(engine)
    engine.dispose()
    return time.monotonic() - began


def insert(connection: sqlite3.Connection, rows: Rows) -> None:
    """The rows of a day into their tables; the last columns of a table may be left out, and are empty then."""
    for name, values in rows.items():
        if values:
            columns = [column.name for column in tables.metadata.tables[name].columns][: len(values[0])]
            places = ",".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {name} ({','.join(columns)}) VALUES ({places})", values)


def _child(file: Path, what: str) -> dict[str, Any]:
    """A report in a process of its own, so that its memory is its own."""
    words = [sys.executable, "-m", "tests.bench.scale_child", str(file), what]
    told = subprocess.run(words, cwd=TOP, check=True, capture_output=True, text=True).stdout
    found: dict[str, Any] = json.loads(told)
    return found


def _rows(
    size: int,
    counted: dict[str, Any],
    first: dict[str, Any],
    again: dict[str, Any],
    corrected: dict[str, Any],
    loaded: str,
) -> list[Row]:
    name, memory = f"{size / 1e6:g} million calls", max(first["mb"], again["mb"])
    goal = size == max(SIZES)
    return [
        Row(
            f"monthly report over {name}, warm",
            f"**{again['seconds']:.2f} s** (with its lists, and the month before)",
            f"≤ {GOAL_S:g} s" if goal else "",
            again["seconds"] <= GOAL_S if goal else None,
        ),
        Row(
            f"its memory, peak over counting and reading, {name}",
            f"{memory:.0f} MB",
            f"≤ {GOAL_MB} MB" if goal else "",
            memory <= GOAL_MB if goal else None,
        ),
        Row(
            f"the first report over {name} that were counted as they were saved",
            f"{first['seconds']:.1f} s",
            f"≤ {FIRST_S:g} s" if goal else "",
            first["seconds"] <= FIRST_S if goal else None,
        ),
        Row(
            f"a late call of a month of {name}: saved and counted, then the report",
            f"{corrected['saved']:.3f} s, then {corrected['seconds'] - corrected['saved']:.1f} s",
            f"≤ {LATE_S:g} s" if goal else "",
            corrected["saved"] <= LATE_S if goal else None,
        ),
        Row(
            f"counting {name} that nobody had counted (an upgrade; beside the calls, in batches)",
            f"{counted['seconds']:.0f} s, {size / counted['seconds']:,.0f} calls/s ({loaded})",
        ),
    ]


def growth(seconds: dict[int, float]) -> list[Row]:
    """How the warm report's seconds grow from the smallest month to the largest, by calls."""
    if len(seconds) < 2:
        return []
    small, large = min(seconds), max(seconds)
    ratio, linear = seconds[large] / seconds[small], large / small
    return [
        Row(
            f"growth of the warm report, {small:,} → {large:,} calls",
            f"{ratio:.2f} ×",
            f"≤ {linear:g} ×",
            ratio <= linear,
        )
    ]


def _ingest(folder: Path) -> Row:
    """Calls a second through `Store.save` and through an import of JSON Lines."""
    calls = [call for _, rows in days(SEED, INGESTED, SINCE, 2) for call in calls_of(rows)]
    lines = [to_line(call) for call in calls]
    rates = []
    for name, ingest in (("save", _saved(calls)), ("import", lambda store: import_lines(lines, store))):
        store = open_store(f"sqlite:///{folder / name}.sqlite")
        store.migrate()
        began = time.monotonic()
        ingest(store)
        rates.append(len(calls) / (time.monotonic() - began))
        store.close()
    told = f"{rates[0]:,.0f} calls/s saved and counted, {rates[1]:,.0f} calls/s imported from JSON Lines"
    return Row("ingest, 500 calls a transaction", told, f"≥ {INGEST:,} calls/s saved", rates[0] >= INGEST)


def _saved(calls: list[Any]) -> Callable[[Store], object]:
    def save(store: Store) -> None:
        for at in range(0, len(calls), 500):
            store.save(calls[at : at + 500])

    return save


def _pure(size: int) -> Row:
    """The definitions over the same month, records in memory, a day at a time."""
    spent = 0.0
    for day, made in days(SEED, size, SINCE, DAYS):
        records: list[Record] = [*calls_of(made), *states_of(made)]
        began = time.monotonic()
        for one in days_of(records, day, day, Config(rounds=0)):
            roll_up(one)
        spent += time.monotonic() - began
    return Row(f"the pure functions over {size / 1e6:g} million calls in memory", f"{spent:.0f} s")


def main(arguments: list[str]) -> int:
    """`python -m tests.bench.scale`: print the table; `--write` keeps it in docs/bench-scale.md, `--quick` counts a
    tenth of the calls."""
    load = os.getloadavg()[0]
    sizes = tuple(size // 10 for size in SIZES) if "--quick" in arguments else SIZES
    with tempfile.TemporaryDirectory(prefix="bench-scale-", dir=os.environ.get("BENCH_FOLDER")) as name:
        text = table(measure(Path(name), sizes))
    print(text)
    if "--write" in arguments:
        (TOP / "docs" / "bench-scale.md").write_text(f"{_heading(load)}\n{text}\n", encoding="utf-8")
    return 0


def _heading(load: float) -> str:
    return f"""# Figures at scale

What the last `python -m tests.bench.scale --write` measured, goals met or not.

{described()}
- Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}; load average {load:.1f} before the run.

**How.** A generator with a seed makes {DAYS} days of calls with hours, weekdays, surges, repeats, elderly callers,
abandons and agents' states, loaded in bulk into SQLite with all its indexes, and counted afterwards as after an
upgrade. The report is made from what each call counted for, with its lists and the month before, from opening the
database (which it cannot write) to the finished JSON, in a process of its own; "first" is the first such report, "warm"
the second. The late call is saved, with what it changes about the call that it repeats, before the report. The pure
functions get the same calls as records in memory.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
