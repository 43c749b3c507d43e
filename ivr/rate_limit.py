"""How often something may be tried: so many times in a while, by whatever key."""

from __future__ import annotations

import threading
from collections import OrderedDict

#: Keys remembered at once; the one not seen for longest is forgotten first.
MOST_KEYS = 10_000


class RateLimit:
    """At most `most` tries in `seconds` for one key. May be used from any thread."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._tries: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, key: str, now: float) -> bool:
        """Whether one more try may be made at `now` (seconds, of a clock that only goes forward)."""
        with self._lock:
            return len(self._recent(key, now)) < self._most

    def note(self, key: str, now: float) -> None:
        """A try was made."""
        with self._lock:
            tries = self._recent(key, now)
            tries.append(now)
            self._tries[key] = tries[-self._most :]
            self._tries.move_to_end(key)
            while len(self._tries) > MOST_KEYS:
                self._tries.popitem(last=False)

    def take(self, key: str, now: float) -> bool:
        """Whether one more may be made; it counts as made then."""
        if not self.allows(key, now):
            return False
        self.note(key, now)
        return True

    def give_back(self, key: str) -> None:
        """The last try does not count after all."""
        with self._lock:
            if tries := self._tries.get(key):
                tries.pop()

    def forget(self, key: str) -> None:
        """The tries count no more."""
        with self._lock:
            self._tries.pop(key, None)

    def _recent(self, key: str, now: float) -> list[float]:
        return [t for t in self._tries.get(key, ()) if t > now - self._seconds]
