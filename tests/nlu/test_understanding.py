"""One utterance, what was asked → its meaning."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.model import LeafKind, SlotKind, Target, TargetKind
from ivr.nlu import Context, Decision, Meaning, Understanding, Universal
from ivr.nlu.intents.weights import FITTED
from ivr.nlu.masking import MASK, personal
from ivr.nlu.normalise import bare
from ivr.nlu.understanding import MOST_KEPT
from tests import flows_for_tests
from tests.nlu import knowing

SMALL = Understanding(knowing.small())


def test_what_was_meant_is_accepted() -> None:
    meaning = SMALL.understand("你好我的卡丢了")
    assert (meaning.decision, meaning.intent, meaning.universal) == (Decision.ACCEPT, "loss", None)
    assert 0.5 < meaning.score <= 1.0 and meaning.score > meaning.runner_up_score
    assert meaning.runner_up != "loss"


def test_what_sounds_the_same_is_too() -> None:
    assert SMALL.understand("引航咔卦失").intent == "loss"
    assert SMALL.understand("營業時間").intent == "hours"


def test_a_question_word_for_word_is_its_intent() -> None:
    known = {
        "card": knowing.intent("card", "信用卡"),
        "loss": knowing.intent("loss", "信用卡丢了", "信用卡被偷", "信用卡遗失", "信用卡冻结"),
        "both": knowing.intent("both", "我想还款"),
        "also": knowing.intent("also", "还款"),
    }
    understanding = Understanding(replace(knowing.small(), knowledge=known))
    meaning = understanding.understand("嗯我想问一下信用卡")
    assert (meaning.intent, meaning.score, meaning.decision) == ("card", 1.0, Decision.ACCEPT)
    assert understanding.understand("还款").decision is Decision.ASK_WHICH, "two that only fillers tell apart"


def test_what_is_not_known_is_rejected() -> None:
    meaning = SMALL.understand("今天晚上吃什么")
    assert (meaning.decision, meaning.intent) == (Decision.REJECT, None)


def test_between_the_thresholds_one_asks() -> None:
    sure = replace(FITTED, accept=1.1)
    assert Understanding(knowing.small(), sure).understand("银行卡挂失").decision is Decision.CONFIRM
    speech_unavailable = replace(FITTED, accept=1.1, confirm=1.1)
    assert Understanding(knowing.small(), speech_unavailable).understand("银行卡挂失").decision is Decision.REJECT


@pytest.mark.parametrize(
    ("recognised", "decision"), [(1.0, "accept"), (0.55, "accept"), (0.54, "confirm"), (0, "confirm")]
)
def test_what_the_recogniser_was_unsure_of_is_asked_for(recognised: float, decision: str) -> None:
    meaning = SMALL.understand("银行卡挂失", Context(recognised=recognised))
    assert (meaning.decision, meaning.intent, meaning.score) == (decision, "loss", 1.0)


@pytest.mark.parametrize(("recognised", "decision"), [(1.0, "accept"), (0.75, "accept"), (0.74, "confirm")])
def test_a_short_word_that_was_hardly_heard_is_asked_for(recognised: float, decision: str) -> None:
    assert knowing.shipped().understand("建议", Context(recognised=recognised)).decision == decision


def test_what_was_misheard_is_mended_and_what_was_not_stays() -> None:
    """The words the operator wrote (我想咨询一下贷款) are not taken for others that sound alike."""
    shipped = knowing.shipped()
    assert shipped.mend("会款") == "汇款"
    assert shipped.understand("我想咨询一下贷款").intent == "loans_menu"


def test_of_what_may_have_been_heard_what_makes_sense_is_taken() -> None:
    ways = [("我的咖啡凉了", 0.7), ("我的卡丢了", 0.66), ("我的卡刁了", 0.65), ("", 0.64)]
    assert SMALL.likeliest(ways) == ("我的卡丢了", 0.66)
    assert SMALL.likeliest([("我的咖啡凉了", 0.7), ("我的卡丢了", 0.5)]) == ("我的咖啡凉了", 0.7), "too unlikely"
    assert SMALL.likeliest([("今天吃什么", 0.7), ("今天吃甚么", 0.69)]) == ("今天吃什么", 0.7), "neither makes any"
    for nothing in (("", 0.0), ("我的卡", 0.0)):
        assert SMALL.likeliest([nothing, ("我的卡丢了", 0.66)]) == nothing


def test_a_number_that_was_heard_stays_so_that_it_is_masked() -> None:
    heard = ("卡号六二二二零二一二我的卡丢", 0.7)
    assert SMALL.likeliest([heard, ("我的卡丢了", 0.7)]) == heard
    assert SMALL.likeliest([("我的卡丢了", 0.7), heard]) == heard


@given(st.lists(st.tuples(st.text(max_size=30), st.floats(0, 1)), min_size=1, max_size=6))
def test_what_is_taken_was_heard(ways: list[tuple[str, float]]) -> None:
    assert SMALL.likeliest(ways) in ways


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("你好我想问一下那个上次办的那个信用卡现在到哪一步了", "card_progress"),
        ("我年纪大了不太会用手机能不能帮我看看养老金到了没有", "account_balance"),
        ("你们这个服务太差了我等了半天没人理", "complaint"),
        ("不是的我要查余额", "account_balance"),
        ("你给我转人工吧", "agent"),
    ],
)
def test_sentences_that_ramble(said: str, intent: str) -> None:
    meaning = knowing.shipped().understand(said)
    assert meaning.intent == intent


BEYOND = ["我信用卡的密码想不起来了", "怎么把短信提醒关了", "手机号换了要更新一下", "我要注销这张卡"]


@pytest.mark.parametrize("said", BEYOND)
def test_what_banks_do_but_this_hotline_does_not_goes_nowhere_by_itself(said: str) -> None:
    assert knowing.shipped().understand(said).decision is not Decision.ACCEPT


def test_unless_the_operator_adds_it() -> None:
    flow = knowing.small()
    added = knowing.intent("password", "密码忘了怎么办", "信用卡密码忘了", "取款密码怎么改", "重置密码")
    understanding = Understanding(replace(flow, knowledge={**flow.knowledge, "password": added}))
    assert understanding.understand("我要重置一下密码").intent == "password"
    assert SMALL.understand("我要重置一下密码").decision is Decision.REJECT


@pytest.mark.parametrize("said", ["转转转", "贵贵", "汪汪汪汪"])
def test_a_drone_is_nothing(said: str) -> None:
    assert knowing.shipped().understand(said).decision is Decision.REJECT


def test_the_order_of_the_knowledge_changes_nothing() -> None:
    flow = knowing.small()
    turned = Understanding(replace(flow, knowledge=dict(reversed(list(flow.knowledge.items())))))
    for said in ("银行卡丢了", "限额", "几点开门", "带什么", "吃什么", "卡", "转人工", "一天"):
        assert turned.understand(said) == SMALL.understand(said)


def test_two_that_are_close_are_asked_which() -> None:
    twins = {
        "debit": knowing.intent("debit", "甲卡挂失", "我要挂失甲卡", "挂失我的甲卡", "甲卡要挂失"),
        "credit": knowing.intent("credit", "乙卡挂失", "我要挂失乙卡", "挂失我的乙卡", "乙卡要挂失"),
        "hours": knowing.intent("hours", "营业时间"),
    }
    meaning = Understanding(replace(knowing.small(), knowledge=twins)).understand("挂失")
    assert meaning.decision is Decision.ASK_WHICH
    assert {meaning.intent, meaning.runner_up} == {"debit", "credit"}


def test_after_ask_which_only_what_was_offered_counts() -> None:
    offered = Context(among=("hours", "limit"))
    assert SMALL.understand("银行卡挂失", offered).intent != "loss"
    assert SMALL.understand("限额", offered).intent == "limit"
    assert SMALL.understand("限额", Context(among=("nobody",))).decision is Decision.REJECT


@pytest.mark.parametrize(("day", "known"), [(None, True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_what_has_expired_is_not_offered(day: date | None, known: bool) -> None:
    meaning = SMALL.understand("银行卡挂失", Context(day=day))
    assert (meaning.intent == "loss") is known


@pytest.mark.parametrize(
    ("said", "word"),
    [("返回", Universal.BACK), ("没听清", Universal.REPEAT), ("慢一点", Universal.SLOWER), ("不是", Universal.NO),
     ("是的", Universal.YES), ("主菜单", Universal.MENU), ("老年人服务", Universal.ELDERLY)],
)  # fmt: skip
def test_universal_words_come_first(said: str, word: Universal) -> None:
    for context in (None, Context(SlotKind.AMOUNT), Context(among=("loss",))):
        meaning = SMALL.understand(said, context)
        assert (meaning.universal, meaning.intent, meaning.decision) == (word, None, Decision.REJECT)


def test_the_word_for_a_person_is_the_intent_for_a_person() -> None:
    meaning = SMALL.understand("人工")
    assert (meaning.universal, meaning.decision, meaning.intent, meaning.score) == (
        Universal.AGENT,
        Decision.ACCEPT,
        "person",
        1.0,
    )
    assert SMALL.understand("人工", Context(among=("loss",))).intent != "person"


def test_a_complaint_goes_to_the_leaf_for_complaints() -> None:
    flow = knowing.small()
    leaf = replace(flow.leaves["card_loss"], id="complaint", kind=LeafKind.COMPLAINT)
    known = {**flow.knowledge, "grief": knowing.intent("grief", "不满意", target=Target(TargetKind.LEAF, "complaint"))}
    understanding = Understanding(replace(flow, leaves={**flow.leaves, "complaint": leaf}, knowledge=known))
    meaning = understanding.understand("我要投诉")
    assert (meaning.universal, meaning.intent, meaning.decision) == (Universal.COMPLAINT, "grief", Decision.ACCEPT)


def test_without_knowledge_the_universal_words_still_work() -> None:
    nothing = Understanding(flows_for_tests.flow())
    assert nothing.understand("人工").universal is Universal.AGENT
    meaning = nothing.understand("银行卡挂失")
    assert (meaning.decision, meaning.intent, meaning.score, meaning.runner_up) == (Decision.REJECT, None, 0.0, None)


def test_values_come_along() -> None:
    meaning = SMALL.understand("明天转三千块", Context(day=date(2026, 11, 21)))
    assert (meaning.slots.amount, meaning.slots.day) == (300_000, date(2026, 11, 22))
    assert SMALL.understand("对", Context(SlotKind.YES_NO)).slots.yes is True


def test_numbers_nobody_asked_for_are_not_kept() -> None:
    meaning = SMALL.understand("我的卡丢了卡号是六二二二零二一二三四五六七八九零")
    assert meaning.intent == "loss"
    assert (meaning.personal, meaning.text) == (True, f"我的卡丢了卡号是{MASK}")
    assert not SMALL.understand("我的卡丢了").personal


def test_numbers_are_not_kept_in_memory_either(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watched(text: str) -> str:
        seen.append(text)
        return bare(text)

    for module in ("understanding", "phrases.universal", "intents.matcher"):
        monkeypatch.setattr(f"ivr.nlu.{module}.bare", watched)
    SMALL.understand("对卡号是六二二二零二一二三四五六七八九零", Context(SlotKind.YES_NO))
    assert seen and all("六二二" not in text for text in seen)


HOSTILE = ["", " ", "。，！", "\0", "\ud800", "😀" * 50, "a" * 10_000, "余额" * 5_000, "6" * 10_000]
HOSTILE += ["﷽" * 2_000, "e" + "\u0301" * 10_000, "١٢٣", "½", "Ⅷ", "\u202e卡丢", "一" * 10_000, "九" * 20 + "块"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(text: str) -> None:
    for context in (None, *(Context(slot, day=date(2026, 11, 21)) for slot in SlotKind)):
        check(SMALL.understand(text, context))


@given(st.text(), st.sampled_from([None, *SlotKind]))
def test_any_text_has_a_meaning(text: str, slot: SlotKind | None) -> None:
    check(SMALL.understand(text, Context(slot)))


@given(st.text("我要挂失银行卡丢了转账限额多少几点开门人工不是的一二三零幺 0123456789"))
def test_any_heap_of_the_right_words_has_a_meaning(text: str) -> None:
    check(SMALL.understand(text))
    assert SMALL.understand(text) == SMALL.understand(text)


def check(meaning: Meaning) -> None:
    assert 0.0 <= meaning.runner_up_score <= meaning.score <= 1.0
    assert (meaning.intent is None) == (meaning.decision is Decision.REJECT)
    assert len(meaning.text) <= MOST_KEPT and not personal(meaning.text)
    assert not re.search("[0-9]{6}", meaning.text)


def test_many_callers_at_once_get_what_each_alone_gets() -> None:
    said = ["银行卡挂失", "转账限额", "几点开门", "带什么证件", "转人工", "吃什么"] * 20
    alone = [SMALL.understand(each) for each in said]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(SMALL.understand, said)) == alone
