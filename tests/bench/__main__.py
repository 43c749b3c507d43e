"""`make bench`: run everything and print the table; `--write` keeps it in docs/bench.md with the machine described."""

from __future__ import annotations

import datetime
import os
import platform
import re
import sys
import tempfile
from pathlib import Path

from tests.bench import check, latency, overhead
from tests.bench.figures import Row, table
from tests.rig.hotline import TOP, Hotline, hotline


def main(arguments: list[str]) -> int:
    """Print the figures; 0 even where a goal was missed, since they are measured, not asserted."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        rows += check.measure(folder / "flows")
        with hotline(MAX_CALLS="400", CALLS_PER_SECOND="200") as line:
            rows += latency.measure(line, folder / "latency")
            _add_plain(line)
            rows += overhead.measure(line, folder / "overhead")
    text = table(rows)
    print(text)
    if "--write" in arguments:
        (TOP / "docs" / "bench.md").write_text(f"{_heading()}\n\n{text}\n", encoding="utf-8")
    return 0


def _add_plain(line: Hotline) -> None:
    file = line.state / "asterisk" / "etc" / "extensions.conf"
    with file.open("a", encoding="utf-8") as out:
        out.write(overhead.plain_dialplan(line))
    line.console("dialplan reload")


def _heading() -> str:
    cpu = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[1]
    return (
        "# Benchmarks\n\n"
        "Last results of `make bench`. Ratios are measured side by side in one run; the machine is shared, so\n"
        "absolute times mean little. SIPp, tcpdump, Asterisk and the application share its cores. Callers send\n"
        "keys but no sound in the processor measurements.\n\n"
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}; {cpu[1] if cpu else platform.processor()}, "
        f"{os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}; Asterisk 22 in a container; "
        f"load average when written: {load:.1f}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
