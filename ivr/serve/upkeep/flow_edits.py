"""The flow that new calls are served with, kept as its files are: an edit is served everywhere (application, Asterisk,
record of the revision) or nowhere, and one that could not be is tried again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ivr.call.served_flow import ServedFlow
from ivr.dialogue.expected_speech import prepare
from ivr.errors import HotlineError, TelephonyError
from ivr.flow.findings import Finding
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records import days
from ivr.records.store import Store
from ivr.report.monitoring.live_publishing import PublishingState
from ivr.serve.asterisk import configuration, outbound, sounds
from ivr.serve.asterisk.retired_queues import InUse, retired
from ivr.serve.upkeep.flow_source import FlowSource
from ivr.settings import Settings
from ivr.speech.prompts.build import build
from ivr.speech.voices.registry import named
from ivr.telephony.ami.manager import Manager

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Two looks at the files must agree, and a new flow serves within 2 s.
POLL_SECONDS = 0.4
#: What could not be served is tried again so soon, then after twice as long, and so on up to the second figure.
RETRY_SECONDS = (1.0, 5.0)

#: Queues that an edit has removed are looked at so often.
TIDY_SECONDS = 3.0

#: Which Asterisk modules read which file.
_RELOADS = {
    "queues.conf": "app_queue.so",
    "pjsip.conf": "res_pjsip.so",
    "extensions.conf": "pbx_config.so",
}


class Edits:
    """`service` is what new calls are served with. Run `keep` as a task. Raises FlowRefused where there is no flow to
    begin with."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        #: The calls in progress before the last edit may still come to a queue that it removed.
        self._calls_before: frozenset[str] = frozenset()
        self._tidy_at = 0.0
        self._flows = FlowSource(settings, store)
        self._understood: tuple[object, Understanding] | None = None
        self._unread: set[str] = set()
        self._refused_reloads: set[str] = set()
        self._wanted: Flow | None = None
        self._trouble: str | None = None
        self._again_at, self._patience = 0.0, RETRY_SECONDS[0]
        self.service = self._built(self._flows.current)
        days.use(self.flow.timezone)

    @property
    def flow(self) -> Flow:
        """The revision that new calls are served with."""
        return self.service.flow

    def current(self) -> ServedFlow:
        """What new calls are served with now."""
        return self.service

    def current_flow(self) -> Flow:
        """Its flow."""
        return self.service.flow

    @property
    def trouble(self) -> str | None:
        """Why the files as they are now, or as they were published, are not served, or None."""
        return self._trouble or self._flows.trouble

    @property
    def publishing(self) -> PublishingState | None:
        """What waits for a second person; None where none is needed."""
        return self._flows.state

    def render(self) -> None:
        """Write what Asterisk reads, at the start. Raises NodeError, SpeechError."""
        first = not (self._settings.asterisk / "etc").exists()
        changed = self._place(self.service)
        if not first:
            self._unread.update(changed)  # an Asterisk that runs already has read the old ones

    async def keep(
        self, manager: Manager, standing: Callable[[], frozenset[str] | None], calls: Callable[[], frozenset[str]]
    ) -> None:
        """Take over edits until cancelled. `standing` gives the queues in which somebody stands (None where that is not
        known now), `calls` the calls in progress."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            reload = await _in_thread(self._flows.poll)
            if reload is not None:
                for finding in reload.findings:
                    _tell(finding)
                if reload.flow is None:
                    log.error("the edited flow is broken; revision %s stays", self.flow.revision.id)
                else:
                    self._want(reload.flow)
            if time.monotonic() >= self._again_at:
                await self._try(manager, calls)
            if time.monotonic() >= self._tidy_at:
                self._tidy_at = time.monotonic() + TIDY_SECONDS
                await self._tidy(manager, standing(), calls())

    def _want(self, flow: Flow) -> None:
        self._wanted = flow if flow.revision.id != self.flow.revision.id else None
        self._trouble, self._again_at, self._patience = None, 0.0, RETRY_SECONDS[0]

    async def _try(self, manager: Manager, calls: Callable[[], frozenset[str]]) -> None:
        if self._wanted is not None:
            if await self._serve_from_now_on(self._wanted):
                self._calls_before = calls()
            if self._wanted is None:
                await self.reload(manager)
        elif self._refused_reloads:
            await self.reload(manager)
        if self._wanted is not None or self._refused_reloads:
            self._again_at = time.monotonic() + self._patience
            self._patience = min(2 * self._patience, RETRY_SECONDS[1])

    async def _serve_from_now_on(self, flow: Flow) -> bool:
        """Whether new calls are served with it now."""
        revision = flow.revision
        try:
            service = await _in_thread(lambda: self._built(flow))
            new = await _in_thread(lambda: self._store.save_revision(revision, time.time_ns() // 1_000_000))
            try:
                changed = self._place(service)
            except (HotlineError, OSError):
                await self._take_back(revision.id if new else None)
                raise
        except (HotlineError, OSError) as wrong:
            if str(wrong) != self._trouble:
                log.error("revision %s cannot be served yet, %s stays: %s", revision.id, self.flow.revision.id, wrong)
            self._trouble = str(wrong)
            return False
        self.service, self._wanted, self._trouble = service, None, None
        days.use(self.flow.timezone)
        self._again_at, self._patience = 0.0, RETRY_SECONDS[0]
        log.info("revision %s (%s: %s) serves new calls", revision.id, revision.author, revision.reason)
        self._unread.update(changed)
        return True

    async def _take_back(self, revision_id: str | None) -> None:
        """Asterisk's files could not all be written: they, and the record of revisions, become what they were."""
        try:
            self._place(self.service)
            if revision_id is not None:
                await _in_thread(lambda: self._store.forget_revision(revision_id))
        except (HotlineError, OSError) as wrong:
            log.error("revision %s could not be put back as it was: %s", self.flow.revision.id, wrong)

    def _place(self, service: ServedFlow, in_use: InUse = lambda queue: True) -> set[str]:
        sounds.place(self._settings, service.flow, service.catalogue)
        return set(configuration.render(self._settings, service.flow, in_use=in_use))

    async def _tidy(self, manager: Manager, standing: frozenset[str] | None, calls: frozenset[str]) -> None:
        """Queues that the flow has no longer go once no call needs them."""
        if standing is None or self._calls_before & calls:
            return
        left = retired(self._settings.asterisk / "etc", self.flow.queues, lambda queue: queue not in standing).sections
        if not left:
            return
        try:
            self._unread.update(self._place(self.service, standing.__contains__))
        except (HotlineError, OSError) as wrong:
            log.error("queues that nobody needs cannot be removed yet: %s", wrong)
            return
        log.info("queues gone: %s", "、".join(sorted(left)))
        await self.reload(manager)

    async def reload(self, manager: Manager) -> None:
        """Have Asterisk read what has changed; what cannot be told now is told later."""
        for name in sorted(self._unread):
            module = _RELOADS.get(name)
            if module is None:
                log.warning("Asterisk reads the new %s when it is started again", name)
            else:
                try:
                    await manager.action("Reload", Module=module)
                except TelephonyError as wrong:
                    if name not in self._refused_reloads:
                        log.error("Asterisk has not read the new %s yet: %s", name, wrong)
                    self._refused_reloads.add(name)
                    continue
            self._refused_reloads.discard(name)
            self._unread.discard(name)

    # ---- what serves a flow

    def _built(self, flow: Flow) -> ServedFlow:
        if not outbound.possible(self._settings.sip, flow):
            flow = replace(flow, callbacks=None)  # no trunk to call through: nobody is promised a call
        voice = named(self._settings.voice, self._settings.models)
        report = build(flow, self._settings.prompts, voice)
        for failure in report.failed:
            log.error("%s: %s", failure.clip.id, failure.reason)
        return ServedFlow(flow, report.catalogue, self._understanding_of(flow))

    def _understanding_of(self, flow: Flow) -> Understanding | None:
        """How this flow's callers are understood. Making it takes a second, so an edit that leaves knowledge, menus and
        leaves as they were keeps it: new calls hear an edit within 2 s."""
        if not flow.knowledge:
            return None
        known = (flow.knowledge, flow.menus, flow.leaves)
        if self._understood is None or self._understood[0] != known:
            understanding = Understanding(flow)
            prepare(flow, understanding)
            self._understood = (known, understanding)
        return self._understood[1]


def _tell(finding: Finding) -> None:
    log.log(logging.ERROR if finding.severity == "error" else logging.WARNING, "%s", finding)


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
