"""What each turn listens for: the words that its question makes likely (CBA 十七)."""

from __future__ import annotations

from functools import lru_cache
from weakref import WeakKeyDictionary

from ivr.dialogue.model import Hearing
from ivr.flow.model import Flow, Question, SlotKind
from ivr.nlu import YES_NO_WORDS, Understanding, context_words

#: Words of every question.
ALWAYS = ("人工", "返回", "重听")
OFFER_WORDS = ("继续等待", "主菜单", "结束", *ALWAYS)
WHICH_WORDS = ("第一个", "第二个", "都不是")
_SLOT_WORDS = {
    SlotKind.AMOUNT: ("元", "块", "百", "千", "万", "一千", "两千", "三千", "五千", "一万", "两万", "五万", "十万"),
    SlotKind.DATE: ("今天", "明天", "后天", "月", "号", "下周", "下个月", "月底"),
    SlotKind.LAST4: tuple("零一二三四五六七八九"),
    SlotKind.PHONE: ("幺", *"零一二三四五六七八九"),
    SlotKind.YES_NO: YES_NO_WORDS,
}
_LONGEST = 8

#: Words of a menu, made once for each revision: counting the knowledge base takes tens of milliseconds.
_words: WeakKeyDictionary[Understanding, dict[str, tuple[str, ...]]] = WeakKeyDictionary()


def of_menu(flow: Flow, understanding: Understanding, menu: str) -> Hearing:
    """At a menu, or after what it led to: anything the caller may want."""
    known = _words.setdefault(understanding, {})
    if menu not in known:
        known[menu] = context_words(flow, menu)
    return Hearing(known[menu])


def prepare(flow: Flow, understanding: Understanding) -> None:
    """Count the words of every menu now, off the event loop, rather than when the first caller comes by."""
    for menu in flow.menus.values():
        if menu.listen:
            of_menu(flow, understanding, menu.id)


def of_offer() -> Hearing:
    """Whether to wait on in the queue."""
    return Hearing(OFFER_WORDS)


def of_yes_no() -> Hearing:
    """Yes or no, or one of the words that work everywhere."""
    return Hearing((*YES_NO_WORDS, *ALWAYS), closed=True, slot=SlotKind.YES_NO)


def of_which(labels: tuple[str, ...]) -> Hearing:
    """Which of two."""
    return Hearing((*(label for label in labels if len(label) <= _LONGEST), *WHICH_WORDS, *ALWAYS))


@lru_cache(maxsize=64)
def of_question(question: Question, check: bool) -> Hearing:
    """A value, or (`check`) whether it was heard right; then also the right value."""
    own = _SLOT_WORDS[question.slot]
    words = (*YES_NO_WORDS, *own) if check else own
    return Hearing((*dict.fromkeys(words), *ALWAYS), slot=question.slot, personal=question.personal)
