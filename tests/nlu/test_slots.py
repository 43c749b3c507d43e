"""Values in an utterance."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.model import SlotKind, When
from ivr.nlu.model import Context, Slots
from ivr.nlu.values import slots
from ivr.nlu.values.numerals import DIGITS, NUMBER
from ivr.text import numbers

TODAY = date(2026, 11, 21)  # a Saturday
ASKED = date(2026, 11, 20)  # when the days of dates.tsv were said


def rows(name: str) -> list[tuple[str, str]]:
    """What is said and what it is taken for, from a file of this folder."""
    lines = (Path(__file__).parent / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(said, value) for line in lines if not line.startswith("#") for said, value in (line.split("\t"),)]


@pytest.mark.parametrize(("said", "yuan"), rows("amounts"))
def test_an_amount_that_was_asked_for(said: str, yuan: str) -> None:
    fen = slots.read(said, Context(SlotKind.AMOUNT, day=ASKED)).amount
    assert ("ask" if fen is None else f"{fen // 100}.{fen % 100:02}") == yuan


@pytest.mark.parametrize(("said", "day"), rows("dates"))
def test_a_day_to_come_that_was_asked_for(said: str, day: str) -> None:
    found = slots.read(said, Context(SlotKind.DATE, day=ASKED)).day
    assert ("ask" if found is None else found.isoformat()) == day


@pytest.mark.parametrize(("said", "digits"), rows("last4"))
def test_last_four_digits_that_were_asked_for(said: str, digits: str) -> None:
    assert (slots.read(said, Context(SlotKind.LAST4)).last4 or "ask") == digits


@pytest.mark.parametrize(("said", "number"), rows("phones"))
def test_a_telephone_number_that_was_asked_for(said: str, number: str) -> None:
    assert (slots.read(said, Context(SlotKind.PHONE)).phone or "ask") == number


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("昨天", date(2026, 11, 19)),
        ("上个月三号", date(2026, 10, 3)),
        ("上个月底", date(2026, 10, 31)),
        ("三天前", date(2026, 11, 17)),
        ("上周三", date(2026, 11, 11)),
        ("这周三", date(2026, 11, 18)),
        ("5号", date(2026, 11, 5)),
        ("十月一号", date(2026, 10, 1)),
        ("今天", date(2026, 11, 20)),
        ("25号", None),
        ("明天", None),
        ("下周三", None),
        ("三月五号", date(2026, 3, 5)),
        ("一月五号", None),  # the one to come may be meant
    ],
)
def test_a_day_past_that_was_asked_for(said: str, day: date | None) -> None:
    assert slots.read(said, Context(SlotKind.DATE, day=ASKED, when=When.PAST)).day == day


@pytest.mark.parametrize(
    ("said", "slot", "unclear"),
    [
        ("是三千左右", SlotKind.AMOUNT, True),
        ("对，不到五千", SlotKind.AMOUNT, True),
        ("两三万吧", SlotKind.AMOUNT, True),
        ("几百块", SlotKind.AMOUNT, True),
        ("是五千", SlotKind.AMOUNT, False),
        ("对", SlotKind.AMOUNT, False),
        ("按一", SlotKind.AMOUNT, False),
        ("1", SlotKind.AMOUNT, False),
        ("是下周左右", SlotKind.DATE, True),
        ("是5号", SlotKind.DATE, True),
        ("是的", SlotKind.DATE, False),
        ("对，12345", SlotKind.LAST4, True),
        ("是幺三八零零", SlotKind.PHONE, True),
        ("是的", SlotKind.PHONE, False),
    ],
)
def test_what_was_asked_for_but_is_not_clear(said: str, slot: SlotKind, unclear: bool) -> None:
    assert slots.read(said, Context(slot, day=ASKED)).unclear is unclear


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        ("转三千五百块", 350_000),
        ("12.5元", 1_250),
        ("1.5万元", 1_500_000),
        ("零点五亿元", 5_000_000_000),
        ("十二点五块", 1_250),
        ("五块六", 560),
        ("一百块五毛", 10_050),
        ("两百五十块六角三分", 25_063),
        ("三千元零五分", 300_005),
        ("2000块钱", 200_000),
        ("我要转两万块给我妈", 2_000_000),
        ("一二三块", None),
        ("1.123456789元", None),
        ("一二三点五元", None),
        ("一万亿元", None),  # more than anybody has
        ("很多块", None),
        ("三万", None),
        ("", None),
    ],
)
def test_amounts(said: str, fen: int | None) -> None:
    assert slots.read(said, Context()).amount == fen


@pytest.mark.parametrize(
    ("said", "fen"),
    [
        ("三万", 3_000_000),
        ("两千", 200_000),
        ("500", 50_000),
        ("1.5万", 1_500_000),
        ("嗯五千吧", 500_000),
        ("一二十", None),
        ("9" * 39, None),
        ("没有", None),
    ],
)
def test_where_an_amount_was_asked_for_a_number_will_do(said: str, fen: int | None) -> None:
    assert slots.read(said, Context(SlotKind.AMOUNT)).amount == fen


@given(st.integers(1, 10**10))
def test_every_amount_the_hotline_says_it_understands(fen: int) -> None:
    said = numbers.amount(fen)
    if "元" in said:
        assert slots.read(said, Context()).amount == fen


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("今天", date(2026, 11, 21)),
        ("大前天转的", date(2026, 11, 18)),
        ("前天", date(2026, 11, 19)),
        ("昨天的账单", date(2026, 11, 20)),
        ("大后天", date(2026, 11, 24)),
        ("下周三", date(2026, 11, 25)),
        ("上个星期五", date(2026, 11, 13)),
        ("礼拜天", date(2026, 11, 22)),
        ("这周1", date(2026, 11, 16)),
        ("三月五号", date(2027, 3, 5)),
        ("元月五日", date(2027, 1, 5)),
        ("二零二七年元月十二号", date(2027, 1, 12)),
        ("九月三十日", date(2026, 9, 30)),
        ("9月30", date(2026, 9, 30)),
        ("二零二五年十二月三十一日", date(2025, 12, 31)),
        ("25年1月2号", date(2025, 1, 2)),
        ("去年五月一号", date(2025, 5, 1)),
        ("下个月三号", date(2026, 12, 3)),
        ("本月十号", date(2026, 11, 10)),
        ("2026-10-01", date(2026, 10, 1)),
        ("2026/1/2", date(2026, 1, 2)),
        ("十五号", date(2026, 11, 15)),
        ("2026-13-01", None),
        ("二月三十号", None),
        ("下个月", None),
        ("三十一号", None),  # of November
        ("坐三号线", None),
        ("随便", None),
    ],
)
def test_days(said: str, day: date | None) -> None:
    assert slots.read(said, Context(day=TODAY)).day == day


def test_without_a_today_there_is_no_day() -> None:
    assert slots.read("明天", Context()).day is None


@pytest.mark.parametrize(
    ("said", "asked", "last4"),
    [
        ("尾号是一二三四", False, "1234"),
        ("后四位零零幺七", False, "0017"),
        ("1234", False, None),
        ("1234", True, "1234"),
        ("幺二三四", True, "1234"),
        ("就是 1 2 3 4", True, "1234"),
        ("12345", True, None),
        ("1234元", True, None),
        ("尾号12345", False, None),
    ],
)
def test_last_four_digits(said: str, asked: bool, last4: str | None) -> None:
    context = Context(SlotKind.LAST4 if asked else None)
    assert slots.read(said, context).last4 == last4


@pytest.mark.parametrize(
    ("said", "phone"),
    [
        ("我电话是幺三八零零零零零零零六", "13800000006"),
        ("138 0000 0006", "13800000006"),
        ("+86 138-0000-0006", "13800000006"),
        ("010-12345678", "01012345678"),
        ("二三八零零零零零零零六", None),
        ("6222021234567890", None),
        ("1380000000", None),
    ],
)
def test_phone_numbers(said: str, phone: str | None) -> None:
    assert slots.read(said, Context()).phone == phone


def test_personal_values_stay_out_of_logs() -> None:
    assert "138" not in repr(Slots(phone="13800000006", last4="1380"))


@pytest.mark.parametrize(
    ("context", "yes"),
    [(Context(), None), (Context(SlotKind.YES_NO), True), (Context(among=("card_loss",)), True)],
)
def test_yes_is_heard_where_it_was_asked(context: Context, yes: bool | None) -> None:
    assert slots.read("对", context).yes is yes


@given(st.text(), st.sampled_from([None, *SlotKind]), st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_any_text_gives_values_or_none(text: str, slot: SlotKind | None, day: date) -> None:
    found = slots.read(text, Context(slot, day=day))
    assert found.last4 is None or len(found.last4) == 4


@given(
    st.text(f"{NUMBER}{''.join(DIGITS)}.点元块角毛分年月日号周星期礼拜上下这大前后天-/", max_size=30),
    st.sampled_from([None, *SlotKind]),
)
def test_any_heap_of_numbers_gives_values_or_none(text: str, slot: SlotKind | None) -> None:
    found = slots.read(text, Context(slot, day=TODAY))
    assert found.amount is None or found.amount >= 0
    assert found.last4 is None or len(found.last4) == 4


@pytest.mark.parametrize(
    ("said", "yuan"),
    [
        ("2,000元", 2_000),
        ("3千5", 3_500),
        ("一万二", 12_000),
        ("良千块", 2_000),
        ("三前五", 3_500),
        ("5百快钱", 500),
        ("兩萬塊", 20_000),
        ("2000圆", 2_000),
        ("思千", 4_000),
        ("巴白块", 800),
        ("十万快", 100_000),
        ("一千零五十", 1_050),
        ("就五千", 5_000),
        ("多少钱", None),
        ("前面那个", None),
        ("完了", None),
    ],
)
def test_amounts_as_recognisers_write_them(said: str, yuan: int | None) -> None:
    found = slots.read(said, Context(SlotKind.AMOUNT)).amount
    assert found == (None if yuan is None else yuan * 100)


def test_misheard_amounts_count_only_where_one_was_asked_for() -> None:
    assert slots.read("良千块", Context()).amount != 200_000


@pytest.mark.parametrize("said", ["百亿日", "千亿月三号", "一月百万号"])
def test_no_calendar_has_such_a_day(said: str) -> None:
    assert slots.read(said, Context(SlotKind.DATE, day=TODAY)).day is None
