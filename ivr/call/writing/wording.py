"""What a turn is in writing: its prompts as sentences without a word about keys, and what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import Listen, Turn
from ivr.dialogue.state import Position
from ivr.flow.model import (
    QUEUE_OFFER_LEAVE,
    QUEUE_OFFER_MENU,
    Flow,
    PromptKind,
)
from ivr.flow.prompts.derived import NEITHER_KEY, NO_KEY, YES_KEY, offer_id
from ivr.flow.prompts.prompt_text import is_chinese
from ivr.flow.prompts.waiting import OFFER_CALLBACK
from ivr.flow.steps.acts import Say
from ivr.text.plain_values import write
from ivr.text.template import Slot, parse

#: Prompts that speak of keys, tones or waiting in a queue, and what is written instead; "": nothing.
WRITTEN: Mapping[str, str] = {
    "say_or_press": "", "elderly_key": "", "keys": "", "keys_brief": "", "after_leaf": "", "which_none": "",
    "press_1": "", "press_2": "", "press_number": "", "yes_no_say": "", "yes_no_keys": "", "answer_keys": "",
    "queue_offer": "", "callback_option": "", "message_option": "", "queue_choices": "", "transferring": "",
    "transferring_unrecorded": "", "handing_over": "", "recording_notice": "", "by_agent": "",
    "no_input": "请您从下面选择，或直接写下您的问题。",
    "no_match": "抱歉，没有这一项。请您从下面选择，或直接写下您的问题。",
    "agent_offer": "抱歉，还是没有看懂。请换个说法再写一次，也可以选择“人工服务”。",
    "not_understood": "抱歉，没有看懂您的意思。请换个说法，或者从下面选择。",
    "not_that": "好的，请再写一次您需要什么服务，或者从下面选择。",
    "which_head": "请问您需要哪一项？",
    "answer_again": "抱歉，没有看懂您的回答，请再写一次。",
    "speech_down": "抱歉，现在看不懂文字，请从下面选择。",
    "slower": "好的。",
    "goodbye": "感谢您的咨询，再见。",
    "fault": "抱歉，系统刚才出了问题。",
    "complaint_choice": "您可以现在写下情况，也可以与投诉专员通话。",
    "complaint_by_recording": "写下情况",
    "complaint_record": "请写下时间、地点和经过，最多一千字；请不要写密码、卡号和证件号码。",
    "message_intro": "",
    "message_empty": "没有收到您写的内容，请再写一次。",
    "message_review": "已经写好，请您确认。",
    "message_keep": "就这样提交",
    "message_replay": "再看一遍",
    "message_again": "重新写",
    "message_drop": "不提交了",
    "message_dropped": "好的，没有保留。",
    "callback_number": "请写下给您回电的电话号码，固定电话请加区号。",
}  # fmt: skip
ASK, ASK_ENGLISH = "请从下面选择，或直接写下您的问题。", "Please choose one of these."
BACK, HOME, AGENT, LEAVE, CALLBACK, NEITHER, YES, NO = (
    "返回", "返回主菜单", "人工服务", "结束对话", "请给我回电", "都不是", "是", "不是",
)  # fmt: skip
_OFFERS = {QUEUE_OFFER_MENU: HOME, OFFER_CALLBACK: CALLBACK, QUEUE_OFFER_LEAVE: LEAVE}
_YES_NO = frozenset({Position.CONFIRM, Position.CHECK, Position.AGREE, Position.CONSENT})
#: Where nothing is taken but one of the choices.
_CHOICES_ONLY = frozenset({Position.SECRET, Position.AWAIT, Position.QUEUE, Position.OVER})


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to be chosen: the key that a caller would press, and its words."""

    key: str
    label: str


def sentences(flow: Flow, conversation: Conversation, turn: Turn) -> tuple[str, ...]:
    """What is written of the turn's prompts, in order: a prompt that ends in the middle of a sentence goes on in the
    next one."""
    options = conversation.spoken_options
    chinese = is_chinese(turn.language)
    dropped = {offer_id(intent) for intent in conversation.guess}
    found: list[str] = []
    for say in turn.say:
        prompt = flow.prompts.get(say.prompt)
        menu = prompt is not None and prompt.kind is PromptKind.MENU
        if menu or say.prompt in dropped or any(say is option for option in options):
            continue
        text = text_of(flow, say, turn.language)
        if found and found[-1][-1] in "，,、：:":
            found[-1] += text
        elif text:
            found.append(text)
    if conversation.place is Position.MENU or (not found and isinstance(turn.then, Listen) and not turn.then.secret):
        found.append(ASK if chinese else ASK_ENGLISH)
    return tuple(_ended(text) for text in found)


def choices(flow: Flow, conversation: Conversation, language: str) -> tuple[Choice, ...]:
    """What can be chosen now, without what works everywhere."""
    match conversation.place:
        case Position.MENU:
            return tuple(Choice(option.key, option.label) for option in flow.menus[conversation.path[-1]].options)
        case Position.WHICH:
            named = [Choice(str(at), flow.knowledge[id].label) for at, id in enumerate(conversation.guess, 1)]
            return (*named, Choice(NEITHER_KEY, NEITHER))
        case Position.CHOOSE:
            said = [text_of(flow, option, language).strip("，,。 ") for option in conversation.spoken_options]
            return tuple(Choice(str(at), text) for at, text in enumerate(said, 1))
        case Position.OFFER:
            return tuple(Choice(key, _OFFERS[key]) for key in _OFFERS if key in conversation.offered)
        case place if place in _YES_NO:
            return Choice(YES_KEY, YES), Choice(NO_KEY, NO)
        case _:
            return ()


def everywhere(flow: Flow, conversation: Conversation) -> tuple[Choice, ...]:
    """What can be chosen at any time: back, and a person (CBA 十九)."""
    if conversation.place in (Position.OFFER, *_CHOICES_ONLY):
        return ()
    back = (
        () if conversation.place is Position.MENU and len(conversation.path) == 1 else (Choice(flow.keys.back, BACK),)
    )
    return (*back, Choice(flow.keys.agent, AGENT))


def takes_words(conversation: Conversation) -> bool:
    """Whether words are taken here, not only a choice."""
    return conversation.place not in _CHOICES_ONLY


def text_of(flow: Flow, say: Say, language: str) -> str:
    """The prompt as it is read; a value that is not known is left out."""
    written = WRITTEN.get(say.prompt)
    if written is not None and (not written or is_chinese(language)):
        return written
    prompt = flow.prompts.get(say.prompt)
    texts = {} if prompt is None else prompt.texts
    text = texts.get(language) or next(iter(texts.values()), "")
    return "".join(_part(part.name, part.kind, say) if isinstance(part, Slot) else part.text for part in parse(text))


def _part(name: str, kind: str, say: Say) -> str:
    return write(kind, say.values[name]) if name in say.values else ""


def _ended(text: str) -> str:
    return f"{text.rstrip('，,、：: ')}。" if text[-1] in "，,、：:" else text
