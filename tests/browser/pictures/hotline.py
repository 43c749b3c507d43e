"""A console and a node in this process whose clocks stand at the minute of the pictures. What they tell is made by what
serves real callers; there are no telephones."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import uvicorn

from ivr.call.served_flow import ServedFlow
from ivr.console.application import application
from ivr.console.context import Console
from ivr.console.security.sessions import hashed
from ivr.console.telephone.relay import routes as telephones
from ivr.nlu import Understanding
from ivr.records.audit.model import AuditEntry
from ivr.records.console.model import LONGEST_MS, Session
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.report.definitions import open_store
from ivr.report.monitoring.exporter import Snapshot
from ivr.serve.agents.desk_socket import DeskSocket
from ivr.serve.agents.page_socket import PageSocket
from ivr.serve.asterisk.configuration import load_secrets
from ivr.serve.care.effects import CareEffects
from ivr.serve.live.live_side import offer_live
from ivr.serve.live.viewer import LiveViewer
from ivr.serve.live_figures import LiveFigures
from ivr.serve.writing.writing_side import WritingSide
from ivr.settings import Settings
from ivr.settings.model import ConsolePages, Sip, TextService
from ivr.speech.prompts.catalogue import Catalogue
from ivr.telephony.events import types as ev
from ivr.telephony.events.queue_board import QueueBoard
from tests.browser.pictures.day import NOW, Day, announced, opened
from tests.browser.rig.console import free_port
from tests.call.desks import World
from tests.rig.hotline import TOP, until

#: One folder, so that no path on a page is another the next time.
FOLDER = Path(tempfile.gettempdir()) / "ivr-pictures"


@dataclass(slots=True)
class Node:
    """What the node tells of calls and agents, and conversations in writing; `do` has something done in its thread."""

    day: Day
    seen: Callable[[], Mapping[str, Any]]
    loop: asyncio.AbstractEventLoop
    world: World
    board: QueueBoard
    figures: LiveFigures
    writing: WritingSide

    def do(self, what: Callable[[Node], object]) -> None:
        """Waits until it is done."""

        async def done() -> None:
            what(self)

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(20)

    def tell(self, event: ev.TelephonyEvent) -> None:
        """As the node passes an event on."""
        self.board.feed(event)
        self.figures.on_event(event)
        self.world.tell(event)


@contextmanager
def console() -> Iterator[tuple[Day, str]]:
    """The console over the day's database, not filled yet; its address."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(TOP / "flows", FOLDER / "flows")
    announced(FOLDER / "flows")
    port = free_port("127.0.0.1")
    own = replace(
        Settings(), state=FOLDER / "run", flows=FOLDER / "flows", prompts=TOP / "prompts",
        database_url=f"sqlite:///{FOLDER / 'run' / 'ivr.sqlite'}", console=ConsolePages(port=port),
        sip=Sip(browser_address="192.0.2.10"), text=TextService(page=True),
    )  # fmt: skip
    own.state.mkdir(parents=True)
    store = open_store(own.url)
    store.migrate()
    one = Console(own, store, lambda: NOW)
    try:
        day = opened(one)
        load_secrets(own, day.flow.agents)
        with _served(one, port):
            yield day, f"http://127.0.0.1:{port}"
    finally:
        store.close()
        shutil.rmtree(FOLDER, ignore_errors=True)


@contextmanager
def _served(one: Console, port: int) -> Iterator[None]:
    given = uvicorn.Config(
        application(one, telephones(one)), port=port, log_config=None, access_log=False, ws="websockets-sansio",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(given)
    thread = threading.Thread(target=server.run, name="console")
    thread.start()
    try:
        until("the console to answer", lambda: server.started or None, 60)
        yield
    finally:
        server.should_exit = True
        thread.join(20)


def cookie(day: Day, person: str) -> tuple[str, str]:
    """Somebody is signed in: the name and the value of his cookie."""
    secret = f"pictures-of-{person}"
    entry = AuditEntry(person, "console.sign_in", f"person:{person}", detail='{"how": "password"}')
    one = Session(hashed(secret), person, NOW - 600_000, NOW - 60_000, NOW + LONGEST_MS // 2, "Chromium")
    day.store.console.begin(one, entry, NOW - 600_000)
    return f"ivr-{day.console.settings.console.port}", secret


@contextmanager
def node(day: Day, seen: Callable[[], Mapping[str, Any]]) -> Iterator[Node]:
    """The node on the console's socket. `seen`: what the machinery says of itself (fields of a Snapshot)."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="node")
    thread.start()

    def run(work: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(cast(Any, work), loop).result(60)

    try:
        one, end = run(_opened(day, seen, loop))
        try:
            yield one
        finally:
            run(end())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _opened(
    day: Day, seen: Callable[[], Mapping[str, Any]], loop: asyncio.AbstractEventLoop
) -> tuple[Node, Callable[[], Awaitable[None]]]:
    settings, store, served = day.console.settings, day.store, day.console.served.now
    recorder = Recorder(Journal(settings.state / "journal"), store)

    def reading(live: Any, agents: Mapping[Any, int], spoken: Mapping[str, int]) -> Snapshot:
        return Snapshot(live, dict(agents), dict(spoken), **seen())

    figures, board, world = LiveFigures(recorder, store, served, reading), QueueBoard(), World(now=NOW, wrapup=60_000)
    socket = DeskSocket(settings.state / "desk.sock")
    PageSocket(world.desk, socket)
    await socket.open(world.desk)
    watchers = offer_live(socket, LiveViewer("n1", figures, world.desk, board, served, lambda: True, lambda: NOW))
    flow = served()
    words = ServedFlow(flow, cast(Catalogue, None), Understanding(flow))
    care = CareEffects(settings, store, board, served, lambda: None)
    writing = WritingSide(settings, lambda: words, figures, care.of_no_line, lambda: None)
    writing.offer(socket)
    keeping = asyncio.create_task(watchers.keep())

    async def end() -> None:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await writing.sessions.close()
        await socket.close()
        await world.desk.close()
        await asyncio.to_thread(recorder.close)

    return Node(day, seen, loop, world, board, figures, writing), end
