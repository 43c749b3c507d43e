"""Requirements 2.3 once more, as sets of calls and nothing else, slowly and literally; the figures must be the same on
whatever days are drawn. (Callbacks, rule D9, have cases of their own in test_rules.)"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given

from ivr.metrics.day import Config
from ivr.metrics.window import window
from ivr.records.model import Call, Handoff, Record
from tests.metrics.drawn import few, records
from tests.metrics.told import DAY, pair

LAST = DAY + timedelta(days=2)
Calls = list[Call]


def day_of(call: Call) -> Any:
    return datetime.fromtimestamp(call.t_offered / 1000, ZoneInfo("Asia/Shanghai")).date()


def entered(call: Call) -> list[Handoff]:
    return [one for one in call.handoffs if not one.refused]


def in_conn(call: Call) -> bool:
    return any(one.outcome == "answered" for one in entered(call))


def wait_of_first(call: Call) -> float:
    first = entered(call)[0] if entered(call) else None
    if first is None or first.outcome != "answered" or first.t_connected is None:
        return float("inf")
    return first.t_connected - first.t_requested


def wait_of_left(call: Call) -> int | None:
    if in_conn(call) or not entered(call) or call.hangup_by != "caller":
        return None
    left = entered(call)[-1]
    return left.t_left - left.t_requested if left.outcome == "abandoned" else None


def key(call: Call) -> str | None:
    return call.customer_id or (call.caller_number if call.caller_kind == "normal" else None)


def once_a_day(calls: Iterable[Call]) -> tuple[int, int]:
    seen: dict[Any, int] = {}
    for call in calls:
        if key(call):
            seen[day_of(call), key(call)] = seen.get((day_of(call), key(call)), 0) + 1
    return len([number for number in seen.values() if number == 1]), len(seen)


def literal(every: Calls) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of each figure that is made of calls."""
    real = [call for call in every if call.direction == "in" and not call.drill]
    off = [call for call in real if DAY <= day_of(call) <= LAST]
    ans = [call for call in off if call.t_answered is not None]
    voice = [call for call in ans if call.t_first_prompt is not None]
    req, req_star = [call for call in off if entered(call)], [call for call in off if call.handoffs]
    conn = [call for call in off if in_conn(call)]
    within = [call for call in req if wait_of_first(call) <= 20_000]
    short = [call for call in req if (wait := wait_of_left(call)) is not None and wait <= 5000]
    gone = [call for call in req if (wait := wait_of_left(call)) is not None and wait > 5000]
    legs = [leg for call in off for leg in call.agent_legs]
    holds = [hold for leg in legs for hold in leg.hold]
    elderly: Callable[[Calls], Calls] = lambda some: [call for call in some if call.entry == "elderly_direct"]  # noqa: E731

    def repeated(one: Call) -> bool:
        others = [call for call in real if call is not one and key(call) is not None and key(call) == key(one)]
        return any(0 <= call.t_offered - one.t_ended < 3_600_000 for call in others)

    success = [
        call for call in conn if not repeated(call) and all(leg.transferred_to is None for leg in call.agent_legs)
    ]
    heard = [call for call in off if call.t_first_prompt is not None]
    waits = [
        one.t_connected - one.t_queued
        for call in conn
        for one in [next(one for one in entered(call) if one.outcome == "answered")]
        if one.t_connected is not None and one.t_queued is not None
    ]
    return {
        "cba.agent_answer_rate": (len(conn), len(req)),
        "cba.refused_handoffs": (len([call for call in req_star if call not in req]), 1),
        "cba.service_level_20s": (len(within), len(req)),
        "cba.elderly_service_level_20s": (len(elderly(within)), len(elderly(req))),
        "cba.avg_talk_time": (sum(leg.t_released - leg.t_connected for leg in legs), len(conn)),
        "cba.avg_acw": (sum(leg.acw_ms for leg in legs), len(conn)),
        "cba.asa": (sum(waits), len(conn)),
        "cba.fcr_day": once_a_day(req),
        "cba.fcr_day_all_calls": once_a_day(off),
        "cba.voice_diversion": (len([call for call in voice if call not in req]), len(voice)),
        "cba.voice_diversion_strict": (len([call for call in voice if call not in req_star]), len(voice)),
        "cba.voice_diversion_excl_elderly": (
            len([call for call in voice if call not in req and call.entry != "elderly_direct"]),
            len([call for call in voice if call.entry != "elderly_direct"]),
        ),
        "cba.voice_diversion_resolved_share": (
            len([call for call in voice if call not in req_star and call.completed_leaf]),
            len(voice),
        ),
        "hb.ivr_connect_rate": (len([c for c in heard if (c.t_first_prompt or 0) - c.t_offered <= 20_000]), len(off)),
        "hb.first_prompt_10s": (
            len([call for call in voice if (call.t_first_prompt or 0) - (call.t_answered or 0) <= 10_000]),
            len(ans),
        ),
        "hb.overall_response_rate": (len(conn), len(req) - len(short)),
        "hb.abandon_rate": (len(gone), len(ans)),
        "hb.queue_abandon_rate": (len(gone), len(req)),
        "cba.elderly_abandon_rate": (len(elderly(gone)), len(elderly(ans))),
        "hb.one_time_success": (len(success), len(off)),
        "hb.one_time_success_of_connected": (len(success), len(conn)),
        "hb.holds_over_30s": (len([hold for hold in holds if hold.t_end - hold.t_start > 30_000]), len(holds)),
        "hb.unannounced_hangups": (
            len([c for c in off if c.hangup_by == "system" and c.last_prompt_kind not in ("goodbye", "notice")]),
            len([call for call in off if call.hangup_by == "system"]),
        ),
        "ours.rebuilt_share": (len([call for call in off if call.source == "rebuilt"]), len(off)),
    }


@few
@given(records())
def test_the_figures_are_the_literal_definitions(given_: list[Record]) -> None:
    calls = [replace(one, parent_call_id=None) for one in given_ if isinstance(one, Call)]
    done = window(calls, DAY, LAST, Config(rounds=0))
    expected = literal(calls)
    assert {id_: pair(done[id_]) for id_ in expected} == expected
