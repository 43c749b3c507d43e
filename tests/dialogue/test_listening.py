"""Speech in menus: what is meant is done, or asked back, and whatever happens the keys work (CBA 十七, 十九, 二十)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Caller, Enqueue, QueueOutcome, Spoke
from ivr.dialogue.state import Position
from ivr.flow.model import SlotKind
from ivr.records.facts import CallerSpoke, EntryChanged
from tests.dialogue.listening import NOISE, SURE, TORN, UNSURE, decided, listening
from tests.dialogue.talking import Talk
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN

MAIN = ["main_menu", "keys"]
YES_NO = ["confirm-loss", "yes_no_say"]
WHICH = ["which_head", "offer-hours", "press_1", "offer-loss", "press_2", "which_none"]


def talk(at: int = OPEN, number: str | None = None) -> Talk:
    """A call that is listened to."""
    return Talk(listening(), at, number, decided())


def actions(made: Talk) -> list[str]:
    return [action for _, _, action in made.spoken()]


# ---- what listens


def test_a_root_that_listens_says_so_once_and_hears_its_words() -> None:
    made = talk()
    assert made.said == ["greeting", "say_or_press", *MAIN]
    assert made.expected is not None and not made.expected.closed and not made.expected.personal
    assert "人工" in made.expected.words and len(made.expected.words) <= 40
    assert made.press("#").said == MAIN
    assert made.press("1").said == ["accounts_menu", "keys"]
    assert made.press("*").said == ["say_or_press", *MAIN]
    assert made.press("*").said == MAIN, "back at the root repeats (D2)"


def test_without_understanding_nothing_listens_and_nobody_is_told_to_speak() -> None:
    made = Talk(listening())
    assert made.said == ["greeting", *MAIN]
    for keys in ("1", "1", "*", "*", "2", "*", "61"):
        assert made.press(keys).expected is None


def test_a_menu_that_does_not_listen_takes_keys_only() -> None:
    made = talk().press("11")
    assert made.conversation.path == ("main", "accounts", "transfers")
    assert made.expected is None
    assert made.say(SURE).said == ["transfers_menu", "keys"], "what nobody listened for does no harm"
    assert made.spoken() == []
    assert made.press("1").expected is None, "its leaves do not listen either"


def test_a_menu_that_listens_for_some_intents_hears_no_other() -> None:
    made = talk().press("1")
    assert made.say("网点几点开门").said[0] == "not_understood"
    assert made.say(SURE).queued == ("cards", 2, "policy")


def test_no_other_language_than_the_knowledge_bases_is_listened_to() -> None:
    made = talk().press("5")
    assert (made.turn.language, made.expected) == ("en", None)


# ---- accepted


@pytest.mark.parametrize(
    ("text", "said", "action"),
    [
        ("网点几点开门", ["branch_hours_info", "branch_holiday_info", "after_leaf"], "leaf:branch_hours"),
        (SURE, ["card_loss_intro", "transferring_unrecorded"], "leaf:card_loss"),
        ("账户", ["accounts_menu", "keys"], "menu:accounts"),
        ("信用卡中心", ["transferring_unrecorded"], "queue:cards"),
        ("要带什么证件", ["branch_hours_info", "after_leaf"], "answer:papers"),
    ],
)
def test_what_is_clear_is_done_at_once(text: str, said: list[str], action: str) -> None:
    made = talk().say(text)
    assert made.said == said
    assert actions(made) == [action]
    assert made.visits()[0] == ("main", 1, "choice", None)


def test_what_may_have_been_said_is_taken_as_it_makes_sense_but_an_answer_as_it_was_heard() -> None:
    made = talk().say("窝滴咖丢", others=SURE)
    assert made.said == talk().say(SURE).said
    (fact,) = (each for each in made.facts if isinstance(each, CallerSpoke))
    assert (fact.asr_text, fact.corrected, fact.intent) == ("窝滴咖丢", SURE, "loss"), "its own words are kept"
    assert talk().say(UNSURE).say("不是", others="是的").said == talk().say(UNSURE, "不是").said


def test_a_queue_that_was_asked_for_by_voice_has_the_reason_intent() -> None:
    assert talk().say("信用卡中心").queued == ("cards", 2, "intent")


def test_an_answer_can_be_heard_again_and_left() -> None:
    made = talk().say("要带什么证件")
    assert made.conversation.place is Position.ANSWER
    assert made.press("#").said == ["branch_hours_info", "after_leaf"]
    assert made.say("重听").said == ["branch_hours_info", "after_leaf"]
    assert made.silent().said == ["no_input", "after_leaf"]
    assert made.press("*").said == ["say_or_press", *MAIN]
    assert made.completed() == []


def test_menus_that_were_reached_by_voice_are_left_by_back() -> None:
    made = talk().press("6").say("账户")
    assert made.conversation.path == ("main", "ask", "accounts")
    assert made.press("*").said == ["ask_menu", "keys"]


def test_an_entry_that_has_expired_is_not_used() -> None:
    assert talk().say("旧业务").said[0] == "not_understood"


# ---- asked back


def test_a_guess_is_confirmed_by_voice_or_by_key() -> None:
    for yes in ("是的", "对", "嗯"):
        made = talk().say(UNSURE)
        assert made.said == YES_NO
        assert made.expected is not None and made.expected.closed and made.expected.slot is SlotKind.YES_NO
        assert {"是的", "不是", "人工"} <= set(made.expected.words)
        assert made.say(yes).queued == ("cards", 2, "policy")
        assert actions(made) == ["confirm:loss", "yes"]
    assert talk().say(UNSURE).press("1").visits() == [("main", 1, "choice", None)]


@pytest.mark.parametrize("no", ["不是", "不对", "2"])
def test_a_guess_that_is_denied_is_not_made_again(no: str) -> None:
    made = talk().say(UNSURE)
    made = made.press(no) if no == "2" else made.say(no)
    assert made.said == ["not_that", *MAIN]
    assert made.visits()[:1] == [("main", 1, "invalid", None)]
    assert made.say(UNSURE).said[0] == "agent_offer", "not guessed, and the second miss"
    assert made.press("1*").say(UNSURE).said == YES_NO, "a choice forgets what was denied"


def test_denying_and_saying_what_is_meant_is_one_step() -> None:
    made = talk().say(UNSURE, "不是，网点几点开门")
    assert made.said[0] == "branch_hours_info"
    assert actions(made) == ["confirm:loss", "leaf:branch_hours"]


def test_saying_it_again_is_a_yes() -> None:
    assert talk().say(UNSURE, UNSURE).queued[0] == "cards"
    assert talk().say(UNSURE, SURE).queued[0] == "cards"


def test_an_intent_may_want_to_be_confirmed_always() -> None:
    made = talk().say("冻结")
    assert made.said == ["confirm-freeze", "yes_no_say"]
    assert made.say("对").queued[0] == "cards"
    assert talk().say("冻结", "冻结").queued[0] == "cards", "to say it again is to confirm it"
    made = talk().say(UNSURE, "冻结")
    assert made.said == ["confirm-freeze", "yes_no_say"]
    assert made.say("不是").said == ["not_that", *MAIN], "back to where the first guess was made"


def test_back_and_repeat_in_a_guess() -> None:
    made = talk().say(UNSURE)
    assert made.press("#").said == YES_NO
    assert made.say("没听清").said == YES_NO
    assert made.press("*").said == MAIN
    assert made.visits() == [("main", 1, "back", "*"), ("main", 1, None, None)]
    assert made.silent().said == ["no_input", *MAIN], "neither counted as a miss"


def test_of_two_that_are_close_the_caller_chooses() -> None:
    for choice, action in (
        ("第一个", "leaf:branch_hours"),
        ("网点几点开门", "leaf:branch_hours"),
        (SURE, "leaf:card_loss"),
    ):
        made = talk().say(TORN)
        assert made.said == WHICH
        assert actions(made.say(choice)) == ["which:hours,loss", action]
    assert talk().say(TORN).press("1").said[0] == "branch_hours_info"
    assert talk().say(TORN).press("2").queued[0] == "cards"
    assert talk().say(TORN, "第二个").queued[0] == "cards"


def test_what_is_unclear_among_all_may_be_clear_among_two() -> None:
    made = talk().say(TORN)
    assert made.say(UNSURE).queued[0] == "cards"
    assert talk().say(TORN, TORN).said == ["not_understood", *WHICH], "still not told apart"


@pytest.mark.parametrize("no", ["都不是", "不是", "3"])
def test_neither_of_the_two_leads_back(no: str) -> None:
    made = talk().say(TORN)
    made = made.press(no) if no == "3" else made.say(no)
    assert made.said == ["not_that", *MAIN]
    assert made.say("网点几点开门").said[0] == "agent_offer", "neither is guessed again"


def test_two_names_for_the_same_are_not_asked_apart() -> None:
    served = listening()
    alike = replace(served.knowledge["hours"], target=served.knowledge["loss"].target)
    made = Talk(replace(served, knowledge={**served.knowledge, "hours": alike}), OPEN, None, decided())
    assert made.say(TORN).queued[0] == "cards"


def test_a_guess_after_a_leaf_goes_back_to_what_was_not_yet_heard() -> None:
    made = talk().press("2")
    assert made.say(UNSURE, heard=1).said == YES_NO
    assert made.say("不是").said == ["not_that", "branch_hours_info", "branch_holiday_info", "after_leaf"]
    made = talk().press("2").say(UNSURE, heard=2).press("*")
    assert made.said == ["after_leaf"]
    assert made.completed() == ["branch_hours"]


def test_that_was_the_wrong_leaf() -> None:
    made = talk().say("网点几点开门").say("不是")
    assert made.said == ["not_that", *MAIN]


# ---- misses (D3)


def test_d3_voice_first_rephrases_second_offers_third_hands_over() -> None:
    made = talk()
    assert made.say(NOISE).said == ["not_understood", *MAIN]
    assert made.say("").said == ["agent_offer", *MAIN]
    assert made.say("是的").said == ["handing_over", "transferring"]
    assert made.queued == ("general", 0, "fallback")
    assert actions(made) == ["rephrase", "offer_agent", "hand_over"]
    assert [visit[2] for visit in made.visits()] == ["invalid"] * 3


def test_d3_a_wrong_key_and_a_word_not_understood_are_misses_of_one_kind() -> None:
    made = talk().say(NOISE)
    assert made.press("7").said[0] == "agent_offer"
    assert made.silent().said[0] == "no_input", "silence is counted by itself"
    assert made.say(NOISE).queued[2] == "fallback"


def test_d3_a_denied_guess_is_a_miss() -> None:
    made = talk().say(UNSURE, "不是", TORN)
    assert made.said[0] == "agent_offer", "the guess that is left out leaves nothing to ask"
    assert made.say(NOISE).queued == ("general", 0, "fallback")


def test_d3_in_a_guess() -> None:
    made = talk().say(UNSURE)
    assert made.silent().said == ["no_input", *YES_NO]
    assert made.say(NOISE).said == ["not_understood", *YES_NO]
    assert made.press("7").said == ["agent_offer", *YES_NO]
    assert made.say(NOISE).queued == ("general", 0, "fallback")
    assert made.visits() == [("main", 1, "invalid", None)]


def test_d3_elderly_callers_get_one_more_by_voice_too() -> None:
    made = talk(CLOSED, ELDERLY_NUMBER)
    assert [made.say(NOISE).said[0] for _ in range(3)] == ["not_understood", "not_understood", "agent_offer"]


# ---- words that work everywhere


def places() -> dict[str, Talk]:
    """A call at each place that listens."""
    return {
        "menu": talk(),
        "submenu": talk().press("6"),
        "leaf": talk().press("2"),
        "answer": talk().say("要带什么证件"),
        "guess": talk().say(UNSURE),
        "which": talk().say(TORN),
        "amount": talk().press("61"),
        "last4": talk().press("63"),
        "check": talk().press("61").key_in("5000"),
        "offer": talk().press("0").back(QueueOutcome.TIMEOUT),
    }


@pytest.mark.parametrize("place", places())
def test_an_agent_the_elderly_queue_and_complaints_are_one_word_away(place: str) -> None:
    made = places()[place].say("人工")
    assert isinstance(made.turn.then, Enqueue)
    assert actions(made)[-1] == "agent"
    made = places()[place].say("老年服务")
    assert (made.queued[0], made.turn.variant, actions(made)[-1]) == ("elderly", "elderly", "elderly")
    made = places()[place].say("投诉")
    assert made.queued[:1] == ("cards",) if place in ("amount", "last4", "check") else ("general",)
    assert actions(made)[-1] == "complaint"


@pytest.mark.parametrize("place", places())
def test_repeat_slower_back_and_main_menu_work_everywhere(place: str) -> None:
    made = places()[place]
    question = made.said[-1]
    assert made.say("重听").said[-1] == question
    slow = made.say("慢一点")
    assert slow.said[0] == "slower" and slow.said[-1] == question
    assert (slow.turn.variant, slow.timeout) == ("elderly", 10_000)
    assert made.say("主菜单").said == ["say_or_press", *MAIN]
    assert made.turn.variant == "elderly", "for the rest of the call"
    assert made.press("0").queued[1] == 0, "but not before others in the queue"
    back = places()[place].say("返回")
    assert back.conversation.place is Position.MENU


def test_words_in_the_queues_question() -> None:
    for word, then in (
        ("继续等", "wait"),
        ("好的", "wait"),
        ("不等了", "leave"),
        ("挂了吧", "leave"),
        ("回主菜单", "home"),
    ):
        made = talk().press("0").back(QueueOutcome.TIMEOUT)
        assert made.expected is not None and "继续等待" in made.expected.words
        made.say(word)
        assert actions(made) == [then], word
        assert isinstance(made.turn.then, Enqueue) == (then == "wait")
        assert made.ended == (then == "leave")
    made = talk().press("60").back(QueueOutcome.TIMEOUT).say("返回")
    assert made.said == ["ask_menu", "keys"], "as the key does: to the menu that led there"
    made = talk().press("0").back(QueueOutcome.TIMEOUT).say("网点几点开门")
    assert made.said[0] == "branch_hours_info"


# ---- hearing lost, speech out of place


def test_hearing_that_is_lost_is_told_once_and_the_call_goes_on_with_keys() -> None:
    made = talk().deafen()
    assert made.said == ["speech_down", *MAIN]
    assert made.expected is None
    assert made.deafen().said == ["no_input", *MAIN], "it cannot be lost twice"
    assert made.press("1").said == ["accounts_menu", "keys"] and made.expected is None
    assert made.press("*").said == MAIN
    assert made.say(SURE).said == MAIN and made.spoken() == []


def test_hearing_lost_in_a_guess_asks_the_same_by_keys() -> None:
    assert talk().say(UNSURE).deafen().said == ["speech_down", "confirm-loss", "yes_no_keys"]
    assert talk().say(TORN).deafen().said == ["speech_down", *WHICH[1:]]
    made = talk().press("61").deafen()
    assert made.said == ["speech_down", "instalment_ask", "answer_keys"]
    assert made.key_in("500").said == ["confirm_amount", "yes_no_keys"]


def test_hearing_lost_in_a_leaf_does_not_lose_its_information() -> None:
    assert talk().press("2").deafen(heard=0).said == [
        "speech_down",
        "branch_hours_info",
        "branch_holiday_info",
        "after_leaf",
    ]


def test_speech_in_the_queue_or_after_the_end_does_no_harm() -> None:
    made = talk().press("0")
    assert made.say(SURE).said == [] and isinstance(made.turn.then, Enqueue)
    assert made.deafen().said == []
    made.back(QueueOutcome.ANSWERED)
    spoke = Spoke(made.at, 0, SURE, 0.9, made.at, made.at, "t9")
    assert made.conversation.on(spoke) is None
    assert made.spoken() == []


# ---- the record


def test_a_caller_who_speaks_first_and_is_understood_came_in_by_the_bot() -> None:
    def entries(made: Talk) -> list[str]:
        return [fact.entry for fact in made.facts if isinstance(fact, EntryChanged)]

    assert entries(talk().say(SURE)) == ["bot"]
    assert entries(talk().say(UNSURE, "是的")) == ["bot"]
    assert entries(talk().press("1").say(SURE)) == []
    assert entries(talk().say(NOISE, SURE)) == [], "what was not understood was no way in"
    assert entries(talk(CLOSED).say("网点几点开门")) == []


def test_what_was_said_is_recorded_masked_with_what_came_of_it() -> None:
    made = talk().say("我的卡号是六二二二零二一二三四五六七八九", score=0.4)
    (fact,) = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    assert fact.asr_text == "我的卡号是〔号码〕"
    assert (fact.pii, fact.audio_ref, fact.asr_conf, fact.barge_in) == (True, None, 0.4, True)
    assert (fact.turn_id, fact.t_end - fact.t, fact.action) == ("t1", 600, "rephrase")
    assert (fact.intent, fact.intent_score) == (None, 0.1)
    made = talk().say(SURE)
    (fact,) = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    assert (fact.pii, fact.audio_ref, fact.intent) == (False, "sound.wav", "loss")


def test_a_record_holds_so_many_turns_and_the_call_goes_on() -> None:
    made = talk()
    for _ in range(600):
        made.say("重听")
    assert len(made.spoken()) == 500
    assert made.said == MAIN


def test_a_flow_in_which_nothing_listens_hears_nothing() -> None:
    served = replace(listening(), menus={id: replace(menu, listen=False) for id, menu in listening().menus.items()})
    made = Conversation(served, Caller(None), OPEN, decided())
    turn = made.start(OPEN)
    assert [say.prompt for say in turn.say] == ["greeting", *MAIN]


def test_a_key_in_the_same_moment_counts_and_what_was_said_is_recorded() -> None:
    made = talk().press_beside("6", SURE)
    (fact,) = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    assert (fact.asr_text, fact.action, fact.intent, fact.audio_ref) == (SURE, "key", "loss", "beside.wav")
    assert made.conversation.path == ("main", "ask")
