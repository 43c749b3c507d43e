"""Every reserved key in every menu of the shipped flow, as callers reach it: repeat, back, agent, elderly
(HB 7.2.4, CBA 十九, 二十二; rule D2). The calls are made from the flow, so a new menu is tested by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.flow.model import Flow, TargetKind
from tests.calls.crowd import ANYTHING, Caller, changes, child, complain, cut, heard, ms, place_all, signed_in
from tests.rig.agents import Manner
from tests.rig.hotline import TOP, Hotline
from tests.rig.scenario import Expect, Expected
from tests.rig.verdict import Evidence

#: One crowd at a time on this machine, or the calls hold each other up.
pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("crowd")]

#: The bank is closed, whatever the time is.
CLOSED: dict[str, object] = {"hours.yaml": {"calendars": {"service": {"weekly": {"mon-fri": [], "sat-sun": []}}}}}
#: Key → queue (CBA 十九), at the slow pace for the elderly as well.
TO_QUEUE_MS = 3000
#: Key let go → the next prompt begins.
SOON_MS = 500


@dataclass(frozen=True, slots=True)
class Way:
    """How a menu is reached: `keys` from the root, `menus` from the root to it, by id."""

    keys: str
    menus: tuple[str, ...]

    @property
    def menu(self) -> str:
        return self.menus[-1]


def ways(flow: Flow, root: str) -> list[Way]:
    """The shortest way to every menu below `root`."""
    found = {root: Way("", (root,))}
    fresh = [root]
    while fresh:
        way = found[fresh.pop(0)]
        for option in flow.menus[way.menu].options:
            if option.target.kind is TargetKind.MENU and option.target.id not in found:
                found[option.target.id] = Way(way.keys + option.key, (*way.menus, option.target.id))
                fresh.append(option.target.id)
    return list(found.values())


def arriving(way: Way, entry: str) -> list[str]:
    """Dial, cut the greeting short and go to the menu, whose prompt has been heard for a second then."""
    greeting = " ".join(greeted(entry))
    return ["dial", *(["wait 900ms", f"press {way.keys}"] if way.keys else [f"hear {greeting}"]), "wait 1300ms"]


def greeted(entry: str) -> list[str]:
    """What is heard before the first menu: the elderly key right after the first words."""
    return ["greeting", "elderly_key", *(["closed_greeting"] if entry == "closed" else [])]


def before(way: Way, entry: str) -> list[str | Expected]:
    """What is heard up to the menu itself."""
    return [cut("greeting"), ANYTHING] if way.keys else [*greeted(entry)]


def again(flow: Flow, menu: str, root: bool) -> tuple[list[str | Expected], str]:
    """What is heard of a menu that is spoken anew, after a key, and how long it takes until its prompt has been heard
    for a second: a root names the elderly key first."""
    prompt = flow.menus[menu].prompt
    if not root:
        return [cut(prompt, SOON_MS)], "wait 1200ms"
    return [Expected(("elderly_key",), within_ms=SOON_MS), cut(prompt)], "wait 2800ms"


def visits(way: Way) -> dict[str, object]:
    """The choices that led to the menu, as the record must have them."""
    return {
        name: value
        for number, (menu, key) in enumerate(zip(way.menus, way.keys, strict=False))
        for name, value in {
            f"menu_visits.{number}.menu_id": menu,
            f"menu_visits.{number}.level": str(number + 1),
            f"menu_visits.{number}.outcome": "choice",
            f"menu_visits.{number}.key": key,
        }.items()
    }


def repeat_and_back(flow: Flow, way: Way, entry: str) -> Caller:
    """`#` replays this menu and nothing else, `*` leads to the menu before (at the root it repeats, D2)."""
    prompt, here = flow.menus[way.menu].prompt, len(way.keys)
    parent = way.menus[-2] if way.keys else way.menu
    repeated, first_wait = again(flow, way.menu, not way.keys)
    back, last_wait = again(flow, parent, len(way.keys) <= 1)
    expect = Expect(
        heard=heard(*before(way, entry), cut(prompt), *repeated, *back),
        record={
            **visits(way),
            "entry": entry,
            "hangup_by": "caller",
            f"menu_visits.{here}.menu_id": way.menu,
            f"menu_visits.{here}.outcome": "repeat",
            f"menu_visits.{here}.key": "#",
            f"menu_visits.{here + 1}.menu_id": way.menu,
            f"menu_visits.{here + 1}.outcome": "back" if way.keys else "repeat",
            f"menu_visits.{here + 1}.key": "*",
            f"menu_visits.{here + 2}.menu_id": parent,
            f"menu_visits.{here + 2}.level": str(max(1, here)),
            f"menu_visits.{here + 2}.outcome": "hangup",
            "menu_visits.count": here + 3,
            "handoffs.count": 0,
        },
        ended_by="caller",
    )
    steps = [*arriving(way, entry), "press #", first_wait, "press *", last_wait, "hang up"]
    return Caller(f"{entry}-{way.menu}-repeat-back", steps, expect)


def to_agent(flow: Flow, way: Way, entry: str, key: str, reason: str) -> Caller:
    """One key, the announcement, and music in the queue: at every menu."""
    first = not way.keys and key == flow.keys.elderly
    here = len(way.keys)
    expect = Expect(
        heard=heard(
            *before(way, entry),
            cut(flow.menus[way.menu].prompt),
            Expected(("transferring",), within_ms=SOON_MS),
            "(music)",
        ),
        record={
            **visits(way),
            "entry": "elderly_direct" if first else entry,
            "hangup_by": "caller",
            f"menu_visits.{here}.menu_id": way.menu,
            f"menu_visits.{here}.outcome": "agent",
            f"menu_visits.{here}.key": key,
            "menu_visits.count": here + 1,
            "handoffs.count": 1,
            "handoffs.0.reason": reason,
            "handoffs.0.refused": False,
            "handoffs.0.outcome": "abandoned",
        },
        ended_by="caller",
    )
    return Caller(f"{entry}-{way.menu}-{reason}", [*arriving(way, entry), f"press {key}", "wait 5s", "hang up"], expect)


def agent_refused(flow: Flow, way: Way, entry: str) -> Caller:
    """Out of hours the agent key says when agents are there, and the menu goes on (CBA 七)."""
    prompt, here = flow.menus[way.menu].prompt, len(way.keys)
    expect = Expect(
        heard=heard(
            *before(way, entry),
            cut(prompt),
            Expected(("agents_closed",), within_ms=SOON_MS),
            *([] if way.keys else ["elderly_key"]),
            prompt,
        ),
        record={
            "entry": entry,
            "hangup_by": "caller",
            f"menu_visits.{here}.outcome": "agent",
            f"menu_visits.{here + 1}.menu_id": way.menu,
            f"menu_visits.{here + 1}.outcome": "hangup",
            "handoffs.count": 1,
            "handoffs.0.reason": "key",
            "handoffs.0.refused": True,
            "handoffs.0.why": "closed",
            "handoffs.0.outcome": "closed",
        },
        ended_by="caller",
    )
    steps = [
        *arriving(way, entry),
        "press 0",
        "hear agents_closed",
        "wait 1500ms" if way.keys else "wait 3s",
        "hang up",
    ]
    return Caller(f"{entry}-{way.menu}-refused", steps, expect)


def callers(flow: Flow, root: str, entry: str) -> Iterator[Caller]:
    """Every reserved key in every menu below `root`."""
    closed = entry == "closed"
    for way in ways(flow, root):
        yield repeat_and_back(flow, way, entry)
        yield agent_refused(flow, way, entry) if closed else to_agent(flow, way, entry, "0", "key")
        yield to_agent(flow, way, entry, "9", "elderly_key")


def too_slow(caller: Caller, evidence: Evidence) -> list[str]:
    """The clock of CBA 十九, from the record."""
    if caller.expect.record.get("handoffs.0.outcome") != "abandoned":
        return []
    handoff = child(evidence.record, "handoffs")
    if handoff.get("t_queued") is None:
        return ["key → queue: the caller never stood in the queue"]
    waited = ms(handoff, "t_queued") - ms(handoff, "t_requested")
    return [f"key → queue took {waited} ms, at most {TO_QUEUE_MS}"] if waited > TO_QUEUE_MS else []


@pytest.mark.parametrize("entry", ["menu", "closed"])
def test_every_reserved_key_in_every_menu(entry: str, line: Hotline, folder: Path) -> None:
    closed = entry == "closed"
    line.serve_flows(changes(CLOSED) if closed else None)
    flow = require(line.flows)
    root = next(one.menu for one in flow.entries if one.closed is closed)
    everybody = list(callers(flow, root, entry))
    with signed_in(line, folder, {"1001": Manner(rings_ms=None), "1006": Manner(rings_ms=None)}):
        found = place_all(line, folder, everybody, more=too_slow)
    slow = {caller.name: too_slow(caller, found[caller.name]) for caller in everybody}
    wrong = complain(everybody, found, slow)
    assert not wrong, wrong


def test_the_two_entries_reach_every_menu(line: Hotline) -> None:
    """What the test above walks is the whole flow."""
    flow = require(TOP / "flows")
    reached = {way.menu for entry in flow.entries for way in ways(flow, entry.menu)}
    assert reached == set(flow.menus)
