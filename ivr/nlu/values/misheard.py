"""What recognisers make of numbers and places, only where an amount was asked for: 良千块, 三前五, 兩萬塊."""

from __future__ import annotations

import re

from ivr.nlu.values.numerals import NUMBER

_NUMBERS_LIKE = {
    like: number
    for number, likes in {
        "一": "依医衣", "两": "良量俩辆凉", "三": "散伞山", "四": "司思斯似", "五": "武舞午吴屋", "六": "柳刘流留",
        "七": "期其起妻", "八": "巴吧爸把", "九": "久酒救就",
    }.items()
    for like in likes
}  # fmt: skip
_PLACES_LIKE = {
    like: place for place, likes in {"百": "白摆败", "千": "前钱签迁浅", "万": "玩完碗晚弯湾"}.items() for like in likes
}
_UNITS_LIKE = {"员": "元", "源": "元", "快": "块", "筷": "块"}
_DIGITS = "一二两三四五六七八九"
_LIKE = "".join(_NUMBERS_LIKE)
_NUMBER_LIKE = re.compile(f"[{_LIKE}](?=[十百千万元块])")
_PLACE_LIKE = re.compile(f"([{_DIGITS}{_LIKE}])([{''.join(_PLACES_LIKE)}])")
_UNIT_LIKE = re.compile(f"(?<=[{NUMBER}])[{''.join(_UNITS_LIKE)}]")
#: Nothing but a number, as it may have been misheard, and what leads up to it.
_ONLY = re.compile(
    rf"[嗯啊呃额就要转存取分还是想我的，。]*"
    rf"(?P<number>[{NUMBER}{_LIKE}{''.join(_PLACES_LIKE)}{''.join(_UNITS_LIKE)}元块角毛分半点.]+钱?)[吧呢啊呀哦了的，。！]*"
)


def as_meant(words: str) -> str:
    """Numbers before a place and places after a number as they were meant, where the utterance is nothing else."""
    if not (only := _ONLY.fullmatch(words)):
        return words
    placed = _PLACE_LIKE.sub(lambda match: match[1] + _PLACES_LIKE[match[2]], only["number"])
    placed = _UNIT_LIKE.sub(lambda match: _UNITS_LIKE[match[0]], placed)
    return _NUMBER_LIKE.sub(lambda match: _NUMBERS_LIKE[match[0]], placed)
