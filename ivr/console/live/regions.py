"""The regions of the live pages: each is rendered once for all who have the same rights, and again where what it shows
has changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from ivr.metrics.indicators.registry import INDICATORS
from ivr.people.access import Access
from ivr.people.actions import Action
from ivr.report.monitoring.calls_now import CallNow, Stage
from ivr.report.monitoring.live_service import ServiceState
from ivr.report.monitoring.live_view import AgentLine, LiveView

#: Of the calls in progress so many are listed, those that wait longest first.
MOST_CALLS = 100
STAGES: Mapping[Stage, str] = {
    Stage.ARRIVING: "来电",
    Stage.MENU: "菜单",
    Stage.LEAF: "业务",
    Stage.QUEUE: "排队",
    Stage.RINGING: "振铃",
    Stage.TALKING: "通话",
    Stage.HELD: "保持",
    Stage.AFTER: "座席已挂机",
}
#: An agent's state: words, how it is marked.
AGENT_STATES: Mapping[str, tuple[str, str]] = {
    "talk": ("通话", "info"),
    "ring": ("振铃", "warn"),
    "acw": ("事后处理", "idle"),
    "ready": ("就绪", "ok"),
    "pause": ("示忙", "warn"),
    "offline": ("未签入", "idle"),
}
#: The command that a warning ends with, and the page that does the same.
_COMMAND = re.compile(r"：(?:用 )?ivr (\w+)\b[^：]*$")
_PLACES: Mapping[str, str] = {"emergency": "/emergencies", "complaints": "/complaints", "messages": "/work"}
#: Topic → its regions, each a template of `live/`.
REGIONS: Mapping[str, tuple[str, ...]] = {
    "now": ("warnings", "figures", "queues", "agents", "calls", "machinery"),
    "wall": ("wall_figures", "wall_queues", "wall_agents", "wall_warnings"),
    "menu": ("places",),
}
#: The topic of the list of calls in progress: all, or those at a place or a stage (`calls:at=menu:main`).
CALLS = re.compile(r"calls(?::(?P<field>at|stage)=(?P<value>[\w.:-]{1,80}))?")


@dataclass(frozen=True, slots=True)
class Rights:
    """What of the live pages somebody may see and do."""

    agents: bool = False
    supervise: bool = False
    calls: bool = False
    work: bool = False
    complaints: bool = False

    @classmethod
    def of(cls, access: Access) -> Rights:
        """Those of somebody."""
        return cls(
            agents=access.may(Action.AGENTS_READ),
            # without a number of his own there is no telephone to ring
            supervise=access.may(Action.CALLS_SUPERVISE) and access.agent_id is not None,
            calls=access.may(Action.RECORDS_LIST),
            work=access.may(Action.WORK_LIST),
            complaints=access.may(Action.COMPLAINTS_LIST),
        )


@dataclass(frozen=True, slots=True)
class ServiceFigure:
    """A service level by one standard's definition: in percent, its two numbers, and how it is judged."""

    name: str
    clause: str
    value: float | None
    numerator: int
    denominator: int
    bound: float
    verdict: str

    @property
    def mark(self) -> str:
        """How it is marked."""
        return {"达标": "ok", "未达标": "bad"}.get(self.verdict, "idle")


def service_figures(state: ServiceState) -> tuple[ServiceFigure, ServiceFigure, ServiceFigure]:
    """By CBA and by HB; the first two are one number with two names."""
    cba = _figure("cba.service_level_20s", "服务水平（20 秒）", state)
    connected = _figure("hb.agent_connect_rate", "人工服务接通率", state)
    return cba, connected, _figure("hb.overall_response_rate", "总体响应率", state)


def _figure(id_: str, name: str, state: ServiceState) -> ServiceFigure:
    indicator = INDICATORS[id_]
    counted = state.response if id_ == "hb.overall_response_rate" else state.level
    assert indicator.threshold is not None
    standard = "HB 7.5.2" if id_.startswith("hb.") else "CBA 附件1"
    bound = float(indicator.threshold.bound)
    verdict = indicator.verdict(counted)
    return ServiceFigure(
        name, standard, counted.value, int(counted.numerator), int(counted.denominator), bound, verdict
    )


