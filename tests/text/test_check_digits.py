"""Check digits: every single slip of the finger is noticed, and every swap of neighbours that they can notice."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text.check_digits import holds_personal_number, id_number_ok, luhn_ok

#: Examples that are printed in public: the scheme's own test cards; the ID numbers of the standard's text.
CARDS = ["4111111111111111", "5500005555555559", "6011000990139424", "378282246310005"]
IDS = ["11010519491231002X", "440524188001010014", "11010519491231002x"]


@pytest.mark.parametrize("card", CARDS)
def test_known_cards_pass(card: str) -> None:
    assert luhn_ok(card)


@pytest.mark.parametrize("number", IDS)
def test_the_standards_own_id_numbers_pass(number: str) -> None:
    assert id_number_ok(number)


@pytest.mark.parametrize(
    "odd",
    ["", "0", "41111111111", "4111 1111 1111 1111", "４１１１１１１１１１１１１１１１", "4" * 20, "411111111111111X"],
)
def test_what_is_no_card_number_fails(odd: str) -> None:
    assert not luhn_ok(odd)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "X" * 18,
        "110105491231002",
        "11010519490231002X",
        "11010519491331002X",
        "01010519491231002X",
        "１１０１０５１９４９１２３１００２X",
    ],
)
def test_what_is_no_id_number_fails(odd: str) -> None:
    assert not id_number_ok(odd)


def card(body: str) -> str:
    """`body` with the one digit that makes a card number of it."""
    (found,) = [body + last for last in "0123456789" if luhn_ok(body + last)]
    return found


@given(st.from_regex(r"\A[0-9]{11,18}\Z"), st.data())
def test_one_wrong_digit_of_a_card_is_noticed(body: str, data: st.DataObject) -> None:
    number = card(body)
    place = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[place]))
    assert not luhn_ok(number[:place] + other + number[place + 1 :])


@given(st.from_regex(r"\A[0-9]{11,18}\Z"), st.data())
def test_neighbours_swapped_are_noticed_save_0_and_9(body: str, data: st.DataObject) -> None:
    number = card(body)
    place = data.draw(st.integers(0, len(number) - 2))
    pair = number[place : place + 2]
    swapped = number[:place] + pair[::-1] + number[place + 2 :]
    assert luhn_ok(swapped) == (pair in ("09", "90") or pair[0] == pair[1])


@given(st.integers(110000, 659999), st.dates(date(1900, 1, 1), date(2030, 1, 1)), st.integers(0, 999), st.data())
def test_of_an_id_number_every_wrong_sign_and_every_swap_is_noticed(
    place: int, born: date, order: int, data: st.DataObject
) -> None:
    body = f"{place:06d}{born:%Y%m%d}{order:03d}"
    (number,) = [body + last for last in "0123456789X" if id_number_ok(body + last)]
    at = data.draw(st.integers(0, 16))
    other = data.draw(st.sampled_from("0123456789").filter(lambda digit: digit != number[at]))
    assert not id_number_ok(number[:at] + other + number[at + 1 :])
    if number[at] != number[at + 1]:
        assert not id_number_ok(number[:at] + number[at + 1] + number[at] + number[at + 2 :])


#: Made up; the check digits are right.
PERSONAL = ["6222020200112230", "6228480402564890018", "2223003122003222", *CARDS[:3], *IDS]


@given(st.sampled_from(PERSONAL), st.sampled_from(["", " ", "-", "."]), st.sampled_from(["", "LS", "凭证", "cust:"]))
def test_a_personal_number_is_found_in_groups_and_behind_letters(number: str, between: str, before: str) -> None:
    grouped = between.join(number[at : at + 4] for at in range(0, len(number), 4))
    assert holds_personal_number(f"{before}{grouped}")


@pytest.mark.parametrize(
    "other",
    [
        "2026113000000015",  # a bank's reference that begins with its date, with a right check digit by chance
        "1234567812345670",  # the check digit is right, nobody issues such cards
        "6222020200112231",
        "622202020011223",
        "110105194913310026",
        "R-20261130-0001",
        "k7",
        "",
        "c0ffee62-2202-0200-11ab-2233aabbccdd",
    ],
)
def test_an_id_of_the_banks_own_is_none(other: str) -> None:
    assert not holds_personal_number(other)


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    assert holds_personal_number(text) in (True, False)
