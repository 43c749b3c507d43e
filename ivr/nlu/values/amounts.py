"""Amounts of money as callers say them → fen: 三千五百块, 三块五毛六, 一点五万, 两万半, 伍仟元整, 3k, 分12期一万二.

Nothing that is not exact is an amount: 三千多, 两三万, 五百到六百, 大概五千, 百分之五, -500, 500美元."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from ivr.nlu.masking import without_secrets
from ivr.nlu.values.corrections import denied, standing, tidy
from ivr.nlu.values.misheard import as_meant
from ivr.nlu.values.numerals import NUMBER, exact, value

#: More than anybody has, in fen.
_MOST_FEN = 10**13
#: Figures of a bare number; what is longer is the number of something else.
_MOST_FIGURES = 9

_D = "0-9零一二三四五六七八九"
_ONE = "[1-9一二两三四五六七八九]"
#: A stretch that may be a number, with decimals and halves.
_STRETCH = rf"(?:[{NUMBER}半]|[.点](?=[{_D}])|个(?=半?[万亿]))+"
_MONEY = re.compile(
    rf"(?P<yuan>{_STRETCH})(?:元|块)(?:人民币|钱)?(?:整|正)?(?:"
    rf"零?(?P<jiao>{_ONE})[角毛]钱?(?:零?(?P<fen>{_ONE})(?:分钱?)?|(?P<halfjiao>半))?(?:整|正)?"
    rf"|零?(?P<onlyfen>{_ONE})分钱?|零(?P<zerofen>{_ONE})|(?P<part>{_ONE})|(?P<two>[0-9]{{2}})|(?P<half>半))?"
    rf"(?![{NUMBER}半角毛分])"
    rf"|(?<![{NUMBER}半块元点.])(?P<mao>{_ONE}|半)[角毛]钱?(?:(?P<maofen>{_ONE})(?:分钱?)?|(?P<halfmao>半))?(?![{NUMBER}半角毛分])"
    rf"|(?<![{NUMBER}半块元点.])(?P<cent>{_ONE})分钱"
)
_BARE = re.compile(_STRETCH)

#: Words that make a number something other than an exact amount of yuan.
_INEXACT = re.compile(
    "之[上下外]|[元块钱十百千万亿0-9]内|零下|负的|(?<!个)月(?:还|付|供)|一个月(?:还|付|供)|[+±<>≈≥≤*×~^=&]|左右|上下|往上|朝上|四舍五入|凑整|[元块钱][/起]|[十百千万亿]起(?!来)|大概|大约|约莫|约摸|差不多|差点|差一点|将近|接近|近乎|不到|不足|不满|未满|不止|不只|不等|打不住|顶天|样子|少说|大抵|大体|基本上|怎么也|前后|不下|不低|不高|不大|不少|超过|超出|不超|高于|低于|大于|"
    "小于|多于|少于|至少|至多|最多|最少|最高|最低|顶多|起码|以上|以下|以内|之内|以外|之间|介于|若干|大致|估计|估摸|估算|粗略|可能|"
    "也许|兴许|没准|应该|好像|似乎|大几|小几|出头|开外|冒头|冒尖|挂零|有余|有多|多一点|少一点|多点|少点|略|封顶|打底|撑死|随便|或|"
    "多(?!谢)|余(?!额)|几(?![期天号次位张个点](?![万亿]))|一些|些许|大数|上限|下限|"
    f"[近约逾满小到至快奔靠够超](?=[{NUMBER}半.￥¥])|数(?=[十百千万亿])|[上成](?=[百千万亿])|[{NUMBER}][到至]|(?<=[{NUMBER}块元角毛分钱整正半])来|(?<=[百千万])[把许]|"
    f"(?<![{NUMBER}])[百千万]儿?八[十百千]|"
    "分之|[0-9一二三四五六七八九十][成折倍]|%|‰|个点|百分[比率点号]|[负减](?=[0-9零一二两三四五六七八九十半点.￥¥])|-(?=[0-9.零一二两三四五六七八九十¥$])|"
    "[0-9十百千万亿]-|每(?:个)?[期月次笔天年周份人张个]|一期|(?<=[元块钱十百千万亿])一(?:个?月|年|天|次)|"
    "美[元金分]|欧元|港[元币纸]|日[元圆]|英镑|韩[元币]|澳[元币]|加元|台币|泰铢|卢布|法郎|[外日]币|卢比|越南盾|[$€£]|usd|eur|hkd|jpy|gbp|[刀镑]"
)
#: Numbers of something else, which say nothing about the amount: instalments, days, times, ways of speaking.
_ELSEWHERE = re.compile(
    rf"(?:分|办|做)?(?:成|为)?{_STRETCH}(?:个)?期|分(?:成|为)?{_STRETCH}(?:个月|次|年|个季度)|{_STRETCH}(?:个月|个小时|小时|分钟)"
    rf"|{_STRETCH}(?:月份?|[日号年天周岁楼层位名度])|{_STRETCH}点钟?半?(?![{_D}])|第{_STRETCH}|(?:周|星期|礼拜)[一二三四五六日天]"
    rf"|统一|唯一|张三|李四|王五|赵六|[老小][二三四五六七八九](?![{NUMBER}])|(?<![{NUMBER}])(?:万一(?![{NUMBER}])"
    rf"|一(?=[下共定起直会样般边律并概旦])|一块儿|一(?:次性?|[笔张个])(?![{NUMBER}半])|十分(?=[确感肯着]))"
)
_LETTERS = re.compile(rf"(?<=[{NUMBER}])([kw])(?![a-z])")
_CURRENCY = re.compile(
    rf"(?:人民币|rmb|cny|[￥¥])(?P<after>(?>{_STRETCH}))(?![元块])|(?P<before>{_STRETCH})(?:人民币|rmb|cny)|(?:人民币|[￥¥])"
)
_NOT_MONEY = re.compile("[a-z笔次张个份倍斤克两米本台部套辆家瓶箱件条度位名成折步卡积里公英寸尺亩吨页字票只头盒袋包杯]")
_TIMES = re.compile("[笔次张个份倍回件]")
_APART = re.compile("[，；。！？…()（）和跟与加及又再且然+/=-]|$")
_CLEARLY = re.compile(rf"[{NUMBER}]{{2,}}|[0-9一二两三四五六七八九十几半数]个?[块元角毛百千万亿]")


def amount(text: str, *, asked: bool = False) -> int | None:
    """Fen, None where no amount is said or none clearly: 三千五百块 → 350000, 五块六 → 560; where an amount was asked
    for, 两万 by itself too. Of several only what is not taken back (三千，不对，五千)."""
    found = set(_said(text, asked))
    fen = found.pop() if len(found) == 1 else None
    return fen if fen and fen <= _MOST_FEN else None


def mentioned(text: str) -> bool:
    """Whether something like an amount is said, clearly or not."""
    return _CLEARLY.search(tidy(text)) is not None


def _said(text: str, asked: bool) -> Iterator[int | None]:
    """Every amount that is meant, in fen; None for what could be one but is not clear."""
    words = standing(tidy(without_secrets(text)))
    words = _LETTERS.sub(lambda match: {"k": "千", "w": "万"}[match[1]], words)
    words = _CURRENCY.sub(_yuan, words)
    if _INEXACT.search(words):
        yield None
        return
    words = _ELSEWHERE.sub("；", words)
    words = as_meant(words) if asked else words
    rest = list(words)
    for match in _MONEY.finditer(words):
        rest[match.start() : match.end()] = "；" * len(match[0])
        if not denied(words[: match.start()], words[match.end() :]):
            yield _fen(match)
    yield from _bare("".join(rest), words, asked)


def _yuan(match: re.Match[str]) -> str:
    """人民币三千, 3000rmb → 三千元, 3000元; beside a unit the currency says nothing."""
    number: str | None = match["after"] or match["before"]
    return f"{number}元" if number else ""


def _bare(rest: str, words: str, asked: bool) -> Iterator[int | None]:
    """Numbers without a unit."""
    for match in _BARE.finditer(rest):
        if denied(words[: match.start()], words[match.end() :]):
            continue
        said, after = match[0], words[match.end() : match.end() + 1]
        if len(said) == 1:  # 三，五千 and 三到五千 are not 5000; in 我二儿子 it is no number
            if not after or _APART.match(after) or after in "元块角毛分" or (said != "一" and _TIMES.match(after)):
                yield None
            continue
        if not asked:
            continue
        figures = re.fullmatch(r"([0-9]*)(?:\.[0-9]+)?", said)
        odd = figures is not None and (len(figures[1]) > _MOST_FIGURES or re.match("0[0-9]", said))
        yield None if odd or after in ("元", "块", "角", "毛", "分") or _NOT_MONEY.match(after) else _whole(exact(said))


def _fen(match: re.Match[str]) -> int | None:
    if match["cent"]:
        return value(match["cent"])
    if match["mao"]:
        fen = 10 * _number(match["mao"]) + _number(match["maofen"]) + (5 if match["halfmao"] else 0)
        return _whole(fen / 100)
    yuan = exact(match["yuan"], short=False)  # 一百三块 may be 103
    if yuan is None:
        return None
    if (
        yuan.denominator != 1
        and match["yuan"] != "半"
        and any(match[part] for part in ("jiao", "onlyfen", "zerofen", "part", "two", "half"))
    ):
        return None  # 一点五块三
    rest = (
        10 * (_number(match["jiao"]) + _number(match["part"]))
        + _number(match["fen"]) + _number(match["onlyfen"]) + _number(match["zerofen"]) + _number(match["two"])
        + (50 if match["half"] else 0) + (5 if match["halfjiao"] else 0)
    )  # fmt: skip
    return _whole(yuan + rest / 100)


def _number(words: str | None) -> Fraction:
    """Of a part that is a digit, two, or half."""
    return Fraction(0) if not words else Fraction(1, 2) if words == "半" else Fraction(value(words) or 0)


def _whole(yuan: Fraction | None) -> int | None:
    """Fen, where there is no part of one."""
    fen = None if yuan is None else yuan * 100
    return None if fen is None or fen.denominator != 1 else int(fen)
