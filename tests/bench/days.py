"""Believable days of a hotline, from a seed: hours and weekdays with their loads, a surge now and then, customers who
call again within the hour, elderly callers, patience that runs out, agents who sign in. The same seed gives the same
days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import numpy as np

from ivr.metrics.rules import day_start
from ivr.records.database import tables
from ivr.records.model import AgentLeg, AgentState, Call, Handoff, Hold, MenuVisit, Survey

#: Table → rows, each in the order of the table's columns.
Rows = dict[str, list[tuple[Any, ...]]]

#: Share of a day's calls in each hour, and of a week's load on each day from Monday.
HOURS = np.array([3, 2, 1, 1, 1, 2, 6, 18, 60, 95, 100, 85, 55, 62, 80, 84, 78, 62, 45, 38, 32, 22, 12, 6], dtype=float)
WEEK = np.array([1.25, 1.1, 1.05, 1.05, 1.1, 0.75, 0.65])
#: One day in so many has a surge: three times the calls for two hours.
SURGE_DAYS = 12

QUEUES = ("general", "cards", "loans", "urgent")
_HOUR = 3_600_000


def days(seed: int, calls: int, since: date, number: int) -> Iterator[tuple[date, Rows]]:
    """`number` days from `since`, about `calls` in all."""
    load = np.array([WEEK[(since + timedelta(days=at)).weekday()] for at in range(number)])
    sizes = np.round(load / load.sum() * calls).astype(int)
    for at, size in enumerate(sizes):
        yield since + timedelta(days=at), _day(np.random.default_rng([seed, at]), since + timedelta(days=at), int(size))


def calls_of(rows: Rows) -> list[Call]:
    """The rows' calls as records."""
    children: dict[str, dict[str, list[Any]]] = {
        field: _grouped(rows, name, cls)
        for field, name, cls in (
            ("handoffs", "handoff", Handoff), ("surveys", "survey", Survey), ("menu_visits", "menu_visit", MenuVisit),
        )
    }  # fmt: skip
    holds: dict[tuple[str, int], list[Hold]] = defaultdict(list)
    for call_id, leg, _, *rest in rows["hold"]:
        holds[call_id, leg].append(Hold(*rest))
    legs: dict[str, list[AgentLeg]] = defaultdict(list)
    for call_id, position, agent, up, down, to, acw in rows["agent_leg"]:
        legs[call_id].append(AgentLeg(agent, up, down, tuple(holds[call_id, position]), to, acw))
    leaves: dict[str, list[str]] = defaultdict(list)
    for call_id, _, leaf in rows["completed_leaf"]:
        leaves[call_id].append(leaf)
    names = [column.name for column in tables.call.columns]
    make: Any = Call
    return [
        make(
            **dict(zip(names, row, strict=True)),
            completed_leaf=tuple(leaves[row[0]]),
            agent_legs=tuple(legs[row[0]]),
            **{field: tuple(found[row[0]]) for field, found in children.items()},
        )
        for row in rows["call"]
    ]


def states_of(rows: Rows) -> list[AgentState]:
    """The rows' agents' states as records."""
    return [AgentState(agent, state, t_from, t_to) for agent, t_from, t_to, state in rows["agent_state"]]


def _grouped(rows: Rows, name: str, cls: Any) -> dict[str, list[Any]]:
    columns = [column.name for column in tables.metadata.tables[name].columns]
    own = {field.name for field in fields(cls)}
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows[name]:
        given = dict(zip(columns, row, strict=False))  # the columns that are left are empty
        found[row[0]].append(cls(**{key: value for key, value in given.items() if key in own}))
    return found


def _offered(draw: np.random.Generator, size: int) -> np.ndarray[Any, Any]:
    weights = HOURS.copy()
    if draw.integers(SURGE_DAYS) == 0:
        start = draw.integers(8, 18)
        weights[start : start + 2] *= 3
    hours = draw.choice(24, size, p=weights / weights.sum())
    return np.sort(hours * _HOUR + draw.integers(0, _HOUR, size))


