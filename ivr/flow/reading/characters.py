"""Characters that look like YAML's but are others, and YAML's own signs inside plain text.

Editors and chat programs put them there: a fullwidth colon, an ideographic space, curly quotes, a space of no width.
What YAML makes of them is told elsewhere in the file, or not at all. So each is found where it stands, and read as
what was meant: `candidates` gives every place that may be such a slip, whoever reads the file decides which of them
matter by reading it with and without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

#: More slips than this in one file are told, but not tried one by one.
MOST = 40

_FORMAT = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\ufe00-\ufe0f\uffa0"
)
INVISIBLE = re.compile(f"[{_FORMAT}\U000e0000-\U000e007f]")
_BLANK = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_LINES = "\u0085\u2028\u2029"
_NAMES = {
    "\u00a0": "不换行空格", "\u3000": "全角空格", "\u200b": "零宽空格", "\u200c": "零宽不连字", "\u200d": "零宽连字",
    "\u2060": "零宽不换行",
    "\ufeff": "字节顺序标记 BOM", "\u200e": "从左到右标记", "\u200f": "从右到左标记",
    "\t": "制表符 Tab", "\u00ad": "软连字符",
}  # fmt: skip
_MEANT = {
    "：": ":", "﹕": ":", "∶": ":", "，": ",", "﹐": ",", "、": ",", "｛": "{", "｝": "}", "［": "[", "］": "]",
    "【": "[", "】": "]",
    "“": '"', "”": '"', "„": '"', "＂": '"', "「": '"', "」": '"', "‘": "'", "’": "'", "＇": "'", "`": "'",
    "－": "-", "–": "-", "—": "-", "―": "-", "−": "-", "‐": "-", "‑": "-", "～": "-", "~": "-", "＃": "#", "＊": "*",
    "／": "/", "．": ".", "＋": "+", "＿": "_", "％": "%",
}  # fmt: skip
#: Texts of so many characters are remembered.
_REMEMBERED = 200_000
_WORD = r"[\"'“”‘’＂＇]?[A-Za-z0-9_*#０-９Ａ-Ｚａ-ｚ-]+[\"'“”‘’＂＇]?"
_OPENS = r"(?:(?:^|[:：]|[\[{［｛【,，])\s*|(?:^|\s)-\s+)"
_CLOSES = r"(?=\s*(?:[,，\]}］｝】:：]|$))"
#: Where a character that looks like one of YAML's stands in the place of one. The group is that character.
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^\s*(?:-\s+)*|[{{｛,，]\s*){_WORD}\s*([：﹕∶])",  # key：value
        rf"[\w\"'“”‘’\]}}］｝】]\s*([，﹐、])(?=\s*{_WORD}\s*[:：])",  # a: b，c: d
        r"(?:[\"'”’＂＇]|[A-Za-z0-9_\]}］｝】])\s*([，﹐、])(?=\s*(?:[\"'“‘＂＇\[{［｛]|[A-Za-z0-9_]))",  # ["a"，"b"]
        rf"{_OPENS}([｛［【])",
        r"([｝］】])(?=\s*(?:[,，\]}］｝】]|$))",
        rf"{_OPENS}([“”„＂「‘’＇`])",
        rf"([“”＂」‘’＇`]){_CLOSES}",
        r"(?<=[A-Za-z0-9])\s*([－–—―−‐‑～~])(?=\s*[A-Za-z0-9])",  # 08:30—18:00
        r"(?<=[A-Za-z0-9０-９])\s*([：∶／．])(?=[A-Za-z0-9０-９])",
        r"([０-９Ａ-Ｚａ-ｚ＋＿])",
        rf"{_OPENS}[\"'“]?([＃＊])",
        r"(?:^\s*)([－–—―])(?=\s)",  # －item
        rf"(?:^|[:\-,{{\[：，])([\t{_BLANK}]+)|([\t{_BLANK}]+)(?=[:：]|\s*$)",
        rf"(?:^[ ]*)([{_BLANK}]+)|(?<=[: ,\-])([\t{_BLANK}]+)",
        r"(\t)",
    )
)
_TEXT_COLON = re.compile(r"[\u3400-\u9fff」”』）)](:)(?=\s)")
_TEXT_HASH = re.compile(r"(?<=[\u3400-\u9fff，。、；]) +(#)")
_KEY_HASH = re.compile(r"[按拨键、，或]\s*\Z")
_KEY_WRITTEN = re.compile(r"[按拨](?:下|键)?\s*([０-９＃＊]|[\"“”‘’'「『（(](?=\s*[0-9０-９#*＃＊]))")


class Odd(NamedTuple):
    """A character that may be a slip: its place (from 1), offset in the text, what it stands for, and what to say."""

    line: int
    column: int
    at: int
    length: int
    meant: str
    sure: bool
    why: str


def name(character: str) -> str:
    """What an operator may call it: 全角空格（U+3000）."""
    code = f"U+{ord(character):04X}"
    known = _NAMES.get(character)
    return f"{known}（{code}）" if known else code


def candidates(text: str) -> tuple[Odd, ...]:
    """Every place of the text that may be a slip, in order; `sure` ones are slips wherever they stand. Of texts that
    are not large the answer is kept: while one file is typed, the others stay."""
    return _remembered(text) if len(text) <= _REMEMBERED else _candidates(text)


def _candidates(text: str) -> tuple[Odd, ...]:
    found: dict[int, Odd] = {}
    start = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if not line.lstrip().startswith("#"):
            for column, length, meant, sure, why in _line(line):
                found.setdefault(start + column, Odd(number, column + 1, start + column, length, meant, sure, why))
        start += len(line)
    return tuple(found[at] for at in sorted(found))


_remembered = lru_cache(maxsize=32)(_candidates)


def mended(text: str, odd: Iterable[Odd]) -> str:
    """The text with these characters as they were meant; places in it stay, but for what is left out."""
    made = text
    for one in sorted(odd, key=lambda one: one.at, reverse=True):
        made = made[: one.at] + one.meant + made[one.at + one.length :]
    return made


def _line(line: str) -> Iterator[tuple[int, int, str, bool, str]]:
    """Column from 0, length, what is meant, whether it is surely a slip, and the words for the operator."""
    for match in INVISIBLE.finditer(line):
        yield match.start(), 1, "", True, f"这里有看不见的字符：{name(match[0])}，请删掉"
    for match in re.finditer(f"[{_LINES}]", line):
        yield match.start(), 1, " ", True, f"这里有看不见的换行字符（U+{ord(match[0]):04X}），请删掉"
    body = line.rstrip("\r\n")
    for pattern in _PLACES:
        for match in pattern.finditer(body):
            for group in range(1, pattern.groups + 1):
                for at in range(match.start(group), match.end(group)) if match[group] else ():
                    meant, why = _meaning(body[at])
                    if pattern is _PLACES[0] and body[at + 1 : at + 2].strip():
                        meant = ": "  # a key's colon is one only with a space behind it
                    if not (body[at] == "\t" and not body[:at].strip(" \t")):  # a tab as indent has its own finding
                        yield at, 1, meant, False, why
    yield from _signs(body)


def _signs(body: str) -> Iterator[tuple[int, int, str, bool, str]]:
    """YAML's own signs inside a plain text: `: ` makes it a key, ` #` a comment."""
    for match in _TEXT_COLON.finditer(body):
        why = "文字里的「:」后面有空格，会被当成键；请给整句话加引号，或改用全角冒号「：」"
        yield match.start(1), 1, "：", False, why
    for match in _TEXT_HASH.finditer(body):
        why = "「#」前面有空格，从这里起都成了注释；文字里要用 # 时请给整句话加引号，或写「井号键」"
        key = _KEY_HASH.search(body[: match.start()]) is not None and _plain(body, match.start())
        yield match.start(1), 1, "井", key, why


def _plain(body: str, end: int) -> bool:
    """Whether no quote is open at this place of the line."""
    return body.count('"', 0, end) % 2 == 0 and body.count("'", 0, end) % 2 == 0


def _meaning(character: str) -> tuple[str, str]:
    if character == "\t" or unicodedata.category(character) == "Zs":
        return " ", f"这里有{name(character)}，YAML 只认普通空格，请改成普通空格"
    wide = unicodedata.normalize("NFKC", character)
    meant = _MEANT.get(character) or (wide if len(wide) == 1 else character)
    return meant, f"这里的「{character}」（U+{ord(character):04X}）要写成半角的「{meant}」"


def keys_written(text: str) -> list[tuple[int, str]]:
    """Places of a prompt's text where a key is written with other characters than its own (按１, 按“1”): offset and
    the character."""
    return [(match.start(1), match[1]) for match in _KEY_WRITTEN.finditer(text)]
