"""The emergency that is in force, as the node's calls meet it: read from the database again and again, so that whatever
node decides, every one serves its next call by it within two seconds (CBA 三十五, 三十七)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from ivr.errors import StoreError, TelephonyError
from ivr.flow.model import Flow
from ivr.records.emergency import InForce
from ivr.records.store import Store
from ivr.telephony.ami.manager import Manager

log = logging.getLogger(__name__)

#: The database is asked so often.
LOOK_SECONDS = 0.5
#: A capacity is told to the dialplan again after so long: it forgets what it was told when its files are read anew.
TELL_SECONDS = 2.0


async def known_now(
    store: Store, flow: Callable[[], Flow], news: Callable[[], None], manager: Manager, most_calls: int
) -> EmergencyInForce:
    """A node's, which knows already what is in force: the first call after a start meets it, too."""
    made = EmergencyInForce(store.emergencies.in_force, flow, news, manager, most_calls)
    await made.look()
    return made


class EmergencyInForce:
    """`in_force` reads the database, `news` is called where something has changed, `flow` has the plan. While the
    database is away what was in force last stays so."""

    def __init__(
        self,
        in_force: Callable[[], InForce | None],
        flow: Callable[[], Flow],
        news: Callable[[], None],
        manager: Manager,
        most_calls: int,
    ) -> None:
        self._in_force, self._flow, self._news = in_force, flow, news
        self._manager, self._most = manager, most_calls
        self._now: InForce | None = None
        self._away = self._untold = False
        self._told: tuple[int, float] | None = None

    def current(self) -> InForce | None:
        """What is in force now, as far as is known."""
        return self._now

    async def keep(self) -> None:
        """Look for as long as the node runs."""
        while True:
            await self.look()
            await self._tell_capacity()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Read it now."""
        try:
            now = await asyncio.to_thread(self._in_force)
        except StoreError as wrong:
            if not self._away:
                log.error("whether an emergency is in force cannot be read; it stays at %s: %s", self._now, wrong)
            self._away = True
            return
        self._away = False
        if now != self._now:
            log.warning("emergency: %s", now if now is not None else "over")
            self._now = now
            self._news()

    async def _tell_capacity(self) -> None:
        """The dialplan counts the calls: so many at once. A drill turns nobody away."""
        now = self._now
        capacity = None if now is None or now.drill else self._flow().emergency.measures(now).capacity
        value = min(capacity or self._most, self._most)
        if self._told is not None:
            told, since = self._told
            if value == told and (value == self._most or time.monotonic() - since < TELL_SECONDS):
                return
        try:
            await self._manager.action("Setvar", Variable="CAPACITY", Value=str(value))
        except TelephonyError as wrong:
            if not self._untold:
                log.warning("the dialplan is told the capacity of %d calls later: %s", value, wrong)
            self._untold = True
            return
        self._untold = False
        self._told = (value, time.monotonic())
