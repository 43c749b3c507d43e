"""Everything that goes on at one moment, as the node tells it to those who watch: what its local socket sends, and what
they read. One JSON object, strictly checked at both ends; no caller's number is in it. Times are epoch ms. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

from ivr.errors import MetricsError
from ivr.records.exchange.typed import Wrong, build, plain
from ivr.records.model import StateName
from ivr.report.monitoring.calls_now import CallNow
from ivr.report.monitoring.live_service import ServiceState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue: `waiting` callers, the first of them since `oldest` (None: nobody); its agents who are signed in, and of
    these who could take a call now; the service of the last 15 minutes."""

    queue: str
    label: str
    waiting: int = 0
    oldest: int | None = None
    agents_in: int = 0
    agents_ready: int = 0
    service: ServiceState = field(default_factory=ServiceState)


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent, in `state` since `since`; why he pauses, in words; the call that rings, goes on or is wrapped up (""
    for none); when a wrap-up ends by itself (0 for none)."""

    agent: str
    name: str
    state: StateName
    since: int
    reason: str | None = None
    call_id: str = ""
    wrapup_until: int = 0
    queues: tuple[str, ...] = ()
    supervisor: bool = False


@dataclass(frozen=True, slots=True)
class Machinery:
    """What serves: None where there is none, or where it is not known yet."""

    asterisk: bool = False
    recogniser: bool | None = None
    bank: bool | None = None
    database: bool | None = None
    journal_lag: int = 0
    records_refused: int = 0
    load_level: int = 0
    lost_recordings: int = 0
    failing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmergencyNow:
    """What is in force, in words."""

    kind: str
    level: str
    phase: str
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What waits for people after the call."""

    callbacks: int = 0
    items: int = 0
    items_late: int = 0
    complaints: int = 0
    complaints_soon: int = 0
    complaints_late: int = 0


@dataclass(frozen=True, slots=True)
class LiveView:
    """The node `node` that runs since `started`, at `t`; `number` grows by one with every change. `offered` calls came
    in the last 15 minutes, `offered_minute` in the last one; tests and drills are in `calls`, and in no figure."""

    number: int
    t: int
    node: str
    started: int
    revision: str
    publication: int | None = None
    calls: tuple[CallNow, ...] = ()
    queues: tuple[QueueNow, ...] = ()
    agents: tuple[AgentLine, ...] = ()
    service: ServiceState = field(default_factory=ServiceState)
    offered: int = 0
    offered_minute: int = 0
    machinery: Machinery = field(default_factory=Machinery)
    emergency: EmergencyNow | None = None
    work: Work = field(default_factory=Work)
    warnings: tuple[str, ...] = ()


#: Calls and agents change little from one view to the next: so many are remembered as they were sent.
_REMEMBERED = 8192


@lru_cache(_REMEMBERED)
def _sent(part: CallNow | AgentLine) -> Mapping[str, Any]:
    return MappingProxyType(plain(part))


def view_to_json(view: LiveView) -> dict[str, Any]:
    """As JSON knows it."""
    sent = dict(plain(replace(view, calls=(), agents=())))
    sent["calls"] = [dict(_sent(call)) for call in view.calls]
    sent["agents"] = [dict(_sent(agent)) for agent in view.agents]
    return sent


@dataclass(slots=True)
class ViewReader:
    """Reads one view after another; what is as it was is not checked again."""

    _calls: dict[str, tuple[Any, CallNow]] = field(default_factory=dict)
    _agents: dict[str, tuple[Any, AgentLine]] = field(default_factory=dict)

    def read(self, given: Any) -> LiveView:
        """What `view_to_json` made. Raises MetricsError, which names the field and never its value."""
        try:
            rest = dict(given)
            self._calls = _parts(CallNow, "call_id", rest.pop("calls"), self._calls)
            self._agents = _parts(AgentLine, "agent", rest.pop("agents"), self._agents)
            view = build(LiveView, rest)
        except (Wrong, TypeError, ValueError, KeyError, AttributeError, RecursionError) as wrong:
            raise MetricsError(f"热线发来的现场数据不对：{str(wrong)[:200]}") from wrong
        return replace(
            view,
            calls=tuple(call for _, call in self._calls.values()),
            agents=tuple(agent for _, agent in self._agents.values()),
        )


def view_from_json(given: Any) -> LiveView:
    """One view alone. Raises MetricsError."""
    return ViewReader().read(given)


def _parts(cls: type[T], name: str, given: Any, before: Mapping[str, tuple[Any, T]]) -> dict[str, tuple[Any, T]]:
    """By their ids, in the order in which they were given."""
    found: dict[str, tuple[Any, T]] = {}
    for one in given:
        known = before.get(str(one[name]))
        found[str(one[name])] = known if known is not None and known[0] == one else (one, build(cls, one))
    return found


def same(one: LiveView, other: LiveView) -> bool:
    """Whether nothing has changed but the time."""
    return replace(one, number=0, t=0) == replace(other, number=0, t=0)
