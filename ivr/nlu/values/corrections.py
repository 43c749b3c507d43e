"""What the caller takes back: 三千，不对，五千 and 不是三千，是五千."""

from __future__ import annotations

import re

from ivr.nlu.normalise import MOST_CHARACTERS, simplified
from ivr.nlu.values.numerals import NUMBER, plain

#: What only sounds like a correction, and whose mistake it was.
_NONE = re.compile(
    "没有?说错|没有?错|不会错|错不了|没有?(?:什么)?不对|对不对|没什么不|不好意思|(?:你们?|您)(?:刚才|刚刚)?[听搞弄记]错了?"
)
#: Only what comes after the last of these counts.
_TAKEN_BACK = re.compile(
    "不对|不是不是|错了?|口误|更正|纠正|改[成为到]|换成|算了|等等|我是说|我的?意思是|说反了|不不+|[，。；！？.]不(?=[，。；！？.])"
    f"|[啊哦噢喔嗯呃额哎诶唉欸]不(?=[，。；！？.{NUMBER}])|[不改](?=[{NUMBER}])"
)
#: 三千不是五千: no, it is 5000, or not 5000; after 是三千 it is clear.
_UNSURE = re.compile(
    f"[^是要转说]*[{NUMBER}元块毛角分钱天日号底][吧啊]?[，。；.]*(?:[啊哦噢喔呃哎诶唉]，?)?不是(?=[^，。；！？.])"
)
#: Before a value: this one is not meant.
_DENIED = re.compile(
    "(?:不是|不要|不用|不转|不存|不取|不还|不分|别|并非|没有|没要|没说|没|[不没]想|[不没]想要|不愿意?|没让你?)"
    "(?:我?说|[转存取还分要是的办]|这个|那个|给我|帮我|分期|尾号)*$"
)
#: After a value: this one is not meant.
_REFUSED = re.compile("[都就也]?(?:不行|不可以|不方便|不好|不够|来不及|没空|没时间|太[早晚急多少])(?!吧?吗)")
_MARKS = str.maketrans(",、;!?:~–—−", "，，；！？，----")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_APART = re.compile(r"(?<=[0-9])\s+(?=[0-9])")


def tidy(text: str) -> str:
    """Simplified, NFKC, plain numerals, no spaces (between figures they are commas: 3000 5000 are two numbers), one
    kind of comma; of a very long one the beginning."""
    words = plain(simplified(text[:MOST_CHARACTERS])).replace("圆", "元")
    words = _APART.sub("，", _THOUSANDS.sub("", words.strip()))
    return "".join(words.split()).translate(_MARKS)


def standing(words: str) -> str:
    """What still stands of `tidy` words: all that follows what was taken back last; nothing where that is not clear."""
    kept = _NONE.sub("，", words)
    if _UNSURE.match(kept):
        return ""
    return kept[max((found.end() for found in _TAKEN_BACK.finditer(kept)), default=0) :]


def denied(before: str, after: str = "") -> bool:
    """Whether what stands between these words is said not to be meant: 不是三千, 今天不行."""
    return _DENIED.search(before) is not None or _REFUSED.match(after) is not None
