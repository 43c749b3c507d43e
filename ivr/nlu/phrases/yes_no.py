"""Yes or no, where that was asked: in any words, at the beginning or the end, and as recognisers mishear them (四的 for
是的, 布什 for 不是, 部队 for 不对)."""

from __future__ import annotations

import re
from functools import lru_cache

from ivr.nlu.correction.syllables import syllables
from ivr.nlu.normalise import fold

#: Answers and what only looks like one (None); the longest that fits decides.
_WORDS: dict[bool | None, str] = {
    True: (
        "是 是的 是啊 是呀 是滴 是哦 是这个 是这样 是它 就是 就是的 就是这个 对 对的 对啊 对呀 对头 没问题 好 好的 "
        "好啊 好吧 好呀 好嘞 行 行的 行啊 可以 可以的 可以啊 要 要的 要啊 "
        "我要 需要 成 中 得 嗯 嗯嗯 唔 恩 当然 当然是 确认 确定 正确 准确 同意 愿意 办吧 办 应该是 应该对 "
        "好像是 大概是 也对 也是 差不多 算是 有 有的 欧克 ok okay yes "
        "你说得对 说得对 说对了 请办 那是 那就是 可不是 麻烦你了"
    ),
    False: (
        "不 不是 不是的 不是啊 不是这个 不对 不对的 不要 不要了 不用 不用了 不行 不可以 不好 不需要 不必 不必了 "
        "不办 不办了 不想 不愿意 不同意 不确认 不正确 不准确 没 没有 没有啊 没说 "
        "没要 错 错了 错误 否 别 别办 别了 算了 取消 都不是 都不对 说错了 弄错了 搞错了 听错了 你听错了 你搞错了 "
        "你弄错了 我不是 我不要 我不想 我没有 我没说 好像不是 应该不是 可能不是 "
        "也不是 不太对 不太好 不成 不中 不得 nono no 先不 先不用 暂时不用 暂时不要 布什"
    ),
    None: (
        "哦 噢 "
        "是不是 对不对 好不好 行不行 要不要 可不可以 可以吗 对吗 是吗 行吗 有没有 不知道 不清楚 不晓得 不明白 不懂 "
        "不太懂 不太清楚 不好意思 对不起 没听清 没听清楚 没听见 没听懂 没听到 没明白 "
        "好像有 好多 好久 行不通 有人吗 有什么 要什么 是什么 是怎么 要怎么 不好说 不一定 要是 是这样的我 "
        "好了没有 对了我 有多少 不太会 不会 不过 对方 行李"
    ),
}
#: The same, but never taken for what sounds like it.
_WRITTEN: dict[bool | None, str] = {
    True: (
        "当然了 那当然 我确认 赞成 答应 行吧 好哒 好滴 好咧 好呗 行嘞 行呗 欧了 必须 必须的 那必须 肯定 肯定的 "
        "肯定是 那肯定 绝对 绝对是 妥 妥了 妥妥的 属实 无误 没意见 没异议 完全正确 "
        "非常正确 千真万确 是真的 照办 办理 就这么办 就这样 就这样办 就按这个 就按这个来 按这个办 继续 继续办 "
        "是这么回事 是这回事 就是这么回事 是我说的 我说的就是 那还用说 还用说 还用问 那还用问 "
        "谁说不是 怎么不是 怎么不对 怎么不行 咋不是 可不 可不是嘛 可不咋的 我要办 我办 我愿意 我同意 我需要 不用改 "
        "不用改了 不改了 不用换 不变 就它 就它了 就这个 是它了 就是它 "
        "嗯呐 嗯哪 嗯那 恩呐 昂 得行 要得 要得嘛 使得 巴适 阔以 中嘞 中中中 管 来塞 好个 对个 好嘅 系 系嘅 系啊 "
        "系呀 啱 啱啊 啱晒 啱嘅 对哩 对咯 对喽 对嘞 对噻 是嘞 是哩 是咯 是噻 "
        "是咧 冇错 冇问题 得嘅 好使 指定是 对着哩 对着呢 是着哩 成嘞 成吧 中啊 木问题 么问题 可不是吗 确实 确实是 "
        "的确 的确是 是实话 没跑 没跑了 百分之百 百分百 很确定 我很确定 正是 正是如此 给我办吧 帮我办吧 就办这个 "
        "办这个 嗯呢 对极了 可不咋地 我确定 可不是么 "
        "一点没错 一点儿没错 一点都没错 一点也没错 没错 没有错 没有问题 没毛病"
    ),
    False: (
        "拒绝 我拒绝 反对 否认 不接受 不赞成 不答应 不批准 不干 不肯 不允许 没门 休想 免谈 免了 拉倒 没同意 没答应 "
        "没这回事 没这事 没有这回事 没有的事 没有这事 哪有 哪有的事 哪里的事 才不是 "
        "才不 才不要 根本不是 绝对不是 肯定不是 当然不是 当然不 并不是 并没有 完全不对 完全不是 全错 全错了 都错了 "
        "完全错了 有误 不符 不符合 不属实 不是真的 不是这样 不是这样的 不是这么回事 "
        "不是这回事 不可能 怎么可能 没说过 我没说过 没说对 没听对 不能 不能办 不能这么说 不想办 不打算 不考虑 "
        "别办了 别弄了 别转了 不弄了 不转了 不做了 不查了 不搞了 不需要了 撤销 作废 停 "
        "停止 我反对 不是我要的 不是我说的 不能同意 大错特错 不想要 绝不 决不 我不想要 毋得 不用谢谢 不要谢谢 "
        "不用了谢谢 "
        "要不得 使不得 不得行 莫 莫要 莫得 "
        "没得 冇 冇有 毋 毋要 毋是 唔系 唔是 唔要 唔得 唔好 唔使 唔啱 唔对 唔同意 "
        "勿 勿是 勿要 勿对 弗是 弗对 弗要 覅 嫑 甭 甭办 甭了 不介 不得劲 不来塞 勿来塞 木有 非也 没那回事 冒 冒得 "
        "么得 么有 别介 别价 不管用 不巴适 甭办了 搞错咯"
    ),
    None: (
        "我不知道 我不懂 我不会 我不清楚 我不明白 我没听 我不确定 不确定 我不晓得 我不太 不太确定 不敢说 不敢肯定 "
        "不大清楚 不大懂 没听 没懂 没看 没准 没准儿 说不准 说不好 说不定 难说 不见得 "
        "未必 再说 再说吧 等等 等一下 等一等 等会 等会儿 等一会 稍等 我想想 想想 想一想 我想一想 让我想想 考虑 "
        "考虑考虑 我考虑 考虑一下 随便 随你 都行 都可以 都好 无所谓 看情况 看看 看着办 "
        "可能 可能吧 也许 大概吧 或许 不急 不着急 不忙 别急 别着急 慢着 且慢 有什么不对 哪里不对 哪儿不对 哪里错 "
        "哪错 怎么错 有没有错 是真的吗 真的 真的吗 真的假的 确定吗 什么 什么意思 "
        "怎么了 为什么 你说呢 你说什么 你觉得呢 谁说的 怎么说 咋说 晓得 晓得了 知道 知道了 明白 明白了 懂了 收到 "
        "听到了 系咪 系唔系 唔知 唔知道 唔清楚 唔明 唔明白 中不中 得不得 要得不 是伐 "
        "对伐 好伐 是不 对不 行不 好不 可得 得不得行 系咩 啱唔啱 哪能 不管 成不成 没空 不方便 好奇怪 好难 好慢 "
        "好贵 好烦 好吵 行长 行业 行号 对账 对公 对面 中国 中午 中间 中文 成都 "
        "成本 得到 得了 是多少 是几 是哪 别人 别的 错过 停机 停用 没钱 没带 没到 没收 没发 可是 不见了 不够 不动 不到 "
        "不是不对 不是不要 不是不用 不是不好 不是不同意 不是不想 不是不愿意 不是吧"
    ),
}
#: Politeness says neither; it may stand before or after an answer.
_POLITE = (
    "谢谢 谢谢你 谢谢您 谢谢啊 多谢 感谢 谢了 不用谢 不用谢了 不谢 不必客气 不客气 别客气 不用客气 甭客气 没关系 没事 "
    "没事儿 没事的 不要紧 不碍事 不好意思 "
    "对不起 抱歉 麻烦你 麻烦您 麻烦了 麻烦 辛苦了 辛苦 打扰了 唔该 唔该晒 你好 您好 请问 再见 拜拜"
)
#: Only by themselves, or with other answers, never at the beginning of something else (我要转账).
_WHOLE_WORDS = (
    "我要 需要 有的 差不多 也是 算是 ok yes 肯定 必须 继续 办理 绝对 使得 那是 知道 明白 真的 可能 都好 "
    "什么 麻烦 办吧 确定 不能 停止 取消"
)
_WHOLE = frozenset((*"要有办成中得没哦噢唔系管昂妥冇毋莫勿冒停恩错", *_WHOLE_WORDS.split(" ")))
_POLITELY = re.compile(f"(?:{'|'.join(sorted(_POLITE.split(), key=len, reverse=True))})[啊了]*$")
#: What is denied twice is said: 没说错, 没有不对, 不是不行; and 错不了.
_TWICE = re.compile(
    "(?:(?:并|也|都|从来|绝|肯定)?(?:没有?|不会|不是|没觉得|没说|不可能|哪会|哪能|怎么会|咋会|怎么可能|"
    "一点儿?[也都]?(?:没有?|不)|冇|木有|么得|莫得)"
    "(?:你|我|您)?(?:会|是|有|啥|什么|任何|半点|太大)*(?:[说听弄搞记看讲做写念算报理解]+)?(?:得|的)?"
    "(?:错误?|不对|不行|不可以|不同意|不愿意|不正确|不准确|问题|毛病|意见|异议|差错|误|差|"
    "反对)|(?:错|假|差|跑|少)不了|不错|不差)"
    "(?=$|[的了啊呀哦嘛吧吗么啦呢哈]|谢|对|是|好|嗯|就|可|没|行)"
)
#: What is not to be done, and who does not know.
_UNDONE = re.compile(
    "(?:我|先|暂时|现在|就|还是|今天)*不(?:想|要|用|打算|准备|需要)?(?:办|做|弄|搞|转|买|开|存|取|查|挂失|还|申请|"
    "激活|分期|汇)(?:理|了|这个|这事)*"
    "(?=$|[啊呀吧了啦谢])"
)
_UNSURE = re.compile(
    "(?:说|讲|拿|吃|定|记|看|听|搞|弄|想|分)不(?:太|大)?(?:准|清|好|定|明白|懂|起来|出)楚?了?|没(?:有)?(?:想好|"
    "考虑好|决定|把握|弄懂|看懂)"
    "|不(?:敢|好|太|大|怎么|很|能)*(?:确定|肯定|清楚|明白|知道|懂|了解|好说|好讲|说|讲|记得|晓得)(?=$|"
    "[啊呀吧了呢嘛的])|(?:好像|可能|大概)吧"
)
#: What was said, heard or done was right, or wrong.
_JUDGED = re.compile(
    "(?:你|您|我)?(?:[说听弄搞记看讲做写念算报]|理解|重复)+(?:得|的)?(?:都|也|很|完全|全|一点)?(?:(?P<no>不对|错|"
    "有误|不准|不是)|(?P<yes>没错|对|没问题|正确|是))(?:了|的|啦|喽|咯)*"
)
#: A question is no answer: 是的吗, 对吧, 没错吧.
_QUESTION = re.compile(
    "(?:[吗么]|(?<![不太])(?:[对是错]|没问题|没毛病)吧你?|(?<!不)[对是]不|[对好是行了]没有)$|是否|(?<!不)(?:是不是|"
    "对不对|行不行|好不好)|系唔系|系咪"
)
_ASKING = re.compile("谁|什么|啥|哪|怎么|咋|为何|多少|几[个点号位天]")
#: Stands before an answer and changes little: 好像不对.
_HEDGE = re.compile(
    "(?:好像|应该|可能|大概|估计|恐怕|我看|我觉得|我想|确实|的确|坚决|完全|真的?|当然|百分之百|我很|太|非常|很|"
    "特别|极其|十分|相当)(?=[^啊呀吧呢嘛啦的了哦哈])"
)
#: Answers by themselves only: 可不 is yes, 可不同意 is none.
_EXACT_WORDS = (
    "可不 管 昂 不是不对 不是不要 不是不用 不是不好 不是不同意 不是不想 不是不愿意 办吧 给我办吧 帮我办吧 "
    "就办这个 办这个"
)
_EXACT = frozenset(_EXACT_WORDS.split(" "))
#: One syllable that is the whole answer.
_ALONE = {"si": True, "dui": True, "hao": True, "xin": True, "en": True, "yao": True}
_ALONE |= {"bu": False, "mei": False, "cuo": False, "fou": False}
#: What only leads up to the answer or trails after it.
_BEFORE = re.compile(
    "^(?:[嗯啊哦呃额唉哎诶喂恩]|唔(?![系是要得好对使啱知同想明清])|那个|这个|那就|那|这|你好|您好|我说|我觉得|它|"
    "就)+(?=.)"
)
_AFTER = re.compile("[啊呀吧呢嘛哦啦喽呗哈的了]+$")
#: What may stand between the parts of an answer.
_PARTICLES = re.compile("[啊呀吧呢嘛吗么哦啦喽呗哈的了哟咯嘞噻哩呃额诶唉哎欸我你就那都也嗯可才又并倒]")
#: A sentence that is longer than this is no answer by how it ends (只要能促进行业发展就是好的).
_LONGEST_ENDING = 12
#: What follows takes back some of the yes before it.
_BUT = re.compile("但|可是|不过|只是|然而|除非")
#: At the end of a longer sentence only these are an answer.
_LAST = re.compile(
    "(?P<no>不是的?|不对|不要了?|不用了?|不行|不办了?|不需要了?|算了|取消吧?|别办了?|不弄了|不转了|"
    "不同意)[吧啊啦呀]?$"
    "|(?P<yes>是的|没错|对的?|对啊|好的|可以的?|就是这个|就是它)$"
)
_LONGEST = 8
_HUMS = frozenset("嗯哦噢恩唔昂")


