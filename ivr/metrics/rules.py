"""The interpretation rules D4–D11 of requirements 2.4 that settle what the standards leave open (D1 lives in `flow`,
D2 and D3 in `dialogue`). Everything is integer milliseconds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from ivr.records import days
from ivr.records.days import DAY_MS as DAY_MS
from ivr.records.model import Call, Complaint, Handoff, Transaction
from ivr.records.model import CustomerKey as CustomerKey
from ivr.records.model import customer_key as customer_key

# D4. A bound that the standards write as "内" belongs to what it bounds.
ANSWER_MS = 20_000
SHORT_MS = 5_000
FIRST_PROMPT_MS = 10_000
HOLD_MS = 30_000
REPEAT_MS = 3_600_000
#: HB 7.1.3: the agent's number is heard this soon after the agent answered.
ANNOUNCE_MS = 3_000

HOUR_MS = 3_600_000

# D5. What lasts longer, or less than nothing, was measured by a clock that was set meanwhile, or by two clocks.
MOST_MS = DAY_MS
#: A callback may be made weeks after it was promised, and an agent's state be left on.
MOST_WAIT_MS = 31 * DAY_MS

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
    """D5: which times of a call run backwards, lie outside it or overlap, by field name; such a record came from more
    than one clock, or from one that was set meanwhile. It stays as recorded; the figures leave out what cannot be."""
    steps = [("t_offered", call.t_offered), ("t_answered", call.t_answered), ("t_first_prompt", call.t_first_prompt)]
    steps.append(("t_ended", call.t_ended))
    found = _backwards(steps)
    for at, handoff in enumerate(call.handoffs):
        named = ("t_requested", "t_queued", "t_ring_first", "t_connected", "agent_id_announced_at")
        found += _backwards([(f"handoffs[{at}].{name}", getattr(handoff, name)) for name in named])
    for at, leg in enumerate(call.agent_legs):
        found += _backwards([
            ("t_offered", call.t_offered),
            (f"agent_legs[{at}].t_connected", leg.t_connected),
            (f"agent_legs[{at}].t_released", leg.t_released),
            ("t_ended", max(call.t_ended, call.t_offered)),
        ])  # fmt: skip
        before = call.agent_legs[at - 1] if at else leg
        found += [f"agent_legs[{at}]"] * (at > 0 and before.t_connected <= leg.t_connected < before.t_released)
        for place, hold in enumerate(leg.hold):
            name = f"agent_legs[{at}].hold[{place}]"
            found += _backwards([(f"{name}.t_start", hold.t_start), (f"{name}.t_end", hold.t_end)])
    return list(dict.fromkeys(found))


def possible(ms: int, most: int = MOST_MS) -> bool:
    """D5: so long a time can be."""
    return 0 <= ms <= most


def _backwards(steps: Sequence[tuple[str, int | None]]) -> list[str]:
    found, last = [], None
    for name, at in steps:
        if at is None:
            continue
        if last is not None and at < last:
            found.append(name)
        last = at
    return found


# ---- D7 day


def local_day(t: int) -> date:
    """D7: the local calendar day of a moment."""
    return days.local_day(t)


def day_start(day: date) -> int:
    """D7: the first millisecond of a local day."""
    return days.day_start(day)


def day_end(day: date) -> int:
    """D7: the first millisecond after a local day."""
    return days.day_end(day)


def local_hour(t: int) -> int:
    """D7: the hour 0…23 of its local day that a moment is in."""
    return days.local_hour(t)


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


# ---- HB 7.3.3 recorded transactions


def unrecorded(call: Call) -> tuple[Transaction, ...]:
    """The call's transactions that ended outside every recording of it. Of one that the bank answered when the caller
    had gone, the call's last moment must be recorded."""
    spans = [(one.t_start, one.t_end) for one in call.recordings]

    def inside(t: int) -> bool:
        return any(start <= t <= end for start, end in spans)

    return tuple(one for one in call.transactions if not inside(min(one.t, call.t_ended)))


def recorded(call: Call) -> bool:
    """Every transaction of the call was recorded."""
    return not unrecorded(call)


# ---- D10 drills


def is_drill(call: Call, test_dids: Collection[str] = ()) -> bool:
    """D10: a drill, or a call to a test number: in no figure, only counted."""
    return call.drill or call.did in test_dids


# ---- D11 missing data


def is_rebuilt(call: Call) -> bool:
    """D11: rebuilt from CEL because the application did not see the call."""
    return call.source == "rebuilt"


# ---- complaints' clocks


def effective_due(complaint: Complaint) -> int:
    """When a complaint must be decided: `due`, or `extended_to` where somebody approved it and the customer was told
    (HB 10.2.2) before the term was over; a record that does not know when he was told of it counts by the notice."""
    if complaint.extended_to is None or complaint.approved_by is None:
        return complaint.due
    if complaint.extension_told_at is not None:
        return complaint.extended_to if complaint.extension_told_at <= complaint.due else complaint.due
    return complaint.due if complaint.notified_at is None else complaint.extended_to


def withdrawn_by(complaint: Complaint, limit: int) -> bool:
    """Whether the customer withdrew it before the limit: then there was nothing to be done by then."""
    return complaint.withdrawn_at is not None and complaint.withdrawn_at <= limit
