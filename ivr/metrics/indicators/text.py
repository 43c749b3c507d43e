"""Smart service in writing (CBA 十七(一)): CBA 附件1, over conversations with `channel` text. What a bank has beside
them, a robot of its own on another page say, is imported and added."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

from ivr.metrics.counted import Count, Counted, share
from ivr.metrics.day import Case, Span
from ivr.metrics.imported import NOT_IMPORTED, imported_figure
from ivr.metrics.indicators.indicator import HOURS, per_call
from ivr.metrics.indicators.recognition import FELL_BACK
from ivr.records.model import Turn
from ivr.records.vocabulary import TEXT, Action, kind_of

_NONE = "统计期内没有文字对话，也没有导入其他文本渠道的数据"
#: What came of a question. Other turns answer the robot, or move about in the conversation.
_ASKED = frozenset({
    Action.LEAF, Action.MENU, Action.QUEUE, Action.ANSWER, Action.CONFIRM, Action.WHICH, Action.COMPLAINT, *FELL_BACK,
})  # fmt: skip
#: The robot asks what was meant; the answer that says that it was none of it.
_GUESSED, _DENIED = (Action.CONFIRM, Action.WHICH), (Action.NO, *FELL_BACK)


def _with_imported(id_: str) -> Callable[[Counted, Span], Counted]:
    def added(own: Counted, span: Span) -> Counted:
        other = imported_figure(id_, span.config.imported, span.since, span.until)
        if other.reason == NOT_IMPORTED:
            return own if own.denominator else replace(own, reason=_NONE)
        if other.reason is not None:
            return other
        total = own.numerator + other.numerator, own.denominator + other.denominator
        return replace(own, numerator=total[0], denominator=total[1])

    return added


@per_call(
    "cba.text_diversion",
    companions=("cba.text_diversion_strict",),
    evidence=("CBA 十七(一)", "CBA 二十四"),
    told_of=HOURS,
    channel=TEXT,
    of_period=_with_imported("cba.text_diversion"),
)
def text_diversion(case: Case) -> Count | None:
    """机器人文本服务分流率（CBA 附件1 服务效率指标）

    公式：(1 − 文本服务转人工进线量 / 文本服务进线总量) ×100%
    读法：按次对话计；在服务时间内要求人工即算转人工（文字渠道告知电话或登记回电）；分子为没有转人工的对话；银行导入的其他文本渠道的数相加。
    """
    return share(not case.requested) if case.is_served else None


@per_call("cba.text_diversion_strict", evidence=("CBA 二十四",), told_of=HOURS, channel=TEXT)
def text_diversion_strict(case: Case) -> Count | None:
    """机器人文本服务分流率（严格）（CBA 附件1 服务效率指标之对照）

    公式：(1 − 文本服务转人工进线量 / 文本服务进线总量) ×100%
    读法：被拒绝的人工请求也算转人工，关闭人工不能提高本值；只计本系统的文字对话。
    """
    return share(not case.requested_at_all) if case.is_served else None


@per_call(
    "cba.text_recognition",
    evidence=("CBA 十七(一)", "CBA 二十四"),
    companions=("ours.voice_recognition",),
    told_of=HOURS,
    channel=TEXT,
    of_period=_with_imported("cba.text_recognition"),
)
def text_recognition(case: Case) -> Count | None:
    """文本机器人问题识别率（CBA 附件1 服务运营指标）

    公式：(客户提问总数 − 未识别) / 客户提问总数 ×100%
    读法：客户写的、要求一项服务或提出一个问题的话算提问，没有听懂的话一律算提问；对机器人追问的回答、返回、重看和要求人工不算；
    没有听懂，或猜测后客户否认、仍没有听懂的，算未识别；银行导入的其他文本渠道的数相加。
    """
    known = [recognised for _, recognised in _questions(case)]
    return Count(sum(known), len(known)) if known else None


@per_call(
    "cba.text_resolution",
    companions=("cba.text_resolution_of_rated",),
    evidence=("CBA 十七(一)", "CBA 二十四"),
    told_of=HOURS,
    channel=TEXT,
    parts=("not_rated", "resolved", "unresolved"),
    of_period=_with_imported("cba.text_resolution"),
)
def text_resolution(case: Case) -> Count | None:
    """文本机器人问题解决率（CBA 附件1 服务运营指标）

    公式：(1 − 客户评价“未解决”数 / 能评价客户提问总数) ×100%
    读法：能评价的提问，是机器人给了答复、并请客户评价“解决了吗”的提问；没有评价的留在分母，另列；只算已评价的见对照值；
    银行导入的其他文本渠道的数相加。
    """
    said = [turn.resolution for turn in case.call.turns if turn.resolution is not None]
    if not said:
        return None
    counts = {
        "not_rated": said.count("asked"),
        "resolved": said.count("resolved"),
        "unresolved": said.count("unresolved"),
    }
    return Count(len(said) - counts["unresolved"], len(said), tuple(sorted(counts.items())))


@per_call("cba.text_resolution_of_rated", evidence=("CBA 二十四",), told_of=HOURS, channel=TEXT)
def text_resolution_of_rated(case: Case) -> Count | None:
    """文本机器人问题解决率（只计已评价）（CBA 附件1 服务运营指标之对照）

    公式：（标准未列）
    读法：客户评价“已解决”的提问，占客户作了评价的提问；只计本系统的文字对话。
    """
    said = [turn.resolution for turn in case.call.turns if turn.resolution in ("resolved", "unresolved")]
    return Count(said.count("resolved"), len(said)) if said else None


def _questions(case: Case) -> Iterator[tuple[Turn, bool]]:
    """Each question of the conversation, and whether it was recognised."""
    turns = (*case.call.turns, None)
    for turn, after in pairwise(turns):
        kind = kind_of(turn.action) if turn is not None else ""
        if turn is None or kind not in _ASKED:
            continue
        denied = kind in _GUESSED and after is not None and kind_of(after.action) in _DENIED
        yield turn, kind not in FELL_BACK and not denied
