"""Keys that are said instead of pressed: 按一, 选二, 井号, 第一个, 最后一个 (CBA 十九)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ivr.nlu.correction.syllables import syllables
from ivr.nlu.correction.vocabulary import in_words
from ivr.nlu.normalise import fold
from ivr.nlu.values.numerals import DIGITS

_DIGIT = "[0-9零〇洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾]"
_SIGN = "井号|井字|井|星号|星字|米字|米号|星"
#: What callers say around a key, before and after it; `press` says that a key is meant and nothing else.
_LEAD = (
    "(?:[嗯啊呃哦噢唉哎喂那就]|我|俺|咱|请|帮我|给我|要|想|想要|那个|这个|前面|上面|是|应该是|说的是|按的是|选的是|"
    "好的|对)*"
)
_PRESS = "(?P<press>(?:按|摁|选择|选|点|拨|打|输入|输|数字|号码|键)+(?:一下|下|个|了|的|的是|键|数字|那个)*)?"
_TAIL = "(?:[吧啊呀哦嘛呢了啦的]|谢谢|就行|就好|可以|好了|这个|那个|服务|业务|选项)*"
_KEY = re.compile(f"{_LEAD}{_PRESS}(?:(?P<digit>{_DIGIT})(?P<sort>号键|号|键)?|(?P<sign>{_SIGN})键?){_TAIL}")
_COUNT = "[0-9一二两三四五六七八九十]"
_PLACE = re.compile(
    f"{_LEAD}{_PRESS}(?:(?P<back>倒数)?第(?P<nth>{_COUNT})|(?P<first>头一|首|最前面一?|最上面一?)"
    f"|(?P<last>最后一?|末|最末一?|最下面一?))(?:个|项|条|种|样|款)?(?:选项|业务|服务)?{_TAIL}"
)
#: 不是一是二: the second counts.
_CORRECTED = re.compile("^.*?(?:不是|不按|不选|不要|别按)(?P<not>.{1,4}?)(?:而是|是|按|选|要|我要)(?P<but>.{1,5})$")
#: What recognisers make of 按 and a digit where nothing else is said: 我要案疑 for 我要按一.
_PRESSED_LIKE = {
    like: likes[0]
    for likes in ("一议意艺易译逸异义益已疑宜以依衣医", "二而儿耳", "三散伞", "五舞武午", "六刘留流", "九久酒")
    for like in likes
}
_PRESSED = re.compile(
    f"(?P<lead>{_LEAD})[按摁案暗安岸](?P<like>[{''.join(_PRESSED_LIKE)}])(?P<tail>(?:号键|号|键)?{_TAIL})"
)
#: 按 and a digit by their sound alone; what is a word of its own means that, but for one that nobody says to a bank.
_SOUNDED = re.compile(f"{_LEAD}?(?P<two>[\u4e00-\u9fff]{{2}})(?:号键|号|键)?{_TAIL}")
_PRESS_SOUNDS, _NO_WORD = ("an", "a"), ("阿姨",)
_SIGNS = {"井": "#", "星": "*", "米": "*"}


def said_key(text: str, offered: Sequence[str]) -> str | None:
    """The key that the utterance names and nothing beside it, None where it names none. `offered` are the keys of what
    the caller was offered, in the order in which they were spoken: 第二个 is the second of them, 最后一个 the last;
    what is beyond them is None."""
    folded = _pressed(fold(text))
    if corrected := _CORRECTED.match(folded):
        wrong, right = (_named(corrected[part], offered) for part in ("not", "but"))
        return right if wrong is not None else None
    return _named(folded, offered)


def sounded_key(text: str, offered: Sequence[str]) -> str | None:
    """The key of those offered that the utterance sounds like (阿姨, 俺医 for 按一) and names no more than that: only
    where nothing else is understood. None where it sounds like none."""
    if not (match := _SOUNDED.fullmatch(fold(text))):
        return None
    two = match["two"]
    press, digit = syllables(two)
    key = _by_sound().get(digit) if press in _PRESS_SOUNDS else None
    return key if key in offered and (two in _NO_WORD or not any(in_words(two))) else None


@lru_cache(maxsize=1)
def _by_sound() -> dict[str, str]:
    """Syllable → the digit that alone sounds so; folded, 四 sounds like 是 and 十."""
    return {syllables(word)[0]: str(DIGITS[word]) for word in "一二三五六七八九"}


def may_be_a_day(text: str) -> bool:
    """Whether the key is said as a day of the month is, not as one that is pressed: 8号, but neither 8 nor 按8号."""
    match = _KEY.fullmatch(_pressed(fold(text)))
    return match is not None and match["sort"] == "号" and not re.search("[按摁拨键]", text)


def names_a_key(text: str) -> bool:
    """Whether it is said that a key is meant (按一, 井号, 第二个), so that it is no number (一)."""
    folded = _pressed(fold(text))
    if _PLACE.fullmatch(folded):
        return True
    match = _KEY.fullmatch(folded)
    return match is not None and bool(match["press"] or match["sort"] or match["sign"])


def _pressed(folded: str) -> str:
    """With the key that was pressed in place of what sounds like it."""
    match = _PRESSED.fullmatch(folded)
    return f"{match['lead']}按{_PRESSED_LIKE[match['like']]}{match['tail']}" if match else folded


def _named(folded: str, offered: Sequence[str]) -> str | None:
    if match := _KEY.fullmatch(folded):
        return _digit(match["digit"]) if match["digit"] else _SIGNS[match["sign"][0]]
    if match := _PLACE.fullmatch(folded):
        return _offered(match, offered)
    return None


def _digit(word: str) -> str:
    return word if word.isascii() else str(DIGITS[word])


def _offered(match: re.Match[str], offered: Sequence[str]) -> str | None:
    if match["first"]:
        place = 0
    elif match["last"]:
        place = len(offered) - 1
    else:
        nth = 10 if match["nth"] == "十" else int(_digit(match["nth"]))
        place = len(offered) - nth if match["back"] else nth - 1
    return offered[place] if 0 <= place < len(offered) else None
