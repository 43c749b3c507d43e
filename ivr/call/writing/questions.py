"""Which of the visitor's questions were answered, and what he says of the answers: 解决了吗 (CBA 附件1)."""

from __future__ import annotations

import re

from ivr.errors import TextRefused
from ivr.records.facts import CallerSpoke, ResolutionAsked, ResolutionGiven
from ivr.records.vocabulary import Action, kind_of

#: What came of a question that was answered, or led to what answers it; what goes on with one that was asked before.
_ANSWERED = frozenset({Action.LEAF, Action.ANSWER, Action.CONFIRM, Action.WHICH})
_GOES_ON = frozenset({Action.YES, Action.SLOT, Action.CONFIRMED, Action.CHOSEN})
#: What the visitor says of it in words.
_RESOLVED = re.compile(r"(?:都|已经?|谢谢|\W)*(?:解决|明白|清楚)了?(?:谢谢|你|您|\W)*")
_UNRESOLVED = re.compile(r"(?:还是?|都|并|\W)*(?:没有?|未)(?:解决|回答|明白)(?:我的|问题|呢|啊|\W)*")


class Questions:
    """Those of one conversation. `resolutions` are what was said, by question (the turn's id); `unrated` is the one
    that was answered last, as long as nothing has been said of that."""

    def __init__(self) -> None:
        self.resolutions: dict[str, bool] = {}
        self.unrated: str | None = None
        self._open: str | None = None
        self._answered: set[str] = set()

    def follow(self, fact: CallerSpoke) -> None:
        """The visitor has written something."""
        kind = kind_of(fact.action)
        if kind in _ANSWERED:
            self._open = fact.turn_id
        elif kind not in _GOES_ON:
            self._open = None

    def answered(self, at: int) -> ResolutionAsked | None:
        """An answer is given now; the fact that it may be judged, None where it answers no question."""
        question, self._open = self._open, None
        if question is None:
            return None
        self.unrated = question
        self._answered.add(question)
        return ResolutionAsked(at, question)

    def rated(self, question: object, resolved: object, at: int) -> ResolutionGiven:
        """The visitor says whether it was resolved. Raises TextRefused."""
        if not isinstance(question, str) or question not in self._answered or not isinstance(resolved, bool):
            raise TextRefused("没有可以评价的提问")
        self.resolutions[question] = resolved
        if self.unrated == question:
            self.unrated = None
        return ResolutionGiven(at, question, resolved)


def said_of_it(text: str) -> bool | None:
    """Whether the words say that a question was resolved; None where they say something else."""
    if _UNRESOLVED.fullmatch(text):
        return False
    return True if _RESOLVED.fullmatch(text) else None
