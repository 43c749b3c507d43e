"""Looks for what warns of an emergency every few seconds, tells those whom the plan names, and knows what is in force
(CBA 三十三, 四十四). The database itself may be what is down: then what is found is told all the same, and kept when it
is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from ivr.care.emergencies import drills, lead
from ivr.care.emergencies.detectors import Detectors, Observed, Usual
from ivr.care.emergencies.telling import Told, delivered
from ivr.care.emergencies.usual import usual_at
from ivr.care.notify.notifier import Notifier
from ivr.errors import EmergencyRefused, StoreError
from ivr.flow.model import Flow
from ivr.records.deliveries.model import Delivery
from ivr.records.emergencies.model import DetectorId, EmergencyWarning
from ivr.records.emergency import InForce
from ivr.records.store import Store
from ivr.report.monitoring.exporter import Snapshot
from ivr.report.monitoring.live_emergency import EmergencyState
from ivr.serve.care.deliveries import notifier
from ivr.settings import Settings
from ivr.tasks import background

log = logging.getLogger(__name__)

T = TypeVar("T")

#: A warning is given within a minute: so often it is looked, and so long the database may take to answer.
LOOK_SECONDS = 5.0
ANSWER_SECONDS = 5.0
#: What is usual is asked for again after so long; so long a drill's reminder rests.
USUAL_MS: Final = 300_000
REMIND_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the database says."""

    in_force: InForce | None = None
    last_drill: int | None = None
    undelivered: int = 0


