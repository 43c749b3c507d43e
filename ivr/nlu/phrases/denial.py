"""What an utterance denies, and what it leaves standing: 不查余额我要挂失 denies 查余额 and asks for 挂失.

A denial is a word that refuses a request (不要, 别, 不是要 …) with what follows it, a topic with a refusal after it
(人工就不用了), or a mishap that did not happen (没丢, 没被骗). Not every 不 and 没 is one: 转不出去 and 钱没到账 are
what the caller calls about, 怎么不给我转人工 asks for it, and so does 不给我转我就投诉."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivr.nlu.normalise import fold, simplified

#: Where one thing that is said ends, as recognisers and typists mark it.
_CLAUSE = re.compile(r"[,，。.!！?？;；、:：\s]+")
#: Words with 不, 没 or 别 in them that refuse nothing; taken out of sight before a refusal is looked for.
_HARMLESS = re.compile(
    r"(.)不\1|是不是|能不能|可不可以|有没有|没有?不|不得不|不能不|不好意思|不仅|不但|不光|不管|不论|不过|不如|"
    r"要不然|要不(?=[转找叫换就给帮])"
    r"|不然|差不多|不停|不断|了不起|对不起|不客气|不用谢|不知道?|不晓得|不清楚|不懂|不明白|别人|别的|别处|别家|"
    r"特别|分别|区别|级别|个别|性别|告别"
    r"|不久|不少|不止|不错|没错|不小心|不急|不着急|别急|别着急|不见|不良|不够|"
    r"(?<=[\u4e00-\u9fff])(?<![用犯我你您俺咱就也先都还再可真又时在天])不(?=[了到出上下回来过够齐进动开通成住起着清准完掉])"
)
_HIDDEN = "\u3000"

_ADVERB = (
    "(?:我|俺|咱们?|你们?|您|请|麻烦|拜托|先|暂时|现在|今天|就|也|都|可|真的?|又|再|还|并|完全|根本|其实|千万|"
    "都说了?|是)*"
)
#: What is done, of what callers ask a bank for.
_DOING = (
    "劳烦|回|返回|转|接|找|查|办|挂失|投诉|举报|贷|借|买|开|还款|还钱|分期|取|存|汇|问|激活|申请|冻结|报|换|打|咨询|"
    "了解|看|听|叫|麻烦|改|注销|销户|补|交|缴"
    "|赎|退|续|提前|做|弄|搞|预约|登记"
)
#: Words that refuse what follows.
_REFUSAL = (
    "不要|不用|不想|不需要|不必|不打算|不准备|不愿意?|不希望|不考虑|不是(?!我|俺|咱|本人|自己|他|她|别人|"
    "谁)说?(?:来|要|想|为了|让|叫|准备|打算)?|没想过?(?:要)?|没有?打算|没有?说过?(?:要|让|想)?"
    "|没有?(?:要|让|叫|想)(?:你们?|您)?(?:给我|帮我)?|无需|无须|毋须|用不着|犯不着|没有?必要|甭|莫要?|勿|休想|拒绝|"
    "谢绝|唔要|唔使|唔想|唔系|覅|嫑|别(?!以为|当)|并非|并不是|不至于"
    f"|不(?=给我|帮我|替我|(?:{_DOING}))|别(?:以为|当)我?(?:是|要|想)?|(?:谁|哪个)(?:说|讲)过?我?(?:是|要|想)?|"
    f"(?:谁|哪个|哪里?|哪儿|几时|什么时候|啥时候)(?:说过?|讲过?)?(?:我)?(?:要|"
    f"想)(?:去)?"
)
#: Where what is refused ends and what is wanted begins.
_TURN = (
    "我要|我想|我就是?要|我是要?|我得|我需要|我来|我找|俺要|而是|改成|换成|但是?|可是|不过|只要|只想|直接|"
    "(?<!申)请(?!求)|"
    "帮我|给我|麻烦|是要|是想|是来|是(?!不是)|要的?是|就是"
)
_REFUSED = re.compile(
    f"(?P<lead>{_ADVERB})(?P<no>{_REFUSAL})(?P<what>(?![了的])(?:给我|帮我|替我|给俺|跟我)?.+?)"
    f"(?P<end>了(?=.)(?![吗么呢])|(?={_TURN})|$)"
)
#: A topic, and after it that it is not wanted.
_TOPIC = re.compile(
    "^(?P<what>.{1,12}?)(?:的话|的事|这个|那个|这事|就|也|都|先|暂时|我)*"
    f"(?P<no>(?:不用|不要|不必|不需要|不想|用不着|没必要|别|甭)(?:再|给我|帮我)*(?:{_DOING})*了?|算了|免了|拉倒|"
    f"取消|不感兴趣|"
    f"没有?兴趣|不(?:{_DOING})了?)[吧啦啊呀了哈]*(?:谢谢你?|{_HIDDEN})*$"
)
#: Mishaps, which did not happen.
_MISHAP = (
    "弄?丢失?|弄?掉|遗失|失窃|被?骗|受骗|上当|中招|被?盗刷?|被?偷|被?抢|被?刷|损坏|弄?坏|被?吞|泄露|挂失|冻结|逾期|"
    "投诉|不满意?|中毒"
)
_UNHAPPENED = re.compile(
    "(?P<subject>(?:我|俺|咱|他|她|这|那|的|张|本|信用|银行|储蓄|借记|卡|存折|折子|钱|手机|密码|账户|账号|里|个|人|"
    "也|都|并|还|其实|真|根本|可|倒|就|从来|又|现在)*)"
    f"(?P<no>没有?|未|不曾|并未|没有?人|不是|不算|哪有|哪里有?|哪儿|不会|唔系|冇)(?P<what>(?:被|让|给|说|是|有人|"
    f"真的?|什么)*(?:{_MISHAP})"
    f"(?:(?:我|卡|钱|的|银行|信用|存折|手机|密码|东西){{0,3}}(?=$|了|{_TURN}))?(?:了(?![吗么呢]))?)"
)
#: What asks, complains or makes a condition: nothing is denied.
_ASKING = re.compile(
    "(?:为什么|为啥|怎么|咋|干嘛|干吗|为何|凭什么|如何).*?[不没别]|(?:再|要是|如果|若|万一|还)不.*(?:就|我)|"
    "^不是.*[吗么]$|(?:还是|是否)"
    "|不.{1,8}我就|不.{1,8}就(?:投诉|举报|告)"
)
#: What is taken back in the same breath: 我要查余额不对我要挂失.
_TAKEN_BACK = re.compile(
    "^(?P<what>.{2,20}?)[哦啊呃嗯]*(?:不对不对|不是不是|不对|[说讲搞弄]错了|错了|不是)[哦啊呃嗯]*"
    "(?:我是?要|我想|我说的是|我的意思是|应该是|改成|是要?(?!怎么|什么|为什么|咋|不|谁|哪))(?P<rest>.{2,})$"
)
#: What is refused is no request where something is asked about it (不用抵押的贷款怎么申请), or it is a condition.
_ASKED = re.compile("怎么|咋|什么|啥|哪|多少|几|为何|能不能|可不可以|有没有|合适|划算|的话|(?<![好行以])[吗么]$")
_LONGEST, _SHORT = 60, 4


@dataclass(frozen=True, slots=True)
class Denial:
    """`affirmed` is what is left standing, folded; `denied` what is not: 查余额 of 不用查余额."""

    affirmed: str
    denied: tuple[str, ...] = ()


def read(text: str) -> Denial:
    """What of the utterance stands. Of one that denies nothing that is all of it."""
    if (back := _TAKEN_BACK.match(fold(text))) and not re.search(_REFUSAL, back["what"]):
        return Denial(back["rest"], (back["what"],))
    affirmed: list[str] = []
    denied: list[str] = []
    for clause in _CLAUSE.split(simplified(text[:240])):
        folded = fold(clause)
        left, gone = _clause(folded) if len(folded) <= _LONGEST else (folded, [])
        affirmed.append(left)
        denied += gone
    return Denial("".join(affirmed), tuple(denied))


def affirmed(text: str) -> str:
    """What of the utterance stands, folded."""
    return read(text).affirmed


def _clause(folded: str) -> tuple[str, list[str]]:
    if not folded or _ASKING.search(folded):
        return folded, []
    seen = _HARMLESS.sub(lambda match: _HIDDEN * len(match[0]), folded)
    for pattern in (_UNHAPPENED, _TOPIC, _REFUSED):
        if (match := pattern.search(seen)) and (what := folded[match.start("what") : match.end("what")]).strip(
            "了吧啊"
        ):
            if pattern is _REFUSED and _ASKED.search(what):
                continue
            if pattern is _TOPIC and (re.search(f"{_TURN}|{_REFUSAL}|[了想]", what) or re.fullmatch(_ADVERB, what)):
                continue
            subject = folded[match.start() : match.start("no")] if pattern is _UNHAPPENED else ""
            rest, more = _clause(re.sub("^(?:而是|是)", "", folded[match.end() :]))
            before = folded[: match.start()]
            if pattern is _UNHAPPENED and len(before) <= _SHORT and not re.search(_TURN, before):
                subject, before = before + subject, ""  # 卡还在没丢
            return before + rest, [subject + what, *more]
    return folded, []