@lru_cache(maxsize=1)
def _written() -> dict[str, bool | None]:
    return {
        fold(word): answer for heap in (_WORDS, _WRITTEN) for answer, words in heap.items() for word in words.split()
    }


@lru_cache(maxsize=1)
def _polite() -> frozenset[str]:
    return frozenset(fold(word) for word in _POLITE.split())


@lru_cache(maxsize=1)
def _spoken() -> dict[tuple[str, ...], bool | None]:
    """By sound, of two syllables and more; where two sound alike the first stands."""
    found: dict[tuple[str, ...], bool | None] = {}
    written = {fold(word): answer for answer, words in _WORDS.items() for word in words.split()}
    for word, answer in written.items():
        if len(word) > 1 and not word.isascii() and word not in _WHOLE:
            found.setdefault(syllables(word), answer)
    return found


def yes_no(text: str) -> bool | None:
    """The answer to a question of yes or no; None where it is neither, or both (好的不用了). Where the utterance holds
    more than an answer, how it begins decides (不是我说的是…), then how it ends (信用卡挂失没错)."""
    folded = fold(text)
    if not folded:
        return None
    if folded in _written() and folded not in _polite():
        return _written()[folded]
    plain = _BEFORE.sub("", folded)
    parts, rest = _parts(plain)
    if not rest and (parts or _POLITELY.search(plain)):
        return None if _QUESTION.search(plain) and plain not in _written() else _agreed(parts)
    spare = _POLITELY.sub("", plain)
    last = _LAST.search(spare) if len(spare) <= _LONGEST_ENDING else None
    begins, head = _head(plain)
    if begins:
        if head and _BUT.search(plain):
            return None  # 好的但是不要现在
        asks = plain.endswith(("吗", "么"))  # 是张老师家吗
        return None if head and (asks or (last is not None and last["no"])) else head
    alone = syllables(_AFTER.sub("", plain))
    if alone and len(set(alone)) == 1 and alone[0] in _ALONE:
        return _ALONE[alone[0]]
    if last is None or (last["yes"] and re.search("[不没别]", plain[: last.start()])) or _QUESTION.search(plain):
        return None
    return last["yes"] is not None


