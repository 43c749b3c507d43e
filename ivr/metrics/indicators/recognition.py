"""Speech figures of CBA 附件1 智能服务, from turns that a person annotated (CBA 二十一)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from ivr.metrics.counted import Counted, named, ratio
from ivr.metrics.day import Day, Span
from ivr.metrics.indicators.indicator import HOURS, of_records
from ivr.metrics.labels.accuracy import Aligned, align, interval
from ivr.records.model import Annotation, Turn
from ivr.records.vocabulary import Action, kind_of

#: How a turn's intent says that the bot did not understand; the actions that say so.
FALLBACK = "fallback"
FELL_BACK = frozenset({Action.FALLBACK, Action.REPHRASE, Action.OFFER_AGENT, Action.HAND_OVER})
#: Actions on what is no intent of the knowledge base and understood all the same: universal words, answers.
BY_WORD = frozenset({
    Action.AGENT, Action.ELDERLY, Action.COMPLAINT, Action.BACK, Action.HOME, Action.REPEAT, Action.SLOWER, Action.YES,
    Action.NO, Action.SLOT, Action.CONFIRMED, Action.WAIT, Action.LEAVE,
})  # fmt: skip
#: The gold intent of an utterance that is none of the hotline's business: right is whoever left it alone.
NO_INTENT = "-"


def _of_reference(figure: Counted, span: Span) -> Counted:
    return _with_interval(figure, [(reference - errors, reference) for reference, _, errors in span.spoken], span)


def _of_output(figure: Counted, span: Span) -> Counted:
    return _with_interval(figure, [(output - errors, output) for _, output, errors in span.spoken], span)


def _with_interval(figure: Counted, calls: list[tuple[int, int]], span: Span) -> Counted:
    rounds = span.config.rounds
    return replace(figure, interval=interval(calls if rounds else [], seed=span.config.seed, rounds=rounds))


@of_records(
    "cba.asr_accuracy",
    companions=("cba.asr_accuracy_hyp_denominator",),
    evidence=("CBA 二十一", "CBA 二十四"),
    told_of=HOURS,
    of_period=_of_reference,
)
def asr_accuracy(day: Day) -> Counted:
    """语音识别准确率（CBA 附件1 服务运营指标）

    公式：(转写总数 − 替换字数 − 删除字数 − 插入字数) / 转写总数 ×100%
    读法：转写总数为人工参考文本的字数（即 1 − CER）；全部有效的标注话轮按字合计，不取话轮平均；可为负，不截断；
    文本按 norm_v1 规范化；同一话轮以最后一次标注为准；置信区间以来电为单位自助抽样；与抽样方案同时公布。
    """
    sums, figure = _aligned(day)
    return replace(figure, numerator=sums.reference - sums.errors, denominator=sums.reference)


@of_records("cba.asr_accuracy_hyp_denominator", told_of=HOURS, of_period=_of_output)
def asr_accuracy_hyp_denominator(day: Day) -> Counted:
    """语音识别准确率（以识别输出为分母）（CBA 附件1 服务运营指标之对照）

    公式：(转写总数 − 替换字数 − 删除字数 − 插入字数) / 转写总数 ×100%
    读法：按字面理解，转写总数为识别器写出的字数；供审计对照。
    """
    sums, figure = _aligned(day)
    return replace(figure, numerator=sums.output - sums.errors, denominator=sums.output)


@of_records("cba.intent_accuracy", evidence=("CBA 二十一", "CBA 二十四"), told_of=HOURS)
def intent_accuracy(day: Day) -> Counted:
    """意图理解准确率（CBA 附件1 服务运营指标）

    公式：(1 − 标注意图理解错误交互数 / 标注语音识别正确交互数) ×100%
    读法：分母为识别正确的有效标注话轮（标注员未判的，按规范化后一字不差算正确）；意图未标注的不计，另列。
    """
    right, judged, unjudged = 0, 0, 0
    for _, turn, note in day.judged:
        if not note.valid or not _heard_right(turn, note):
            continue
        verdict = intent_right(turn, note)
        judged, unjudged = judged + (verdict is not None), unjudged + (verdict is None)
        right += verdict is True
    return replace(ratio(right, judged), excluded=named(unjudged=unjudged))


@of_records("cba.interaction_accuracy", evidence=("CBA 二十一", "CBA 二十四"), told_of=HOURS)
def interaction_accuracy(day: Day) -> Counted:
    """交互准确率（CBA 附件1 服务运营指标）

    公式：(1 − 标注交互错误数 / 标注有效交互数) ×100%
    读法：有效交互指客户对机器人说的话（噪声、旁人说话、静音除外）；最终动作或回答因任何原因有误即为错误；未判的不计，另列。
    """
    verdicts = [note.interaction_ok for _, _, note in day.judged if note.valid]
    figure = ratio(verdicts.count(True), len(verdicts) - verdicts.count(None))
    return replace(figure, excluded=named(unjudged=verdicts.count(None)))


@of_records("ours.voice_recognition", evidence=("CBA 二十四",), told_of=HOURS)
def voice_recognition(day: Day) -> Counted:
    """语音问题识别率（本系统，参照 CBA 附件1 文本机器人问题识别率）

    公式：(客户提问总数 − 未识别) / 客户提问总数 ×100%
    读法：标注为有效的话轮中，机器人得出意图、听懂通用词或所问的回答，而没有兜底的。
    """
    turns = [turn for _, turn, note in day.judged if note.valid]
    return ratio(sum(map(understood, turns)), len(turns))


def call_counts(days: Iterable[Day]) -> list[tuple[Aligned, int]]:
    """Each call's counts and how many valid turns they came from, for the bootstrap; calls without any are left out."""
    done: dict[str, tuple[Aligned, int]] = defaultdict(lambda: (Aligned(), 0))
    for day in days:
        for call, turn, note in day.judged:
            if note.valid:
                sums, turns = done[call.call_id]
                done[call.call_id] = (sums + align(note.ref_text, turn.asr_text), turns + 1)
    return list(done.values())


