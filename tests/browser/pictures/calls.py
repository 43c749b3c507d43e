"""The calls of the pictures' week: each is walked through the shipped menus by the engine that serves callers, so that
its record is one that a caller could have made. All numbers, cards and words are made up."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ivr.bank.operations import Operation
from ivr.call.simulation import CHARACTER_MS, Simulation
from ivr.call.simulator import made
from ivr.flow.hours import is_open
from ivr.flow.model import Flow
from ivr.flow.steps.effects import Refused
from ivr.metrics.rules import day_start
from ivr.nlu import Understanding
from ivr.records.facts import (
    AgentAnnounced,
    Answered,
    CallerSpoke,
    Connected,
    CustomerKnown,
    DispositionGiven,
    Ended,
    Fact,
    FirstPrompt,
    HandoffLeft,
    HoldEnded,
    HoldStarted,
    Offered,
    PromptEnded,
    PromptSpoken,
    Queued,
    Released,
    Ringing,
    TransactionEnded,
    WrappedUp,
)
from ivr.records.folding.fold import fold
from ivr.records.model import AgentLeg, AgentState, Call, StateName
from ivr.text.template import characters

#: What a customer does, a word a move as `ivr try` takes them, and how often of a hundred; `a` talks to an agent.
_CARD, _PIN = "6222021234567894#", "860713"
JOURNEYS: tuple[tuple[int, str], ...] = (
    (9, f"1 1 {_CARD} {_PIN} 1 1 1 h"),
    (4, f"1 1 {_CARD} {_PIN} 1 2 h"),
    (5, "1 2 1 h"),
    (4, "1 3 1 h"),
    (4, "1 5 h"),
    (6, f"2 1 {_CARD} {_PIN} 1 1 h"),
    (5, "2 2 1 h"),
    (4, "2 3 1 h"),
    (4, "3 1 h"),
    (3, "3 2 h"),
    (6, f"4 1 {_CARD} {_PIN} 1 1 h"),
    (4, "5 3 h"),
    (3, "5 4 h"),
    (3, "我想开个户 h"),
    (3, "信用卡怎么还款 h"),
    (3, "存款利率是多少 h"),
    (3, f"我的卡丢了 是的 {_CARD} {_PIN} 1 1 h"),
    (2, "那个就是上次说的事 我卡里钱好像不对 0 a 1"),
    (2, "呃你们这个怎么弄啊 不是这个 0 a 3"),
    (2, "- - h"),
    (2, "7 - h"),
    (9, "0 a 1"),
    (3, "2 0 a 1"),
    (2, "3 0 a 2"),
    (5, "9 a 1"),
    (2, "0 t h"),
    (1, "h"),
    (2, "我要投诉 h"),
)
#: Who answers in which queue.
_AGENTS = {"general": ("1001", "1002"), "cards": ("1003", "1004"), "elderly": ("1006", "1001"), "loans": ("1005",)}
_RESULTS = ("1", "1", "1", "1", "2", "4")
#: Today and so many days before it, less one.
DAYS = 25
_HOURS = (2, 1, 1, 0, 0, 1, 3, 8, 30, 48, 52, 44, 28, 30, 42, 44, 38, 30, 20, 16, 12, 8, 5, 3)


@dataclass(frozen=True, slots=True)
class Caller:
    """One call that is to be made: when (epoch ms), from where, and how it went."""

    call_id: str
    at: int
    number: str | None
    moves: str
    talk_ms: int = 150_000
    wait_ms: int = 9_000
    agent: str | None = None
    hold_ms: int = 0
    result: str = "1"
    drill: bool = False


def walked(flow: Flow, understanding: Understanding, one: Caller, sure: random.Random) -> Call:
    """Its record. Raises ValueError where a move cannot be made."""
    facts: list[Fact] = [Offered(one.at, one.call_id, "in", "95000", one.number, _kind(one), drill=one.drill)]
    facts += [Answered(one.at + 700), FirstPrompt(one.at + 1_100)]
    simulation = Simulation(flow, one.at + 1_000, one.number, understanding)
    facts += _spoken(simulation)
    by = "system"
    for move in one.moves.split():
        if simulation.over:
            break
        by = "caller" if move == "h" else "system"
        if simulation.order is not None:
            facts += _talk(simulation, one) if move == "a" else _left(simulation, move)
        else:
            _move(simulation, move)
        facts += _spoken(simulation)
    if not simulation.over:
        by = "caller"
    end = max([simulation.now, *(fact.t for fact in facts)]) + 400
    facts += [*(_own(fact, one, sure) for fact in simulation.facts), Ended(end, by, "16")]
    return fold(one.call_id, facts)


def _spoken(simulation: Simulation) -> Iterator[Fact]:
    """What he hears now, as long as it takes to say it."""
    at = simulation.now
    for prompt, text in simulation.texts() if simulation.turn is not None else ():
        yield PromptSpoken(at, prompt, simulation.flow.prompts[prompt].kind, "〔" in text)
        over = at + max(1, characters(text)) * CHARACTER_MS
        yield PromptEnded(over, at, "whole")
        at = over + 1


def _kind(one: Caller) -> str:
    return "withheld" if one.number is None else "normal"


def _move(simulation: Simulation, move: str) -> None:
    if move == "wrong":  # the next proof of who he is will not be right
        simulation.effects.answer_next(Operation.VERIFY, Refused("wrong"))
        return
    lines = made(simulation, move)
    if any("✗" in line for line in lines):
        raise ValueError(f"{move}: {lines}")


def _own(fact: Fact, one: Caller, sure: random.Random) -> Fact:
    """What was said, as if it had come through a telephone; customers and transactions of this call alone."""
    match fact:
        case CallerSpoke():
            confidence = round(sure.uniform(0.72, 0.97), 2)
            return replace(fact, turn_id=f"{one.call_id}-{fact.turn_id.removeprefix('say-')}", asr_conf=confidence)
        case CustomerKnown():
            return replace(fact, customer_id=f"K{(one.number or '')[-7:]}")
        case TransactionEnded():
            return replace(fact, reference=f"{sure.randrange(10**8):08}", key=f"{one.call_id}-1")
    return fact


def _left(simulation: Simulation, move: str) -> Iterator[Fact]:
    """A wait that no agent ended."""
    assert simulation.order is not None
    yield Queued(simulation.now + 300, simulation.order.queue)
    _move(simulation, move)
    if move == "t":
        yield HandoffLeft(simulation.now, "timeout")


def _talk(simulation: Simulation, one: Caller) -> Iterator[Fact]:
    """The wait for an agent and the talk with him."""
    assert simulation.order is not None
    queue, asked = simulation.order.queue, simulation.now
    agent = one.agent or _AGENTS.get(queue, ("1001",))[0]
    met = asked + one.wait_ms
    yield Queued(asked + 300, queue)
    yield Ringing(met - 3_400, agent)
    yield Connected(met, agent, 3_400)
    yield AgentAnnounced(met + 1_600, agent)
    if one.hold_ms:
        yield HoldStarted(met + 40_000, agent, explained=True)
        yield HoldEnded(met + 40_000 + one.hold_ms, agent)
    simulation.wait(one.wait_ms + one.talk_ms - 60_000)
    _move(simulation, "a")
    over = met + one.talk_ms
    yield Released(over, agent)
    yield WrappedUp(over + 20_000, agent, 20_000)
    yield DispositionGiven(over + 21_000, agent, one.result)


def week(flow: Flow, understanding: Understanding, until: int, today: date, a_day: int = 60) -> list[Call]:
    """The calls of some weeks that have ended by `until` (epoch ms)."""
    draw, calls = random.Random(20261125), list[Call]()
    for day in (today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)):
        size = a_day if day.weekday() < 5 else a_day // 2
        moments = sorted(day_start(day) + _moment(draw) for _ in range(size))
        calls += [
            walked(flow, understanding, _drawn(flow, draw, day, number, at), draw) for number, at in enumerate(moments)
        ]
    return [call for call in calls if call.t_ended < until]


def _moment(draw: random.Random) -> int:
    hour = draw.choices(range(24), _HOURS)[0]
    return hour * 3_600_000 + draw.randrange(3_600_000)


def _drawn(flow: Flow, draw: random.Random, day: date, number: int, at: int) -> Caller:
    moves = draw.choices([moves for _, moves in JOURNEYS], [often for often, _ in JOURNEYS])[0]
    if not is_open(flow.calendars["service"], at, flow.timezone):  # the menu outside of business hours
        moves = draw.choice((f"1 1 {_CARD} {_PIN} 1 1 h", "2 1 h", "2 3 h", "3 3 h", "9 a 1"))
    return Caller(
        f"n1-{day:%m%d}-{number:04}",
        at,
        None if draw.random() < 0.02 else f"+86138000{draw.randrange(100_000):05}",
        moves,
        talk_ms=draw.randrange(75_000, 420_000),
        wait_ms=draw.choice((5_000, 6_500, 8_000, 9_500, 12_000, 17_000, 26_000)),
        hold_ms=draw.choice((0, 0, 0, 0, 12_000, 24_000)),
        result=draw.choice(_RESULTS),
    )


def states(calls: Iterable[Call], today: date, until: int) -> list[AgentState]:
    """What the agents did today: in at half past eight, ready but for their talks and what comes before and after."""
    begin, found = day_start(today) + 8 * 3_600_000 + 1_800_000, list[AgentState]()
    for agent in ("1001", "1002", "1003", "1004", "1005", "1006"):
        at = begin + 360_000
        found.append(AgentState(agent, "pause", begin, at, "3"))
        mine = sorted((leg for call in calls for leg in call.agent_legs if leg.agent_id == agent), key=_connected)
        for leg in mine:
            if leg.t_connected - 3_400 < at or leg.t_released + leg.acw_ms > until:
                continue
            for state, to in _around(leg):
                found += [AgentState(agent, state, at, to)] if to > at else []
                at = max(at, to)
        found.append(AgentState(agent, "ready", at, until))
    return found


def _connected(leg: AgentLeg) -> int:
    return leg.t_connected


def _around(leg: AgentLeg) -> Iterator[tuple[StateName, int]]:
    yield "ready", leg.t_connected - 3_400
    yield "ring", leg.t_connected
    yield "talk", leg.t_released
    yield "acw", leg.t_released + leg.acw_ms
