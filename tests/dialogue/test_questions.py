"""A leaf's questions: said or keyed, read back, put right, and on to the agent in any case (CBA 十四, 二十, 二十九)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.leaf_run import MOST_KEYS, keyed, told
from ivr.dialogue.model import Enqueue, Listen, QueueOutcome
from ivr.dialogue.state import Position
from ivr.flow.model import Flow, Question, SlotKind
from ivr.nlu import Slots
from ivr.records.facts import CallerSpoke
from tests.dialogue.listening import ASK_KEYS, ASKED, asking, at_work, decided, listening
from tests.dialogue.talking import Talk
from tests.flows_for_tests import CLOSED, OPEN, local

TODAY = date(2026, 3, 2)
KEY_OF = {leaf: key for key, leaf in ASK_KEYS.items()}


def talk(leaf: str) -> Talk:
    """A caller who has pressed the keys to the leaf, on a line that listens."""
    return Talk(listening(), OPEN, None, decided()).press("6" + KEY_OF.get(leaf, "6"))


# ---- keys


@pytest.mark.parametrize(
    ("slot", "digits", "value"),
    [
        (SlotKind.AMOUNT, "5000", 500_000),
        (SlotKind.AMOUNT, "1", 100),
        (SlotKind.AMOUNT, "999999999", 99_999_999_900),
        (SlotKind.AMOUNT, "000", None),
        (SlotKind.LAST4, "0123", "0123"),
        (SlotKind.LAST4, "123", None),
        (SlotKind.LAST4, "12345", None),
        (SlotKind.PHONE, "13800138000", "13800138000"),
        (SlotKind.PHONE, "075588889999", "075588889999"),
        (SlotKind.PHONE, "1380013800", None),
        (SlotKind.PHONE, "013800138000", None),
        (SlotKind.PHONE, "12345678901", None),
        (SlotKind.DATE, "0302", "2026-03-02"),
        (SlotKind.DATE, "0301", "2027-03-01"),
        (SlotKind.DATE, "1231", "2026-12-31"),
        (SlotKind.DATE, "0229", "2028-02-29"),
        (SlotKind.DATE, "0230", None),
        (SlotKind.DATE, "20250229", None),
        (SlotKind.DATE, "20250228", None),
        (SlotKind.DATE, "20280229", "2028-02-29"),
        (SlotKind.DATE, "302", None),
        (SlotKind.DATE, "00000000", None),
        (SlotKind.YES_NO, "12", None),
        *((slot, digits, None) for slot in SlotKind for digits in ("", "12*4", "１２３４", "²³²³")),
    ],
)
def test_keys_that_are_a_value_and_keys_that_are_none(slot: SlotKind, digits: str, value: object) -> None:
    assert keyed(slot, digits, TODAY) == value


@given(st.sampled_from(list(SlotKind)), st.text("0123456789*#A", max_size=40), st.dates())
def test_no_keys_break_it(slot: SlotKind, digits: str, today: date) -> None:
    value = keyed(slot, digits, today)
    if slot is SlotKind.DATE and value is not None and len(digits) == 4:
        assert date.fromisoformat(str(value)) >= today


def test_a_date_at_the_end_of_time_is_no_traceback() -> None:
    assert keyed(SlotKind.DATE, "1231", date(9999, 12, 31)) == "9999-12-31"
    assert keyed(SlotKind.DATE, "0101", date(9999, 12, 31)) is None


def test_what_was_said_is_a_value() -> None:
    heard = Slots(amount=120, day=TODAY, last4="1234", yes=False, phone="13800138000", count=12, reference="2611300011")
    values = [120, "2026-03-02", "1234", "否", "13800138000", 12, None, "2611300011"]
    assert [told(slot, heard) for slot in SlotKind] == values
    assert [told(slot, Slots()) for slot in SlotKind] == [None] * len(values)
    assert told(SlotKind.AMOUNT, Slots(amount=0)) is None


@pytest.mark.parametrize(("leaf", "slot"), ASKED.items())
def test_every_question_names_its_keys_and_hears_its_words(leaf: str, slot: SlotKind) -> None:
    made = talk(leaf)
    assert made.said == [f"{leaf}_ask", "yes_no_say" if slot is SlotKind.YES_NO else "answer_keys"]
    assert isinstance(made.turn.then, Listen) and made.turn.then.keys == MOST_KEYS[slot]
    assert made.expected is not None and made.expected.slot is slot
    assert made.expected.personal == (slot in (SlotKind.LAST4, SlotKind.PHONE))
    assert "人工" in made.expected.words


@pytest.mark.parametrize(
    ("leaf", "digits", "said", "note"),
    [
        ("instalment", "5000", "五千元", "5000.00"),
        ("prepay", "0405", "四月五日", "2026-04-05"),
        ("activation", "0042", "零零四二", "0042"),
        ("progress", "13800138000", "一三八零零一三八零零零", "13800138000"),
    ],
)
def test_a_value_is_keyed_or_said_read_back_and_handed_on(leaf: str, digits: str, said: str, note: str) -> None:
    slot = ASKED[leaf]
    for made in (talk(leaf).key_in(digits), talk(leaf).say(said)):
        assert made.said == [f"confirm_{slot.value}", "yes_no_say"]
        assert list(made.values) == [slot.value]
        assert made.press("1").said == [f"{leaf}_said", f"{leaf}_intro", "transferring_unrecorded"]
        assert made.queued == ("cards", 2, "policy")
        assert made.notes == {"value": note}
        assert list(made.values) == ["value"], "spoken by the leaf's own prompt"


def test_a_value_that_was_hardly_heard_is_asked_for_again() -> None:
    assert talk("instalment").say("五千元", score=0.44).said[0] == "answer_again"
    for text in ("是六千", "六千", "不对，是六千", "对，六千元"):
        made = talk("instalment").key_in("5000").say(text, score=0.4)
        assert made.said[0] != f"confirm_{SlotKind.AMOUNT.value}" or made.values == {"amount": 500_000}, text
        assert not [action for _, _, action in made.spoken() if "confirmed" in action]
    assert talk("instalment").key_in("5000").say("对，五千元", score=0.4).notes == {"value": "5000.00"}


def test_yes_or_no_is_not_read_back() -> None:
    for answer, note in (("是的", "是"), ("不是", "否"), ("1", "是"), ("2", "否")):
        made = talk("consent")
        made = made.press(answer) if answer in "12" else made.say(answer)
        assert made.notes == {"value": note}


def test_keys_alone_do() -> None:
    made = Talk(listening()).press("61").key_in("5000")
    assert made.said == ["confirm_amount", "yes_no_keys"] and made.expected is None
    assert made.press("1").notes == {"value": "5000.00"}


def test_a_consult_leaf_may_ask_too() -> None:
    made = talk("rate").say("两万")
    assert made.say("对").said == ["rate_said", "rate_intro", "after_leaf"]
    assert made.values == {"value": 2_000_000}
    assert made.silent().completed() == ["rate"]
    made = talk("rate").silent(3)
    assert made.queued == ("general", 0, "fallback"), "nothing to inform about"


# ---- several questions, foreknown values


def test_questions_follow_one_another_and_each_is_confirmed() -> None:
    more = (Question("when", SlotKind.DATE, "prepay_ask", "预约", False),)
    leaves = {**listening().leaves, "instalment": asking("instalment", SlotKind.AMOUNT, more=more)}
    made = Talk(replace(listening(), leaves=leaves), OPEN, None, decided()).press("61").key_in("5000").press("1")
    assert made.said == ["prepay_ask", "answer_keys"]
    assert made.say("人工").notes == {"value": "5000.00"}, "the agent sees what was answered so far"
    made = Talk(replace(listening(), leaves=leaves), OPEN, None, decided()).press("61").key_in("5000").press("1")
    assert made.key_in("0401").press("1").notes == {"value": "5000.00", "when": "2026-04-01"}


def test_d3_an_answer_forgets_the_misses_before_it() -> None:
    more = (Question("when", SlotKind.DATE, "prepay_ask", "预约", False),)
    leaves = {**listening().leaves, "instalment": asking("instalment", SlotKind.AMOUNT, more=more)}
    made = Talk(replace(listening(), leaves=leaves), OPEN, None, decided()).press("61").silent()
    assert made.key_in("5000").press("1").silent().said == ["answer_again", "prepay_ask", "answer_keys"]


def test_what_was_said_on_the_way_is_not_asked_again_but_confirmed() -> None:
    made = Talk(listening(), OPEN, None, decided()).say("我要分期五千块")
    assert (made.said, made.values) == (["confirm_amount", "yes_no_say"], {"amount": 500_000})
    assert made.say("不对").said == ["corrected", "instalment_ask", "answer_keys"]
    assert Talk(listening(), OPEN, None, decided()).say("我要分期").said == ["instalment_ask", "answer_keys"]


def test_a_value_that_is_known_before_serves_one_question() -> None:
    twice = (Question("again", SlotKind.AMOUNT, "rate_ask", "再问", False),)
    run = at_work(asking("instalment", SlotKind.AMOUNT, more=twice), Slots(amount=100))
    pending = [run.pending]
    run.give(run.pending)
    assert [*pending, run.pending] == [100, None]
    assert run.question.id == "again"


# ---- correction and misses


def test_a_wrong_value_is_put_right_in_one_step() -> None:
    made = talk("instalment").say("五千")
    assert made.say("不对，是六千块").values == {"amount": 600_000}
    assert made.say("六千块").notes == {"value": "6000.00"}, "saying it again is a yes"
    assert [action for _, _, action in made.spoken()] == ["slot:value", "slot:value", "confirmed:value"]


def test_d3_wrong_values_lead_to_the_leafs_agents() -> None:
    made = talk("instalment")
    assert made.key_in("5000").press("2").said == ["corrected", "instalment_ask", "answer_keys"]
    assert made.say("五千").say("不是").said == ["agent_offer", "instalment_ask", "answer_keys"]
    assert made.key_in("5000").press("2").said == ["handing_over", "transferring_unrecorded"]
    assert made.queued == ("cards", 2, "fallback")
    assert made.notes == {}


@pytest.mark.parametrize("leaf", ASKED)
def test_d3_who_does_not_answer_reaches_the_leafs_agents(leaf: str) -> None:
    made = talk(leaf)
    assert made.silent().said[0] == "answer_again"
    assert made.silent().said[0] == "agent_offer"
    assert made.silent().queued == ("cards", 2, "fallback")


def test_d3_what_is_no_value_is_a_miss() -> None:
    made = talk("activation")
    assert made.key_in("12").said[0] == "answer_again"
    assert made.say("不知道啊").said[0] == "agent_offer"
    assert made.press("7").queued == ("cards", 2, "fallback")
    made = talk("activation").key_in("1234")
    assert made.press("7").said == ["answer_again", "confirm_last4", "yes_no_say"]


def test_nobody_is_asked_for_what_nobody_is_there_to_deal_with() -> None:
    made = Talk(listening(), CLOSED, None, decided()).say("我要分期")
    assert made.said[0] == "agents_closed"
    assert made.requests() == [("policy", "cards", True)]


def test_when_the_leafs_agents_go_home_meanwhile_others_help_or_nobody() -> None:
    def late(served: Flow) -> Talk:
        made = Talk(served, local("2026-03-02 17:59"), None, decided()).press("61")
        made.at = local("2026-03-02 18:01")
        return made

    assert late(listening()).silent(3).said[0] == "agents_closed"
    queues = {**listening().queues, "general": replace(listening().queues["general"], hours=None)}
    assert late(replace(listening(), queues=queues)).press("0").queued == ("general", 0, "key")
    assert late(replace(listening(), queues=queues)).silent(3).queued == ("general", 0, "fallback")


def test_reserved_keys_by_themselves_mean_what_they_mean_everywhere() -> None:
    for press in (Talk.press, Talk.key_in):
        assert press(talk("activation"), "0").queued == ("cards", 2, "key")
        assert press(talk("activation"), "9").queued == ("elderly", 10, "elderly_key")
        assert press(talk("activation"), "*").said == ["ask_menu", "keys"]
        assert press(talk("activation"), "#").said == ["activation_ask", "answer_keys"]
    assert talk("activation").key_in("").said == ["activation_ask", "answer_keys"]
    assert talk("activation").key_in("0000").said[0] == "confirm_last4", "0 is a digit of an answer"


def test_one_key_may_be_an_answer() -> None:
    assert talk("instalment").key_in("5").values == {"amount": 500}
    assert talk("instalment").press("5").values == {"amount": 500}


def test_keys_of_an_answer_where_none_is_asked_are_the_first_of_them() -> None:
    assert Talk(listening()).key_in("61").said[0] == "no_match"
    assert Talk(listening()).key_in("6").said == ["ask_menu", "keys"]


def test_another_wish_in_the_middle_of_a_question_is_followed() -> None:
    assert talk("instalment").say("网点几点开门").said[0] == "branch_hours_info"
    assert talk("activation").say("网点几点开门").said[0] == "answer_again", "nothing is kept of a personal answer"


def test_back_from_the_queue_the_notes_stay_with_the_request() -> None:
    made = talk("instalment").key_in("5000").press("1").back(QueueOutcome.TIMEOUT)
    assert made.press("1").notes == {"value": "5000.00"}
    assert made.back(QueueOutcome.TIMEOUT).press("2").press("0").notes == {}


def test_a_fault_in_a_question_goes_to_the_leafs_agents() -> None:
    assert talk("instalment").fault().queued == ("cards", 2, "fallback")


# ---- personal answers


CANARIES = ("4729", "13800138000")


@pytest.mark.parametrize(
    ("leaf", "said"), [("activation", "四七二九"), ("activation", "尾号4729"), ("progress", "幺三八零零幺三八零零零")]
)
def test_nothing_of_a_personal_answer_is_recorded_or_shown(leaf: str, said: str) -> None:
    digits = CANARIES[leaf == "progress"]
    made = talk(leaf).say(said).say(f"不对是{said}").press("2").key_in(digits)
    assert made.conversation.place is Position.CHECK
    assert made.press("1").notes == {"value": digits}, "the agent knows"
    shown = repr(made.facts) + repr(made.turn) + repr(made.conversation._state.request)
    assert not any(text in shown for text in (digits, said))
    facts = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    assert {(fact.asr_text, fact.audio_ref, fact.pii, fact.intent) for fact in facts} == {("", None, True, None)}
    assert isinstance(made.turn.then, Enqueue)
