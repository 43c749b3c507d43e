"""The engine on the hotline that is shipped: every menu, every reserved key, every leaf."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ivr.bank.vocabulary import Level
from ivr.dialogue.model import Await, Enqueue, Listen
from ivr.dialogue.state import Position
from ivr.flow.loader import require
from ivr.flow.model import Flow, LeafKind, TargetKind
from ivr.flow.steps.effects import BankRequest
from tests.dialogue.talking import Talk
from tests.flows_for_tests import local

FLOWS = Path(__file__).parents[2] / "flows"
OPEN, NIGHT = local("2026-11-23 10:00"), local("2026-11-23 03:00")


@cache
def shipped() -> Flow:
    """The flow of this repository."""
    return require(FLOWS)


#: Prompts heard by a caller who never interrupts.
WHOLE = 99


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
        here = [*([] if way else ["elderly_key"]), served.menus[menu].prompt, "keys_brief"]
        first = Talk(served, at=at).press(way, WHOLE).said
        assert first[-2:] == [served.menus[menu].prompt, "keys_brief" if way else "keys"]
        assert Talk(served, at=at).press(way + keys.repeat, WHOLE).said == here
        back = Talk(served, at=at).press(way + keys.back, WHOLE).said
        assert back == (here if not way else Talk(served, at=at).press(way[:-1] + keys.repeat, WHOLE).said)
        for key in (keys.agent, keys.elderly):
            talk = Talk(served, at=at).press(way + key, WHOLE)
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
            if isinstance(talk.turn.then, Await):
                assert isinstance(talk.turn.then.effect, BankRequest) and leaf.auth is Level.NONE
            elif leaf.kind is LeafKind.CONSULT:
                assert talk.said == [*leaf.prompts, "after_leaf"]
                assert talk.silent().completed() == [leaf.id]
            elif leaf.asks_bank:
                notice = ["recording_notice"] if leaf.recorded else []
                assert talk.said[:-1] == [*notice, "verify_intro"], "nothing before that (HB 7.1.4)"
                assert isinstance(talk.turn.then, Listen) and talk.turn.then.secret
                if at == OPEN or leaf.queue == "urgent":
                    assert talk.silent(3).queued[0] == leaf.queue
            elif leaf.questions and at == OPEN:
                assert talk.said[0] == leaf.questions[0].prompt
                assert talk.silent(3).queued == (leaf.queue, 0, "fallback")
            elif not leaf.for_agents:
                assert talk.conversation.leaf == leaf.id, "served at any hour"
                assert talk.silent(3).queued == (leaf.queue, 3, "fallback")
            elif talk.conversation.place is Position.QUEUE:
                assert talk.said[: len(leaf.prompts)] == list(leaf.prompts)
                assert talk.queued[0] == leaf.queue
            else:
                assert at == NIGHT
                assert talk.said[0] == "agents_closed"
    assert at == NIGHT or seen == set(served.leaves)


def test_nobody_who_says_nothing_is_hung_up_on_in_open_hours() -> None:
    for _, way in ways(OPEN):
        assert Talk(shipped(), at=OPEN).press(way).silent(3).conversation.place is Position.QUEUE
