"""Words that work at any time: the caller need not know where in the menus the call is (CBA 十九)."""

from __future__ import annotations

import re
from functools import lru_cache

from ivr.nlu.correction.sound_distance import distance
from ivr.nlu.correction.syllables import encode, syllables
from ivr.nlu.model import Universal
from ivr.nlu.normalise import bare, fold

#: Whole utterances, apart from the words that only lead up to them.
_WORDS = {
    Universal.AGENT: (
        "人工 转人工 人工服务 人工客服 转人工服务 转人工客服 接人工 找人工 要人工 客服 转客服 人工座席 座席 真人 "
        "接线员 转接人工 人工台 叫人工 打人工 请转人工"
    ),
    Universal.ELDERLY: ("老年服务 老年人服务 老人服务 老年专线 老年人专线 老年客户服务 转老年服务 敬老专线"),
    Universal.BACK: ("返回 返回上一级 上一级 上一层 退回 回去 返回上一层 退回去 上一步 往回"),
    Universal.MENU: ("主菜单 返回主菜单 回到主菜单 回主菜单 从头开始 重新开始 首页 最开始"),
    Universal.REPEAT: (
        "重听 再说一遍 再听一遍 没听清 没听清楚 没听见 重复 重复一遍 再讲一遍 刚才说什么 你说什么 什么 再来一遍 "
        "没听明白 没听懂 说啥 再说一次 听不清 听不清楚 没听到 重新说 从听"
    ),
    Universal.SLOWER: ("慢一点 慢点 说慢一点 说慢点 太快了 讲慢一点 慢慢说 说得太快了 你慢点说 慢点说"),
    Universal.COMPLAINT: ("投诉 我要投诉 要投诉 投诉你们 我投诉"),
    Universal.YES: (
        "是的 是 对 对的 没错 对对 对对对 是是 是啊 对啊 好的 好 行 可以 确认 正确 嗯对 就是 就是这个 没问题 好好 "
        "是的是的 要的 当然 可以的 是这样 就这样"
    ),
    Universal.NO: (
        "不是 不对 不 不是的 错了 不对不对 不是不是 没有 不要 不用 不行 不可以 不是这个 说错了 弄错了 搞错了 "
        "不需要 算了 取消 不确认 不正确 否 不用了 都不是"
    ),
}
WORDS: dict[Universal, tuple[str, ...]] = {what: tuple(words.split()) for what, words in _WORDS.items()}

#: Those that callers say by themselves, so short that a recogniser hears little of what they might be.
STANDALONE_WORDS = ("人工", "转人工", "返回", "主菜单", "重听", "没听清", "再说一遍", "慢一点", "说慢一点", "投诉")

#: Words that say the same in the middle of a sentence; 没听清你说慢一点 asks for what stands first here.
_INSIDE = {
    Universal.ELDERLY: "老年服务 老年人服务 老人服务 老年专线 老年人专线 敬老专线",
    Universal.AGENT: (
        "转人工 接人工 找人工 要人工 叫人工 换人工 人工客服 人工座席 人工坐席 找真人 要真人 换真人 真人说 真人讲 "
        "真人服务 真人客服 转客服 找客服 接客服 要客服 叫客服 换客服 转接人工 人工台 找个真人 要个真人 换个真人 "
        "跟真人 和真人"
    ),
    Universal.MENU: "主菜单 从头开始 重新开始 从头再来",
    Universal.SLOWER: "慢一点 慢一些 慢点儿 说慢点 讲慢点 慢点说 慢点讲 慢慢说 慢慢讲 说太快 说得太快 讲太快 讲得太快",
    Universal.REPEAT: (
        "没听清 没听见 没听到 没听懂 没听明白 听不清 再说一遍 再说一次 再讲一遍 再讲一次 重说一遍 重复一遍 "
        "重复一下 重复一次 再听一遍 再放一遍 再念一遍 再来一遍 刚才说什么 刚刚说什么"
    ),
    Universal.BACK: (
        "返回上一级 返回上一层 返回上级 回到上一级 回到上一层 退回上一级 退回上一层 回上一级 上一级菜单 上一层菜单"
    ),
}
#: A sentence with such a word in it that says more than this is about something else.
_LONGEST_AROUND = 18
#: Before the word (不要转人工) or anywhere (人工客服几点上班) it means something else.
_NOT_BEFORE = re.compile("(?:不要|不用|不想|不必|不需要|别|没有)(?:给我|帮我|再)?$")
_ABOUT = re.compile("几点|时间|上班|下班|电话|多少|投诉|还款|还钱")
_SHORTEST_BY_SOUND = 2
#: How far apart (`sounds.distance`) an utterance and a word may be; yes and no have their own ways (`answers`).
_NEARLY, _NEARLY_OF_TWO, _LONGEST_NEARLY = 0.25, 0.15, 6
_AGAIN = re.compile("^(.{2,6}?)\\1+$")
#: 人工 in these is no person: 人工智能, 个人工资.
_NO_PERSON = re.compile("智能|资|作|费|成本|湖|降雨|授精|关节|翻译")
_ANSWERS = frozenset((Universal.YES, Universal.NO))


