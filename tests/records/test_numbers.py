"""One number of whatever a trunk, a list or a file says (D6)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ivr.records.numbers import caller, e164

MOBILE, LANDLINE = "+8613800000006", "+861088886666"
ONE_MOBILE = (
    "13800000006", "+8613800000006", "8613800000006", "008613800000006", "0086013800000006", "0086 138 0000 0006",
    "013800000006", "+86013800000006", "+013800000006", "086 13800000006", "0008613800000006", "+0086 13800000006",
    "+86 (0) 138-0000-0006", "(+86)13800000006", "(86)13800000006", "86-138-0000-0006", "138.0000.0006",
    "+86 138 0000 0006", "+86 138\u00a00000\u20110006", " 13800000006\n", "tel:+8613800000006", "TEL:+8613800000006",
    "tel:+86-138-0000-0006;ext=5", "tel:13800000006;phone-context=+86", "8613800000006;phone-context=x",
    "sip:13800000006@10.0.0.1", "<sip:+8613800000006@h;user=phone>", '"张三" <sip:13800000006@h>;tag=1',
    "sips:8613800000006:pw@h", "sip:+8613800000006;ext=12@h", "sip:%2B8613800000006@h", "13800000006@host",
    "+86%20138%200000%200006", "13800000006 ext 12", "13800000006转801", "13800000006#12",
    "1795113800000006", "1259313800000006", "17951013800000006", "179098613800000006", "1791100861380000 0006",
    "+8617951 13800000006", "12593+8613800000006", "19313800000006",
)  # fmt: skip
ONE_LANDLINE = (
    "01088886666", "861088886666", "(010)88886666", "010-88886666", "010-8888-6666", "+86 10 8888 6666", "1088886666",
    "+86 (0)10 88886666", "+86 010 88886666", "008601088886666", "01088886666-801", "010-8888-6666-801",
    "17951 010 88886666", "tel:88886666;phone-context=+8610",
)  # fmt: skip
OTHERS = {
    "0755-88886666": "+8675588886666",
    "07318888666": "+867318888666",
    "4008695588": "+864008695588",
    "+86 400-869-5588": "+864008695588",
    "8008100000": "+868008100000",
    "88886666": "+8688886666",
    # the same all over the country: no area code, and in no form of it a country
    "95588": "95588",
    "+8695588": "95588",
    "01095588": "95588",
    "8695588": "95588",
    "10086": "10086",
    "008610086": "10086",
    "8001": "8001",
    "+85223456789": "+85223456789",
    "0085223456789": "+85223456789",
    "85223456789": "+85223456789",
    "1795100852 23456789": "+85223456789",
    "+853 6612 3456": "+85366123456",
    "+886912345678": "+886912345678",
    "886912345678": "+886912345678",
    "+1 (415) 555-0100": "+14155550100",
    "0014155550100": "+14155550100",
    "+44 (0)20 7123 4567": "+442071234567",
    "442071234567": "+442071234567",
    "+6598765432": "+6598765432",
}
WITHHELD = (
    "", "0", "00", "0000000000", "+0", "+8600000", "anonymous", "Anonymous", "ANONYMOUS", "unknown", "Unavailable",
    "restricted", "private", "withheld", "隐藏号码", "匿名", "sip:anonymous@anonymous.invalid", "P", "O", "N/A", "null",
    '"Anonymous" <sip:anonymous@anonymous.invalid>', "sip:13800000006@anonymous.invalid", "<sip:10.0.0.1>",
    "sip:10.0.0.1", "+", "-", "138%0d%0a5@h", "138\n5", "13800000006\r\nEvent: x", "13800000006%0d%0aEvent@h",
    "138****0006", "1-800-FLOWERS",
    "unread", "%", "%zz", "sip:@h", "tel:", "1" * 20, "1" * 5000, "13800000006\x00", "138\ud8000000006",
)  # fmt: skip


@pytest.mark.parametrize("text", ONE_MOBILE)
def test_a_mobile_is_one_number_in_every_form(text: str) -> None:
    assert e164(text) == MOBILE


@pytest.mark.parametrize("text", ONE_LANDLINE)
def test_a_landline_is_one_number_in_every_form(text: str) -> None:
    assert e164(text) == LANDLINE


@pytest.mark.parametrize(("text", "number"), OTHERS.items())
def test_other_numbers(text: str, number: str) -> None:
    assert e164(text) == number


@pytest.mark.parametrize("text", WITHHELD)
def test_no_number_is_withheld(text: str) -> None:
    assert e164(text) is None
    assert caller(text) == (None, True)


@pytest.mark.parametrize(
    ("text", "number", "withheld"),
    [
        ("13800000006||0", MOBILE, False),
        ("13800000006|+8613911111111|0", MOBILE, False),
        ("anonymous|+8613800000006|0", MOBILE, True),
        ("|013800000006|1", MOBILE, True),
        ("13911111111|8613800000006|1", MOBILE, True),
        ("13911111111||1", None, True),
        ("anonymous||1", None, True),
        ("anonymous|anonymous|1", None, True),
        ("||", None, True),
    ],
)
def test_what_the_dialplan_read(text: str, number: str | None, withheld: bool) -> None:
    """Of From, what the trunk asserts, and whether the caller asked for privacy (RFC 3323, 3325)."""
    assert caller(text) == (number, withheld)


_SHAPE = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{1,6}")
_SIGNS = "+0123456789" * 3 + '-() .;:<>@%*#xext转"|,\n\r\x00\u3000１２8６8６0017951'


@settings(max_examples=1500, deadline=None)
@given(
    st.one_of(
        st.text(alphabet=_SIGNS, max_size=30),
        st.text(max_size=30),
        st.from_regex(r"\+?(00)?(86)?0?(17951|12593)?[0-9]{3,14}", fullmatch=True),
    )
)
@example("860000000000")
@example("17951" * 50)
@example("193" * 80)
def test_any_text_is_a_number_or_withheld_and_a_number_is_itself(text: str) -> None:
    number = e164(text)
    assert number is None or (_SHAPE.fullmatch(number) and number.strip("+0"))
    assert number is None or e164(number) == number
    assert caller(text)[0] in (number, None) or "|" in text
