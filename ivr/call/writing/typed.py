"""What somebody has typed, made fit to be understood: one line without control characters, not too long."""

from __future__ import annotations

import re
import unicodedata

from ivr.errors import TextRefused

#: Characters of one message; nobody asks a question that is longer.
LONGEST = 120
#: Of what somebody complains of.
LONGEST_STATEMENT = 1_000
_SPACES = re.compile(r"\s+")


def typed(text: object, longest: int = LONGEST) -> str:
    """The message as one line. Invisible characters go (they would part the digits of a number), others that are no
    text become spaces. Raises TextRefused where nothing is left, or it is too long."""
    if not isinstance(text, str):
        raise TextRefused("应为一段文字")
    if len(text) > longest:
        raise TextRefused(f"一条消息最多 {longest} 个字，请分开写")
    plain = _SPACES.sub(" ", "".join(map(_fit, text))).strip()
    if not plain:
        raise TextRefused("请写下您的问题")
    return plain


def _fit(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    return " " if category[0] in "CZ" else character
