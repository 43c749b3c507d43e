"""What a leaf's question takes for the answer, how it is put right, and what of it is kept (CBA 十三, 二十, 三十)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue.leaf_run import fits, keyed
from ivr.dialogue.state import Position
from ivr.flow.model import Question, SlotKind, When
from ivr.nlu import Context, Slots
from ivr.nlu.values.slots import read
from ivr.records.facts import CallerSpoke
from ivr.text import numbers
from tests.dialogue.listening import ASKED, asking, at_work, decided, listening
from tests.dialogue.talking import Talk
from tests.dialogue.test_questions import talk
from tests.flows_for_tests import OPEN

TODAY, FAR = date(2026, 3, 2), date(2090, 1, 1)


# ---- put right


@pytest.mark.parametrize(
    "said",
    [
        "不对，五千",
        "不是三千，是五千",
        "三千，不对，五千",
        "说错了五千",
        "哦不，五千块",
        "是五千，不是三千",
        "改成五千",
    ],
)
def test_a_corrected_amount_is_read_back_anew(said: str) -> None:
    made = talk("instalment").say("三千")
    assert made.values == {"amount": 300_000}
    made = made.say(said)
    assert (made.said, made.values) == (["confirm_amount", "yes_no_say"], {"amount": 500_000})
    assert made.say("对").notes == {"value": "5000.00"}


@pytest.mark.parametrize(
    ("leaf", "first", "said"),
    [
        ("instalment", "三千", "是三千左右"),
        ("instalment", "三千", "对，不到三千"),
        ("instalment", "三千", "是两三千"),
        ("prepay", "明天", "是明天或者后天"),
        ("prepay", "明天", "对，下周左右"),
        ("activation", "1234", "是12345"),
    ],
)
def test_a_yes_with_another_value_that_is_not_clear_is_none(leaf: str, first: str, said: str) -> None:
    made = talk(leaf).say(first).say(said)
    assert made.conversation.place is Position.CHECK
    assert made.said[:2] == ["answer_again", f"confirm_{ASKED[leaf].value}"]


@pytest.mark.parametrize(
    ("leaf", "said"),
    [
        ("instalment", "三千左右"),
        ("instalment", "两三万"),
        ("instalment", "五百到六百"),
        ("instalment", "分十二期"),
        ("instalment", "五百美元"),
        ("prepay", "昨天"),
        ("prepay", "1号"),
        ("prepay", "农历八月十五"),
        ("activation", "一二三四五六七八"),
        ("progress", "+1 415 555 0100"),
    ],
)
def test_what_is_not_clear_is_asked_for_again(leaf: str, said: str) -> None:
    assert talk(leaf).say(said).said == ["answer_again", f"{leaf}_ask", "answer_keys"]


@pytest.mark.parametrize("said", ["9号", "八号", "就8号吧", "选9号"])
def test_a_day_of_the_month_is_no_key_where_a_day_is_asked_for(said: str) -> None:
    made = talk("prepay").say(said)
    assert made.said[0] == "confirm_date"
    assert made.values == {"date": "2026-03-09" if "9" in said else "2026-03-08"}
    assert talk("prepay").say("明天").say(said).values == made.values, "nor where it is put right"


def test_a_key_is_none_of_the_days() -> None:
    assert talk("prepay").say("按9").queued == ("elderly", 10, "intent")
    assert talk("prepay").say("明天").say("按1").notes == {"value": "2026-03-03"}
    assert talk("prepay").say("1号").said[0] == "answer_again", "it has passed"


# ---- days past and to come


def test_a_question_may_ask_for_a_day_past() -> None:
    question = Question("when", SlotKind.DATE, "prepay_ask", "查账单", False, When.PAST)
    assert keyed(SlotKind.DATE, "0301", TODAY, question.when) == "2026-03-01"
    assert keyed(SlotKind.DATE, "0303", TODAY, question.when) == "2025-03-03"
    assert keyed(SlotKind.DATE, "0302", TODAY, question.when) == "2026-03-02"
    assert keyed(SlotKind.DATE, "20260303", TODAY, question.when) is None
    assert keyed(SlotKind.DATE, "20260301", TODAY, When.ANY) == "2026-03-01"
    assert keyed(SlotKind.DATE, "0301", TODAY, When.ANY) == "2027-03-01"


@given(
    st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.sampled_from(When)
)
def test_keys_never_make_a_day_on_the_wrong_side(day: date, today: date, when: When) -> None:
    for digits in (f"{day:%Y%m%d}", f"{day:%m%d}"):
        value = keyed(SlotKind.DATE, digits, today, when)
        assert value is None or fits(date.fromisoformat(str(value)), today, when)
    assert (keyed(SlotKind.DATE, f"{day:%Y%m%d}", today, when) is not None) == fits(day, today, when)


def test_a_day_past_that_was_said_on_the_way_is_not_taken_for_one_to_come() -> None:
    leaf = asking("prepay", SlotKind.DATE)
    assert at_work(leaf, Slots(day=date(2026, 3, 1))).pending is None
    assert at_work(leaf, Slots(day=TODAY)).pending == "2026-03-02"


# ---- read back


@settings(max_examples=200)
@given(st.integers(1, 99_999_999_99), st.dates(TODAY, date(2028, 3, 1)), st.integers(0, 9999))
def test_what_is_read_back_is_the_value(fen: int, day: date, four: int) -> None:
    last4 = f"{four:04}"
    asked = {slot: Context(slot, day=TODAY) for slot in SlotKind}
    words = numbers.amount(fen)
    assert read(words, asked[SlotKind.AMOUNT]).amount in (
        (fen,) if fen >= 10 else (fen, None)
    )  # 三分 alone is asked for
    assert read(numbers.date(day.isoformat()), asked[SlotKind.DATE]).day == day
    assert read(numbers.digits(last4), asked[SlotKind.LAST4]).last4 == last4


# ---- kept


CANARIES = ("62334", "六二三三四", "1234", "四个八", "12345", "一二三四五")


def spoken(made: Talk) -> CallerSpoke:
    (fact,) = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    return fact


@pytest.mark.parametrize(
    "said", ["62334", "六二三三四", "嗯，六二三三四", "1234", "四个八四个六", "6222021234567890123"]
)
def test_of_a_number_that_nobody_asked_for_neither_text_nor_sound_is_kept(said: str) -> None:
    fact = spoken(Talk(listening(), OPEN, None, decided()).say(said))
    assert (fact.pii, fact.audio_ref) == (True, None)
    assert fact.asr_text in ("", "〔号码〕", "嗯，〔号码〕")


@pytest.mark.parametrize(
    "around", ["密码是{}", "验证码{}", "我的卡号是{}", "尾号{}", "{}是我的密码", "取款密码嗯{}帮我查"]
)
@pytest.mark.parametrize("canary", CANARIES)
def test_no_secret_said_anywhere_is_kept(around: str, canary: str) -> None:
    said = around.format(canary)
    made = Talk(listening(), OPEN, None, decided()).say(said)
    made = made.press("61").say(said).say("五千").say(said)
    facts = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    assert len(facts) == 4
    for fact in (facts[0], facts[1], facts[3]):
        assert canary not in fact.asr_text
        assert (fact.pii, fact.audio_ref) == (True, None)
    assert made.conversation.place is Position.CHECK, "no secret is an amount"
    assert (facts[2].asr_text, facts[2].audio_ref) == ("五千", "sound.wav")


def test_of_two_amounts_that_may_have_been_said_neither_is_taken() -> None:
    made = talk("instalment").say("三千", others="六千")
    assert "amount" not in made.values and made.said[-1] != "yes_no_say"
    assert talk("instalment").say("两千", others="二千").values == {"amount": 200_000}
