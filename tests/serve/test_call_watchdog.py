"""The call watchdog as a process, against a manager port that behaves like Asterisk's: it takes callers back when the
heartbeats stop, says so, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivr.errors import NodeError
from ivr.records import days
from ivr.serve.watchdog import call_watchdog
from ivr.settings import Ami, Settings
from tests.rig.hotline import until
from tests.telephony.manager import Session, message, port

CALLER = ("Uniqueid: node1-1.1", "Channel: PJSIP/trunk-1")


def event(name: str, *lines: str) -> bytes:
    return message(f"Event: {name}", "Privilege: agi,all", *CALLER, *lines)


def children() -> list[int]:
    """The watchdogs that this process has started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"ivr.serve.watchdog.call_watchdog" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def said_of(pid: int, name: str) -> bytes:
    """What everybody of this user can read of a process."""
    return Path(f"/proc/{pid}/{name}").read_bytes()


@contextlib.asynccontextmanager
async def watched() -> AsyncIterator[tuple[asyncio.Task[None], Session]]:
    """A watchdog that is logged in; its keeper, and Asterisk's side."""
    async with port() as fake:
        settings = replace(Settings(), ami=Ami(host="127.0.0.1", port=fake.port))
        keeper = asyncio.create_task(call_watchdog.keep(settings, "a secret"))
        try:
            session = await asyncio.wait_for(fake.session(), 30)
            login = await session.login()
            assert (login["Username"], login["Secret"]) == ("watchdog", "a secret")
            yield keeper, session
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)


def test_a_caller_is_taken_back_when_the_heartbeats_stop_and_asterisk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with watched() as (_, session):
            await session.send(event("AGIExecEnd", "ResultCode: 200"))
            monkeypatch.setattr(call_watchdog, "BEAT_S", 3600.0)  # from now on the application stands still
            told = {}
            for _ in range(2):
                action = await session.action()
                await session.reply(action)
                told[action["Action"]] = action
            where = told["Redirect"]
            assert (where["Channel"], where["Context"], where["Exten"]) == ("PJSIP/trunk-1", "stalled", "taken")
            assert told["Setvar"]["Variable"] == "APP_STALLED_AT" and int(told["Setvar"]["Value"]) > 1_700_000_000

    asyncio.run(main())


def test_its_log_is_in_the_operators_time_also_after_an_edit(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says when the application stands still, and when it goes on: here twice, for 2 s each."""
    said: list[str] = []

    def told() -> list[str]:
        said.append(capfd.readouterr().err)
        return [line for line in "".join(said).splitlines() if "the application" in line]

    async def wait_told(words: str) -> datetime:
        await asyncio.to_thread(until, words, lambda: words in (told() or [""])[-1])
        return datetime.strptime(told()[-1][:19], "%Y-%m-%d %H:%M:%S")

    async def main() -> None:
        beat = call_watchdog.BEAT_S
        async with watched() as (_, session):
            for zone in ("America/New_York", "Asia/Kathmandu"):
                days.use(zone)
                monkeypatch.setattr(call_watchdog, "BEAT_S", 2.0)
                await wait_told("stands still")
                monkeypatch.setattr(call_watchdog, "BEAT_S", beat)
                at = await wait_told("goes on")
                await session.reply(await session.action())
                assert abs(days.moment(time.time_ns() // 1_000_000).replace(tzinfo=None) - at) < timedelta(minutes=1)

    try:
        asyncio.run(asyncio.wait_for(main(), 60))
    finally:
        days.use(days.USUAL)


def test_it_ends_with_the_application() -> None:
    async def main() -> None:
        async with watched():
            assert len(children()) == 1
        assert children() == []

    asyncio.run(main())


def test_one_that_ends_by_itself_is_told() -> None:
    async def main() -> None:
        async with watched() as (keeper, _):
            (pid,) = children()
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(NodeError, match="-9"):
                await asyncio.wait_for(keeper, 10)

    asyncio.run(main())


def test_its_secret_is_in_no_argument() -> None:
    async def main() -> None:
        async with watched():
            (pid,) = children()
            for name in ("cmdline", "environ"):
                assert b"a secret" not in said_of(pid, name)

    asyncio.run(main())
