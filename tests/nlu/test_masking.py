"""What is stored holds no card, phone or ID number (CBA 十三, 三十)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.model import SlotKind
from ivr.nlu.intents.background import BACKGROUND
from ivr.nlu.masking import MASK, mask, personal, storable
from ivr.text import numbers

TOP = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("我的卡号是6222021234567890123", f"我的卡号是{MASK}"),
        ("6222 0212 3456 7890", MASK),
        ("6222-0212，3456", MASK),
        ("我电话幺三八零零零零零零零六帮我查", f"我电话{MASK}帮我查"),
        ("幺三八 零零零零 零零零六", MASK),
        ("六二二二嗯零二一二啊三四", MASK),
        ("六十二二十二零二十一", MASK),
        ("要三八零零一三八零零零", MASK),
        ("妖三吧零零一二三", MASK),
        ("身份证11010519491231002X", f"身份证{MASK}"),
        ("身份证一一零一零五一九四九一二三一零零二X", f"身份证{MASK}"),
        ("１２３４５６", MASK),
        ("①②③④⑤⑥", MASK),
        ("٠١٢٣٤٥", MASK),
        ("零一二三四五", MASK),
        ("先是123456，密码654321。", f"先是{MASK}，密码{MASK}。"),
        ("先是123456然后是654321。", f"先是{MASK}。"),  # groups of one number are joined by such words
        ("卡号六二二二，然后零二一二，接着三四五六", f"卡号{MASK}"),
        ("6222 再 0212 还有 3456", MASK),
        ("幺三八四个零五六七八", MASK),
        ("加八六幺三八零零零零零零零六", f"加{MASK}"),
        ("洞拐勾两幺〇", MASK),
        ("壹贰叁肆伍陆，貳參陸", MASK),
        ("1\u200b2\u200b3\u200b4\u200b5\u200b6", MASK),
        ("1\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e35\ufe0f\u20e36", MASK),
        ("my card is six two two two, oh two one two and three four", f"my card is {MASK}"),
        ("Six 2 Two二 zero-1 please", f"{MASK} please"),
        ("一一零一零五一九四九一二三一零零二艾克斯", MASK),
        ("110105 19491231 002 x", MASK),
        ("110105-1949-1231-002叉谢谢", f"{MASK}谢谢"),
        ("卡123456X", f"卡{MASK}X"),
        ("四个八四个六", MASK),
        ("幺三八四个零四个六", MASK),
        ("密码是1234", f"密码是{MASK}"),
        ("验证码一二三四五", f"验证码{MASK}"),
        ("尾号1234", f"尾号{MASK}"),
        ("尾号是四个八", f"尾号是{MASK}"),
        ("尾号八千八百八十八", f"尾号{MASK}"),
        ("我的卡号是62334", f"我的卡号是{MASK}"),
        ("卡6233查余额", f"卡{MASK}查余额"),
        ("1234是我的密码", f"{MASK}是我的密码"),
        ("一二三四这是验证码", f"{MASK}这是验证码"),
        ("尾号一二三四，不是五六七八", f"尾号{MASK}，不是{MASK}"),
        ("密碼是1234", f"密碼是{MASK}"),
        ("驗證碼：5678", f"驗證碼：{MASK}"),
        ("取款密码嗯1 2 3 4", f"取款密码嗯{MASK}"),
        ("密码改成１２３４可以吗", f"密码改成{MASK}可以吗"),
        ("尾号1234的卡要转五千块", f"尾号{MASK}的卡要转五千块"),
        ("手机号13800", f"手机号{MASK}"),
        ("身份证后四位0012", f"身份证后四位{MASK}"),
        ("卡背面三位数是123", f"卡背面三位数是{MASK}"),
        ("有效期是0929", f"有效期是{MASK}"),
        ("我的账户6222", f"我的账户{MASK}"),
        ("六个八是我的密码", f"{MASK}是我的密码"),
        ("my PIN is 1234", f"my PIN is {MASK}"),
    ],
)
def test_long_runs_of_digits_are_hidden(said: str, stored: str) -> None:
    assert mask(said) == stored
    assert personal(said)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "12345",
        "幺二三四五",
        "一百二十三万四千五百六十七块",
        "二零二六年十月一日",
        "三千五百块",
        "要要要要要要",
        "密码错了三次",
        "密码是六位",
        "密码锁定24小时",
        "验证码收不到，我要转3500",
        "还信用卡三千五百块",
        "还信用卡1200块",
        "信用卡三千五",
        "我卡三万块没了",
        "账户三千元被扣",
        "信用卡分12期",
        "我有5张卡10个号",
        "打10086",
        "one two three four five",
        "someone phoned often, seventy tones",
        "我有一个两个三个",
        "十二月三十一号转三千五",
        "我要办就是那个点",
        "转两万五给我儿子",
        MASK,
    ],
)
def test_what_is_short_or_counted_stays(said: str) -> None:
    assert mask(said) == said
    assert not personal(said)


@pytest.mark.parametrize("said", ["62334", "六二三三四", "嗯六二三三四", "查1234", "110", "六-二-三-三"])
def test_of_little_but_digits_that_nobody_asked_for_nothing_is_stored(said: str) -> None:
    for slot in (None, SlotKind.YES_NO, SlotKind.LAST4, SlotKind.PHONE):
        assert storable(said, slot) == ""


@pytest.mark.parametrize(
    "said", ["", *["1", "按一", "12", "三千五百块", "六十二", "2026年10月1号还款", "转人工", "我有三张卡"]]
)
def test_what_is_said_at_a_menu_is_stored(said: str) -> None:
    assert storable(said) == said


@pytest.mark.parametrize(
    ("said", "asked", "stored"),
    [
        ("转500000元", SlotKind.AMOUNT, "转500000元"),
        ("1,200,000.50元", SlotKind.AMOUNT, "1,200,000.50元"),
        ("62334", SlotKind.AMOUNT, "62334"),
        ("六千二", SlotKind.AMOUNT, "六千二"),
        ("836251", SlotKind.AMOUNT, MASK),
        ("密码836251，转500000元", SlotKind.AMOUNT, f"密码{MASK}，转{MASK}元"),
        ("6222021234567890元", SlotKind.AMOUNT, f"{MASK}元"),
        ("2026-12-05", SlotKind.DATE, "2026-12-05"),
        ("20261205", SlotKind.DATE, "20261205"),
        ("二零二六年十二月五日", SlotKind.DATE, "二零二六年十二月五日"),
        ("62220212", SlotKind.DATE, MASK),
        ("836251", SlotKind.DATE, MASK),
        ("500000元", None, f"{MASK}元"),
    ],
)
def test_an_amount_or_a_date_that_was_asked_for_is_stored(said: str, asked: SlotKind | None, stored: str) -> None:
    assert storable(said, asked) == stored


@given(st.text(), st.sampled_from([None, *SlotKind]))
def test_any_text_may_be_stored_in_part(text: str, asked: SlotKind | None) -> None:
    assert len(storable(text, asked).replace(MASK, "")) <= len(text)


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
    assert not personal(once)


def test_nothing_that_callers_ask_for_is_hidden() -> None:
    """Neither the knowledge base nor the sentences it was fitted on, nor talk that is no business of a bank."""
    files = ("flows/knowledge.yaml", "tests/nlu/train.tsv", "tests/nlu/heldout.tsv", "tests/nlu/heldout2.tsv")
    lines = [line for file in files for line in (TOP / file).read_text(encoding="utf-8").splitlines()]
    said = [line for line in [*lines, *BACKGROUND] if not re.match("#| *(source|valid_from|valid_to):", line)]
    hidden = [line for line in said if personal(line) and "一二三四五六" not in line]
    assert hidden == [] and len(said) > 1000


CANARY = "6222021234567893"
_JOINS = st.sampled_from(
    ["", " ", "，", "。", "、", "…", " - ", "嗯", "呃，", "然后", "然后呢", "接着是", "再", "还有", "\n", "下面是"]
)
_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_AS_SAID: dict[str, Callable[[str], str]] = {
    "written": lambda digits: digits,
    "spaced": lambda digits: " ".join(digits),
    "wide": lambda digits: "".join(chr(ord("０") + int(each)) for each in digits),
    "spoken": numbers.digits,
    "plainly": lambda digits: numbers.digits(digits, yao=False),
    "army": lambda digits: digits.translate(str.maketrans("0123456789", "洞幺两三四五六拐八勾")),
    "formal": lambda digits: digits.translate(str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖")),
    "english": lambda digits: " ".join(_ENGLISH[int(each)] for each in digits),
}


@given(
    st.lists(st.tuples(st.sampled_from(sorted(_AS_SAID)), _JOINS), min_size=8, max_size=8), st.sampled_from([1, 2, 4])
)
def test_a_card_number_in_groups_is_hidden_whole(ways: list[tuple[str, str]], size: int) -> None:
    """Each group said or written another way, with a pause or a word before the next."""
    groups = [CANARY[at : at + size] for at in range(0, len(CANARY), size)]
    told = "".join(_AS_SAID[way](group) + join for group, (way, join) in zip(groups, ways * 2, strict=False))
    if "english" in {way for way, _ in ways}:
        told = re.sub("([a-z])(?=[^a-z ])|(?<=[^a-z ])(?=[a-z])", r"\1 ", told)  # words of letters stand apart
    hidden = mask(f"我的卡号是{told}帮我查余额")
    assert hidden.startswith(f"我的卡号是{MASK}") and hidden.endswith("帮我查余额")
    assert mask(hidden) == hidden and not re.search("[0-9０-９一二三四五六七八九零洞幺两拐勾]|six|one", hidden)


_GAPS = st.text(st.sampled_from(" -,，、.嗯啊"), max_size=2)


@given(st.text(), st.text("0123456789", min_size=6, max_size=19), st.data())
def test_no_number_survives_however_it_is_cut_up(around: str, number: str, data: st.DataObject) -> None:
    spoken = numbers.digits(number) if data.draw(st.booleans()) else number
    said = "".join(digit + data.draw(_GAPS) for digit in spoken)
    left = re.sub(r"[\s\-,，、.嗯啊]", "", mask(f"{around}卡{said}卡{around}"))
    assert spoken not in left.split("卡", 1)[-1].rsplit("卡", 1)[0]
    assert not re.search(r"[0-9]{6}", left)


def test_a_long_text_takes_no_time() -> None:
    assert mask("1" * 10_000) == MASK
    assert mask("一，" * 5_000) == MASK + "，"
    assert mask("密码是1234" * 2_000) == f"密码是{MASK}" * 2_000
