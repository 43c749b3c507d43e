"""The callers who were lost in an emergency: those who did not get what they called for, and whether they did later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ivr.records.model import Call, CustomerKey, customer_key
from ivr.records.numbers import masked, shown
from ivr.records.vocabulary import EndCause

_NOT_SERVED = {
    EndCause.CAPACITY: "线路已满，听到忙线提示",
    EndCause.CALLER_LINES: "同一号码线路过多，没有接入",
    EndCause.RATE: "瞬时来电过多，没有接入",
}
_REFUSED = {"emergency": "应急期间没有保留", "closed": "不在服务时间"}
_OUTCOMES = {
    "abandoned": "排队中放弃",
    "timeout": "等待超时",
    "full": "队列已满",
    "closed": "人工没有开放",
    "no_agents": "没有座席",
    "callback": "约定回电",
}


@dataclass(frozen=True, slots=True)
class Lost:
    """One call: when it came, its caller's number masked, how and in which queue he was lost after how long (ms), and
    when he was served after all (None: not yet)."""

    call_id: str
    t: int
    number: str
    how: str
    queue: str
    waited_ms: int | None
    served_at: int | None


def lost(calls: Sequence[Call], later: Sequence[Call], callbacks: Sequence[Call]) -> tuple[Lost, ...]:
    """Of the emergency's `calls` and of who waited already when it began; `later` are calls from its beginning on,
    `callbacks` those that were made for these. Who asked for a callback is lost until it has reached him."""
    served: dict[CustomerKey, list[int]] = defaultdict(list)
    for call in later:
        key = customer_key(call)
        for at in _answered(call):
            if key is not None:
                served[key].append(at)
    reached = {call.parent_call_id: at for call in callbacks for at in _answered(call)}
    return tuple(_lost(calls, served, reached))


def _lost(
    calls: Sequence[Call], served: dict[CustomerKey, list[int]], reached: dict[str | None, int]
) -> Iterator[Lost]:
    for call in calls:
        found = _how(call)
        if found is None:
            continue
        how, queue, waited = found
        key = customer_key(call)
        again = [at for at in served.get(key, ()) if at > call.t_offered] if key is not None else []
        again += [reached[call.call_id]] if call.call_id in reached else []
        number = masked(shown(call.caller_number, call.caller_kind))
        yield Lost(call.call_id, call.t_offered, number, how, queue, waited, min(again, default=None))


def _how(call: Call) -> tuple[str, str, int | None] | None:
    """How the caller was lost; None where he was not."""
    if call.hangup_cause in _NOT_SERVED:
        return _NOT_SERVED[EndCause(call.hangup_cause)], "", None
    if call.t_answered is None:
        return "接通之前挂断", "", None
    if not call.handoffs or _answered(call):
        return None
    last = max(call.handoffs, key=lambda one: one.t_requested)
    waited = max(0, last.t_left - last.t_requested)
    if last.refused:
        return f"要人工而没有转接：{_REFUSED.get(last.why or '', last.why or '未记录原因')}", last.queue or "", waited
    return _OUTCOMES.get(last.outcome, last.outcome), last.queue or "", waited


def _answered(call: Call) -> list[int]:
    return [one.t_connected for one in call.handoffs if one.outcome == "answered" and one.t_connected is not None]