@dataclass(slots=True)
class EmergencyWatch:
    """One of a node: run `keep` as a task, or `look` by hand. `look_at` gives the node's Snapshot of a moment, `clock`
    epoch ms. `state` is how it stands, for the endpoint."""

    node: str
    store: Store
    notifier: Notifier
    flow: Callable[[], Flow]
    look_at: Callable[[int], Snapshot]
    clock: Callable[[], int]
    look_seconds: float = LOOK_SECONDS
    answer_seconds: float = ANSWER_SECONDS
    state: EmergencyState = field(default_factory=EmergencyState)
    #: Whether the database answered when it was asked last; None before that.
    database: bool | None = None
    _detectors: Detectors = field(init=False)
    _kept: _Kept = field(default_factory=_Kept)
    _usual: Usual = field(default_factory=Usual)
    _usual_at: int | None = None
    _reminded_at: int | None = None
    _tidied: bool = False
    #: What the database has not taken yet: warnings, and what was told of them.
    _unkept: list[tuple[EmergencyWarning, tuple[Delivery, ...]]] = field(default_factory=list)
    _asking: asyncio.Task[_Kept | None] | None = None
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(len(DetectorId) + 1, "emergency"))
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._detectors = Detectors(self.node)

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self.look_seconds)

    def close(self) -> None:
        """Nobody watches any more; what is being told is told."""
        self._threads.shutdown(wait=False)

    async def look(self) -> None:
        """Look once."""
        now, flow = self.clock(), self.flow()
        database = self.database = await self._ask(flow, now)
        seen = self.look_at(now)
        begun, over = self._detectors.look(
            flow.emergency.detectors, _observed(seen, now, database=database), self._usual
        )
        for warning in begun:
            log.warning("emergency warning %s: %s", warning.detector, warning.words)
            self._tell(flow, warning)
        for warning in over:
            log.info("emergency warning %s is over", warning.detector)
            self._unkept.append((warning, ()))
        self.state = EmergencyState(
            self._kept.in_force,
            {id_: warning.value for id_, warning in self._detectors.active.items()},
            drills.due(flow, self._kept.last_drill, now),
            self._kept.undelivered,
        )

    async def _in_thread(self, work: Callable[..., T], *given: object) -> T:
        """Of its own threads: a database or a receiver that hangs holds up nothing else of the node."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    async def told(self) -> None:
        """Wait until everything that was begun to be told is told; for tests and the end."""
        await asyncio.gather(*self._telling)

    # ---- the database

    async def _ask(self, flow: Flow, now: int) -> bool:
        """Whether it answers, and what it says; never longer than `answer_seconds`. One that hangs is not asked again
        before it has answered."""
        if self._asking is None:
            self._asking = background(self._in_thread(self._of_store, flow, now), "emergency database")
        done, _ = await asyncio.wait({self._asking}, timeout=self.answer_seconds)
        if not done:
            return False
        asked, self._asking = self._asking, None
        self._kept = asked.result() or self._kept
        return asked.result() is not None

    def _of_store(self, flow: Flow, now: int) -> _Kept | None:
        """In a thread; None where the database does not serve."""
        try:
            self._keep_the_unkept(now)
            if self._usual_at is None or now - self._usual_at >= USUAL_MS:
                self._usual = usual_at(self.store.past_load, now)
                self._usual_at = now
            emergencies = self.store.emergencies
            kept = _Kept(emergencies.in_force(), emergencies.last_drill(), self.store.deliveries.failed())
            if self._reminded_at is None or now - self._reminded_at >= REMIND_MS:
                self._remind(flow, kept.last_drill, now)
                self._reminded_at = now
        except StoreError as wrong:
            log.debug("the emergency watch waits for the database: %s", wrong)
            return None
        return kept

    def _keep_the_unkept(self, now: int) -> None:
        if not self._tidied:
            # those of a life before: whoever watched them is gone
            for warning in self.store.emergencies.warnings(since=now):
                if warning.node == self.node and warning.t_over is None:
                    self.store.emergencies.warn(replace(warning, t_over=now))
            self._tidied = True
        while self._unkept:
            warning, told = self._unkept[0]
            self.store.emergencies.warn(warning, told)
            self._unkept.pop(0)

    def _remind(self, flow: Flow, last: int | None, now: int) -> None:
        untold: list[str] = []
        for delivery in drills.reminders(flow, last, now, untold):
            self.store.deliveries.keep(delivery)
        for words in untold:
            log.warning("a drill is due, and cannot be told: %s", words)

    # ---- telling

    def _tell(self, flow: Flow, warning: EmergencyWarning) -> None:
        self._telling.add(task := background(self._in_thread(self._told, flow, warning), "emergency warning"))
        task.add_done_callback(self._telling.discard)

    def _told(self, flow: Flow, warning: EmergencyWarning) -> None:
        """In a thread: kept, and sent by who sends everything; where it cannot be kept, sent right here."""
        detector = flow.emergency.detectors[warning.detector.value]
        untold: list[str] = []
        words = Told.of_warning(warning)
        telling = tuple(one for contact in detector.tell for one in delivered(flow, contact, words, untold))
        for reason in untold:
            log.warning("emergency warning %s cannot be told: %s", warning.detector, reason)
        try:
            self.store.emergencies.warn(warning, telling)
        except StoreError as wrong:
            log.warning("emergency warning %s is told without the database: %s", warning.detector, wrong)
            with ThreadPoolExecutor(len(telling) or 1, "warning") as threads:
                self._unkept.append((warning, tuple(threads.map(self.notifier.send_unkept, telling))))
            return
        if detector.switch:
            self._switch(flow, warning)

    def _switch(self, flow: Flow, warning: EmergencyWarning) -> None:
        """The plan says that this starts it; whatever a person has in force stays."""
        try:
            lead.start_by_itself(self.store.emergencies, flow, warning, self.clock())
        except (EmergencyRefused, StoreError) as wrong:
            log.warning("emergency warning %s starts nothing: %s", warning.detector, wrong)


def watch(
    settings: Settings, store: Store, flow: Callable[[], Flow], look_at: Callable[[int], Snapshot]
) -> EmergencyWatch:
    """The node's own."""
    sending = notifier(settings, store)
    return EmergencyWatch(settings.node, store, sending, flow, look_at, sending.clock)


def _observed(seen: Snapshot, now: int, *, database: bool) -> Observed:
    live = seen.live
    agents = sum(number for state, number in seen.agents.items() if state != "offline")
    return Observed(
        now,
        live.offered_minute,
        live.offered,
        agents if seen.manager_link else None,
        max((line.longest_ms for line in live.queues.values()), default=0),
        seen.recogniser,
        seen.bank,
        database,
    )
