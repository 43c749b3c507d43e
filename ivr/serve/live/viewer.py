"""The node's look at itself, for those who watch: calls, queues, agents, machinery and warnings in one `LiveView`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ivr.call.agents.desk import AgentDesk
from ivr.flow.model import Flow
from ivr.records.emergency import KIND_WORDS, PHASE_WORDS
from ivr.report.monitoring.alarms import WORKING, warnings
from ivr.report.monitoring.calls_now import CallNow, Stage
from ivr.report.monitoring.exporter import Snapshot
from ivr.report.monitoring.live_service import ServiceState
from ivr.report.monitoring.live_view import AgentLine, EmergencyNow, LiveView, Machinery, QueueNow, Work, same
from ivr.serve.live_figures import LiveFigures
from ivr.telephony.events.queue_board import QueueBoard


@dataclass(slots=True)
class LiveViewer:
    """`look` at the node `node`, whose database `database` says whether it answers (None: not known yet)."""

    node: str
    figures: LiveFigures
    desk: AgentDesk
    board: QueueBoard
    flow: Callable[[], Flow]
    database: Callable[[], bool | None]
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    _started: int = field(init=False)
    _last: LiveView | None = None
    _names: tuple[str, Mapping[str, str]] = ("", {})

    def __post_init__(self) -> None:
        self._started = self.clock()

    def look(self) -> LiveView:
        """How everything is now; its number is the last one's where only the time has changed."""
        now = self._look()
        last = self._last
        before = 0 if last is None else last.number
        self._last = replace(now, number=before if last is not None and same(last, now) else before + 1)
        return self._last

    def _look(self) -> LiveView:
        now, flow = self.clock(), self.flow()
        seen = self.figures.look(now)
        labels = {id_: queue.label for id_, queue in flow.queues.items()}
        agents = self._agents(flow)
        ringing = {(one.agent, one.call_id) for one in agents if one.state == "ring"}
        names = self._place_names(flow)
        calls = tuple(self._placed(call, ringing, names) for call in self.figures.calls_now.calls())
        return LiveView(
            number=0,
            t=now,
            node=self.node,
            started=self._started,
            revision=flow.revision.id,
            publication=None if seen.publishing is None else seen.publishing.publication,
            calls=calls,
            queues=_queues(flow, calls, agents, self.figures.service.by_queue(now)),
            agents=agents,
            service=self.figures.service.state(now),
            offered=seen.live.offered,
            offered_minute=seen.live.offered_minute,
            machinery=_machinery(seen, self.database()),
            emergency=_emergency(seen, flow),
            work=_work(seen),
            warnings=tuple(warnings(seen, labels)),
        )

    def _place_names(self, flow: Flow) -> Mapping[str, str]:
        """What menus and leaves are called; made anew when another flow is served."""
        if self._names[0] != flow.revision.id:
            self._names = (flow.revision.id, place_names(flow))
        return self._names[1]

    def _placed(self, call: CallNow, ringing: set[tuple[str, str]], names: Mapping[str, str]) -> CallNow:
        """The call with its place in the queue, and in words; one whose agent's telephone has ceased to ring only
        waits."""
        place = call.leaf or call.menu or ""
        call = replace(call, where=names.get(place, place))
        if call.stage is Stage.RINGING and (call.agent, call.call_id) not in ringing:
            call = replace(call, stage=Stage.QUEUE, agent=None)
        if call.waiting_since is None:
            return call
        stands = self.board.position(call.call_id)
        return call if stands is None else replace(call, position=stands.position)

    def _agents(self, flow: Flow) -> tuple[AgentLine, ...]:
        lines = []
        for one in self.desk.everybody():
            agent = flow.agents[one.agent_id]
            reason = None if one.reason is None else flow.pauses.get(one.reason, one.reason)
            line = AgentLine(agent.id, agent.name, one.state, one.since, reason, one.call_id, one.acw_until)
            lines.append(replace(line, queues=tuple(agent.queues), supervisor=agent.supervisor))
        return tuple(lines)


def place_names(flow: Flow) -> dict[str, str]:
    """Menus by the option that leads to them, or by what they are the first menu of; leaves by their labels."""
    names = {entry.menu: "非营业时间菜单" if entry.closed else "主菜单" for entry in flow.entries}
    if flow.elderly.menu:
        names.setdefault(flow.elderly.menu, "老年人菜单")
    for menu in flow.menus.values():
        for option in menu.options:
            names.setdefault(option.target.id, option.label)
    return names | {id_: leaf.label for id_, leaf in flow.leaves.items()}


def _queues(
    flow: Flow,
    calls: tuple[CallNow, ...],
    agents: tuple[AgentLine, ...],
    service: Mapping[str, ServiceState],
) -> tuple[QueueNow, ...]:
    """Tests and drills wait too, and are in no figure (D10)."""
    found = []
    for id_, queue in flow.queues.items():
        waiting = [call.waiting_since for call in calls if call.queue == id_ and call.waiting_since and not call.test]
        members = [one.state for one in agents if id_ in one.queues]
        found.append(
            QueueNow(
                id_,
                queue.label,
                len(waiting),
                min(waiting, default=None),
                sum(state in WORKING for state in members),
                members.count("ready"),
                service.get(id_, ServiceState()),
            )
        )
    return tuple(found)


def _machinery(seen: Snapshot, database: bool | None) -> Machinery:
    return Machinery(
        asterisk=seen.manager_link,
        recogniser=seen.recogniser,
        bank=seen.bank,
        database=database,
        journal_lag=seen.journal_lag,
        records_refused=seen.refused,
        load_level=seen.load_level,
        lost_recordings=seen.lost_recordings,
        failing=seen.failing,
    )


def _emergency(seen: Snapshot, flow: Flow) -> EmergencyNow | None:
    if (now := seen.emergency.in_force) is None:
        return None
    level = flow.emergency.level(now.kind, now.level)
    words = now.level if level is None else level.label
    return EmergencyNow(KIND_WORDS[now.kind], words, PHASE_WORDS[now.phase], now.drill)


def _work(seen: Snapshot) -> Work:
    late, found = seen.work_overdue, seen.complaints
    return Work(seen.callbacks_open, seen.work_open, late, found.open, found.soon, found.overdue)
