"""What goes on at 10:42: callers in menus and queues, talks, agents in every state, and one agent's shift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivr.call.agents.call_summary import CallStory
from ivr.call.agents.commands import Pause
from ivr.call.simulation import Simulation
from ivr.call.simulator import made
from ivr.nlu import Understanding
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.facts import (
    Answered,
    CallerSpoke,
    Connected,
    Ended,
    Fact,
    FlowChosen,
    HandoffRequested,
    MenuEntered,
    MenuKey,
    Offered,
    Queued,
    Ringing,
)
from ivr.report.monitoring.live_complaints import ComplaintsState
from ivr.report.monitoring.live_emergency import EmergencyState
from ivr.report.monitoring.live_publishing import PublishingState
from ivr.telephony.channels import asterisk_queue
from ivr.telephony.events import types as ev
from tests.browser.pictures.day import NOW, Day
from tests.browser.pictures.hotline import Node

#: So that a span that is shown does not change from one picture to the next.
_HALF = 500
_CALLER = "+8613800002718"
DESK_CALL = "n1-1125-9301"


def seen() -> Mapping[str, Any]:
    """The machinery, with what it warns of."""
    surge = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND)
    return {
        "recogniser": True, "bank": True, "publishing": PublishingState(2, drafts=1), "callbacks_open": 3,
        "work_open": 4, "work_overdue": 1, "complaints": ComplaintsState(7, 1, 1, 1),
        "emergency": EmergencyState(surge, undelivered=1), "disk_free": 40 * 2**30,
    }  # fmt: skip


def _ago(seconds: float) -> int:
    return NOW - int(seconds * 1000) - _HALF


def begin(node: Node) -> None:
    """Everything but the one agent's own calls."""
    for agent in ("1001", "1002", "1003", "1004", "1005", "1006", "1007"):
        node.tell(ev.AgentThere(_ago(7_900), "", "", agent, True))
    for number, (menu, level, seconds) in enumerate(_IN_MENUS):
        _note(node, f"k{number}", *_in_menu(menu, level, seconds))
    for number, (leaf, key, menu, seconds) in enumerate(_IN_LEAVES):
        _note(node, f"l{number}", *_in_menu(menu, 2, seconds + 12), MenuKey(_ago(seconds), "choice", key))
        assert node.day.flow.leaf_of(menu, key) == leaf
    for number, (queue, seconds, place) in enumerate(_WAITING):
        _waits(node, f"q{number}", queue, seconds, place)
    _answered(node)
    _talks(node, "t0", "1002", 194)
    _talks(node, "t1", "1006", 67, queue="elderly")
    node.tell(ev.AgentRinging(_ago(3), "t2", "c1003", "1003"))
    _note(node, "t2", *_asks("cards", 19), Ringing(_ago(3), "1003"))
    _talks(node, "t3", "1004", 251, over=21)
    node.world.tracker.command("1005", Pause("2"), _ago(640))


_WAITING = (("general", 71, 1), ("general", 24, 2), ("cards", 12, 1))
_IN_MENUS = (("main", 1, 4), ("main", 1, 9), ("main", 1, 2), ("accounts", 2, 14), ("accounts", 2, 21), ("cards", 2, 11),
             ("loss", 2, 17), ("service", 2, 8))  # fmt: skip
_IN_LEAVES = (
    ("account_balance", "1", "accounts", 38),
    ("card_bill", "1", "cards", 52),
    ("debit_loss", "1", "loss", 64),
)


def _note(node: Node, call: str, *facts: Fact) -> None:
    node.world.calls.add(call)
    for fact in facts:
        node.figures.fact(call, fact)


def _began(seconds: float, entry: str = "menu") -> tuple[Fact, ...]:
    at = _ago(seconds)
    offered = Offered(at, "", "in", "95000", "+8613800000000", "normal")
    return offered, Answered(at + 700), FlowChosen(at + 900, "r", entry, "zh")


def _in_menu(menu: str, level: int, seconds: float) -> tuple[Fact, ...]:
    first = (MenuEntered(_ago(seconds + 16), "main", 1), MenuKey(_ago(seconds), "choice", None)) if level > 1 else ()
    return (*_began(seconds + 17), *first, MenuEntered(_ago(seconds), menu, level))


def _asks(queue: str, seconds: float) -> tuple[Fact, ...]:
    reason = "elderly_key" if queue == "elderly" else "key"
    asked = HandoffRequested(_ago(seconds), reason, queue)
    return (
        *_in_menu("main", 1, seconds + 9),
        MenuKey(_ago(seconds), "agent", "0"),
        asked,
        Queued(_ago(seconds), queue),
    )


def _waits(node: Node, call: str, queue: str, seconds: float, place: int) -> None:
    _note(node, call, *_asks(queue, seconds))
    node.tell(ev.QueueJoined(_ago(seconds), call, call, None, asterisk_queue(queue), place, place))


def _talks(node: Node, call: str, agent: str, seconds: float, *, queue: str = "general", over: float = 0) -> None:
    _note(node, call, *_asks(queue, seconds + 11), Connected(_ago(seconds), agent, 3_400))
    node.tell(ev.AgentRinging(_ago(seconds + 3), call, f"c{agent}", agent))
    node.tell(ev.ChannelUp(_ago(seconds), call, f"c{agent}", agent))
    if over:
        node.tell(ev.ChannelGone(_ago(over), call, f"c{agent}", agent, f"PJSIP/{agent}-00000001", 16, ""))
        _note(node, call, Ended(_ago(over), "caller", "16"))


def _answered(node: Node) -> None:
    """The last quarter of an hour: most were answered in time, one gave up."""
    for number in range(19):
        queue = ("general", "cards", "general", "elderly")[number % 4]
        at, wait = 80 + number * 41, 31 if number % 6 == 4 else 7 + number % 9
        _note(node, f"o{number}", *_asks(queue, at + wait))
        if number != 7:
            _note(node, f"o{number}", Connected(_ago(at), "1002", 3_400))
        _note(node, f"o{number}", Ended(_ago(at - 60), "caller", "16"))
        node.world.calls.discard(f"o{number}")


def story(day: Day, understanding: Understanding) -> CallStory:
    """A caller who has said what it is about, on his way to an agent."""
    simulation = Simulation(day.flow, _ago(64), _CALLER, understanding)
    for move in ("2", "呃我卡里钱好像不对", "不是这个", "0"):
        made(simulation, move)
    found = CallStory(DESK_CALL, caller_number=_CALLER)
    for fact in simulation.facts:
        found.take(replace(fact, turn_id=f"{DESK_CALL}-1") if isinstance(fact, CallerSpoke) else fact)
    return found


def rings(node: Node, told: CallStory) -> None:
    """At the agent's telephone."""
    node.world.calls.add(DESK_CALL)
    node.world.desk.rings(told.summary(NOW - _HALF).as_event("1001", _ago(4)))
    node.tell(ev.AgentRinging(_ago(4), DESK_CALL, "c1001", "1001"))


def talks(node: Node) -> None:
    """He has answered."""
    node.tell(ev.ChannelUp(_ago(3), DESK_CALL, "c1001", "1001"))


def wraps_up(node: Node) -> None:
    """The caller has hung up."""
    node.tell(ev.ChannelGone(_ago(2), DESK_CALL, "c1001", "1001", "PJSIP/1001-00000009", 16, ""))
