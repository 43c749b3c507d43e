"""Every string that can be spoken is covered by recorded pieces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.text.numbers import LIMIT, SPEAKERS, speak
from ivr.text.pieces import INVENTORIES, KINDS, PIECES, join, spell, split

VALUES: dict[str, st.SearchStrategy[int | str]] = {
    "count": st.integers(-LIMIT, LIMIT) | st.integers(0, 3000),
    "number": st.integers(-LIMIT, LIMIT) | st.decimals(-(10**12), 10**12, places=3).map(str),
    "amount": st.integers(-(10**14), 10**14) | st.integers(0, 30_000),
    "date": st.dates().map(str),
    "time": st.integers(0, 1440),
    "digits": st.text("0123456789", min_size=1, max_size=30),
}


def test_the_strategies_cover_every_type() -> None:
    # a word of the bank's is recorded whole, see ivr/speech/prompts/catalogue.py
    assert set(VALUES) | {"word"} == set(SPEAKERS)


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_whatever_is_spoken_is_made_of_pieces(case: tuple[str, int | str]) -> None:
    words = speak(*case)
    assert join(split(words)) == words


def test_ids_are_safe_file_names_and_words_are_unique() -> None:
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", piece) for piece in PIECES)
    assert len(set(PIECES.values())) == len(PIECES)
    assert len({piece.lower() for piece in PIECES}) == len(PIECES)


def test_the_inventory_holds_what_a_speaker_is_asked_to_record() -> None:
    words = set(PIECES.values())
    assert set("零一二三四五六七八九十百千万亿幺两元角分点年月日时整负") <= words
    assert {"十", "十一", "二十", "九十九", "一十五", "一百", "九百", "两百", "两千", "一万", "两万"} <= words
    assert 150 <= len(PIECES) <= 170


def test_the_longest_piece_wins() -> None:
    assert split("两百一十五") == ("liang-bai", "yi-15")
    assert split("三十七") == ("37",)
    assert split("幺零零幺") == ("yao", "0", "0", "yao")
    assert split("") == ()


def test_a_word_without_a_piece_is_refused() -> None:
    with pytest.raises(ValueError, match="客"):
        split("两客")
    with pytest.raises(KeyError):
        join(("no-such-piece",))


def test_the_ids_stay_what_recordings_are_named_after() -> None:
    """Operators name their recordings after these ids: changing one orphans a recording."""
    frozen = {
        "0": "零",
        "7": "七",
        "10": "十",
        "37": "三十七",
        "yi-15": "一十五",
        "100": "一百",
        "2000": "二千",
        "wan": "万",
    }
    assert {piece: PIECES[piece] for piece in frozen} == frozen


@given(st.integers(-LIMIT, LIMIT) | st.integers(0, 3000))
def test_english_numbers_are_made_of_english_pieces(number: int) -> None:
    assert set(spell("count", number, "en")) <= set(INVENTORIES["en"])
    assert set(spell("digits", abs(number), "en")) <= set(INVENTORIES["en"])


def test_a_value_is_spelt_in_its_language() -> None:
    assert spell("count", 2, "zh") == ("liang",)
    assert spell("count", 2, "en") == ("two",)
    assert spell("digits", "1001", "en") == ("one", "zero", "zero", "one")
    assert KINDS["zh"] == set(SPEAKERS)


@pytest.mark.parametrize(("kind", "language"), [("date", "en"), ("count", "fr"), ("colour", "zh")])
def test_what_a_language_cannot_say_is_refused(kind: str, language: str) -> None:
    with pytest.raises(ValueError, match=f"语言 {language} 不能播报 {kind}"):
        spell(kind, 1, language)


def test_english_pieces_are_safe_file_names() -> None:
    assert all(re.fullmatch("[a-z]+", piece) for piece in INVENTORIES["en"])
