"""Words that a question makes likely, for a recogniser that takes context: what the menu offers, then what callers who
want it say most (CBA 十七)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ivr.flow.model import Flow, Intent, TargetKind
from ivr.nlu.normalise import bare

#: More words than this only slow a recogniser down and tempt it to hear them in noise.
MOST_WORDS = 40
#: What answers a question of yes or no.
YES_NO_WORDS = (
    "是的", "不是", "对", "不对", "好的", "不用", "没错", "可以", "不要", "确认",
    "是", "对的", "嗯对的", "是啊", "好", "嗯", "就是", "不是的", "没有", "不用了", "错了", "说错了", "不行",
)  # fmt: skip

_LONGEST_LABEL, _LONGEST_WORD = 6, 4
_LEAST_VARIED = 4
_JOINTS = re.compile("[与和或、，。及/（）()]")
_RUNS = re.compile(
    "[^的了吗呢吧啊我你您他们这那有没不是要想去来能会把被给在还就都也几多少什么怎哪么为到上下里个张笔得着过很再从跟对让一二三十办丢方]{2,}"
)


def context_words(flow: Flow, menu_id: str | None = None) -> tuple[str, ...]:
    """At most MOST_WORDS short words, the most useful first: the labels of the menu's options (None: of the menu where
    calls begin), then frequent words of what is reached from it, then those of everything else the caller may say
    there, and 人工. KeyError for a menu that the flow has not."""
    menu = flow.menus[menu_id or flow.entries[0].menu]
    known = [intent for id, intent in flow.knowledge.items() if not menu.intents or id in menu.intents]
    near = [intent for intent in known if menu_id and _within(flow, intent, menu.id)]
    far = [intent for intent in known if intent not in near]
    labels = [option.label for option in menu.options]
    found = [
        *_parts(labels),
        "人工",
        *_frequent(near),
        *_parts(intent.label for intent in near),
        *_frequent(far),
        *_parts(intent.label for intent in far),
    ]
    return tuple(dict.fromkeys(found))[:MOST_WORDS]


def _within(flow: Flow, intent: Intent, menu: str) -> bool:
    """Whether the intent's leaf or menu is the menu or below it."""
    return intent.target is not None and (intent.target.kind, intent.target.id) in _below(flow, menu)


def _below(flow: Flow, menu: str) -> set[tuple[TargetKind, str]]:
    """Every leaf and menu that keys reach from a menu, and the menu."""
    found = {(TargetKind.MENU, menu)}
    waiting = [menu]
    while waiting:
        for option in flow.menus[waiting.pop()].options:
            place = (option.target.kind, option.target.id)
            if place not in found:
                found.add(place)
                waiting += [place[1]] if place[0] is TargetKind.MENU else []
    return found


def _parts(labels: Iterable[str]) -> Iterator[str]:
    """账户与理财, 账户理财 → 账户, 理财: nobody says a label as it is written. Four characters are two words or one."""
    parts = [part for label in labels for part in _JOINTS.split(label) if 1 < len(part) <= _LONGEST_LABEL]
    for part in parts:
        yield from (part[:2], part[2:]) if len(part) == 4 else (part,)
    yield from (part for part in parts if len(part) == 4)


def _frequent(intents: Sequence[Intent]) -> list[str]:
    """Stretches of two to four characters that many questions hold, the most telling first. What stands at the edges of
    a word varies, so a stretch with few neighbours (行卡挂) is none."""
    texts = [
        (f"{intent.id} {number}", bare(text))
        for intent in intents
        for number, text in enumerate((intent.question, *intent.questions))
    ]
    count = Counter(word for _, text in texts for word, _ in _stretches(text))
    before: dict[str, set[str]] = {word: set() for word, times in count.items() if times >= _LEAST_VARIED}
    after: dict[str, set[str]] = {word: set() for word in before}
    for edge, text in texts:
        for word, at in _stretches(text):
            if word in before:
                before[word].add(text[max(at - 1, 0) : at] or edge)
                after[word].add(text[at + len(word) : at + len(word) + 1] or edge)
    words = [word for word in before if min(len(before[word]), len(after[word])) >= _LEAST_VARIED]
    return sorted(words, key=lambda word: (-count[word] * (len(word) - 1), word))


def _stretches(text: str) -> Iterator[tuple[str, int]]:
    """Every stretch that may be a word, and where it begins."""
    for run in _RUNS.finditer(text):
        for size in range(2, _LONGEST_WORD + 1):
            for at in range(run.start(), run.end() - size + 1):
                yield text[at : at + size], at
