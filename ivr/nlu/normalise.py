"""Recogniser output → bare words to compare: one script, one width, no spaces, no punctuation, numbers as said."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC

from ivr.text.normalise import spoken

#: An utterance is seconds long; what is longer is cut here, so that no text takes long to understand.
MOST_CHARACTERS = 120

#: First and last of the characters that a recogniser may write.
_CHARACTERS = range(0x3400, 0xA000)
#: What a telephone says otherwise than the dictionary: an account and the currency.
_ON_THE_TELEPHONE = {"帳": "账", "圓": "元"}


def _script() -> dict[int, str]:
    """Traditional → simplified, a character for a character: recognisers mix both, and places in a text must stay."""
    characters = [chr(code) for code in _CHARACTERS]
    convert = OpenCC("t2s").convert
    simple = convert(convert("\n".join(characters))).split("\n")  # twice: 薴 → 苧 → 苎
    pairs = zip(characters, simple, strict=True)
    return str.maketrans({one: other for one, other in pairs if one != other and len(other) == 1} | _ON_THE_TELEPHONE)


_SCRIPT = _script()

#: Words around what is meant. Longer ones first.
_FILLERS = re.compile(
    "请问一下|我想问一下|我想问问|想问一下|麻烦您|麻烦你|不好意思|请问|麻烦|劳驾|帮我|帮忙|我想要|我想|我要|我得|想问|问下|"
    "一下子|一下|是这样的|我跟你说|我这边|咨询|了解|好像|大概|就是|刚刚|刚才|喂|你好|您好|那个什么|就是说|然后|那个|这个|你们|咱们|给我|能不能|可不可以|是不是|可以|[嗯啊呃哦噢唉哎吧呢呀吗嘛哈]"
)

#: Different words for the same: everyday speech → the word that questions use.
_SAME_PAIRS = (
    "啥=什么 咋=怎么 怎样=怎么 如何=怎么 咋样=怎么 查询=查 查看=查 看看=查 看下=查 瞧瞧=查 办理=办 弄丢=丢 丢失=丢 "
    "遗失=丢 掉了=丢了 找不到=丢了 找不着=丢了 不见了=丢了 偷走=偷 礼拜=星期 购买=买 帐=账 挣=赚 钞票=钱 款项=钱 "
    "归还=还 储蓄卡=银行卡 借记卡=银行卡 工资卡=银行卡"
)
_SAME = dict(pair.split("=") for pair in _SAME_PAIRS.split())
_SAME_WORDS = re.compile("|".join(sorted(_SAME, key=len, reverse=True)))


def in_simplified(text: str) -> str:
    """In simplified characters, each in the place of its own."""
    return text.translate(_SCRIPT)


def simplified(text: str) -> str:
    """NFKC, lower case, in simplified characters."""
    return unicodedata.normalize("NFKC", text).translate(_SCRIPT).casefold()


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Simplified, NFKC, lower case, digits as said, letters and characters only; at most MOST_CHARACTERS."""
    head = simplified(text[: 4 * MOST_CHARACTERS])
    words = spoken("".join(character for character in head if not character.isspace()))
    return "".join(character for character in words if character.isalnum())[:MOST_CHARACTERS]


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """`fold` without the words that only lead up to what is meant; all of it where there are no others."""
    folded = _SAME_WORDS.sub(lambda match: _SAME[match[0]], fold(text))
    return _FILLERS.sub("", folded) or folded
