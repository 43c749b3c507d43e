"""How many connections that stay open one session may have at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Places:
    """At most `most` for one session. Of the event loop's thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, session: str) -> Iterator[bool]:
        """As long as it lasts; False where there is none left."""
        if self._taken[session] >= self._most:
            yield False
            return
        self._taken[session] += 1
        try:
            yield True
        finally:
            self._taken[session] -= 1
            if not self._taken[session]:
                del self._taken[session]