@lru_cache(maxsize=1)
def _written() -> dict[str, Universal]:
    return {form: what for what, words in WORDS.items() for word in words for form in (fold(word), bare(word))}


@lru_cache(maxsize=1)
def _spoken() -> dict[tuple[str, ...], Universal]:
    """By sound, for what was misheard; where two sound alike the first stands."""
    found: dict[tuple[str, ...], Universal] = {}
    for form, what in _written().items():
        if len(form) >= _SHORTEST_BY_SOUND:
            found.setdefault(syllables(form), what)
    return found


def universal(text: str) -> Universal | None:
    """The universal word that the utterance is or asks for, as written or as it sounds."""
    forms = tuple(dict.fromkeys(form for whole in (fold(text), bare(text)) for form in (whole, _once(whole))))
    for form in forms:
        if form in _written():
            return _written()[form]
    for form in forms:
        if len(form) >= _SHORTEST_BY_SOUND and (found := _spoken().get(syllables(form))):
            return found
    return _inside(fold(text)) or _nearly(syllables(bare(text)))


def exactly(text: str) -> Universal | None:
    """The universal word that the utterance is, as it is written."""
    return _written().get(_once(fold(text)))


def no_person(text: str) -> bool:
    """Whether 人工 is in it only as a part of another word: 人工智能."""
    folded = fold(text)
    places = [match.end() for match in re.finditer("人工", folded)]
    return bool(places) and all(_NO_PERSON.match(folded, place) for place in places)


def _once(form: str) -> str:
    """What is said again and again, once: 投诉投诉投诉."""
    return _AGAIN.sub(r"\1", form)


def _nearly(heard: tuple[str, ...]) -> Universal | None:
    """The word that sounds most like the utterance, where it sounds nearly the same and no other does."""
    if not _SHORTEST_BY_SOUND <= len(heard) <= _LONGEST_NEARLY:
        return None
    words = ((distance(heard, sounds), what) for sounds, what in _spoken().items() if what not in _ANSWERS)
    best = min(words, key=lambda each: each[0])
    return best[1] if best[0] <= (_NEARLY if len(heard) > _SHORTEST_BY_SOUND else _NEARLY_OF_TWO) else None


@lru_cache(maxsize=1)
def _parts() -> list[tuple[Universal, str, str]]:
    """Each word inside, written and as it sounds (one sign for a syllable)."""
    return [(what, word, encode(syllables(word))) for what, words in _INSIDE.items() for word in words.split()]


def _inside(folded: str) -> Universal | None:
    """The word that stands in the middle of a sentence, as written or, from three syllables on, as it sounds."""
    if not _SHORTEST_BY_SOUND < len(folded) <= _LONGEST_AROUND or _ABOUT.search(folded):
        return None
    sounds = encode(syllables(folded))
    for what, word, sound in _parts():
        at = folded.find(word)
        if at >= 0 and word.endswith("人工") and _NO_PERSON.match(folded, at + len(word)):
            continue
        if at < 0 and len(sound) > _SHORTEST_BY_SOUND:
            at = sounds.find(sound)
        if at >= 0 and not _NOT_BEFORE.search(folded[:at]):
            return what
    return None
