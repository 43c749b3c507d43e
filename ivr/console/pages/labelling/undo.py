"""What each visitor has labelled since he signed in, the last first to be taken back; kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from weakref import WeakKeyDictionary

from ivr.console.context import Console
from ivr.training.session import LabelStep

#: Labels of one session that can be taken back; sessions of which they are kept.
MOST_OF_ONE, _SESSIONS = 100, 200


class LabelSteps:
    """Those of one console, by session. May be used from any thread."""

    def __init__(self) -> None:
        self._steps: OrderedDict[str, list[LabelStep]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, session: str, step: LabelStep) -> None:
        """The label that a session kept last."""
        with self._lock:
            steps = self._steps.setdefault(session, [])
            self._steps.move_to_end(session)
            steps.append(step)
            del steps[:-MOST_OF_ONE]
            while len(self._steps) > _SESSIONS:
                self._steps.popitem(last=False)

    def last(self, session: str) -> LabelStep | None:
        """The one that would be taken back now."""
        steps = self._steps.get(session)
        return steps[-1] if steps else None

    def gone(self, session: str, step: LabelStep) -> None:
        """It was taken back, or cannot be any more."""
        with self._lock:
            if step in (steps := self._steps.get(session, [])):
                steps.remove(step)


_of: WeakKeyDictionary[Console, LabelSteps] = WeakKeyDictionary()


def label_steps(console: Console) -> LabelSteps:
    """What can be taken back at a console."""
    return _of.setdefault(console, LabelSteps())
