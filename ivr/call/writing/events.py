"""What the visitor does, as the event that saying or pressing it would be."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from ivr.call.writing.wording import Choice
from ivr.dialogue.model import Digits, Event, Key, Spoke
from ivr.dialogue.state import Position

#: A guess is answered in words, so that the record says what came of it.
_IN_WORDS = {Position.CONFIRM: ("是的", "不是"), Position.WHICH: ("第一个", "第二个", "都不是")}


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is done (epoch ms), after so many prompts of the turn, and what names it in the record where it is
    said. `place` is where the visitor is, `choices` what he can choose there, `keys` how many make one answer."""

    at: int
    heard: int
    turn_id: str
    place: Position
    choices: Collection[Choice]
    keys: int

    def written(self, text: str) -> Event:
        """Something was typed: what would be said, but for words or a number that stand for a choice, and the keys of
        one answer."""
        named = next((one for one in self.choices if one.label == text), None)
        if named is not None:
            return self.chosen(named)
        digits = unicodedata.normalize("NFKC", text)
        if digits.isascii() and digits.isdecimal():
            if len(digits) == 1 and any(one.key == digits for one in self.choices):
                # typed at a menu it may be one of a number's, as if pressed into the prompt
                return Key(self.at, digits, 0 if self.place is Position.MENU else self.heard)
            if 2 <= len(digits) <= self.keys:
                return Digits(self.at, digits, self.heard)
        return self._said(text)

    def chosen(self, choice: Choice) -> Event:
        """One of the choices, or of those that are there everywhere."""
        words = _IN_WORDS.get(self.place)
        if words is not None and choice in self.choices:
            return self._said(words[int(choice.key) - 1])
        return Key(self.at, choice.key, self.heard)

    def _said(self, text: str) -> Spoke:
        return Spoke(self.at, self.heard, text, 1.0, self.at, self.at, self.turn_id)