@dataclass(slots=True)
class Regions:
    """Renders; what was rendered for a view is kept until the next."""

    templates: Environment
    _of: tuple[int, int] = (0, 0)
    _rendered: dict[tuple[Rights, str], Markup] | None = None

    def of(self, view: LiveView, rights: Rights, topic: str) -> dict[str, Markup]:
        """Region → what stands in it. A list of calls is a region of its topic's name."""
        if self._rendered is None or self._of != (view.started, view.number):
            self._of, self._rendered = (view.started, view.number), {}
        if (of := CALLS.fullmatch(topic)) is not None:
            calls = calls_of(view, of["field"], of["value"])
            return {topic: self._kept(topic, "every_call", view, rights, calls=calls)}
        return {
            f"{topic}.{name.removeprefix('wall_')}": self._kept(name, name, view, rights) for name in REGIONS[topic]
        }

    def _kept(self, name: str, template: str, view: LiveView, rights: Rights, **more: object) -> Markup:
        assert self._rendered is not None
        key = (rights, f"{template} {name}")
        if key not in self._rendered:
            given = {**values(view, rights), **more}
            self._rendered[key] = Markup(self.templates.get_template(f"live/{template}.html").render(**given))  # noqa: S704
        return self._rendered[key]


def calls_of(view: LiveView, field: str | None, value: str | None) -> list[CallNow]:
    """All calls in progress, or those at a place (`at`: menu:ID, leaf:ID, queue:ID) or a stage, as they are listed."""
    told: Mapping[str | None, Callable[[CallNow], str]] = {"at": at, "stage": lambda call: str(call.stage)}
    found = view.calls if field is None else [call for call in view.calls if told[field](call) == value]
    return listed(found, most=None)


def values(view: LiveView, rights: Rights) -> dict[str, Any]:
    """What the templates are given."""
    states: Counter[str] = Counter(one.state for one in view.agents)
    return {
        "view": view,
        "rights": rights,
        "stages": STAGES,
        "agent_states": AGENT_STATES,
        "services": service_figures(view.service),
        "service_figures": service_figures,
        "by_state": [(state, *AGENT_STATES[state], states.get(state, 0)) for state in AGENT_STATES],
        "calls": listed(view.calls),
        "most_calls": MOST_CALLS,
        "by_stage": Counter(call.stage for call in view.calls if not call.test),
        "in_progress": sum(not call.test and call.channel == "voice" for call in view.calls),
        "written": sum(not call.test and call.channel != "voice" for call in view.calls),
        "tests": sum(call.test for call in view.calls),
        "longest": min((one.oldest for one in view.queues if one.oldest), default=None),
        "agents": at_work_first(view.agents),
        "talking": {call.agent: call for call in view.calls if call.stage in (Stage.TALKING, Stage.HELD)},
        "agent_names": {one.agent: one.name for one in view.agents},
        "queue_names": {one.queue: one.label for one in view.queues},
        "places": places(view),
        "warned": warned(view, rights),
        "still": None,
    }


def warned(view: LiveView, rights: Rights) -> list[tuple[str, str]]:
    """What warns, and the page where it is seen to ("" for none): on the command line the node names a command. The
    emergency is told of beside it."""
    found = []
    for words in view.warnings:
        if view.emergency is not None and words.startswith(("应急执行中", "应急演练进行中")):
            continue
        command = _COMMAND.search(words)
        place = "" if command is None else _PLACES.get(command[1], "")
        may = {"/complaints": rights.complaints, "/work": rights.work}.get(place, bool(place))
        found.append((_COMMAND.sub("", words), place if may else ""))
    return found


def listed(calls: Sequence[CallNow], most: int | None = MOST_CALLS) -> list[CallNow]:
    """Who waits longest comes first, then the others, the oldest first."""
    waiting = sorted((one for one in calls if one.waiting_since), key=lambda one: one.waiting_since or 0)
    return [*waiting, *(one for one in calls if not one.waiting_since)][:most]


def at_work_first(agents: Sequence[AgentLine]) -> list[AgentLine]:
    """By state, then who has been in it longest."""
    order = list(AGENT_STATES)
    return sorted(agents, key=lambda one: (order.index(one.state), one.since, one.agent))


def at(call: CallNow) -> str:
    """Where a call is in the menu's picture: menu:ID, leaf:ID, queue:ID, "" for nowhere (talking, say)."""
    if call.stage is Stage.MENU and call.menu is not None:
        return f"menu:{call.menu}"
    if call.stage is Stage.LEAF:
        return f"leaf:{call.leaf}"
    return f"queue:{call.queue}" if call.stage in (Stage.QUEUE, Stage.RINGING) else ""


def places(view: LiveView) -> list[tuple[str, str, int]]:
    """The places with somebody in them: its name in the picture, in words, how many; the fullest first."""
    words = {at(call): call.where for call in view.calls}
    words |= {f"queue:{one.queue}": f"排队：{one.label}" for one in view.queues}
    return [(place, words.get(place) or place, number) for place, number in Counter(callers(view)).most_common()]


def callers(view: LiveView) -> dict[str, int]:
    """How many callers are where in the menu's picture: menu:ID, leaf:ID, queue:ID."""
    found = Counter(place for call in view.calls if (place := at(call)))
    return dict(sorted(found.items()))
