"""How many of something, where that was asked for: 分十二期, 六个月, 12."""

from __future__ import annotations

import re

from ivr.nlu.values.corrections import standing, tidy
from ivr.nlu.values.numerals import value

_NUMBER = re.compile("[0-9零一二两三四五六七八九十百]+")
#: More than this nobody counts on the telephone.
MOST = 999


def count(text: str) -> int | None:
    """The one number of the text, 1 to MOST; 半年 and 一年 are six and twelve. None where there is none, or several."""
    words = standing(tidy(text)).replace("半年", "六个月").replace("一年", "十二个月").replace("两年", "二十四个月")
    found = {value(match[0], short=False) for match in _NUMBER.finditer(words)} - {None}
    only = found.pop() if len(found) == 1 else None
    return only if only is not None and 1 <= only <= MOST else None
