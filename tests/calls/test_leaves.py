"""Every leaf of the shipped flow by keys: at most three menus (rule D1, HB 7.2.3), consult leaves speak, all others say
what they need, or ask for it, and bring the caller to their queue. The calls are made from the flow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.flow.model import Flow, Leaf, LeafKind, TargetKind
from ivr.flow.steps.bank import BY_AGENT
from ivr.flow.steps.complaint_progress import ASK_REFERENCE
from tests.calls.crowd import ANYTHING, Caller, complain, cut, heard, place_all, signed_in
from tests.flows_for_tests import reason_of
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.scenario import Check, Expect

#: One crowd at a time on this machine, or the calls hold each other up.
pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("crowd")]

MOST_MENUS = 3
#: One agent for every queue; they let it ring.
AGENTS = {agent: Manner(rings_ms=None) for agent in ("1001", "1003", "1004", "1005", "1006")}


def routes(flow: Flow, root: str) -> dict[str, tuple[str, ...]]:
    """Leaf → the keys of the shortest way to it."""
    found: dict[str, tuple[str, ...]] = {}
    seen: set[str] = {root}
    fresh: list[tuple[str, tuple[str, ...]]] = [(root, ())]
    while fresh:
        menu, keys = fresh.pop(0)
        for option in flow.menus[menu].options:
            way: tuple[str, ...] = (*keys, option.key)
            if option.target.kind is TargetKind.LEAF:
                found.setdefault(option.target.id, way)
            elif option.target.kind is TargetKind.MENU and option.target.id not in seen:
                seen.add(option.target.id)
                fresh.append((option.target.id, way))
    return found


def consult(leaf: Leaf, keys: tuple[str, ...]) -> Caller:
    """The information begins; who leaves before its end has not been served."""
    expect = Expect(
        heard=heard(cut("greeting"), ANYTHING, leaf.prompts[0]),
        record={**_visits(keys), "completed_leaf.count": 0, "handoffs.count": 0},
        ended_by="caller",
    )
    return Caller(leaf.id, ["dial", "wait 900ms", f"press {''.join(keys)}", "wait 2s", "hang up"], expect)


def handed_over(leaf: Leaf, keys: tuple[str, ...]) -> Caller:
    """What it needs, the announcement, the queue and its music. This hotline has no bank: agents do its business."""
    says = (BY_AGENT,) if leaf.asks_bank else leaf.prompts
    expect = Expect(
        heard=heard(cut("greeting"), ANYTHING, *says, "transferring", "(music)"),
        record={
            **_visits(keys),
            "handoffs.count": 1,
            "handoffs.0.reason": str(reason_of(leaf) or "policy"),
            "handoffs.0.outcome": "abandoned",
            "handoffs.0.t_queued": Check("present", True),
        },
        ended_by="caller",
    )
    steps = [
        "dial",
        "wait 900ms",
        f"press {''.join(keys)}",
        f"hear {' '.join(says)} transferring",
        "wait 3s",
        "hang up",
    ]
    return Caller(leaf.id, steps, expect)


def asked(leaf: Leaf, keys: tuple[str, ...]) -> Caller:
    """It asks the caller first, and he leaves."""
    first = leaf.prompts[0] if leaf.prompts else ASK_REFERENCE
    expect = Expect(
        heard=heard(cut("greeting"), ANYTHING, first, ANYTHING),
        record={**_visits(keys), "completed_leaf.count": 0, "handoffs.count": 0},
        ended_by="caller",
    )
    return Caller(
        leaf.id, ["dial", "wait 900ms", f"press {''.join(keys)}", f"hear {first}", "wait 2s", "hang up"], expect
    )


def _visits(keys: tuple[str, ...]) -> dict[str, object]:
    pressed: dict[str, object] = {f"menu_visits.{n}.key": key for n, key in enumerate(keys)}
    levels: dict[str, object] = {f"menu_visits.{n}.level": str(n + 1) for n in range(len(keys))}
    return {**pressed, **levels, "menu_visits.count": len(keys), "hangup_by": "caller"}


def everybody(flow: Flow) -> Iterator[Caller]:
    for leaf, keys in routes(flow, "main").items():
        found = flow.leaves[leaf]
        if found.kind is LeafKind.CONSULT:
            yield consult(found, keys)
        else:
            yield (handed_over if found.asks_bank or found.for_agents else asked)(found, keys)


def test_every_leaf_is_three_menus_away_at_most(line: Hotline, folder: Path) -> None:
    line.serve_flows(None)
    flow = require(line.flows)
    found = routes(flow, "main")
    assert set(found) == set(flow.leaves)
    assert max(len(keys) for keys in found.values()) <= MOST_MENUS
    callers = list(everybody(flow))
    with signed_in(line, folder, AGENTS):
        evidence = place_all(line, folder, callers, at_once=12)
    wrong = complain(callers, evidence, {})
    assert not wrong, wrong
