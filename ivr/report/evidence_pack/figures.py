"""The figures of an emergency: of the time before, during and after it, each call counted by the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ivr.metrics.counted import Counted, add_days
from ivr.metrics.day import Config, days_of
from ivr.metrics.indicators.indicator import Indicator
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.rules import local_day
from ivr.records.model import Call
from ivr.records.store import Store

_HOUR_MS = 3_600_000
#: As long as the emergency lasted is looked at before and after it, but an hour at the least, a day at the most.
_LEAST_MS, _MOST_MS = _HOUR_MS, 24 * _HOUR_MS

#: What an emergency shows in.
_SHOWN = (
    "hb.ivr_connect_rate", "cba.agent_answer_rate", "cba.service_level_20s", "hb.overall_response_rate", "cba.asa",
    "hb.abandon_rate", "hb.queue_abandon_rate", "cba.refused_handoffs", "cba.elderly_service_level_20s",
    "cba.elderly_abandon_rate", "cba.voice_diversion", "ours.callbacks_reached", "hb.unannounced_hangups",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """A time `since` ≤ t < `until` (UTC epoch ms) with its name; its calls, and indicator → figure."""

    name: str
    since: int
    until: int
    calls: int
    figures: dict[str, Counted]


def shown_indicators() -> tuple[Indicator, ...]:
    """In the order of the page."""
    return tuple(INDICATORS[id_] for id_ in _SHOWN)


def spans(store: Store, started: int, ended: int, now: int, *, drill: bool) -> tuple[Span, Span, Span]:
    """Before, during, after. Of a drill, the calls that took part in it are the ones during it (D10). Raises
    StoreError."""
    lasted = _lasted(started, ended)
    return (
        _span(store, "之前", started - lasted, started, now, drill=False),
        _span(store, "期间", started, ended, now, drill=drill),
        _span(store, "之后", ended, min(max(ended, now), looked_until(started, ended)), now, drill=False),
    )


def looked_until(started: int, ended: int) -> int:
    """Until when the time after an emergency is looked at (UTC epoch ms)."""
    return ended + _lasted(started, ended)


def _lasted(started: int, ended: int) -> int:
    return min(max(ended - started, _LEAST_MS), _MOST_MS)


def calls_between(store: Store, since: int, until: int, *, drill: bool) -> list[Call]:
    """Inbound calls that were offered then; drills, or all others."""
    return [call for call in store.all(since, until) if call.direction == "in" and call.drill is drill]


def _span(store: Store, name: str, since: int, until: int, now: int, *, drill: bool) -> Span:
    calls = calls_between(store, since, until, drill=drill) if until > since else []
    return Span(name, since, until, len(calls), _figures(store, calls, now))


def _figures(store: Store, calls: Sequence[Call], now: int) -> dict[str, Counted]:
    """As a report counts them, with the callbacks that were made for them (D9)."""
    plain = [replace(call, drill=False) for call in calls]
    if not plain:
        return {}
    made = [replace(call, drill=False) for call in store.callbacks([call.call_id for call in plain])]
    first, last = (local_day(edge(call.t_offered for call in plain)) for edge in (min, max))
    found = days_of([*plain, *made], first, last, Config(as_of=now, rounds=0))
    return dict(add_days({one.id: one.compute(day) for one in shown_indicators()} for day in found))
