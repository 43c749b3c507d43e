"""What a prompt's text tells the caller: how long it takes, which keys it names, which placeholders it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ivr.text import normalise
from ivr.text.template import characters

CHARACTERS_PER_SECOND = 4.2
TYPES = ("count", "number", "amount", "date", "time", "digits", "word")

_PIECE = re.compile(r"\{([^{}]*)\}")
_NAMED = re.compile(r"\A([a-z_][a-z0-9_]*):([a-z]+)\Z")
_CHINESE_DIGITS = "零一二三四五六七八九"
_ENGLISH_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ZH_KEY = re.compile(
    rf"[按拨](?:下|键)?\s*[\"“”‘’'「『（(]?\s*"
    rf"(?:([0-9０-９])(?![0-9０-９])|([{_CHINESE_DIGITS}])(?![下次般定点分])|(井号?|[#＃])|(星号?|[*＊]))"
    r"\s*[\"“”‘’'」』）)]?\s*(?:号?键)?"
    r"|(?:(井号)|(星号))键?"  # 重听井号: these two are nothing else than keys
)
_EN_KEY = re.compile(
    rf"\bpress\s+(?:the\s+)?(?:([0-9])\b|({'|'.join(_ENGLISH_DIGITS)})\b|(pound|hash|#)|(star|asterisk|\*))(?:\s+key)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A key named in a text, and the words from the key before to it (`before`) and up to the next (`after`)."""

    key: str
    before: str
    after: str


def seconds(text: str) -> float:
    """How long a Chinese text takes to speak (HB 7.4.2): 4.2 characters a second, a placeholder counts as two."""
    return characters(_spoken(text)) / CHARACTERS_PER_SECOND


def said(text: str) -> str:
    """A Chinese text as it will be spoken; placeholders stay."""
    return "".join(part if part[:1] == "{" else normalise.spoken(part) for part in re.split(r"(\{[^{}]*\})", text))


def unsure(text: str) -> tuple[normalise.Unsure, ...]:
    """The numbers of a Chinese text that can be read in more than one way; placeholders are none."""
    return normalise.unsure(_PIECE.sub(lambda match: "〓" * len(match[0]), text))


def is_chinese(language: str) -> bool:
    """Whether the rules about Chinese words apply."""
    return language.split("-")[0] == "zh"


def keys(text: str, language: str) -> list[Named]:
    """Every key the text names (请按1, 按井号键; press 1), in order."""
    pattern = _ZH_KEY if is_chinese(language) else _EN_KEY
    found = list(pattern.finditer(text))
    edges = [(match.start(), match.end()) for match in found]
    made = []
    for number, match in enumerate(found):
        before = text[edges[number - 1][1] if number else 0 : edges[number][0]]
        after = text[edges[number][1] : edges[number + 1][0] if number + 1 < len(edges) else len(text)]
        made.append(Named(_key(match), before, after))
    return made


def named_by(text: str, language: str, key: str) -> float | None:
    """The share of the text (0…1) that has been spoken once it has named the key; None where it does not."""
    pattern = _ZH_KEY if is_chinese(language) else _EN_KEY
    for match in pattern.finditer(text):
        if _key(match) == key:
            return characters(_spoken(text[: match.end()])) / characters(_spoken(text))
    return None


def _spoken(text: str) -> str:
    return _PIECE.sub("二二", text)


def _key(match: re.Match[str]) -> str:
    digit, word, *rest = match.groups()
    if digit:
        return str(int(digit))  # a fullwidth one is said the same
    if word:
        index = _CHINESE_DIGITS.find(word)
        return str(index if index >= 0 else _ENGLISH_DIGITS.index(word.lower()))
    return "#" if any(rest[::2]) else "*"


@dataclass(frozen=True, slots=True)
class Announced:
    """How a text names the keys it should: keys it leaves out, names that nobody listens to, keys whose words
    belong to another key, and keys named before their words."""

    silent: tuple[str, ...]
    dead: tuple[str, ...]
    wrong: tuple[str, ...]
    after: tuple[str, ...]


def announced(text: str, language: str, expected: Mapping[str, Sequence[str]], also: Sequence[str] = ()) -> Announced:
    """Compare the keys a text names with `expected`: key → words any of which names it. `also`: keys that work
    but need not be named."""
    named = keys(text, language)
    spoken = {each.key: each for each in named if each.key in expected}
    label_first = bool(named) and any(_any(words, named[0].before) for words in expected.values())
    wrong = [key for key in spoken if _wrong(key, spoken, expected, label_first)]
    return Announced(
        tuple(key for key in expected if key not in spoken),
        tuple(dict.fromkeys(each.key for each in named if each.key not in expected and each.key not in also)),
        tuple(wrong),
        tuple(key for key, each in spoken.items() if key not in wrong and _late(each, expected[key])),
    )


def _any(words: Sequence[str], text: str) -> bool:
    lower = text.lower()
    return any(word.lower() in lower for word in words)


def _wrong(key: str, spoken: Mapping[str, Named], expected: Mapping[str, Sequence[str]], label_first: bool) -> bool:
    """Its words are not with it but stand before another key, whose own words do not happen to hold them."""
    own = expected[key]
    if _any(own, spoken[key].before) or (not label_first and _any(own, spoken[key].after)):
        return False
    return any(
        _any(own, other.before) and not any(_any(own, word) for word in expected[name])
        for name, other in spoken.items()
        if name != key
    )


def _late(here: Named, own: Sequence[str]) -> bool:
    if _any(own, here.before):
        return False
    return _any(own, here.after) or bool(re.match(r"[\u3400-\u9fff]", here.after))


def placeholders(text: str) -> list[tuple[str, str]]:
    """(name, type) of every placeholder. ValueError, in Chinese, where one is malformed."""
    rest = _PIECE.sub("", text)
    if "{" in rest or "}" in rest:
        raise ValueError("花括号没有配对")
    made = []
    for inside in _PIECE.findall(text):
        match = _NAMED.match(inside)
        if not match:
            raise ValueError(f"「{{{inside}}}」应写成 {{名字:类型}}，例如 {{ahead:count}}")
        if match[2] not in TYPES:
            raise ValueError(f"「{{{inside}}}」的类型不对，可以是 {'、'.join(TYPES)}，或 {{hours:营业时间名}}")
        made.append((match[1], match[2]))
    return made


def hours_named(text: str) -> list[str]:
    """The calendars named by `{hours:ID}`."""
    return re.findall(r"\{hours:([^{}]*)\}", text)


def fill_hours(text: str, words: Callable[[str], str]) -> str:
    """The text with `{hours:ID}` replaced by `words(ID)`."""
    return re.sub(r"\{hours:([^{}]*)\}", lambda match: words(match[1]), text)
