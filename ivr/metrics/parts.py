"""A day by the hour (of t_offered) or by the queue (of the first entered handoff, D8, or of the first refused one where
none was entered), and which indicators can be told of such a part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from ivr.metrics import rules
from ivr.metrics.day import Case, Day
from ivr.metrics.registry import INDICATORS

Part = Literal["day", "hour", "queue"]

#: Of customers, of agents' time, of complaints, of scores, of drills and from outside: no call's hour is theirs.
_OF_DAYS = {
    "cba.fcr_day", "cba.fcr_day_all_calls", "cba.agent_utilisation", "cba.calls_per_fte_day", "cba.complaint_on_time",
    "cba.complaint_csat", "cba.quality_score", "cba.text_diversion", "cba.text_recognition", "cba.text_resolution",
    "cba.staff_satisfaction", "cba.staff_turnover", "hb.complaint_rate", "hb.reply_on_time", "hb.handled_on_time",
    "hb.complaint_csat", "ours.drill_calls",
}  # fmt: skip

#: What can be told of the calls that asked for one queue.
_OF_QUEUES = {
    "cba.agent_answer_rate", "cba.refused_handoffs", "cba.service_level_20s", "cba.service_level_20s_from_queue",
    "cba.elderly_service_level_20s", "cba.avg_talk_time", "cba.asa", "cba.avg_acw", "cba.agent_csat",
    "cba.agent_csat_response_rate", "hb.agent_connect_rate", "hb.overall_response_rate", "hb.queue_abandon_rate",
    "hb.one_time_success_of_connected", "hb.agent_announced", "hb.holds_over_30s",
}  # fmt: skip

#: Part → the indicators that it has no figure of.
NOT_OF_PARTS: Mapping[Part, frozenset[str]] = {
    "day": frozenset(),
    "hour": frozenset(_OF_DAYS),
    "queue": frozenset(INDICATORS) - _OF_QUEUES,
}


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
            first = case.first or min(case.call.handoffs, key=lambda one: one.t_requested)
            found[first.queue or ""].append(case)
    return {name: Day(day.day, day.config, tuple(cases)) for name, cases in found.items()}
