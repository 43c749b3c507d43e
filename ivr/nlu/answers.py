"""Yes or no, where that was asked: in any words, at the beginning or the end, and as recognisers mishear them (四的 for
是的, 布什 for 不是, 部队 for 不对)."""

from __future__ import annotations

import re
from functools import lru_cache

from ivr.nlu.clean import fold
from ivr.nlu.syllables import syllables

#: Answers and what only looks like one (None); the longest that fits decides.
_WORDS: dict[bool | None, str] = {
    True: (
        "是 是的 是啊 是呀 是滴 是哦 是这个 是这样 是它 就是 就是的 就是这个 对 对的 对啊 对呀 对头 没错 没有错 "
        "不错 没问题 没关系 没事 没有问题 好 好的 好啊 好吧 好呀 好嘞 行 行的 行啊 可以 可以的 可以啊 要 要的 "
        "要啊 我要 需要 成 中 得 嗯 嗯嗯 唔 哦 噢 恩 当然 当然是 确认 确定 正确 准确 同意 愿意 办吧 办 应该是 "
        "应该对 好像是 大概是 也对 也是 差不多 算是 有 有的 没毛病 欧克 ok okay yes 你说得对 说得对 说对了 请办 "
        "那是 那就是 可不是 麻烦你了"
    ),
    False: (
        "不 不是 不是的 不是啊 不是这个 不对 不对的 不要 不要了 不用 不用了 不行 不可以 不好 不需要 不必 不必了 "
        "不办 不办了 不想 不愿意 不同意 不确认 不确定 不正确 不准确 没 没有 没有啊 没说 没要 错 错了 错误 否 别 "
        "别办 别了 算了 取消 都不是 都不对 说错了 弄错了 搞错了 听错了 你听错了 你搞错了 你弄错了 我不是 我不要 "
        "我不想 我没有 我没说 好像不是 应该不是 可能不是 也不是 不太对 不太好 不成 不中 不得 nono no 先不 先不用 "
        "暂时不用 暂时不要 布什"
    ),
    None: (
        "是不是 对不对 好不好 行不行 要不要 可不可以 可以吗 对吗 是吗 行吗 有没有 不知道 不清楚 不晓得 不明白 "
        "不懂 不太懂 不太清楚 不好意思 对不起 没听清 没听清楚 没听见 没听懂 没听到 没明白 好像 好像有 好多 好久 "
        "行不通 有人吗 有什么 要什么 是什么 是怎么 要怎么 不好说 不一定 要是 是这样的我 好了没有 对了我 有多少 "
        "不太会 不会 不过 对方 行李"
    ),
}
#: Only by themselves, never at the beginning of something else (我要转账).
_WHOLE = frozenset(
    (*"要有办成中得没哦噢唔", "我要", "需要", "有的", "差不多", "没事", "没关系", "也是", "算是", "ok", "yes")
)
#: One syllable that is the whole answer.
_ALONE = {"si": True, "dui": True, "hao": True, "xin": True, "en": True, "yao": True}
_ALONE |= {"bu": False, "mei": False, "cuo": False, "fou": False}
#: What only leads up to the answer or trails after it.
_BEFORE = re.compile("^(?:[嗯啊哦呃额唉哎诶喂唔恩]|那个|这个|那就|那|这|你好|您好|我说|我觉得|它|就)+(?=.)")
_AFTER = re.compile("[啊呀吧呢嘛哦啦喽呗哈的了]+$")
#: At the end of a longer sentence only these are an answer.
_LAST = re.compile(
    "(?P<no>不是的?|不对|不要了?|不用了?|不行)$|(?P<yes>是的|没错|对的?|对啊|好的|可以的?|就是这个|就是它)$"
)
_LONGEST = 6


@lru_cache(maxsize=1)
def _written() -> dict[str, bool | None]:
    return {fold(word): answer for answer, words in _WORDS.items() for word in words.split()}


@lru_cache(maxsize=1)
def _spoken() -> dict[tuple[str, ...], bool | None]:
    """By sound, of two syllables and more; where two sound alike the first stands."""
    found: dict[tuple[str, ...], bool | None] = {}
    for word, answer in _written().items():
        if len(word) > 1 and not word.isascii() and word not in _WHOLE:
            found.setdefault(syllables(word), answer)
    return found


def yes_no(text: str) -> bool | None:
    """The answer to a question of yes or no; None where it is neither. How it begins decides (不是我说的是…), then how
    it ends (信用卡挂失没错)."""
    folded = fold(text)
    if not folded:
        return None
    if folded in _written():
        return _written()[folded]
    plain = _BEFORE.sub("", folded)
    known, answer = _beginning(plain)
    if known:
        return answer
    alone = syllables(_AFTER.sub("", plain))
    if alone and len(set(alone)) == 1 and alone[0] in _ALONE:
        return _ALONE[alone[0]]
    last = _LAST.search(plain)
    if last is None or (last["yes"] and "不" in plain[: last.start()]):
        return None
    return last["yes"] is not None


def _beginning(plain: str) -> tuple[bool, bool | None]:
    """Whether the longest word at the beginning is in the lists, by characters or by sound, and its answer."""
    heard = syllables(plain)
    for size in range(min(_LONGEST, len(plain)), 0, -1):
        word = plain[:size]
        if word in _written() and not (word in _WHOLE and _AFTER.sub("", plain[size:])):
            return True, _written()[word]
        if size > 1 and heard[:size] in _spoken():
            return True, _spoken()[heard[:size]]
    return False, None
