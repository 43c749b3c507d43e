"""What is answered to the question whether to wait on in the queue: wait, leave, or back to the menu, by what is meant
and not by a syllable: 请不要挂断 waits, 我不想等了 leaves, and 我要挂失 is neither."""

from __future__ import annotations

import re
from enum import StrEnum

from ivr.nlu.normalise import fold
from ivr.nlu.phrases.yes_no import yes_no


class WaitingAnswer(StrEnum):
    """What the caller wants; the value is the word of the record."""

    WAIT = "wait"
    HOME = "home"
    LEAVE = "leave"
    CALLBACK = "callback"
    MESSAGE = "message"


_NO = (
    "不要|不想|不能|不可以|不许|不准|不用|不必|不愿意?|不肯|不再|别|先别|甭|莫|勿|没有?(?:想|说|打算|准备|"
    "让你?)?要?|不打算|唔好|"
    "唔使|唔想|不"
)
_HANG = "(?<![解你])挂(?![失号念钩件靠牌账])(?:断|掉|机|电话|线)?|结束(?!不)(?:通话)?|断(?:掉|线|开)?|收线"
_WAIT = (
    "等(?![额级值于价同比份])(?:待|候|着|下去|一?会儿?|一下|[一二两三四五六七八九十几0-9]+(?:分钟|秒钟?|会儿))*|"
    "排队?|排下去|继续"
)
#: Each sense with its words; of what follows one another the last counts (算了我还是等吧), the menu before all.
_SENSES = (
    (WaitingAnswer.WAIT, f"(?:{_NO})(?:现在|马上|就|给我|把?电话|你|我|会|急着)*(?:{_HANG})"),
    (
        WaitingAnswer.LEAVE,
        f"(?:{_NO}|懒得|无法|哪有(?:时间|空|功夫|工夫)|没有?(?:那么多|那么长|那个|这个|什么)?(?:时间|空|工夫|功夫|"
        f"办法|法|耐心|心思|必要)|(?:受|忍|"
        f"耗|熬)不了)"
        "(?:在这|这么|再|继续|接着|往下|陪你们?|跟你们?|耗|慢慢|一直|了|就|去)*(?:等|排)(?:待|候|着|下去|队|了)*"
        "|等不(?:了|及|起|下去|住|得|动|到)了?|等(?:得)?(?:够|烦|腻|累|烦死|不耐烦)了?|等不了了|(?:哪|谁)有(?:时间|"
        "空|闲|工夫|功夫|闲工夫)等?|不耐烦(?:再)?等?|不排了?|排不了|不奉陪|不继续了?",
    ),
    (
        WaitingAnswer.HOME,
        "(?:返?回|回到|退回|去|到|进|转)?(?:到|去)?(?:主|刚才的|上一级|总|最初的?|开头的?)?菜单|首页|从头(?:开始|"
        "来)?|重新(?:选|开始|来)",
    ),
    (
        WaitingAnswer.LEAVE,
        f"{_HANG}|再见(?!面)|拜拜|再会|(?:下次|下回|改天|改日|明天|明儿|回头|以后|晚点|晚些|过会儿?|过一会儿?|一会儿?|"
        f"等会儿?|"
        f"等下|等一下|待会儿?|有空)"
        "(?:再|我再)(?:打|来|说|联系|办|拨)(?:过来|吧)?|再打(?:过来|来|吧)|不打了|算[了啦]|^拜+$|(?:下次|下回|改天|"
        "改日|回头)(?:吧|$)|以后吧|(?<![束断挂等排走打来去])不了$|先这样|就这样吧?|"
        "没事了|拉倒|不等",
    ),
    (
        WaitingAnswer.WAIT,
        f"(?:愿意|可以|接着|还是|再|慢慢|先|就|我|多|一直|能|会|肯|要|想|得)*(?:{_WAIT})(?![不烦够腻累死])",
    ),
)
_SENSE = re.compile("|".join(f"(?P<s{number}>{words})" for number, (_, words) in enumerate(_SENSES)))
#: How long it takes, and why, is asked; that it took long is said: neither answers.
_ASKED = re.compile(
    "挂不挂|等不等|没$|我就|多久|多长|多少|几个|几位|(?<!等)几分|什么时候|啥时候|何时|还是(?=.{0,4}(?:等|挂).*呢)|为什么|为啥|怎么|凭什么|"
    "是不是|"
    "要不要|能不能|[吗么]$|(?:谁|哪)(?!有(?:时间|空|闲|工夫|功夫))"
)
_WAITED = re.compile(
    "等(?:了|得|太|半天|很久|好久|老|死|这么久|那么久|多)|让(?:我|人)(?:一直)?等|(?<!再)等.{0,3}(?:分钟|小时|天)|一直在?等"
)
_HOME_REFUSED = re.compile(f"(?:{_NO})(?:返?回|去|到|听|进|转)*(?:到|去)?(?:主|那个|刚才的)?(?:菜单|首页)")
_AROUND = re.compile(
    "[我俺咱你您的了吧啊呀呢嘛啦哦嗯唉哎喂呃好行是对成中那就先都也还再要请让把给太真很这里去到来给没有电话机可]|"
    "谢谢|辛苦|麻烦|没关系|没事|着急|不急|不要|可以|不用|不行|不好|时间|现在|排队|人工|通话|线上|自己|这样|耐心|"
    "继续|没办法"
)
_MOST_AROUND = 2


