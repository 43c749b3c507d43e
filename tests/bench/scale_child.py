"""One monthly report over the database that is named: prints its seconds and the peak of its memory as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace

from ivr.metrics.day import Config
from ivr.metrics.rules import day_start
from ivr.report.build import build
from ivr.report.definitions import open_store
from ivr.report.forms import to_json
from tests.bench.scale import SINCE, UNTIL

#: Long after the month: everything is decided.
AS_OF = day_start(UNTIL) + 90 * 86_400_000


def main(file: str, what: str) -> None:
    """`what`: "count" counts every call that nobody counted (as after an upgrade), "report" reads, "correct" has a late
    call before the report."""
    store = open_store(f"sqlite:///{file}", read_only=what == "report")
    began, saved = time.monotonic(), 0.0
    if what == "correct":
        one = store.list(day_start(SINCE), day_start(SINCE) + 43_200_000, limit=1)[0]
        began = time.monotonic()
        store.save([replace(one, call_id="late", linkedid="late", t_offered=one.t_ended + 60_000, handoffs=())])
        saved = time.monotonic() - began
    if what == "count":
        while store.counts.count_some():
            pass
    else:
        to_json(build(store, SINCE, UNTIL, config=Config(as_of=AS_OF)))
    spent = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    store.close()
    print(json.dumps({"seconds": spent, "mb": memory, "saved": saved}))


if __name__ == "__main__":
    main(*sys.argv[1:])