def _day(draw: np.random.Generator, day: date, size: int) -> Rows:
    offered = day_start(day) + _offered(draw, size)
    who = draw.integers(0, max(size * 4, 10), size)
    # one in twelve calls is made again soon, by the customer of one of the calls just before
    again = np.flatnonzero(draw.random(size) < 1 / 12)
    who[again] = who[np.maximum(0, again - draw.geometric(1 / max(1, size / 400), len(again)))]
    up = offered + draw.integers(200, 1500, size)
    prompt = up + draw.integers(100, 900, size)
    elderly = draw.random(size) < 0.12
    hour = (offered - day_start(day)) // _HOUR
    open_ = (hour >= 8) & (hour < 20)
    wants = (draw.random(size) < 0.42) | elderly
    asks = prompt + np.where(elderly, 3000, draw.integers(8_000, 45_000, size))
    pressure = HOURS[hour] / HOURS.max()
    wait = (draw.exponential(4_000 + 16_000 * pressure**3, size) + 1500).astype(np.int64)
    patience = draw.exponential(75_000, size).astype(np.int64) + 500
    talk = np.minimum(draw.lognormal(11.8, 0.7, size), 3_600_000).astype(np.int64)
    listens = draw.exponential(40_000, size).astype(np.int64) + 1000
    parts = {
        "offered": offered, "who": who, "up": up, "prompt": prompt, "elderly": elderly, "open": open_ | elderly,
        "wants": wants, "asks": asks, "wait": wait, "patience": patience, "talk": talk, "listens": listens,
        "queue": draw.integers(0, len(QUEUES), size), "agent": draw.integers(1000, 1000 + max(4, size // 220), size),
        "dice": draw.random((8, size)).T, "acw": draw.exponential(20_000, size).astype(np.int64),
    }  # fmt: skip
    columns = {name: values.tolist() for name, values in parts.items()}
    rows: Rows = {
        name: [] for name in ("call", "handoff", "agent_leg", "hold", "survey", "menu_visit", "completed_leaf")
    }
    for at in range(size):
        _call(rows, f"{day:%m%d}-{at:07d}", {name: values[at] for name, values in columns.items()})
    rows["agent_state"] = _states(draw, day, max(4, size // 220))
    return rows


def _call(rows: Rows, name: str, one: Mapping[str, Any]) -> None:
    """One call's rows. `dice` are numbers 0…1, one for each thing that may happen."""
    lost, leaf, drill, key, _, _, asked, told = one["dice"]
    entry = "elderly_direct" if one["elderly"] else "menu"
    number = None if lost < 0.02 else f"+8613{one['who']:09d}"
    over, by, last = one["prompt"] + one["listens"], "caller", "menu"
    connected = False
    if lost > 0.998:
        one = {**one, "up": None, "prompt": None}
    elif one["wants"]:
        over, by, last, connected = _asked(rows, name, one)
    elif leaf < 0.7:
        rows["completed_leaf"].append((name, 0, f"leaf{int(leaf * 40)}"))
        by, last = ("system", "goodbye") if leaf < 0.2 else ("caller", "answer")
    if one["up"] is not None and not one["elderly"]:
        pressed = key < 0.93
        visit = (
            "main",
            1,
            one["prompt"],
            "choice" if pressed else "hangup",
            str(1 + int(key * 5)) if pressed else None,
        )
        rows["menu_visit"].append((name, 0, *visit))
    if connected and asked < 0.3:
        answered = told < 0.5
        score = 1 + int(told * 100) % 3 if answered else None
        rows["survey"].append((name, 0, "agent", True, answered, score))
    kind = "withheld" if number is None else "normal"
    rows["call"].append((
        name, name, None, "rebuilt" if drill > 0.999 else "live", "in", "voice", "95000", number, kind, None,
        one["offered"], one["up"], one["prompt"], max(over, one["offered"]), by, "16", last, "bench", entry, "zh",
        drill < 0.0002,
    ))  # fmt: skip


def _asked(rows: Rows, name: str, one: Mapping[str, Any]) -> tuple[int, str, str, bool]:
    """The caller asked for an agent: when the call was over, who ended it, what was heard last, and whether anybody
    answered."""
    _, _, _, _, transfer, held, _, _ = one["dice"]
    asks, queue = one["asks"], "elderly" if one["elderly"] else QUEUES[one["queue"]]
    reason = "elderly_key" if one["elderly"] else "key"
    if not one["open"]:
        rows["handoff"].append((name, 0, asks, reason, asks, "closed", True, "closed", *[None] * 6, queue))
        return asks + 9000, "system", "notice", False
    if one["wait"] > one["patience"]:
        left = asks + one["patience"]
        rows["handoff"].append((name, 0, asks, reason, left, "abandoned", False, None, asks, *[None] * 5, queue))
        return left, "caller", "queue", False
    met, agent = asks + one["wait"], str(one["agent"])
    ring = min(one["wait"], 4000)
    rows["handoff"].append((
        name, 0, asks, reason, met, "answered", False, None, asks, met - ring, ring, met, agent, met + 1500, queue,
    ))  # fmt: skip
    down = met + one["talk"]
    to = "1001" if transfer < 0.03 else None
    rows["agent_leg"].append((name, 0, agent, met, down, to, one["acw"]))
    if held < 0.06:
        rows["hold"].append((name, 0, 0, met + 500, met + 500 + int(held * 900_000), held < 0.05))
    if to is not None:
        rows["agent_leg"].append((name, 1, to, down, down + 60_000, None, 5000))
        down += 60_000
    return down, "caller" if transfer > 0.3 else "agent", "agent", True


def _states(draw: np.random.Generator, day: date, agents: int) -> list[tuple[Any, ...]]:
    """Eight hours of each agent: in every hour some time ready, ringing, talking, in wrap-up and away, without gaps."""
    found = []
    starts = day_start(day) + draw.integers(7, 13, agents) * _HOUR
    cuts = np.sort(draw.integers(1, _HOUR, (agents, 8, 4)), axis=2).tolist()
    for agent, start in enumerate(starts.tolist()):
        for hour in range(8):
            begin = start + hour * _HOUR
            bounds: Sequence[int] = [0, *cuts[agent][hour], _HOUR]
            for state, one, two in zip(("ready", "ring", "talk", "acw", "pause"), bounds, bounds[1:], strict=False):
                if two > one:
                    found.append((str(1000 + agent), begin + one, begin + two, state))
    return found