def waiting(text: str) -> WaitingAnswer | None:
    """What the caller wants; None where that is something else, both, or not clear."""
    folded = fold(text)
    senses, rest = _read(folded)
    if _HOME_REFUSED.search(folded) or "不不等" in folded:  # 不，不等 or 不不，等: nobody is hung up on by a guess
        return None
    if WaitingAnswer.HOME in senses:
        return WaitingAnswer.HOME
    if _ASKED.search(folded) or len(_AROUND.sub("", rest)) > _MOST_AROUND:
        return None
    if not senses:
        return WaitingAnswer.WAIT if yes_no(text) else None
    last = senses[-1]
    if last is WaitingAnswer.WAIT and _WAITED.search(folded) and "不挂" not in folded:
        return None
    return last


_CALLBACK = re.compile(
    "回(?:个|一个)?(?:呼|电(?!子|脑|视|费|影)|拨)|(?:给|跟)我(?:回|打)(?:个|一个)?(?:电话|过来|回来)|"
    "你们?(?:再|晚点|稍后|到时候?)*(?:回|打)(?:个|一个)?(?:电话)?(?:给我|过来|回来)"
)
_MESSAGE = re.compile("留(?:个|一个|一?条|一?下)?(?:言|口信)|语音信箱")
_REFUSED = re.compile(f"(?:{_NO})(?:给我|用|再|你们?|打算|想)*(?:回|打|留)")


def instead_of_waiting(text: str) -> WaitingAnswer | None:
    """Whether the caller wants to be called back or to leave a message; None where he says neither, both, or no."""
    folded = fold(text)
    callback, message = _CALLBACK.search(folded), _MESSAGE.search(folded)
    if _REFUSED.search(folded) or bool(callback) == bool(message) or re.search("[吗么]$|为什么|怎么", folded):
        return None
    return WaitingAnswer.CALLBACK if callback else WaitingAnswer.MESSAGE


def only_waiting(text: str) -> bool:
    """Whether nothing else is said: 挂掉 is then no 挂失 that was misheard."""
    senses, rest = _read(fold(text))
    return bool(senses) and not _AROUND.sub("", rest)


def _read(folded: str) -> tuple[list[WaitingAnswer], str]:
    """The senses in their order, and what else is said."""
    senses = []
    for match in _SENSE.finditer(folded):
        assert match.lastgroup is not None
        senses.append(_SENSES[int(match.lastgroup[1:])][0])
    return senses, _SENSE.sub("", folded)
