"""One monthly report over the database that is named: prints its seconds and the peak of its memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace

from ivr.metrics.day import Config
from ivr.metrics.rules import day_start
from ivr.records.store import Store
from ivr.report.build import build
from ivr.report.forms import to_json
from tests.bench.scale import SINCE, UNTIL

#: Long after the month: everything is decided.
AS_OF = day_start(UNTIL) + 90 * 86_400_000


def main(file: str, what: str) -> None:
    """`what`: "first" counts every day, "again" reads, "correct" has a late call before the report."""
    store = Store(f"sqlite:///{file}")
    began = time.monotonic()
    if what == "correct":
        one = store.list(day_start(SINCE), day_start(SINCE) + 43_200_000, limit=1)[0]
        store.save([replace(one, call_id="late", linkedid="late", t_offered=one.t_ended + 60_000, handoffs=())])
    to_json(build(store, SINCE, UNTIL, config=Config(as_of=AS_OF)))
    spent = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store.close()
    print(json.dumps({"seconds": spent, "mb": memory}))


if __name__ == "__main__":
    main(*sys.argv[1:])