def only_answers(text: str) -> bool:
    """Whether the utterance is yes or no and says nothing else: 没意见 is then no opinion that he wants to give."""
    folded = fold(text)
    whole = folded in _written() or not _parts(_BEFORE.sub("", folded))[1]
    return whole and yes_no(text) is not None


def _agreed(parts: list[bool | None]) -> bool | None:
    """What all parts say."""
    return parts[0] if parts and len(set(parts)) == 1 else None


def _parts(plain: str) -> tuple[list[bool | None], str]:
    """The answers that the utterance begins with, and what follows them: all of it is read, or up to what is none."""
    found: list[bool | None] = []
    at = 0
    while at < len(plain):
        size, answer, counts = _part(plain, at)
        if not size:
            break
        if counts:
            found.append(answer)
        at += size
    return found, plain[at:]


def _head(plain: str) -> tuple[bool, bool | None]:
    """Whether a longer utterance begins with an answer, and which."""
    at = 0
    while at < len(plain):
        size, answer, counts = _part(plain, at)
        if not size:
            break
        word = plain[at : at + size]
        if counts and word == "是" and _ASKING.search(plain, at):
            return True, None  # 是谁, 是怎么回事
        if counts:
            return (False, None) if word in _WHOLE else (True, answer)
        at += size
    return False, None


