"""Takes callers back from an application that stands still (HB 4.3.2, 7.2.1: nobody waits in silence).

The watchdog is a process of its own, a child of the application: `python -m ivr.serve.watchdog.call_watchdog`. On stdin
it gets one line, how to reach Asterisk's manager as JSON, and then the application's heartbeats, lines that name the
operator's time zone; when stdin ends the application is gone, Asterisk has noticed by itself, and the watchdog ends.
From Asterisk it hears what the application asks of it. Where that stops, callers who would sit in silence are
redirected into the dialplan's context `stalled`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import ivr
from ivr import core_dumps
from ivr.errors import NodeError, TelephonyError
from ivr.records import days
from ivr.serve.log_format import log_handler
from ivr.serve.watchdog.stalls import EVENTS, TICK_S, Stalls
from ivr.settings import Settings
from ivr.tasks import background
from ivr.telephony.ami.manager import Manager
from ivr.telephony.dialplan import Context, Global

log = logging.getLogger("ivr.serve.watchdog.call_watchdog")

USER = "watchdog"
#: The application's event loop sends a heartbeat this often.
BEAT_S = 0.2
#: While it stands still, Asterisk is told so again this often (see `STALLED_SECONDS` of the dialplan's making).
SAY_S = 1.0
#: Asterisk may take so long for an action before it is given up.
ACTION_S = 2.0
#: A watchdog that is to end is given so long.
END_S = 2.0


# ---- the application's end


async def keep(settings: Settings, secret: str) -> None:
    """Run a watchdog and send it heartbeats until cancelled. Raises NodeError when the watchdog has ended by itself."""
    package = str(Path(ivr.__file__).parents[1])
    path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ivr.serve.watchdog.call_watchdog"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # what stops the application's process group must not stop the watchdog
    )
    assert process.stdin is not None
    try:
        where = {"host": settings.ami.host, "port": settings.ami.port, "secret": secret}
        process.stdin.write(json.dumps(where).encode() + b"\n")
        while process.returncode is None:
            process.stdin.write(days.zone().key.encode() + b"\n")
            await asyncio.sleep(BEAT_S)
        raise NodeError(f"the call watchdog ended with status {process.returncode}")
    finally:
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


# ---- the watchdog's end


class CallWatchdog:
    """Watches until the application's heartbeats end."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._stalls = Stalls()
        self._doing: set[asyncio.Task[None]] = set()
        self._said = 0.0
        for name in EVENTS:
            manager.on(name, self._stalls.feed)
        manager.on_state(lambda _up: self._stalls.clear())

    async def run(self, beats: asyncio.StreamReader) -> None:
        """Until `beats` ends."""
        listening = background(self._listen(beats), "heartbeats")
        while not listening.done():
            was = self._stalls.stalled
            for channel in self._stalls.tick():
                self._do(self._take_back(channel))
            if self._stalls.stalled:
                self._say(was)
            await asyncio.wait([listening], timeout=TICK_S)

    async def _listen(self, beats: asyncio.StreamReader) -> None:
        while zone := await beats.readline():
            if zone.strip() != days.zone().key.encode():
                days.use(zone.decode().strip())  # an edit may change it
            if self._stalls.stalled:
                log.error("the application goes on")
                self._tell("0")
            self._stalls.beat()

    def _say(self, was: bool) -> None:
        """Tell the dialplan, so that new callers do not wait for the application."""
        if not was:
            log.error("the application stands still: its %d callers are taken back", self._stalls.callers)
        if time.monotonic() - self._said >= SAY_S:
            self._said = time.monotonic()
            self._tell(str(int(time.time())))

    def _tell(self, since: str) -> None:
        self._do(self._action("Setvar", Variable=Global.STALLED_AT, Value=since))

    async def _take_back(self, channel: str) -> None:
        await self._action("Redirect", Channel=channel, Context=Context.STALLED, Exten="taken", Priority="1")

    async def _action(self, name: str, **fields: str) -> None:
        try:
            await self._manager.action(name, within=ACTION_S, **fields)
        except TelephonyError as wrong:
            log.warning("the call watchdog: %s", wrong)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        self._doing.add(task := background(work, "manager-action"))
        task.add_done_callback(self._doing.discard)


async def main() -> None:
    """The child process."""
    beats = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(beats), sys.stdin)
    where = json.loads(await beats.readline() or b"{}")
    if not where:
        return
    manager = Manager(where["host"], where["port"], USER, where["secret"])
    manager.start()
    try:
        await CallWatchdog(manager).run(beats)
    finally:
        await manager.close()


if __name__ == "__main__":
    core_dumps.forbid()
    logging.basicConfig(level=logging.WARNING, handlers=[log_handler()])
    asyncio.run(main(), debug=False)
