"""Simulated calls that pages walk through, kept in memory: so many of a visitor, so many in all, and not for long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from ivr.console.context import Console
from ivr.errors import PublishingRefused

if TYPE_CHECKING:
    from ivr.call.simulation import Simulation

#: Calls of one visitor, calls in all, how long one is kept that nobody goes on with (ms), moves of one.
MOST_OF_ONE, MOST, LONGEST_MS, MOST_MOVES = 4, 64, 30 * 60_000, 300


@dataclass(slots=True)
class Walk:
    """One simulated call: what it was so far, line by line."""

    id: str
    session: str
    simulation: Simulation
    lines: list[str]
    said: str
    t: int
    moves: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Simulations:
    """Those of one console. May be used from any thread."""

    def __init__(self) -> None:
        self._walks: OrderedDict[str, Walk] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, session: str, simulation: Simulation, lines: list[str], said: str, now: int) -> Walk:
        """Keep a call that begins; the oldest give way."""
        walk = Walk(token_urlsafe(9), session, simulation, lines, said, now)
        with self._lock:
            self._walks[walk.id] = walk
            own = [one.id for one in self._walks.values() if one.session == session]
            gone = [one.id for one in self._walks.values() if now - one.t > LONGEST_MS]
            for id_ in {*own[:-MOST_OF_ONE], *gone, *list(self._walks)[:-MOST]}:
                del self._walks[id_]
        return walk

    @contextmanager
    def at(self, id_: str, session: str, now: int) -> Iterator[Walk]:
        """A call that goes on, for one move at a time. Raises PublishingRefused where it is not there any more, or was
        begun by somebody else."""
        with self._lock:
            walk = self._walks.get(id_)
            if walk is None or walk.session != session or now - walk.t > LONGEST_MS:
                raise PublishingRefused("这通试走已经结束或放得太久：请重新开始")
            self._walks.move_to_end(id_)
        with walk.lock:
            walk.t = now
            walk.moves += 1
            if walk.moves > MOST_MOVES:
                raise PublishingRefused(f"一通试走最多 {MOST_MOVES} 步：请重新开始")
            yield walk

    def __len__(self) -> int:
        return len(self._walks)


_of: WeakKeyDictionary[Console, Simulations] = WeakKeyDictionary()


def simulations(console: Console) -> Simulations:
    """The simulated calls of a console."""
    return _of.setdefault(console, Simulations())
