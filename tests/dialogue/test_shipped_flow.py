"""The engine on the hotline that is shipped: every menu, every reserved key, every leaf."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ivr.dialogue.model import Enqueue
from ivr.dialogue.scene import Place
from ivr.flow.loader import require
from ivr.flow.model import Flow, LeafKind, TargetKind
from tests.dialogue.talking import Talk
from tests.flows_for_tests import local

FLOWS = Path(__file__).parents[2] / "flows"
OPEN, NIGHT = local("2026-11-23 10:00"), local("2026-11-23 03:00")


@cache
def shipped() -> Flow:
    """The flow of this repository."""
    return require(FLOWS)


def ways(at: int) -> Iterator[tuple[str, str]]:
    """Every menu that can be reached at `at`, with the keys that lead there."""
    served = shipped()
    root = Talk(served, at=at).conversation.path[0]
    found = {root: ""}
    waiting = [root]
    while waiting:
        menu = waiting.pop(0)
        yield menu, found[menu]
        for option in served.menus[menu].options:
            if option.target.kind is TargetKind.MENU and option.target.id not in found:
                found[option.target.id] = found[menu] + option.key
                waiting.append(option.target.id)


@pytest.mark.parametrize("at", [OPEN, NIGHT])
def test_reserved_keys_work_in_every_menu(at: int) -> None:
    served = shipped()
    keys = served.keys
    for menu, way in ways(at):
        here = [served.menus[menu].prompt, "keys"]
        assert Talk(served, at=at).press(way).said[-2:] == here
        assert Talk(served, at=at).press(way + keys.repeat).said == here
        back = Talk(served, at=at).press(way + keys.back).said
        assert back == (here if not way else Talk(served, at=at).press(way[:-1] + keys.repeat).said)
        for key in (keys.agent, keys.elderly):
            talk = Talk(served, at=at).press(way + key)
            assert isinstance(talk.turn.then, Enqueue) or talk.said == ["agents_closed", *here]
            assert isinstance(talk.turn.then, Enqueue) or at == NIGHT


@pytest.mark.parametrize("at", [OPEN, NIGHT])
def test_every_leaf_is_within_three_levels_and_is_served(at: int) -> None:
    served = shipped()
    seen = set()
    for menu, way in ways(at):
        assert len(way) <= 2
        for option in served.menus[menu].options:
            if option.target.kind is not TargetKind.LEAF:
                continue
            leaf = served.leaves[option.target.id]
            seen.add(leaf.id)
            talk = Talk(served, at=at).press(way + option.key)
            if leaf.kind is LeafKind.CONSULT:
                assert talk.said == [*leaf.say, "after_leaf"]
                assert talk.silent().completed() == [leaf.id]
            elif leaf.ask and at == OPEN:
                assert talk.said[0] == leaf.ask[0].prompt
                assert talk.silent(3).queued == (leaf.queue, 0, "fallback")
            elif talk.conversation.place is Place.QUEUE:
                assert talk.said[: len(leaf.say)] == list(leaf.say)
                assert talk.queued[0] == leaf.queue
            else:
                assert at == NIGHT
                assert talk.said[0] == "agents_closed"
    assert at == NIGHT or seen == set(served.leaves)


def test_nobody_who_says_nothing_is_hung_up_on_in_open_hours() -> None:
    for _, way in ways(OPEN):
        assert Talk(shipped(), at=OPEN).press(way).silent(3).conversation.place is Place.QUEUE