def _part(plain: str, at: int) -> tuple[int, bool | None, bool]:
    """Length of the longest part that begins here (0: none), its answer, and whether it is one."""
    if (match := _TWICE.match(plain, at)) and match[0] not in _written():
        return len(match[0]), True, True
    if match := _UNSURE.match(plain, at):
        return len(match[0]), None, True
    if (match := _UNDONE.match(plain, at)) and match[0] not in _written():
        return len(match[0]), False, True
    judged = _JUDGED.match(plain, at)
    size, answer, counts = (len(judged[0]), judged["yes"] is not None, True) if judged else (0, None, False)
    hedge = _HEDGE.match(plain, at)
    if hedge and len(hedge[0]) > size:
        size, answer, counts = len(hedge[0]), None, False
    for longer in range(min(_LONGEST, len(plain) - at), size, -1):
        word = plain[at : at + longer]
        if longer == 1 < len(plain) and word in _HUMS:
            return 1, None, False
        if word in _polite():
            return longer, None, False
        if word in _written() and not (word in _EXACT and (at or _AFTER.sub("", plain[at + longer :]))):
            return longer, _written()[word], True
    if size:
        return size, answer, counts
    heard = syllables(plain[at : at + _LONGEST])
    for longer in range(min(_LONGEST, len(heard)), 1, -1):
        if heard[:longer] in _spoken():
            return longer, _spoken()[heard[:longer]], True
    return (1, None, False) if _PARTICLES.match(plain, at) else (0, None, False)
