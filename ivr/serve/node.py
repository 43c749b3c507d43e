"""One node: wires the rooms together, starts them, keeps the flow fresh, and stops without dropping a call."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from ivr.call.session import Service
from ivr.call.switchboard import Switchboard
from ivr.call.waiting import Waiting
from ivr.dialogue.hearing import prepare
from ivr.errors import CommandRefused, NodeError, RecordsError, SpeechError, StoreError, TelephonyError
from ivr.flow.findings import Finding
from ivr.flow.model import Flow
from ivr.flow.store import FlowStore
from ivr.nlu import Understanding
from ivr.records.journal import Journal
from ivr.records.model import StateName
from ivr.records.recover import recover
from ivr.records.store import Store
from ivr.records.writer import Recorder
from ivr.report.board import Standing
from ivr.report.live import Reading
from ivr.serve import asterisk_conf, sounds, watchdog
from ivr.serve.alone import alone
from ivr.serve.books import Books
from ivr.serve.cel_file import CelFile
from ivr.serve.hearing import Hearing, open_hearing
from ivr.serve.watch import Watch
from ivr.settings import Settings
from ivr.speech.build import build
from ivr.speech.voice import named
from ivr.telephony import agi, events
from ivr.telephony.ami import AmiEvent, AmiReply, Manager
from ivr.telephony.waits import QueueBoard

log = logging.getLogger(__name__)
T = TypeVar("T")

#: Two looks at the files must agree, and a new flow serves within 2 s.
POLL_SECONDS = 0.4
#: Asterisk may take so long to load its modules after it has taken the manager's login.
LOADING_SECONDS = 10
#: While draining, the calls in progress are counted this often.
DRAIN_LOOK_SECONDS = 0.1

#: Which Asterisk modules read which file.
_RELOADS = {
    "queues.conf": "app_queue.so",
    "pjsip.conf": "res_pjsip.so",
    "extensions.conf": "pbx_config.so",
}


class Node:
    """`run` serves until `stop` is asked for, by SIGTERM or SIGINT in `main`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._flows = FlowStore(settings.flows)
        self._understood: tuple[object, Understanding] | None = None
        self._service = self._built(self._flows.current)
        self._store = Store(settings.url)
        self._cel = CelFile(settings.asterisk / "log" / "cel-custom" / "ivr.csv")
        self._link_up = False
        self._unread: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """Drain: calls in progress finish, new ones take the dialplan's fallback. A second time: at once."""
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def run(self) -> None:
        """Serve until stopped. Raises NodeError where the node cannot start."""
        async with contextlib.AsyncExitStack() as closing:
            server = await self._open(closing)
            log.info("node %s serves revision %s", self.settings.node, self._flows.current.revision.id)
            await self._stop.wait()
            await self._drain(server)
            await self._books.tidy()

    async def _open(self, closing: contextlib.AsyncExitStack) -> agi.AgiServer:
        """Start everything; `closing` ends it, the last one first. Raises NodeError."""
        settings = self.settings
        self._render()
        own = asterisk_conf.load_secrets(settings, self._flows.current.agents)
        journal = Journal(settings.journal)
        await self._in_thread(lambda: self._prepare_store(journal))
        closing.push_async_callback(self._in_thread, self._store.close)
        recorder = Recorder(journal, self._store)
        closing.push_async_callback(self._in_thread, recorder.close)
        hearing = await open_hearing(settings, lambda seconds: watch.live.latency.observe(seconds))
        if hearing is not None:
            closing.push_async_callback(hearing.close)
        watch = self._watch(recorder, journal, hearing)
        closing.push_async_callback(lambda: watch.close(_now()))
        watch.open(settings.metrics)
        manager = Manager(settings.ami.host, settings.ami.port, settings.ami.user, own.ami)
        closing.push_async_callback(manager.close)
        board = QueueBoard()
        waiting = Waiting(manager, board)
        closing.push_async_callback(waiting.close)
        listening = hearing.listening if hearing is not None else None
        self._switchboard = Switchboard(lambda: self._service, watch, waiting, lambda: self._books.attend(), listening)
        self._books = Books(journal, self._store, self._cel, self._switchboard, lambda: _alive(manager))
        manager.on("*", self._listener(board, watch))
        manager.on_state(lambda up: self._linked(up, manager, board, watch))
        try:
            server = await agi.serve(settings.agi.host, settings.agi.port, self._switchboard.on_agi)
        except OSError as wrong:
            raise NodeError(f"AGI {settings.agi.host}:{settings.agi.port}: {wrong}") from wrong
        closing.push_async_callback(server.abort)
        manager.start()
        for work in (self._keep_fresh(manager), self._keep_watch(recorder), self._books.keep(), watch.keep()):
            self._tasks.add(asyncio.create_task(work))
        closing.push_async_callback(self._end_tasks)
        return server

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _watch(self, recorder: Recorder, journal: Journal, hearing: Hearing | None) -> Watch:
        wanted = self.settings.speech.engine not in ("none", "auto")

        def look(calls: Standing, agents: Mapping[StateName, int], spoken: Mapping[str, int]) -> Reading:
            return _reading(Reading(calls, agents, spoken, journal.lag, self._link_up), hearing, wanted)

        return Watch(recorder, self._store, lambda: self._flows.current, look)

    async def _drain(self, server: agi.AgiServer) -> None:
        """Wait for the calls in progress, those that wait or talk included; they come back here."""
        log.info("draining: %d calls in progress", self._switchboard.live)
        self._switchboard.draining = True
        deadline = time.monotonic() + self.settings.drain_seconds
        while self._switchboard.live or server.calls:
            if time.monotonic() > deadline or self._hurry.is_set():
                left = self._switchboard.live
                log.error("%d calls did not end in time; Asterisk goes on with them, the next start has them", left)
                return
            await asyncio.sleep(DRAIN_LOOK_SECONDS)

    def _render(self) -> None:
        first = not (self.settings.asterisk / "etc").exists()
        changed = asterisk_conf.render(self.settings, self._flows.current)
        sounds.place(self.settings, self._flows.current, self._service.catalogue)
        if not first:
            self._unread.update(changed)  # an Asterisk that runs already has read the old ones

    # ---- flow

    def _built(self, flow: Flow) -> Service:
        voice = named(self.settings.voice, self.settings.models)
        report = build(flow, self.settings.prompts, voice)
        for failure in report.failed:
            log.error("%s: %s", failure.clip.id, failure.reason)
        return Service(flow, report.catalogue, self._understanding_of(flow))

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

    async def _keep_fresh(self, manager: Manager) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            reload = await self._in_thread(self._flows.poll)
            if reload is None:
                continue
            for finding in reload.findings:
                _tell(finding)
            if reload.flow is None:
                log.error("the edited flow is broken; revision %s stays", self._flows.current.revision.id)
            else:
                await self._serve_from_now_on(reload.flow, manager)

    async def _serve_from_now_on(self, flow: Flow, manager: Manager) -> None:
        try:
            service = await self._in_thread(lambda: self._built(flow))
            sounds.place(self.settings, flow, service.catalogue)
            changed = asterisk_conf.render(self.settings, flow)
            await self._in_thread(lambda: self._store.save_revision(flow.revision, _now()))
        except (SpeechError, RecordsError, NodeError, OSError) as wrong:
            log.error("revision %s cannot be served yet: %s", flow.revision.id, wrong)
            if not isinstance(wrong, RecordsError):
                return
            changed = ()
        self._service = service
        log.info("revision %s (%s: %s) serves new calls", flow.revision.id, flow.revision.author, flow.revision.reason)
        self._unread.update(changed)
        await self._reload(manager)

    async def _reload(self, manager: Manager) -> None:
        """Have Asterisk read what has changed; what cannot be told now is told when the link is back."""
        for name in sorted(self._unread):
            module = _RELOADS.get(name)
            if module is None:
                log.warning("Asterisk reads the new %s when it is started again", name)
            else:
                try:
                    await manager.action("Reload", Module=module)
                except TelephonyError as wrong:
                    log.error("Asterisk has not read the new %s yet: %s", name, wrong)
                    continue
            self._unread.discard(name)

    # ---- records

    def _prepare_store(self, journal: Journal) -> None:
        """Bring the database up to date and take in what an earlier run left in the journal. A database that
        cannot be reached does not keep the hotline from answering: the journal keeps the facts."""
        self._cel.take()
        try:
            self._store.migrate()
            self._store.save_revision(self._flows.current.revision, _now())
            log.info("recovered: %s", recover(journal, self._store, self._cel.lines(), _now()))
        except StoreError as wrong:
            log.error("the database cannot be used now: %s", wrong)

    async def _keep_watch(self, recorder: Recorder) -> None:
        """Tell the operator what is wrong, once, and again when it changes."""
        told: str | None = None
        status = self.settings.state / "trouble"
        while True:
            watchdog.alive()
            trouble = recorder.trouble
            if not self._link_up:
                trouble = "；".join(filter(None, (trouble, "与 Asterisk 的管理连接（AMI）中断，正在重连")))
            if trouble != told:
                told = trouble
                if trouble:
                    log.error("%s", trouble)
                try:
                    status.write_text((trouble or "") + "\n", encoding="utf-8")
                except OSError as wrong:
                    log.error("%s: %s", status, wrong)
            await asyncio.sleep(1)

    # ---- Asterisk

    def _listener(self, board: QueueBoard, watch: Watch) -> Callable[[AmiEvent], None]:
        def listen(event: AmiEvent) -> None:
            for one in events.interpret(event):
                board.feed(one)
                watch.on_event(one)
                self._switchboard.on_event(one)

        return listen

    def _linked(self, up: bool, manager: Manager, board: QueueBoard, watch: Watch) -> None:
        self._link_up = up
        log.log(logging.INFO if up else logging.ERROR, "AMI link %s", "up" if up else "down")
        if up:
            self._switchboard.link_back(_now())
            self._tasks.add(task := asyncio.create_task(self._stand_again(manager, board, watch)))
            task.add_done_callback(self._tasks.discard)
        else:
            self._switchboard.link_lost()
            watch.link_lost(_now())

    async def _stand_again(self, manager: Manager, board: QueueBoard, watch: Watch) -> None:
        """What was missed while the link was down: who stands in the queues, which calls are over, and which files
        Asterisk has not read."""
        self._books.attend()
        try:
            reply = await _when_loaded(manager, "QueueStatus")
            telephones = await manager.action("DeviceStateList")
        except TelephonyError as wrong:
            log.error("the queues could not be read: %s", wrong)
            return
        await self._reload(manager)
        board.clear()
        for event in (*reply.events, *telephones.events):
            for one in events.interpret(event):
                board.feed(one)
                watch.on_event(one)

    @staticmethod
    async def _in_thread(work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(None, work)


async def _when_loaded(manager: Manager, action: str) -> AmiReply:
    """Ask, patiently: Asterisk takes logins before it has loaded everything. Raises TelephonyError."""
    for _ in range(LOADING_SECONDS):
        try:
            return await manager.action(action)
        except CommandRefused as wrong:
            log.info("Asterisk is not ready yet: %s", wrong)
            await asyncio.sleep(1)
    return await manager.action(action)


async def _alive(manager: Manager) -> frozenset[str] | None:
    """The calls that Asterisk has now, by linkedid; None where it does not say."""
    try:
        reply = await manager.action("Status")
    except TelephonyError as wrong:
        log.debug("Asterisk does not say which calls there are: %s", wrong)
        return None
    return frozenset(event.get("Linkedid", "") for event in reply.events if event.name == "Status")


def _reading(reading: Reading, hearing: Hearing | None, wanted: bool) -> Reading:
    if hearing is None:
        return replace(reading, recogniser=False) if wanted else reading
    now = hearing.recognisers.status
    refused = now.refused_busy + now.refused_down + now.late + now.failed
    return replace(reading, recogniser=now.ready > 0, talkers=now.talking, refusals=refused, taps=hearing.taps)


def _tell(finding: Finding) -> None:
    log.log(logging.ERROR if finding.severity == "error" else logging.WARNING, "%s", finding)


def _now() -> int:
    return time.time_ns() // 1_000_000


async def main(settings: Settings) -> None:
    """Run a node until SIGTERM or SIGINT; a second signal ends it at once. Raises FlowRefused, NodeError."""
    with alone(settings.state):
        node = Node(settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, node.stop)
        await node.run()
