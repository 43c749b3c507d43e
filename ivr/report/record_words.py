"""The words of a call record → an operator's. A word without a row is shown as it is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.bank.operations import Operation
from ivr.bank.vocabulary import Method
from ivr.records.model import Call, Handoff, How, Place, Survey, Transaction
from ivr.records.numbers import plain
from ivr.records.vocabulary import TEXT, VOICE, Action, EndCause, IdentityOutcome, TransactionOutcome

SOURCE = {"live": "实时记录", "rebuilt": "事后补记"}
ENDED_BY = {"caller": "客户", "system": "系统", "agent": "座席", "network": "线路"}
#: Why a call ended where nobody saw its end, and where the record takes it to have ended.
CAUSE: Mapping[str, str] = {
    EndCause.APP_LOST: "没有看到结束，记到最后一件事",
    EndCause.LAST_SEEN: "没有看到结束，记到最后确认通话仍在的时刻",
    EndCause.ASTERISK_LOST: "Asterisk 停止，记到与它失去联系的时刻",
    EndCause.CAPACITY: "超出容量",
    EndCause.RATE: "呼入过快",
    EndCause.IDLE: "客户久未回复",
    EndCause.STOPPED: "系统停止服务",
    EndCause.SAID_ALL: "对话结束",
}
ENTRY = {
    "menu": "菜单",
    "bot": "语音机器人",
    "elderly_direct": "老年专线",
    "emergency": "应急",
    "closed": "非服务时间",
}
LANGUAGE: Mapping[str, str] = {"zh": "普通话", "en": "英语"}
VISIT = {
    "choice": "选择",
    "repeat": "重听",
    "back": "返回",
    "agent": "转人工",
    "invalid": "无效按键",
    "timeout": "没有按键",
    "hangup": "挂机",
}
#: What ended a prompt before its own end.
CUT: Mapping[str, str] = {
    "key": "按键打断",
    "voice": "说话打断",
    "hangup": "播放中通话结束",
    "failed": "没有播放完：出错",
}
REASON = {
    "key": "人工键",
    "elderly_key": "老年服务键",
    "intent": "口头要求",
    "fallback": "多次没有选中",
    "complaint": "投诉",
    "policy": "业务规定",
}
OUTCOME = {
    "answered": "已接听",
    "abandoned": "客户放弃",
    "timeout": "等待超时",
    "full": "队列已满",
    "closed": "非服务时间",
    "callback": "预约回电",
    "no_agents": "无人在线",
    "emergency": "应急期间暂停",
}
IDENTITY: Mapping[str, str] = {
    IdentityOutcome.VERIFIED: "通过",
    IdentityOutcome.IDENTIFIED: "通过（只可查询）",
    IdentityOutcome.WRONG: "没有通过",
    IdentityOutcome.LOCKED: "银行已锁定",
    IdentityOutcome.UNAVAILABLE: "银行系统无应答",
    IdentityOutcome.ABANDONED: "客户中途放弃",
}
METHOD: Mapping[str, str] = {
    Method.PIN: "电话银行密码",
    Method.ID_DIGITS: "证件号码",
    Method.NUMBER_ID4: "登记号码与证件后四位",
}
OPERATION: Mapping[str, str] = {
    Operation.REPORT_LOSS: "挂失",
    Operation.ACTIVATE_CARD: "激活卡片",
    Operation.INSTALMENT_ACCEPT: "账单分期",
    Operation.PREPAY_APPOINTMENT: "提前还款预约",
    Operation.TRANSFER_ACCEPT: "转账",
}
TRANSACTION: Mapping[str, str] = {
    TransactionOutcome.DONE: "已办成",
    TransactionOutcome.REFUSED: "银行拒绝",
    TransactionOutcome.FAILED: "没有办成",
    TransactionOutcome.IN_DOUBT: "结果未知，须人工核对",
}
CHANNEL: Mapping[str, str] = {VOICE: "电话", TEXT: "文字"}
RESOLUTION: Mapping[str, str] = {
    "asked": "，未评价",
    "resolved": "，客户评价：已解决",
    "unresolved": "，客户评价：未解决",
}
HOW: Mapping[How, str] = {"listen": "监听", "whisper": "密语", "join": "强插"}
CONSENT_HOW = {"key": "按键", "word": "口头", "none": "没有回答"}
PLACE: Mapping[Place, str] = {"menu": "菜单之前", "leaf": "业务开头", "queue": "排队时"}
SUBJECT = {"agent": "人工服务", "bot": "自助服务", "complaint": "投诉处理"}
SCORE = {1: "满意", 2: "一般", 3: "不满意"}
#: What the hotline did with what was said, by the first word of `CallerSpoke.action`.
ACTION: Mapping[str, str] = {
    Action.LEAF: "去业务",
    Action.MENU: "去菜单",
    Action.QUEUE: "转人工",
    Action.ANSWER: "回答",
    Action.CONFIRM: "先确认",
    Action.WHICH: "问是哪一项",
    Action.YES: "是",
    Action.NO: "不是",
    Action.SLOT: "听到的值",
    Action.CONFIRMED: "已确认",
    Action.CHOSEN: "选择",
    Action.AGENT: "转人工",
    Action.ELDERLY: "转老年专线",
    Action.COMPLAINT: "受理投诉",
    Action.BACK: "返回",
    Action.HOME: "回主菜单",
    Action.REPEAT: "重听",
    Action.SLOWER: "说慢一点",
    Action.WAIT: "继续等待",
    Action.LEAVE: "结束通话",
    Action.CALLBACK: "预约回电",
    Action.MESSAGE: "留言",
    Action.KEY: "同时按了键，以按键为准",
    Action.REPHRASE: "没有听懂，请客户再说",
    Action.OFFER_AGENT: "没有听懂，问是否转人工",
    Action.HAND_OVER: "没有听懂，转人工",
}


def entry_words(call: Call) -> str:
    """How the caller came in."""
    return words(ENTRY, call.entry)


def hangup_words(call: Call) -> str:
    """Who ended the call."""
    return words(ENDED_BY, call.hangup_by)


def handoff_words(handoff: Handoff) -> str:
    """What became of a request for an agent."""
    return "未受理" if handoff.refused else words(OUTCOME, handoff.outcome)


def transaction_words(transaction: Transaction, *, reference: bool = True) -> str:
    """Which transaction, what became of it, and the bank's reference."""
    proof = f"，凭证号 {plain(transaction.reference)}" if transaction.reference and reference else ""
    return f"{words(OPERATION, transaction.operation)}：{words(TRANSACTION, transaction.outcome)}{proof}"


def words(table: Mapping[str, str], word: str) -> str:
    """The table's word, else the record's own."""
    return table.get(word, plain(word))


def survey_words(survey: Survey) -> str:
    """What the customer was asked about, and what he said."""
    said = SCORE.get(survey.score or 0, "已评价，评分缺失") if survey.answered else "已邀请，未评价"
    return f"{words(SUBJECT, survey.subject)} {said}{'（另有留言）' if survey.audio_ref else ''}"
