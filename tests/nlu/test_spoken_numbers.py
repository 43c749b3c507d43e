"""However a caller says a card, an ID, a telephone number or a PIN, and however it is written down, no more than three
of its digits in a row are stored (CBA 十三, 三十)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.nlu.masking import MASK, begun, storable

_SCRIPTS = (
    *("0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "零幺二三四五六七八九"),
    *("洞幺两三四五六拐八勾", "〇壹贰叁肆伍陆柒捌玖"),
)
_ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
#: What recognisers make of a digit in the middle of others.
_HEARD = ("零凌灵", "一要腰妖", "二而儿耳", "三山散", "四斯丝死", "五武午", "六流刘", "七妻期", "八吧巴", "九久酒")
_JOINS = (
    *("", "，", "、", " ", "。", "-", "…", "嗯", "啊", "呃", "那个", "然后", "接着", "再", "还有", "又", "空格", "杠"),
    *("对", "后面是", "后边", "接下来", "接下来是", "再来", "往下", "跟着", "继续", "最后", "最后是", "下一个"),
    *("等一下", "等等", "稍等", "我看看", "我看一下啊"),
)
_BEFORE = (
    *(
        "",
        "我的卡号是",
        "卡号",
        "信用卡号码",
        "身份证号",
        "我身份证是",
        "账号是",
        "手机号是",
        "我的密码是",
        "密码应该是",
    ),
    *(
        "六位密码是",
        "我的取款密码是",
        "电话银行密码",
        "密码我告诉你是",
        "pin是",
        "我念给你听",
        "给你报卡号啊",
        "你记一下",
    ),
    *("好的", "是", "那我说了啊"),
)
_AFTER = ("", "。", "谢谢", "对吧", "你查一下", "是我的密码", "帮我查余额", "，你记下了吗")

_NUMBERS = st.text("0123456789", min_size=6, max_size=19) | st.builds(
    lambda digits, times: "".join(digit * times for digit in digits)[:19],
    st.text("0123456789", min_size=3, max_size=6),
    st.integers(2, 5),
)


def readable(stored: Sequence[str]) -> str:
    """The digits that somebody reads in the texts."""
    text = re.sub(
        "|".join(sorted((join for join in _JOINS if len(join) > 1), key=len, reverse=True)), "", "|".join(stored)
    )
    found = []
    for sign in re.findall("|".join(_ENGLISH) + "|.", text.lower().replace("六位密码", "")):
        found += [str(script.index(sign)) for script in (*_SCRIPTS, _ENGLISH) if sign in script][:1]
    return "".join(found)


def longest(number: str, digits: str) -> int:
    """The most digits of the number that stand in a row in `digits`."""
    return max(
        (end - at for at in range(len(number)) for end in range(at + 1, len(number) + 1) if number[at:end] in digits),
        default=0,
    )


def kept(*utterances: str) -> list[str]:
    """What is stored of the utterances of one caller, one after the other."""
    stored, goes_on = [], False
    for said in utterances:
        stored.append(storable(said, goes_on=goes_on))
        goes_on = begun(said) or (goes_on and stored[-1] != said)
    return stored


@st.composite
def spoken(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A number, and how it is said, in pieces of one script each; a piece begins with what joins it to the last."""
    number = draw(_NUMBERS)
    write = draw(st.sampled_from([*(script.__getitem__ for script in _SCRIPTS), lambda digit: f" {_ENGLISH[digit]} "]))
    cuts = sorted(draw(st.sets(st.integers(1, len(number) - 1), max_size=6)))
    ends: list[int] = [0, *cuts, len(number)]
    pieces = [number[a:b] for a, b in itertools.pairwise(ends)]
    writes: Callable[[int], str] = write
    return number, [
        (draw(st.sampled_from(_JOINS)) if at else "") + "".join(writes(int(digit)) for digit in piece)
        for at, piece in enumerate(pieces)
    ]


@given(spoken(), st.sampled_from(_BEFORE), st.sampled_from(_AFTER))
@example(("775157", ["775", "157"]), "好的", "你查一下")
@example(("708163", ["七零", "又八一", "又六三"]), "电话银行密码", "")
@example(("188460", ["1884", "等一下60"]), "我念给你听", "")
def test_a_number_in_one_utterance(said: tuple[str, list[str]], before: str, after: str) -> None:
    number, pieces = said
    text = before + "".join(pieces) + after
    assert longest(number, readable([text])) == len(number), "the search finds it where it is"
    assert longest(number, readable(kept(text))) <= 3, kept(text)


@given(spoken(), st.sampled_from(_BEFORE), st.sampled_from(_AFTER), st.data())
def test_a_number_over_several_utterances(
    said: tuple[str, list[str]], before: str, after: str, data: st.DataObject
) -> None:
    """A caller who pauses longer than an utterance goes on in the next."""
    number, pieces = said
    utterances = [before]
    for piece in pieces:
        if utterances[-1] != before and data.draw(st.booleans()):
            utterances.append(piece)
        else:
            utterances[-1] += piece
    utterances[-1] += after
    shortest = min(len(readable([utterance])) for utterance in utterances)
    stored = kept(*utterances)
    assert longest(number, readable(stored)) <= (3 if shortest > 1 else 4), stored


@given(_NUMBERS, st.data(), st.sampled_from(_BEFORE), st.sampled_from(_AFTER))
def test_a_number_as_recognisers_mishear_it(number: str, data: st.DataObject, before: str, after: str) -> None:
    """Where four of its digits are sure."""
    sure = data.draw(st.sets(st.integers(0, len(number) - 1), min_size=4))
    said = "".join(
        _SCRIPTS[2][int(digit)] if at in sure else data.draw(st.sampled_from(_HEARD[int(digit)]))
        for at, digit in enumerate(number)
    )
    assert longest(number, readable(kept(before + said + after))) <= 3


@pytest.mark.parametrize(
    "utterances",
    [
        ("查一下余额", "二零二六年十月一日", "分十二期", "要三千五百块"),
        ("密码错了三次", "我要转3500元", "一共12期"),
        ("我的卡丢了", "尾号是多少来着", "帮我挂失两张"),
        ("12", "账单在5号还", "打了20分钟"),
    ],
)
def test_what_is_counted_is_stored_though_a_number_may_have_begun(utterances: tuple[str, ...]) -> None:
    assert kept(*utterances) == list(utterances)


@pytest.mark.parametrize(
    ("said", "goes_on"),
    [
        ("我的卡号是", True),
        ("密码", True),
        ("六二二二", True),
        ("我的密码是八三", True),
        ("前面是二八", True),
        ("查余额", False),
        ("按一", False),
        ("我要转三千五百块", False),
        ("二零二六年", False),
        ("密码忘了怎么办", False),
        ("", False),
    ],
)
def test_whether_a_number_has_begun(said: str, goes_on: bool) -> None:
    assert begun(said) is goes_on


def test_the_rest_of_a_number_is_hidden_only_where_one_has_begun() -> None:
    said = "帮我看看三四五是不是扣错了钱"
    assert kept(said) == [said]
    assert kept("我的卡号是六二二二", said)[1] == said.replace("三四五", MASK)
