"""What is announced around the menus: the elderly key first (CBA 二十二), the keys that work everywhere in full
once and briefly after (HB 7.2.4); and `ivr.flow.ways` counts just what is said."""

from __future__ import annotations

import pytest

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Caller, Key, Turn
from ivr.flow import ways
from ivr.nlu import Understanding
from tests.dialogue.talking import Talk
from tests.dialogue.test_shipped_flow import NIGHT, OPEN, shipped

#: Prompts heard by a caller who never interrupts.
WHOLE = 99


def test_the_keys_are_announced_in_full_once_and_briefly_after() -> None:
    talk = Talk(shipped())
    assert talk.said == ["greeting", "elderly_key", "main_menu", "keys"]
    assert talk.press("1", WHOLE).said == ["accounts_menu", "keys_brief"]
    assert talk.press("#", WHOLE).said == ["accounts_menu", "keys_brief"]
    assert talk.silent().said == ["no_input", "accounts_menu", "keys_brief"]
    assert talk.press("*", WHOLE).said == ["elderly_key", "main_menu", "keys_brief"]


@pytest.mark.parametrize(("heard", "after"), [(3, "keys"), (4, "keys_brief")])
def test_who_interrupts_the_keys_hears_them_in_full_later(heard: int, after: str) -> None:
    talk = Talk(shipped()).press("1", heard)
    assert talk.said == ["accounts_menu", after]
    assert talk.press("3", WHOLE).said == ["deposits_menu", "keys_brief"]


def test_a_caller_who_waits_has_heard_them() -> None:
    assert Talk(shipped()).silent().said == ["no_input", "elderly_key", "main_menu", "keys_brief"]


def test_a_listed_caller_who_goes_straight_to_the_queue_hears_no_key() -> None:
    assert Talk(shipped(), number="+8613800000006").said == ["greeting", "transferring"]


@pytest.mark.parametrize("at", [OPEN, NIGHT])
def test_a_way_is_what_a_caller_hears(at: int) -> None:
    flow = shipped()
    understanding = Understanding(flow)
    entry = flow.entries[at == NIGHT]
    seen = set()
    for way in ways.ways(flow, ways.estimated(flow)):
        if way.entry is not entry:
            continue
        conversation = Conversation(flow, Caller(None), at, understanding)
        turn: Turn | None = conversation.start(at)
        heard = []
        for option in way.options:
            assert turn is not None
            heard += [say.prompt for say in turn.say]
            turn = conversation.on(Key(at, option.key, len(turn.say)))
        assert (tuple(heard), conversation.leaf or way.leaf) == (way.prompts, way.leaf)
        seen.add(way.leaf)
    assert len(seen) > 10
