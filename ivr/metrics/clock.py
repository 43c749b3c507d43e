"""D5 keeps the stamps, not the nonsense: which of a call's times cannot be. What cannot be is in neither numerator nor
denominator of the figures that ask for it, and is counted beside them."""

from __future__ import annotations

from ivr.metrics import rules
from ivr.metrics.day import Case
from ivr.records.model import Handoff


def impossible(case: Case) -> bool:
    """Some time of the call that a figure asks for cannot be."""
    if case.impossible is None:
        case.impossible = _of_call(case) or (case.requested_at_all and _of_requests(case)) or _of_talks(case)
    return case.impossible


def _of_call(case: Case) -> bool:
    call = case.call
    return (
        not case.lasted
        or first_prompt_impossible(case)
        or greeting_impossible(case)
        or _bad(call.t_offered, call.t_answered)
    )


def _of_requests(case: Case) -> bool:
    first = case.first
    waits = [] if first is None else [first.t_left - first.t_requested, *_waits_of_first(case)]
    return (
        case.waited_impossible
        or any(first is not None and not case.possible(first, ms) for ms in waits)
        or speed_impossible(case)
        or any(announcement_impossible(one) for one in rules.entered(case.call) if one.outcome == "answered")
    )


def _of_talks(case: Case) -> bool:
    legs = case.call.agent_legs
    if not legs:
        return False
    holds = (hold for leg in legs for hold in leg.hold)
    return (
        talk_impossible(case)
        or acw_impossible(case)
        or any(not rules.possible(hold.t_end - hold.t_start) for hold in holds)
    )


def wait_of_first(case: Case, *, from_queue: bool = False) -> int | None:
    """How long the first request waited for the agent who answered it, as recorded; None without one."""
    one = case.first
    if one is None or one.outcome != "answered" or one.t_connected is None:
        return None
    start = one.t_queued if from_queue else one.t_requested
    return None if start is None else one.t_connected - start


def late_by(case: Case) -> int | None:
    """How long the first request lasted where that is over 20 s and can be."""
    if case.first is None:
        return None
    waited = case.first.t_left - case.first.t_requested
    return waited if not rules.within_20s(waited) and case.possible(case.first, waited) else None


def first_prompt_impossible(case: Case) -> bool:
    """From the call's arrival to its first prompt."""
    return _bad(case.call.t_offered, case.call.t_first_prompt)


def greeting_impossible(case: Case) -> bool:
    """From the answer to the first prompt."""
    return _bad(case.call.t_answered, case.call.t_first_prompt)


def speed_impossible(case: Case) -> bool:
    """From the queue to the agent, or a telephone that rang for longer."""
    one = case.answered
    if one is None or one.t_queued is None or one.t_connected is None:
        return False
    speed = one.t_connected - one.t_queued
    return not case.possible(one, speed) or not 0 <= (one.ring_ms_answering or 0) <= speed


def talk_impossible(case: Case) -> bool:
    """The talk with some agent."""
    return any(not rules.possible(leg.t_released - leg.t_connected) for leg in case.call.agent_legs)


def acw_impossible(case: Case) -> bool:
    """The wrap-up of some agent."""
    return any(not rules.possible(leg.acw_ms) for leg in case.call.agent_legs)


def announcement_impossible(one: Handoff) -> bool:
    """From the agent's answer to his number."""
    return _bad(one.t_connected, one.agent_id_announced_at)


def _waits_of_first(case: Case) -> list[int]:
    found = (wait_of_first(case, from_queue=from_queue) for from_queue in (False, True))
    return [ms for ms in found if ms is not None]


def _bad(start: int | None, end: int | None) -> bool:
    return start is not None and end is not None and not rules.possible(end - start)
