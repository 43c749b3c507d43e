"""Words that work at any time: the caller need not know where in the menus the call is (CBA 十九)."""

from __future__ import annotations

from functools import lru_cache

from ivr.nlu.clean import bare, fold
from ivr.nlu.model import Universal
from ivr.nlu.syllables import syllables

#: Whole utterances, apart from the words that only lead up to them.
_WORDS = {
    Universal.AGENT: (
        "人工 转人工 人工服务 人工客服 转人工服务 转人工客服 接人工 找人工 要人工 客服 转客服 "
        "人工座席 座席 真人 接线员 转接人工 人工台 叫人工 打人工 请转人工"
    ),
    Universal.ELDERLY: ("老年服务 老年人服务 老人服务 老年专线 老年人专线 老年客户服务 转老年服务 敬老专线"),
    Universal.BACK: ("返回 返回上一级 上一级 上一层 退回 回去 返回上一层 退回去 上一步 往回"),
    Universal.MENU: ("主菜单 返回主菜单 回到主菜单 回主菜单 从头开始 重新开始 首页 最开始"),
    Universal.REPEAT: (
        "重听 再说一遍 再听一遍 没听清 没听清楚 没听见 重复 重复一遍 再讲一遍 刚才说什么 你说什么 "
        "什么 再来一遍 没听明白 没听懂 说啥 再说一次 听不清 听不清楚 没听到 重新说"
    ),
    Universal.SLOWER: ("慢一点 慢点 说慢一点 说慢点 太快了 讲慢一点 慢慢说 说得太快了 你慢点说 慢点说"),
    Universal.COMPLAINT: ("投诉 我要投诉 要投诉 投诉你们 我投诉"),
    Universal.YES: (
        "是的 是 对 对的 没错 对对 对对对 是是 是啊 对啊 好的 好 行 可以 确认 正确 嗯对 就是 "
        "就是这个 没问题 好好 是的是的 要的 当然 可以的 是这样 就这样"
    ),
    Universal.NO: (
        "不是 不对 不 不是的 错了 不对不对 不是不是 没有 不要 不用 不行 不可以 不是这个 说错了 "
        "弄错了 搞错了 不需要 算了 取消 不确认 不正确 否 不用了 都不是"
    ),
}
WORDS: dict[Universal, tuple[str, ...]] = {what: tuple(words.split()) for what, words in _WORDS.items()}

#: Where yes or no was asked, these too.
_HUMMED_YES = frozenset(("嗯", "嗯嗯", "唔", "哦", "噢", "啊对", "中", "成", "得", "欧克", "ok"))
_SHORTEST_BY_SOUND = 2


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
    """The universal word that the utterance is, as written or as it sounds."""
    forms = (fold(text), bare(text))
    for form in forms:
        if form in _written():
            return _written()[form]
    for form in forms:
        if len(form) >= _SHORTEST_BY_SOUND and (found := _spoken().get(syllables(form))):
            return found
    return None


def yes_no(text: str) -> bool | None:
    """The answer to a question of yes or no; None where it is neither. How it begins decides: 不是我说的是…"""
    folded = fold(text)
    if folded in _HUMMED_YES:
        return True
    found = universal(text)
    if found is not None:
        return {Universal.YES: True, Universal.NO: False}.get(found)
    if folded.startswith(("不", "没", "错", "别")):
        return False
    return True if folded.startswith(("是", "对", "好", "行", "嗯", "没错", "可以")) and "不" not in folded else None
