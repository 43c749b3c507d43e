"""The shipped hotline by voice: what stands in its knowledge base leads where it should, and keys lead there too."""

from __future__ import annotations

from functools import cache

import pytest

from ivr.dialogue.expected_speech import prepare
from ivr.dialogue.model import Enqueue
from ivr.dialogue.state import Position
from ivr.flow.model import TargetKind
from ivr.nlu import Understanding
from ivr.nlu.expected_words import MOST_WORDS
from tests.dialogue.talking import Talk
from tests.dialogue.test_shipped_flow import NIGHT, OPEN, shipped, ways

INTENTS = sorted(shipped().knowledge)


@cache
def understanding() -> Understanding:
    """The shipped knowledge base, understood as on a real call."""
    return Understanding(shipped())


def talk(at: int = OPEN) -> Talk:
    return Talk(shipped(), at, None, understanding())


@pytest.mark.parametrize("id", INTENTS)
def test_every_standard_question_leads_to_its_target(id: str) -> None:
    intent = shipped().knowledge[id]
    assert intent.target is not None
    made = talk().say(intent.question)
    if intent.confirm:
        assert made.said == [f"confirm-{id}", "yes_no_say"]
        made.say("是的")
    if intent.target.kind is TargetKind.MENU:
        assert made.conversation.path == ("main", intent.target.id)
    elif intent.target.kind is TargetKind.HANDOFF:
        assert made.queued[::2] == (intent.target.id, "intent")
    else:
        leaf = shipped().leaves[intent.target.id]
        if not leaf.for_agents:
            assert made.conversation.leaf == leaf.id
        else:
            assert made.queued[0] == leaf.queue
        reached = {
            option.target.id
            for menu, way in ways(OPEN)
            for option in shipped().menus[menu].options
            if option.target.kind is TargetKind.LEAF and len(way) < 3
        }
        assert leaf.id in reached, "by keys within three levels (D1)"
    assert len(made.spoken()) == 1 + intent.confirm


def test_the_lost_card_of_the_demonstration() -> None:
    made = talk().say("我的卡丢了", heard=1)
    assert made.said == ["confirm-debit_loss", "yes_no_say"]
    text = shipped().prompts["confirm-debit_loss"].texts["zh"]
    assert text.startswith("您是要挂失银行卡") and text.endswith("，对吗？")
    assert made.say("对").said == ["recording_notice", "verify_intro", "verify_number"]
    assert made.press("0").queued == ("urgent", 10, "key"), "an agent is one key away"
    at_night = talk(NIGHT).say("我的卡丢了", "是的")
    assert at_night.said[-1] == "verify_number" and at_night.press("0").queued[0] == "urgent"


def test_what_the_recogniser_was_unsure_of_is_asked_before_it_is_done() -> None:
    assert talk().say("查余额", score=0.9).conversation.leaf == "account_balance"
    assert talk().say("查余额", score=0.05).said == ["confirm-account_balance", "yes_no_say"]


@pytest.mark.parametrize("answer", ["是的", "不是"])
def test_what_was_hardly_heard_answers_no_question(answer: str) -> None:
    asked = talk().say("我的卡丢了", heard=1).say(answer, score=0.34)
    assert asked.said[0] == "not_understood" and asked.spoken()[-1][2] == "rephrase"
    assert asked.say("转人工", score=0.34).queued[2] == "intent", "a word that works everywhere does so here"


def test_a_complaint_is_taken_at_any_hour() -> None:
    for at in (OPEN, NIGHT):
        made = talk(at).say("投诉")
        assert made.said[:2] == ["complaint_intro", "complaint_choice"]
        assert made.say("投诉专员").queued == ("complaints", 3, "complaint")


def test_every_menu_hears_words_of_its_own() -> None:
    prepare(shipped(), understanding())
    for menu, way in ways(OPEN):
        made = talk().press(way)
        assert made.conversation.path[-1] == menu
        assert made.expected is not None and 10 < len(made.expected.words) <= MOST_WORDS
        assert made.expected.words[0] in "".join(option.label for option in shipped().menus[menu].options)


def test_at_night_who_asks_for_an_agent_hears_when_they_are_there() -> None:
    made = talk(NIGHT).say("人工")
    assert made.said[0] == "agents_closed"
    assert made.conversation.place is Position.MENU
    assert isinstance(made.say("老年服务").turn.then, Enqueue)
