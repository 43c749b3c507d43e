"""Protects the callers who are in from those who come, where the machine cannot bear all: a level at a time.

First new calls are served by keys alone, for listening costs most; then new calls hear the busy notice, before
anybody's sound breaks. What tells is by how much (ms) anything of ours or Asterisk comes late: the poll of callers'
sound, the application's event loop, Asterisk's answer to a ping. Where that is so for some seconds the level rises by
one, and after a calm while it falls by one. The dialplan's busy notice runs out by itself, should the application die
meanwhile. A machine that few calls are on is held up by something else: then nobody is refused.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable

from ivr.errors import TelephonyError
from ivr.report.monitoring.load_level import TOLD, LoadLevel
from ivr.tasks import background
from ivr.telephony.ami.manager import Manager

log = logging.getLogger(__name__)

#: A second in which something came so late is a strained one: callers hear a gap from about 100 ms on.
STRAINED_MS = 80
#: So many strained seconds of the last ones raise the level; a level stays for as many seconds at least.
STRAINED, OF_SECONDS = 3, 5
#: With fewer calls than this the strain is none of ours, and refusing more would not mend it.
OWN_CALLS = {1: 30, 2: 60}
#: After so many seconds in a row in which nothing came later than this the level falls.
CALM_S, CALM_MS = 30, 40
#: The event loop is looked at so often (s).
_LOOK_S = 0.1
#: A ping of Asterisk's that takes longer (s) is as late as can be.
_PING_S = 1.0
#: The dialplan gives the busy notice for so many seconds after it was last told to.
_BUSY_S = 5


class LoadLevels:
    """Decides, second by second. Pure."""

    def __init__(self) -> None:
        self.level = LoadLevel.NORMAL
        self._strained: deque[bool] = deque(maxlen=OF_SECONDS)
        self._calm = 0

    def second(self, late_ms: int, calls: int) -> LoadLevel:
        """A second has passed in which something came so late at the worst, with so many calls in progress; the level
        from now on."""
        self._strained.append(late_ms >= STRAINED_MS)
        self._calm = self._calm + 1 if late_ms <= CALM_MS else 0
        above = LoadLevel(min(self.level + 1, LoadLevel.BUSY))
        if sum(self._strained) >= STRAINED and self.level < above and calls >= OWN_CALLS[above]:
            self.level = above
            self._strained.clear()  # what the level before could not prevent is no proof that this one cannot
        elif self._calm >= CALM_S and self.level > LoadLevel.NORMAL:
            self.level = LoadLevel(self.level - 1)
            self._calm = 0
        return self.level

    def lets_listen(self) -> bool:
        """Whether new calls may be listened to."""
        return self.level == LoadLevel.NORMAL


class LoadProtection:
    """Keeps the level, and tells the dialplan. `sound_late` says how late (ms) callers' sound was polled at the worst
    of late, `calls` how many are in progress; `enabled` as the settings say."""

    def __init__(
        self,
        manager: Manager,
        sound_late: Callable[[], int],
        calls: Callable[[], int],
        *,
        enabled: bool,
        levels: LoadLevels | None = None,
    ) -> None:
        self._manager = manager
        self._sound_late = sound_late
        self._calls = calls
        self._enabled = enabled
        self._levels = levels or LoadLevels()
        self._loop_late = 0.0

    @property
    def level(self) -> LoadLevel:
        """What new calls get now."""
        return self._levels.level

    @property
    def trouble(self) -> str | None:
        """What the operator should know, or None."""
        return TOLD.get(self.level)

    async def keep(self) -> None:
        """Look each second, for as long as the node runs."""
        if not self._enabled:
            await asyncio.Event().wait()
        watching = background(self._watch_loop(), "load-watch")
        try:
            while True:
                await asyncio.sleep(1)
                await self._second()
        finally:
            watching.cancel()

    async def _second(self) -> None:
        answered = await self._ping()
        late = max(self._loop_late, answered, self._sound_late() / 1000)
        self._loop_late = 0.0
        before = self.level
        level = self._levels.second(round(late * 1000), self._calls())
        if level != before:
            log.warning("load protection: level %d, as something came %.0f ms late", level, late * 1000)
        if level == LoadLevel.BUSY:
            await self._tell_dialplan(int(time.time()) + _BUSY_S)
        elif before == LoadLevel.BUSY:
            await self._tell_dialplan(0)

    async def _watch_loop(self) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(_LOOK_S)
            self._loop_late = max(self._loop_late, time.monotonic() - began - _LOOK_S)

    async def _ping(self) -> float:
        """How long (s) Asterisk took to answer; 0 while the link is down, which others see to."""
        began = time.monotonic()
        try:
            await self._manager.action("Ping", within=_PING_S)
        except TelephonyError:
            return _PING_S if time.monotonic() - began >= _PING_S else 0.0
        return time.monotonic() - began

    async def _tell_dialplan(self, until: int) -> None:
        try:
            await self._manager.action("Setvar", Variable="BUSY_UNTIL", Value=until)
        except TelephonyError as wrong:
            log.warning("load protection: the dialplan could not be told: %s", wrong)
