"""The interpretation rules D4–D11 of requirements 2.4 that settle what the standards leave open (D1 lives in `flow`,
D2 and D3 in `dialogue`). Everything is integer milliseconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from ivr.records import days
from ivr.records.days import DAY_MS as DAY_MS
from ivr.records.model import AgentState, Call, Complaint, Handoff

# D4. A bound that the standards write as "内" belongs to what it bounds.
ANSWER_MS = 20_000
SHORT_MS = 5_000
FIRST_PROMPT_MS = 10_000
HOLD_MS = 30_000
REPEAT_MS = 3_600_000
#: HB 7.1.3: the agent's number is heard this soon after the agent answered.
ANNOUNCE_MS = 3_000

HOUR_MS = 3_600_000

CustomerKey = tuple[str, str]


# ---- D4 bounds


def within_20s(wait: int) -> bool:
    """D4: "20 秒内" includes 20 000 ms (CBA 服务水平, HB 人工接通, 语音接通)."""
    return wait <= ANSWER_MS


def short_abandon(wait: int) -> bool:
    """D4: "5s 内主动放弃" (HB 7.5.2) includes 5 000 ms."""
    return wait <= SHORT_MS


def counted_abandon(wait: int) -> bool:
    """D4: "超过5秒钟" (HB 附录 A 放弃呼叫) begins at 5 001 ms, so that short and counted abandons never overlap."""
    return not short_abandon(wait)


def within_10s(wait: int) -> bool:
    """D4: "10s 内" (HB 7.4.1) includes 10 000 ms."""
    return wait <= FIRST_PROMPT_MS


def hold_too_long(held: int) -> bool:
    """D4: "不宜超过 30s" (HB 7.4.5) is broken from 30 001 ms."""
    return held > HOLD_MS


def is_repeat(ended: int, offered: int) -> bool:
    """D4: "一小时内" is half open: a call offered 0 … 3 599 999 ms after the end of the other repeats it."""
    return 0 <= offered - ended < REPEAT_MS


# ---- D5 clock


def clock_faults(call: Call) -> list[str]:
    """D5: which times of a call run backwards, by field name; such a record came from more than one clock. The figures
    still take it as recorded."""
    steps = [("t_offered", call.t_offered), ("t_answered", call.t_answered), ("t_first_prompt", call.t_first_prompt)]
    steps.append(("t_ended", call.t_ended))
    found = _backwards(steps)
    for at, handoff in enumerate(call.handoffs):
        named = ("t_requested", "t_queued", "t_ring_first", "t_connected", "agent_id_announced_at")
        found += _backwards([(f"handoffs[{at}].{name}", getattr(handoff, name)) for name in named])
    for at, leg in enumerate(call.agent_legs):
        found += _backwards([(f"agent_legs[{at}].t_connected", leg.t_connected), ("t_released", leg.t_released)])
    return found


def _backwards(steps: Sequence[tuple[str, int | None]]) -> list[str]:
    found, last = [], None
    for name, at in steps:
        if at is None:
            continue
        if last is not None and at < last:
            found.append(name)
        last = at
    return found


# ---- D6 identity


def customer_key(call: Call) -> CustomerKey | None:
    """D6: the verified customer's id, else the number; None for a withheld or absent number."""
    if call.customer_id is not None:
        return ("customer", call.customer_id)
    if call.caller_kind == "withheld" or call.caller_number is None:
        return None
    return ("number", call.caller_number)


# ---- D7 day


def local_day(t: int) -> date:
    """D7: the calendar day in Shanghai of a moment."""
    return days.local_day(t)


def day_start(day: date) -> int:
    """D7: the first millisecond of a local day; the day ends before `day_start(day) + DAY_MS`."""
    return days.day_start(day)


def local_hour(t: int) -> int:
    """D7: the hour 0…23 in Shanghai of a moment."""
    return (t - day_start(local_day(t))) // HOUR_MS


# ---- D8 one call, many requests


