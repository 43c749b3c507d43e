"""One press that comes twice: trunks there are that send each key as an RFC 4733 event and as a SIP INFO (RFC 6086),
and Asterisk takes both for keys of their own and does not say which came how. Pure; times are seconds of one clock."""

from __future__ import annotations

#: No two presses of a key are so close: ITU-T Q.24 asks for 40 ms of tone and 40 ms of pause.
SURELY_S = 0.06
#: The copy sent when the key goes down comes before the event, which ends when it is let go; presses of a key by hand
#: are further apart.
PROBABLY_S = 0.17
#: On a line that is known to double its keys the copy may be so late.
KNOWN_S = 0.4


class Doubled:
    """Tells a press from its copy, for one call. A line doubles all its keys or none: once a key has come alone, two of
    the same are two presses, and who doubled one for sure doubles all."""

    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None
        self._window = PROBABLY_S
        self._sure = False

    def is_copy(self, key: str, at: float) -> bool:
        """Whether `key`, which came at `at`, is the press before it once more. To be told of every key."""
        if self._last is not None:
            last, before = self._last
            if key == last and at - before <= self._window:
                self._last = None
                self._sure = self._sure or at - before <= SURELY_S
                self._window = KNOWN_S
                return True
            if not self._sure:
                self._window = SURELY_S
        self._last = (key, at)
        return False
