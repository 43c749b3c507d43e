"""Which pressed keys a record may hold: what looks like a number that somebody types, a PIN say, is counted and not
kept (CBA 十三).

Somebody who chooses listens; somebody who types does not. So keys count together until the caller has heard a question
to its end, says something or lets it time out. Of the digits pressed in between so many are kept as a caller who knows
the menus needs to reach a leaf, three menus deep (D1), however slowly they come; one that leads nowhere counts twice,
for a number meets more of those than a choice does. No number of four digits or more is ever kept whole."""

from __future__ import annotations

#: Keys that follow one another sooner are typed, not chosen one by one.
QUICK_MS = 1000
#: So many digits in a row lead to any leaf (D1); no more of them is ever kept.
MOST_DIGITS = 3

_DIGITS = frozenset("0123456789")


class KeysKept:
    """Follows the keys of one call."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._quick = 0
        self._spent = 0
        self._typing = False

    def pressed(self, at: int, keys: str, *, heard: bool) -> None:
        """These keys were pressed at `at` (epoch ms); `heard`: after the question had been heard to its end."""
        quick = self._last is not None and at - self._last < QUICK_MS
        if heard or not (quick or _DIGITS.intersection(keys)):  # who asks for the menu again, or goes back, chooses
            self.paused()
        self._quick = self._quick + 1 if quick else 1
        self._spent += sum(key in _DIGITS for key in keys)
        self._last = at
        self._typing = self._typing or self._quick > MOST_DIGITS or self._spent > MOST_DIGITS

    def typing(self) -> None:
        """The caller types a number now."""
        self._spent = MOST_DIGITS + 1
        self._typing = True

    def paused(self) -> None:
        """The caller let a prompt end or said something."""
        self._quick = self._spent = 0
        self._typing = False

    def keep(self, key: str | None, outcome: str) -> str | None:
        """The key as the record may hold it, or None."""
        if key is None:
            return None
        if outcome == "invalid":
            self._spent += 1
            self._typing = self._typing or self._quick > 1 or self._spent > MOST_DIGITS
        return None if self._typing else key
