"""Each call in progress and where it stands, from the facts of calls as they happen; test calls and drills too, marked
(D10). Nobody's number is in it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ivr.records.facts import (
    CallerSpoke,
    Connected,
    DrillJoined,
    Ended,
    Fact,
    FlowChosen,
    HandoffLeft,
    HandoffRequested,
    HoldEnded,
    HoldStarted,
    MenuEntered,
    MenuKey,
    Offered,
    Queued,
    Released,
    Ringing,
    SupervisionBegan,
    SupervisionEnded,
)
from ivr.records.vocabulary import Action


class Stage(StrEnum):
    """What happens to a caller now."""

    ARRIVING = "arriving"
    MENU = "menu"
    LEAF = "leaf"
    QUEUE = "queue"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    #: The agent has hung up, the caller has not.
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class CallNow:
    """A call in progress. Times are epoch ms: `since` it was offered, `stage_since` the present stage began,
    `waiting_since` the caller stands in the queue (None: in none). `menu` is the last one heard, `leaf` where he is in
    one, `where` that in words, `queue` that he asked for last; `position` 1 is its head. `agent` rings or talks.
    `supervisors` take part in the talk. `test`: a test call, or part of a drill."""

    call_id: str
    since: int
    stage: Stage = Stage.ARRIVING
    stage_since: int = 0
    channel: str = "voice"
    entry: str = ""
    menu: str | None = None
    leaf: str | None = None
    queue: str | None = None
    position: int | None = None
    waiting_since: int | None = None
    agent: str | None = None
    supervisors: tuple[str, ...] = ()
    test: bool = False
    where: str = ""


#: Menu, key → the leaf that the key leads to; None where it leads to none.
LeadsTo = Callable[[str, str], str | None]


@dataclass(slots=True)
class CallsNow:
    """Follows every call from its first fact to its last. `leaf_of` knows the menus that are served."""

    leaf_of: LeadsTo
    _calls: dict[str, CallNow] = field(default_factory=dict)

    def take(self, call_id: str, fact: Fact) -> None:
        """The next fact of a call; what comes before its beginning or after its end changes nothing."""
        if isinstance(fact, Offered):
            self._calls[call_id] = CallNow(call_id, fact.t, stage_since=fact.t, channel=fact.channel, test=fact.drill)
        elif isinstance(fact, Ended):
            self._calls.pop(call_id, None)
        elif (call := self._calls.get(call_id)) is not None:
            self._calls[call_id] = self._after(call, fact)

    def calls(self) -> tuple[CallNow, ...]:
        """The calls in progress, the oldest first."""
        return tuple(sorted(self._calls.values(), key=lambda one: (one.since, one.call_id)))

    def _after(self, call: CallNow, fact: Fact) -> CallNow:
        match fact:
            case FlowChosen(entry=entry):
                return replace(call, entry=entry)
            case DrillJoined():
                return replace(call, test=True)
            case SupervisionBegan(supervisor=supervisor):
                return replace(call, supervisors=(*call.supervisors, supervisor))
            case SupervisionEnded(supervisor=supervisor):
                return replace(call, supervisors=tuple(one for one in call.supervisors if one != supervisor))
            case MenuEntered(menu_id=menu, t=t):
                return _at(replace(call, menu=menu), Stage.MENU, t)
            case MenuKey(outcome="choice", key=str(key), t=t) if call.menu is not None:
                leaf = self.leaf_of(call.menu, key)
                return call if leaf is None else _at(replace(call, leaf=leaf), Stage.LEAF, t)
            case CallerSpoke(action=action, t_end=t):
                kind, _, where = action.partition(":")
                return _at(replace(call, leaf=where), Stage.LEAF, t) if kind == Action.LEAF else call
        return _with_people(call, fact)


def _with_people(call: CallNow, fact: Fact) -> CallNow:
    match fact:
        case HandoffRequested(refused=False, queue=queue):
            return replace(call, queue=queue)
        case Queued(queue=queue, t=t):
            return _at(replace(call, queue=queue, waiting_since=t), Stage.QUEUE, t)
        case Ringing(agent_id=agent, t=t):
            return _at(replace(call, agent=agent), Stage.RINGING, t)
        case Connected(agent_id=agent, t=t):
            return _at(replace(call, agent=agent, waiting_since=None), Stage.TALKING, t)
        case HoldStarted(agent_id=agent, t=t):
            return _at(replace(call, agent=agent), Stage.HELD, t)
        case HoldEnded(agent_id=agent, t=t):
            return _at(replace(call, agent=agent), Stage.TALKING, t)
        case Released(t=t):
            return _at(replace(call, agent=None), Stage.AFTER, t)
        case HandoffLeft(t=t):
            return _at(replace(call, agent=None, waiting_since=None), Stage.MENU, t)
    return call


def _at(call: CallNow, stage: Stage, t: int) -> CallNow:
    """The call in this stage since `t`; a leaf is left with it, a wait goes on while a telephone rings."""
    leaf = call.leaf if stage is Stage.LEAF else None
    waiting = call.waiting_since if stage in (Stage.QUEUE, Stage.RINGING) else None
    agent = call.agent if stage in (Stage.RINGING, Stage.TALKING, Stage.HELD) else None
    since = call.stage_since if stage is call.stage and stage is not Stage.MENU else t
    return replace(call, stage=stage, stage_since=since, leaf=leaf, waiting_since=waiting, agent=agent)
