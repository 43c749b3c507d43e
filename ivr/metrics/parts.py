"""A day by the hour (of t_offered) or by the queue (of the first entered handoff, D8, or of the first refused one where
none was entered). Which indicators can be told of such a part is said by the indicators themselves."""

from __future__ import annotations

from collections import defaultdict

from ivr.metrics import rules
from ivr.metrics.day import Case, Day
from ivr.metrics.indicators.indicator import Part


def part_of(day: Day, part: Part) -> dict[str, Day]:
    """The day's calls by hour ("0"…"23") or queue ("" where it is not known; calls that asked for no agent are in no
    queue), or the whole day under ""; only parts that have calls."""
    if part == "day":
        return {"": day}
    found: dict[str, list[Case]] = defaultdict(list)
    for case in day.cases:
        if part == "hour":
            found[str(rules.local_hour(case.call.t_offered))].append(case)
        elif case.requested_at_all:
            found[case.queue].append(case)
    return {name: Day(day.day, day.config, tuple(cases)) for name, cases in found.items()}
