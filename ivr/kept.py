"""What takes long to make and is asked for again and again: the last few are kept, and none is made twice at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(slots=True)
class _Made(Generic[V]):
    """`lock` is held by whoever makes it; `value` with when it was made (monotonic seconds), None until then."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    value: tuple[V, float] | None = None


class Kept(Generic[V]):
    """The last `most` values by key, each good for `fresh` seconds. One that is older, yet not by more than `stale`
    seconds, is given all the same while it is made anew in the background. May be used from any thread."""

    def __init__(
        self,
        most: int,
        *,
        fresh: float = float("inf"),
        stale: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._fresh, self._stale, self._clock = most, fresh, stale, clock
        self._made: OrderedDict[Hashable, _Made[V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], V], keep: Callable[[V], bool] = lambda _value: True) -> V:
        """The value of a key, which `make` makes; whoever asks meanwhile waits for it. One of which `keep` says no is
        given, and not kept. Raises what `make` raises: the next one tries again."""
        with self._lock:
            one = self._made.setdefault(key, _Made())
            self._made.move_to_end(key)
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        if (there := one.value) is not None:
            age = self._clock() - there[1]
            if age < self._fresh:
                return there[0]
            if age < self._fresh + self._stale:
                if one.lock.acquire(blocking=False):
                    threading.Thread(target=self._anew, args=(one, make, keep), name="kept", daemon=True).start()
                return there[0]
        with one.lock:
            if (there := one.value) is not None and self._clock() - there[1] < self._fresh:
                return there[0]
            return self._make(one, make, keep)

    def __len__(self) -> int:
        with self._lock:
            return sum(one.value is not None for one in self._made.values())

    def _anew(self, one: _Made[V], make: Callable[[], V], keep: Callable[[V], bool]) -> None:
        """In the background, with the lock held: what fails here fails again for whoever asks once it is too old."""
        try:
            self._make(one, make, keep)
        finally:
            one.lock.release()

    def _make(self, one: _Made[V], make: Callable[[], V], keep: Callable[[V], bool]) -> V:
        value = make()
        if keep(value):
            one.value = value, self._clock()
        return value
