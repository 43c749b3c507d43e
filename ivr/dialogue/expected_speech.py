"""What each turn listens for: the words that its question makes likely (CBA 十七)."""

from __future__ import annotations

from functools import lru_cache
from weakref import WeakKeyDictionary

from ivr.dialogue.model import ExpectedSpeech
from ivr.flow.model import Flow, Question, SlotKind
from ivr.flow.prompts.waiting import OFFER_CALLBACK, OFFER_MESSAGE
from ivr.nlu import YES_NO_WORDS, Understanding, context_words

#: Words of every question.
ALWAYS = ("人工", "返回", "重听")
OFFER_WORDS = ("继续等待", "主菜单", "结束", *ALWAYS)
_INSTEAD_WORDS = {OFFER_CALLBACK: "给我回电", OFFER_MESSAGE: "留言"}
WHICH_WORDS = ("第一个", "第二个", "都不是")
_SLOT_WORDS = {
    SlotKind.AMOUNT: ("三千五百元", "一万两千块", "八百六十元", "五万元", "百", "千", "万"),
    SlotKind.DATE: ("今天", "明天", "后天", "月", "号", "下周", "下个月", "月底"),
    SlotKind.LAST4: tuple("零一二三四五六七八九"),
    SlotKind.PHONE: ("幺", *"零一二三四五六七八九"),
    SlotKind.YES_NO: YES_NO_WORDS,
    SlotKind.COUNT: ("三期", "六期", "十二期", "二十四期"),
    SlotKind.ACCOUNT: (),
    SlotKind.REFERENCE: ("幺", *"零一二三四五六七八九"),
}
#: 四个八 would else be written 四八, and 洞 is a zero on the telephone.
_DIGITS = "零洞幺一二两三四五六七八九个"
#: What a number of the kind is made of, in all the ways of saying it that are understood: what cannot be written comes
#: out as another number. 尾号是… and 八千八百八十八 are four digits too.
_ALPHABETS = {
    SlotKind.AMOUNT: "零一二两三四五六七八九十百千万元块角毛分半点钱整",
    SlotKind.LAST4: f"{_DIGITS}十百千尾号后位就是",
    SlotKind.PHONE: _DIGITS,
    SlotKind.REFERENCE: _DIGITS,
    SlotKind.COUNT: "零一二两三四五六七八九十百期个月",
}
_LONGEST = 8

#: Words of a menu, made once for each revision: counting the knowledge base takes tens of milliseconds.
_words: WeakKeyDictionary[Understanding, dict[str, tuple[str, ...]]] = WeakKeyDictionary()


def of_menu(flow: Flow, understanding: Understanding, menu: str) -> ExpectedSpeech:
    """At a menu, or after what it led to: anything the caller may want."""
    known = _words.setdefault(understanding, {})
    if menu not in known:
        known[menu] = context_words(flow, menu)
    return ExpectedSpeech(known[menu])


def prepare(flow: Flow, understanding: Understanding) -> None:
    """Count the words of every menu now, off the event loop, rather than when the first caller comes by."""
    for menu in flow.menus.values():
        if menu.listen:
            of_menu(flow, understanding, menu.id)


def of_offer(keys: tuple[str, ...]) -> ExpectedSpeech:
    """Whether to wait on in the queue; `keys`: what is offered."""
    more = tuple(word for key, word in _INSTEAD_WORDS.items() if key in keys)
    return ExpectedSpeech((*more, *OFFER_WORDS))


def of_yes_no() -> ExpectedSpeech:
    """Yes or no, or one of the words that work everywhere."""
    return ExpectedSpeech((*YES_NO_WORDS, *ALWAYS), closed=True, slot=SlotKind.YES_NO)


def of_which(labels: tuple[str, ...]) -> ExpectedSpeech:
    """Which of two."""
    return ExpectedSpeech((*(label for label in labels if len(label) <= _LONGEST), *WHICH_WORDS, *ALWAYS))


def of_choice(options: tuple[str, ...]) -> ExpectedSpeech:
    """One of a few options."""
    return ExpectedSpeech((*(word for word in options if 0 < len(word) <= _LONGEST), *ALWAYS))


@lru_cache(maxsize=64)
def of_question(question: Question, check: bool) -> ExpectedSpeech:
    """A value, or (`check`) whether it was heard right; then also the right value, and no number is expected."""
    own = _SLOT_WORDS[question.slot]
    words = (*YES_NO_WORDS, *own) if check else own
    alphabet = "" if check else _ALPHABETS.get(question.slot, "")
    return ExpectedSpeech(
        (*dict.fromkeys(words), *ALWAYS), slot=question.slot, personal=question.personal, alphabet=alphabet
    )
