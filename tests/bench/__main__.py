"""`make bench`: run everything and print the table; `--write` keeps it in docs/bench.md with the machine described,
`--quick` is a trial with few calls."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.bench import check, latency, overhead
from tests.bench.figures import Row, table
from tests.bench.machine import heading
from tests.bench.plain import plain
from tests.rig.addresses import own_address
from tests.rig.hotline import TOP, hotline


def main(arguments: list[str]) -> int:
    """Print the figures; 0 even where a goal was missed, since they are measured, not asserted."""
    began, load = time.monotonic(), os.getloadavg()[0]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        rows += check.measure(folder / "flows")
        with (
            own_address() as own,
            hotline(MAX_CALLS="400", SIP_RTP_LAST="11999", CALLS_PER_SECOND="200", SIP_TRUNK=own) as line,
            plain(line) as beside,
        ):
            rows += latency.measure(line, beside, own, folder / "latency")
            rows += overhead.measure(line, beside, own, (10,) if "--quick" in arguments else overhead.SIZES)
            versions = line.console("core show version").split(" built by")[0]
    text = table(rows)
    print(text)
    if "--write" in arguments:
        file = TOP / "docs" / "bench.md"
        file.write_text(
            f"{heading(versions, (load, os.getloadavg()[1]), time.monotonic() - began)}\n{text}\n", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
