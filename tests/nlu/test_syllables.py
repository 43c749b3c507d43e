"""Characters → syllables, and the library that is loaded only when it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.nlu.correction.syllables import encode, split, syllables

MEASURE = """
import resource, time
import numpy, rapidfuzz.process, ivr.nlu, sys
assert "pypinyin" not in sys.modules
from ivr.nlu.correction.syllables import syllables
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
syllables("银行")
taken, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert "pypinyin" in sys.modules
print(f"pypinyin: {taken * 1000:.0f} ms, {(after - before) / 1024:.0f} MB")
"""


@pytest.mark.parametrize(
    ("words", "heard"),
    [
        ("银行", ("yin", "han")),  # hang, and the telephone does not keep n and ng apart
        ("行不行", ("xin", "bu", "xin")),
        ("行长", ("han", "zan")),
        ("转", ("zuan",)),
        ("还款", ("huan", "kuan")),  # the library says hai
        ("重听", ("con", "tin")),
        ("你理", ("li", "li")),
        ("aé5", ("a", "é", "5")),
        ("", ()),
    ],
)
def test_syllables(words: str, heard: tuple[str, ...]) -> None:
    assert syllables(words) == heard


def test_misheard_words_sound_the_same() -> None:
    for right, wrong in [("挂失", "卦是"), ("转账", "专帐"), ("投诉", "头素"), ("余额", "鱼鹅"), ("盗刷", "到涮")]:
        same = [one == two for one, two in zip(syllables(right), syllables(wrong), strict=True)]
        assert same.count(True) >= 1, (right, wrong)
    assert syllables("转账") == syllables("赚帐") == syllables("专张")


@pytest.mark.parametrize(
    ("syllable", "parts"),
    [("zhuan", ("zh", "uan")), ("an", ("", "an")), ("li", ("l", "i")), ("", ("", "")), ("é", ("", "é"))],
)
def test_a_syllable_has_two_halves(syllable: str, parts: tuple[str, str]) -> None:
    assert split(syllable) == parts


@given(st.text())
def test_every_character_is_one_symbol(text: str) -> None:
    heard = syllables(text)
    assert len(encode(heard)) == len(heard)


def test_the_sounds_of_mandarin_have_symbols_of_their_own() -> None:
    heard = {each for code in range(0x4E00, 0x9FA6) for each in syllables(chr(code))}
    assert len({encode((each,)) for each in heard}) == len(heard) > 290


def test_the_library_is_loaded_at_the_first_syllable(capfd: pytest.CaptureFixture[str]) -> None:
    found = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == 0, found.stderr
    print(found.stdout)
