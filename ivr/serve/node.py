"""One node: wires the rooms together, starts them, keeps the flow fresh, and stops without dropping a call."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from ivr.bank.client import Bank
from ivr.call.call_resources import CallResources
from ivr.call.queue_announcer import QueueAnnouncer
from ivr.call.switchboard import Switchboard
from ivr.call.who_calls import ask_the_bank
from ivr.errors import NodeError
from ivr.metrics.survey_rules import SurveyRules
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.report.definitions import open_store
from ivr.serve.agents.agents_side import AgentsSide
from ivr.serve.asterisk import configuration
from ivr.serve.asterisk.configuration import Secrets
from ivr.serve.asterisk.link import AsteriskLink, calls_in_asterisk
from ivr.serve.bank import keep_looking, open_bank
from ivr.serve.call_effects import call_effects
from ivr.serve.care import deliveries
from ivr.serve.care.callback_dialer import CallbackDialer
from ivr.serve.care.complaint_callbacks import ComplaintCallbacks
from ivr.serve.care.complaint_intake import ComplaintIntake
from ivr.serve.care.complaint_terms import ComplaintTerms
from ivr.serve.care.complaint_transcripts import ComplaintTranscripts
from ivr.serve.care.effects import OF_THE_LINE, CareEffects
from ivr.serve.care.emergency_in_force import EmergencyInForce, known_now
from ivr.serve.care.emergency_watch import EmergencyWatch, watch
from ivr.serve.care.evidence import EvidenceCompletion
from ivr.serve.listening import open_speech_input
from ivr.serve.live.live_side import offer_live
from ivr.serve.live.viewer import LiveViewer
from ivr.serve.live_figures import LiveFigures
from ivr.serve.records import counting
from ivr.serve.records.cel_file import CelFile
from ivr.serve.records.preparation import StorePreparation
from ivr.serve.records.reconciler import Reconciler
from ivr.serve.restoring import refuse_unfinished
from ivr.serve.single_instance import single_instance
from ivr.serve.snapshots import Snapshots
from ivr.serve.survey_invitations import SurveyInvitations
from ivr.serve.task_supervisor import Tasks
from ivr.serve.upkeep import logs
from ivr.serve.upkeep.audit_check import DailyAuditCheck
from ivr.serve.upkeep.audit_witness import AuditWitness
from ivr.serve.upkeep.daily_purge import DailyPurge
from ivr.serve.upkeep.flow_edits import Edits
from ivr.serve.upkeep.garbage import GarbageSearch
from ivr.serve.upkeep.recordings import Recordings
from ivr.serve.upkeep.sealing import Sealing
from ivr.serve.upkeep.trouble import TroubleReport
from ivr.serve.watchdog import call_watchdog
from ivr.serve.watchdog.load_protection import LoadLevels, LoadProtection
from ivr.serve.writing.writing_side import WritingSide
from ivr.settings import Settings
from ivr.telephony.agi import fastagi
from ivr.telephony.ami.manager import Manager
from ivr.telephony.events.queue_board import QueueBoard

log = logging.getLogger(__name__)

#: While draining, the calls in progress are counted this often.
DRAIN_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class _Serving:
    """What a node that serves consists of."""

    recorder: Recorder
    live_figures: LiveFigures
    reconciler: Reconciler
    switchboard: Switchboard
    link: AsteriskLink
    load: LoadProtection
    preparation: StorePreparation
    bank: Bank | None
    complaints: ComplaintIntake
    emergency: EmergencyWatch
    in_force: EmergencyInForce
    agents: AgentsSide
    writing: WritingSide


class Node:
    """`run` serves until `stop` is asked for, by SIGTERM or SIGINT in `main`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._store = open_store(settings.url)
        self._edits = Edits(settings, self._store)
        self._recordings = Recordings(settings, self._edits.current)
        self._cel = CelFile(settings.asterisk / "log" / "cel-custom" / "ivr.csv")
        self._tasks = Tasks()
        self._terms = ComplaintTerms(self._store, self._edits.current_flow)

    def stop(self) -> None:
        """Drain: calls in progress finish, new ones take the dialplan's fallback. A second time: at once."""
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def run(self) -> None:
        """Serve until stopped. Raises NodeError where the node cannot start."""
        async with contextlib.AsyncExitStack() as closing:
            self._tasks.watch_the_rest()
            closing.callback(self._tasks.watch_no_more)
            self._edits.render()
            own = configuration.load_secrets(self.settings, self._edits.flow.agents)
            journal = Journal(self.settings.journal)
            preparation = StorePreparation(self._store, journal, self._cel, self._edits.current_flow)
            prepared = await asyncio.to_thread(preparation.at_start)
            serving = await self._open(own, journal, preparation, closing)
            server = await self._answer(own, serving, closing)
            self._begin_tasks(own, serving, prepared=prepared)
            closing.push_async_callback(self._tasks.close)
            log.info("node %s serves revision %s", self.settings.node, self._edits.flow.revision.id)
            await self._stop.wait()
            await serving.writing.sessions.close()
            await self._drain(server, serving.switchboard)
            await serving.reconciler.tidy()

    async def _open(
        self, own: Secrets, journal: Journal, preparation: StorePreparation, closing: contextlib.AsyncExitStack
    ) -> _Serving:
        """Make everything; `closing` ends it, the last one first. Raises NodeError."""
        settings, edits = self.settings, self._edits
        closing.push_async_callback(asyncio.to_thread, self._store.close)
        recorder = Recorder(journal, self._store)
        closing.push_async_callback(asyncio.to_thread, recorder.close)
        manager = Manager(settings.ami.host, settings.ami.port, settings.ami.user, own.ami)
        levels = LoadLevels()
        snapshots = Snapshots(settings, journal, manager, self._recordings, self._tasks, levels)
        snapshots.publishing = lambda: edits.publishing
        snapshots.complaints = lambda: self._terms.state
        live_figures = LiveFigures(recorder, self._store, edits.current_flow, snapshots.take)
        closing.push_async_callback(live_figures.close)
        speech_input = await open_speech_input(settings, live_figures.live.latency.observe, levels.lets_listen)
        if speech_input is not None:
            closing.push_async_callback(speech_input.close)
            snapshots.speech_input = speech_input
        if (bank := open_bank(settings.bank, live_figures.live.bank_requests)) is not None:
            closing.push_async_callback(bank.close)
            snapshots.bank = bank
        emergency = self._watch_emergencies(live_figures, snapshots, closing)
        live_figures.open(settings.metrics)
        closing.push_async_callback(manager.close)
        board = QueueBoard()
        waiting = QueueAnnouncer(manager, board)
        closing.push_async_callback(waiting.close)
        occasion, promised = asyncio.Event(), asyncio.Event()
        listening = speech_input.listening if speech_input is not None else None
        surveys = SurveyInvitations(recorder, self._store.surveys, SurveyRules(**asdict(settings.survey)))
        care = CareEffects(settings, self._store, board, edits.current_flow, promised.set)
        effects = call_effects(bank, surveys, care.handlers, OF_THE_LINE)
        in_force = await known_now(self._store, edits.current_flow, waiting.news, manager, settings.max_calls)
        who_calls = None if bank is None else ask_the_bank(bank)
        resources = CallResources(listening, effects, who_calls, care.place, in_force.current)
        agents = AgentsSide(settings, manager, self._store)
        closing.push_async_callback(agents.close)
        switchboard = Switchboard(
            edits.current, live_figures, waiting, occasion.set, resources,
            holds=agents.holds, pop=agents.popped, taken_over=agents.taking_over.begin,
        )  # fmt: skip
        alive = partial(calls_in_asterisk, manager)
        reconciler = Reconciler(journal, self._store, self._cel, switchboard, alive, lambda: recorder.unsaved, occasion)
        closing.push_async_callback(reconciler.close)
        callbacks = CallbackDialer(
            settings.node, self._store, manager, recorder, edits.current_flow, alive, reconciler.seen, self._tasks,
            promised,
        )  # fmt: skip
        snapshots.backlog = lambda: callbacks.backlog
        writing = WritingSide(settings, edits.current, live_figures, care.of_no_line, in_force.current)
        closing.push_async_callback(writing.sessions.close)
        switchboard.outbound = lambda: callbacks.calls.calls | writing.sessions.calls
        care.complaints.follow(lambda: switchboard.calls, recorder.facts)
        desk = await agents.open(live_figures.agent_tracker, edits, lambda: switchboard.going_on, care.complaints)
        link = AsteriskLink(manager, board, live_figures, desk, switchboard, reconciler, edits, self._tasks, callbacks)
        late = speech_input.sound_late_ms if speech_input is not None else _never_late
        load = LoadProtection(manager, late, link.live_calls, enabled=settings.load_protection, levels=levels)
        return _Serving(recorder, live_figures, reconciler, switchboard, link, load, preparation, bank, care.complaints,
                        emergency, in_force, agents, writing)  # fmt: skip

    def _watch_emergencies(
        self, live_figures: LiveFigures, snapshots: Snapshots, closing: contextlib.AsyncExitStack
    ) -> EmergencyWatch:
        emergency = watch(self.settings, self._store, self._edits.current_flow, live_figures.look)
        closing.callback(emergency.close)
        snapshots.emergency = lambda: emergency.state
        return emergency

    async def _answer(self, own: Secrets, serving: _Serving, closing: contextlib.AsyncExitStack) -> fastagi.AgiServer:
        """Take calls, and follow what Asterisk tells. Raises NodeError."""
        host, port = self.settings.agi.host, self.settings.agi.port
        serving.link.follow()
        try:
            server = await fastagi.serve(host, port, serving.switchboard.on_agi, key=own.agi)
        except OSError as wrong:
            raise NodeError(f"AGI {host}:{port}: {wrong}") from wrong
        closing.push_async_callback(server.abort)
        serving.link.manager.start()
        return server

    def _begin_tasks(self, own: Secrets, serving: _Serving, *, prepared: bool) -> None:
        link = serving.link
        sealing = Sealing(self.settings, self._store)
        trouble = TroubleReport(
            self.settings,
            serving.recorder,
            self._edits,
            link.manager,
            self._recordings,
            sealing,
            serving.load,
            self._tasks,
        )
        flow, database = self._edits.current_flow, lambda: serving.emergency.database
        viewer = LiveViewer(self.settings.node, link.live_figures, link.desk, link.board, flow, database)
        keep_edits = partial(self._edits.keep, link.manager, link.queues_in_use, link.calls_in_progress)
        works: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "edits": keep_edits,
            "recordings": self._recordings.keep,
            "trouble": trouble.keep,
            "noting": partial(link.keep_noting, serving.recorder),
            "reconciler": serving.reconciler.keep,
            "counting": partial(counting.keep, self._store),
            "audit": AuditWitness(self.settings, self._store, self._edits.flow.revision.id).keep,
            "agents": serving.live_figures.keep,
            "desk_pages": link.desk.pages.keep,
            "logs": partial(logs.keep, self.settings),
            "sealing": sealing.keep,
            "purge": DailyPurge(self.settings, self._store).keep,
            "audit_check": DailyAuditCheck(self.settings, self._store).keep,
            "callbacks": link.callbacks.keep,
            "complaints": serving.complaints.keep,
            "complaint_terms": self._terms.keep,
            "transcripts": ComplaintTranscripts(self.settings, self._store, self._edits.current_flow).keep,
            "complaint_callbacks": ComplaintCallbacks(self._store, self._edits.current_flow).keep,
            "deliveries": partial(deliveries.keep, serving.emergency.notifier),
            "in_force": serving.in_force.keep,
            "emergency": serving.emergency.keep,
            "evidence": EvidenceCompletion(self.settings, self._store, self._edits.current_flow).keep,
            "load": serving.load.keep,
            "watchers": offer_live(serving.agents.socket, viewer).keep,
            "writing": serving.writing.keep,
            "garbage": GarbageSearch(lambda: serving.switchboard.live).keep,
            "call_watchdog": partial(call_watchdog.keep, self.settings, own.watchdog),
        }
        serving.writing.offer(serving.agents.socket)
        if serving.bank is not None:
            works["bank"] = partial(keep_looking, serving.bank)
        if not prepared:
            works["database"] = serving.preparation.later
        for name, work in works.items():
            self._tasks.keep(name, work)

    async def _drain(self, server: fastagi.AgiServer, switchboard: Switchboard) -> None:
        """Wait for the calls in progress, those that wait or talk included; they come back here."""
        log.info("draining: %d calls in progress", switchboard.live)
        switchboard.draining = True
        deadline = time.monotonic() + self.settings.drain_seconds
        while switchboard.live or server.calls:
            if time.monotonic() > deadline or self._hurry.is_set():
                left = switchboard.live
                log.error("%d calls did not end in time; Asterisk goes on with them, the next start has them", left)
                return
            await asyncio.sleep(DRAIN_LOOK_SECONDS)


def _never_late() -> int:
    return 0


async def main(settings: Settings) -> None:
    """Run a node until SIGTERM or SIGINT; a second signal ends it at once. Raises FlowRefused, NodeError."""
    with single_instance(settings.state):
        refuse_unfinished(settings)
        node = Node(settings)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, node.stop)
        await node.run()