def entered(call: Call) -> tuple[Handoff, ...]:
    """D8: the handoffs that were not refused, in the order they were requested."""
    return tuple(sorted((one for one in call.handoffs if not one.refused), key=lambda one: one.t_requested))


def first_handoff(call: Call) -> Handoff | None:
    """D8: the first entered handoff; it decides the 20 s figures."""
    return next(iter(entered(call)), None)


def answered_handoff(call: Call) -> Handoff | None:
    """D8: the first answered handoff; it decides the waits of connected calls."""
    return next((one for one in entered(call) if one.outcome == "answered"), None)


def left_handoff(call: Call) -> Handoff | None:
    """D8: of a call that no agent answered, the last entered handoff, if the caller gave up in it."""
    tried = entered(call)
    if not tried or any(one.outcome == "answered" for one in tried):
        return None
    return tried[-1] if tried[-1].outcome == "abandoned" and call.hangup_by == "caller" else None


# ---- D9 transfers and callbacks


def transferred(call: Call) -> bool:
    """D9: an agent passed the caller on to another agent; that is no new call."""
    return any(leg.transferred_to is not None for leg in call.agent_legs)


def chained(call: Call, callbacks: Iterable[Call]) -> Call:
    """D9: the call with its callbacks (outbound calls whose parent it is) as one call. Where a callback reached an
    agent, the handoff that promised it is answered then, and its wait runs on from the caller's own request."""
    calls = sorted((one for one in callbacks if one.direction == "out"), key=lambda one: (one.t_offered, one.call_id))
    reached = [(one, answered) for one in calls if (answered := answered_handoff(one)) is not None]
    promised = [at for at, one in enumerate(call.handoffs) if one.outcome == "callback" and not one.refused]
    if not reached or not promised:
        return call
    _, answer = reached[0]
    handoffs = list(call.handoffs)
    handoffs[promised[-1]] = replace(
        handoffs[promised[-1]],
        outcome="answered",
        t_connected=answer.t_connected,
        t_left=answer.t_left,
        ring_ms_answering=answer.ring_ms_answering,
        agent_id=answer.agent_id,
        agent_id_announced_at=answer.agent_id_announced_at,
    )
    return replace(
        call,
        handoffs=tuple(handoffs),
        agent_legs=call.agent_legs + tuple(leg for one, _ in reached for leg in one.agent_legs),
        surveys=call.surveys + tuple(survey for one, _ in reached for survey in one.surveys),
        t_ended=max(call.t_ended, *(one.t_ended for one, _ in reached)),
    )


# ---- D10 drills


def is_drill(call: Call, test_dids: Collection[str] = ()) -> bool:
    """D10: a drill, or a call to a test number: in no figure, only counted."""
    return call.drill or call.did in test_dids


# ---- D11 missing data


def is_rebuilt(call: Call) -> bool:
    """D11: rebuilt from CEL because the application did not see the call."""
    return call.source == "rebuilt"


# ---- complaints' clocks, and agents' states


def effective_due(complaint: Complaint) -> int:
    """When a complaint must be decided: `due`, or `extended_to` where somebody approved it and the customer was told
    (HB 10.2.2)."""
    granted = complaint.approved_by is not None and complaint.notified_at is not None
    return complaint.extended_to if complaint.extended_to is not None and granted else complaint.due


def tiling_faults(states: Iterable[AgentState]) -> list[tuple[AgentState, AgentState]]:
    """Pairs of an agent's neighbouring states that overlap, or leave a gap that is not time signed out (offline)."""
    found: list[tuple[AgentState, AgentState]] = []
    last: dict[str, AgentState] = {}
    for state in sorted(states, key=lambda one: (one.t_from, one.t_to)):
        before = last.get(state.agent_id)
        if before is not None:
            away = "offline" in (before.state, state.state)
            if state.t_from < before.t_to or (state.t_from > before.t_to and not away):
                found.append((before, state))
        last[state.agent_id] = state
    return found
