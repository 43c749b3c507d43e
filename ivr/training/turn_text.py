"""A turn as an annotator reads it. Texts are masked already; nothing in them can move the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.flow.model import Flow
from ivr.metrics.indicators.recognition import NO_INTENT
from ivr.records import days
from ivr.records.model import Call, Turn
from ivr.records.numbers import plain
from ivr.records.vocabulary import Action

#: What the hotline did, by the kind of action; what has no row is shown as it is recorded.
_ACTIONS: Mapping[str, str] = {
    Action.LEAF: "进入业务",
    Action.MENU: "进入菜单",
    Action.QUEUE: "转人工",
    Action.ANSWER: "播放答案",
    Action.CONFIRM: "请客户确认",
    Action.WHICH: "问是哪一个",
    Action.YES: "客户说对",
    Action.NO: "客户说不对",
    Action.SLOT: "记下回答",
    Action.CONFIRMED: "客户确认了回答",
    Action.AGENT: "转人工",
    Action.HAND_OVER: "没听懂，转人工",
    Action.OFFER_AGENT: "没听懂，提出转人工",
    Action.REPHRASE: "没听懂，换个说法再问",
    Action.FALLBACK: "没听懂",
    Action.ELDERLY: "转老年服务",
    Action.COMPLAINT: "转投诉",
    Action.REPEAT: "重播",
    Action.BACK: "返回上一级",
    Action.HOME: "回到主菜单",
    Action.SLOWER: "放慢语速",
    Action.WAIT: "继续等待",
    Action.LEAVE: "结束",
    Action.CALLBACK: "预约回电",
    Action.MESSAGE: "留言",
    Action.KEY: "同时按了键，以按键为准",
}
#: How the gold intent is called that is none of the hotline's business.
NONE_LABEL = "没有业务意图（闲聊，或“重听”“返回”这类通用词）"


def intents_of(flow: Flow) -> dict[str, str]:
    """Every intent of the knowledge base and its name, then NO_INTENT."""
    return {id: intent.label for id, intent in flow.knowledge.items()} | {NO_INTENT: NONE_LABEL}


def names_of(flow: Flow) -> dict[str, str]:
    """Names of what speech leads to: leaves, queues, intents."""
    groups = (flow.queues, flow.leaves, flow.knowledge)
    return {id: one.label for group in groups for id, one in group.items()}


def intent_words(id: str | None, intents: Mapping[str, str]) -> str:
    """An intent by id and name."""
    if not id:
        return "没有得出意图"
    return f"{plain(id)}（{intents[id]}）" if id in intents and id != NO_INTENT else intents.get(id, plain(id))


def action_words(action: str | None, names: Mapping[str, str]) -> str:
    """What the hotline did."""
    kind, _, what = (action or "").partition(":")
    done = _ACTIONS.get(kind, plain(kind))
    return f"{done}「{'、'.join(names.get(one, plain(one)) for one in what.split(','))}」" if what else done


def score_words(score: float | None) -> str:
    """A confidence, — where there is none."""
    return "—" if score is None else f"{score:.2f}"


def moment(t: int) -> str:
    """Local time of a turn."""
    return days.moment(t).strftime("%Y-%m-%d %H:%M:%S")


def describe_turn(call: Call, turn: Turn, intents: Mapping[str, str], names: Mapping[str, str]) -> str:
    """What the caller had said before, what was recognised, what it was taken for, and what came of it."""
    at = next(number for number, one in enumerate(call.turns) if one.turn_id == turn.turn_id)
    lines = [
        f"  {moment(turn.t_start)}　通话 {plain(call.call_id)}　第 {at + 1} 句{'，打断提示语' if turn.barge_in else ''}"
    ]
    lines += [
        f"  此前：{plain(one.asr_text)} → {action_words(one.action, names)}" for one in call.turns[max(0, at - 2) : at]
    ]
    lines.append(f"  识别为：{plain(turn.asr_text)}　（识别分 {score_words(turn.asr_conf)}）")
    if turn.corrected:
        lines.append(f"  理解时当作：{plain(turn.corrected)}　（只用于理解，识别正确与否看上一行）")
    lines.append(f"  理解为：{intent_words(turn.intent, intents)}　（意图分 {score_words(turn.intent_score)}）")
    lines.append(f"  热线做了：{action_words(turn.action, names)}")
    lines += [
        f"  此后：{plain(one.asr_text)} → {action_words(one.action, names)}" for one in call.turns[at + 1 : at + 2]
    ]
    if turn.pii:
        lines.append("  这句话里有号码，已隐藏，不留录音")
    return "\n".join(lines)


def choose(word: str, intents: Mapping[str, str]) -> Sequence[str]:
    """The intents that an answer may mean: a number of the list, an id, a name, or a part of either."""
    ids = list(intents)
    if word.isascii() and word.isdecimal():
        return [ids[int(word) - 1]] if 1 <= int(word) <= len(ids) else []
    exact = [id for id, label in intents.items() if word in (id, label)]
    return exact or [id for id, label in intents.items() if word in id or word in label]