def _aligned(day: Day) -> tuple[Aligned, Counted]:
    """The day's counts, and a figure that has everything but the two numbers."""
    sums, corrected, turns, noise, false_speech = Aligned(), Aligned(), 0, 0, 0
    for _, turn, note in day.judged:
        one = align(note.ref_text, turn.asr_text)
        if note.valid:
            sums, turns = sums + one, turns + 1
            corrected += align(note.ref_text, turn.corrected or turn.asr_text)
        else:
            noise += 1
            false_speech += one.ins if one.reference == 0 else 0
    parts = named(
        hits=sums.hits, subs=sums.subs, dels=sums.dels, ins=sums.ins, n_turns=turns, false_speech_chars=false_speech,
        errors_corrected=corrected.errors,
    )  # fmt: skip
    return sums, replace(ratio(0, 0), parts=parts, excluded=named(not_valid=noise))


def _heard_right(turn: Turn, note: Annotation) -> bool:
    return align(note.ref_text, turn.asr_text).errors == 0 if note.asr_ok is None else note.asr_ok


def intent_right(turn: Turn, note: Annotation) -> bool | None:
    """Whether the intent was understood: the annotator's word, else by the gold intent; None where neither is given."""
    if note.intent_ok is None and note.intent_gold is not None:
        left_alone = turn.intent in (None, "", FALLBACK, NO_INTENT)
        return left_alone if note.intent_gold == NO_INTENT else turn.intent == note.intent_gold
    return note.intent_ok


def understood(turn: Turn) -> bool:
    """The bot made something of it: an intent, a universal word, an answer to its question."""
    action = kind_of(turn.action)
    return action not in FELL_BACK and (turn.intent not in (None, "", FALLBACK) or action in BY_WORD)
