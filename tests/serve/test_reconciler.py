"""The reconciler: records end near the moment that Asterisk, or the whole machine, died, and one tidying never meets
another."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from ivr.call.queue_announcer import QueueAnnouncer
from ivr.call.served_flow import ServedFlow
from ivr.call.switchboard import Switchboard
from ivr.errors import StoreError
from ivr.flow.loader import require
from ivr.records.facts import Connected, HandoffRequested, Queued
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.recovery import recover
from ivr.records.model import Call
from ivr.records.store import Store
from ivr.serve.records.cel_file import CelFile
from ivr.serve.records.reconciler import Reconciler
from ivr.speech.prompts.catalogue import Catalogue
from ivr.telephony.events import types as ev
from tests.rig.hotline import until
from tests.serve.test_cel_file import line

FLOW = require(Path(__file__).parents[2] / "flows")
CALLERS = [f"n-1.{number}" for number in range(30)]
#: Arrival, epoch s; times below count from it.
BEGAN = 1_767_571_200


class Nobody:
    """Announces nothing to those who wait."""

    def left(self, call_id: str) -> None:
        """Nothing was announced."""

    def over(self, _call_id: str) -> None: ...


class Room:
    """Books, recorder and switchboard as the node wires them; `alive` is what Asterisk says."""

    def __init__(self, folder: Path) -> None:
        self.cel_path = folder / "ivr.csv"
        self.store = Store(f"sqlite:///{folder / 'ivr.sqlite'}")
        self.store.migrate()
        self.journal = Journal(folder / "journal")
        self.recorder = Recorder(self.journal, self.store)
        service = ServedFlow(FLOW, cast(Catalogue, None))
        self.switchboard = Switchboard(lambda: service, self.recorder, cast(QueueAnnouncer, Nobody()))
        self.cel = CelFile(self.cel_path)
        self.alive: Callable[[], Awaitable[frozenset[str] | None]] = self.nobody

    async def nobody(self) -> frozenset[str]:
        """Asterisk is there and has no calls."""
        return frozenset()

    def reconciler(self) -> Reconciler:
        return Reconciler(
            self.journal, self.store, self.cel, self.switchboard, lambda: self.alive(), lambda: self.recorder.unsaved
        )

    def close(self) -> None:
        self.recorder.close()
        self.store.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with closing(Room(tmp_path)) as made:
        yield made


def ms(second: float) -> int:
    """A moment so many seconds after the arrival."""
    return round((BEGAN + second) * 1000)


def thirty_calls_up(room: Room) -> None:
    """Thirty callers talk to agents or wait, one second after they came; Asterisk's log has no more of them."""
    room.switchboard.link_back(ms(-1))
    with room.cel_path.open("w", encoding="utf-8") as file:
        for at, call in enumerate(CALLERS):
            file.write(line("CHAN_START", call, BEGAN) + line("ANSWER", call, BEGAN, "hotline"))
            channel = f"PJSIP/trunk-{at:08x}"
            room.switchboard.on_event(ev.ChannelStarted(ms(0), call, call, None, channel, True, "95000", "13800000001"))
            room.recorder.fact(call, HandoffRequested(ms(0.5), "key", "general"))
            room.recorder.fact(call, Queued(ms(0.6), "general"))
            if at % 2:
                room.recorder.fact(call, Connected(ms(1), "1001", 300))


def test_asterisk_killed_with_thirty_calls_up(room: Room) -> None:
    """The link breaks with it, ten minutes after the last thing that happened."""

    async def killed() -> None:
        thirty_calls_up(room)
        room.switchboard.link_lost(ms(600))
        reconciler = room.reconciler()
        await reconciler.tidy()
        await reconciler.close()

    asyncio.run(killed())
    assert room.recorder.drain(30)
    calls = list(room.store.all())
    assert [(call.t_ended, call.hangup_by, call.hangup_cause) for call in calls] == [
        (ms(600), "system", "asterisk_lost")
    ] * len(CALLERS)
    assert {leg.t_released for call in calls for leg in call.agent_legs} == {ms(600)}
    assert {one.t_left for call in calls for one in call.handoffs if one.outcome == "abandoned"} == {ms(600)}


def test_a_call_that_ended_while_the_link_was_down_ended_then(room: Room) -> None:
    async def down() -> None:
        thirty_calls_up(room)
        room.switchboard.link_lost(ms(5))
        with room.cel_path.open("a", encoding="utf-8") as file:
            file.write(line("HANGUP", CALLERS[0], BEGAN + 20, "hotline", '{"hangupcause":16}'))
        room.alive = lambda: _some(frozenset(CALLERS[2:]))
        reconciler = room.reconciler()
        await reconciler.tidy()
        await reconciler.close()

    asyncio.run(down())
    assert room.recorder.drain(30)
    assert {call.call_id: (call.t_ended, call.hangup_cause) for call in room.store.all()} == {
        CALLERS[0]: (ms(20), "16"),
        CALLERS[1]: (ms(5), "asterisk_lost"),
    }


def test_a_record_that_waits_for_the_database_is_not_rebuilt_from_cel(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is free again, and the reconciler looks before the recorder tries again."""
    call, saved, away = CALLERS[0], room.store.save, True
    room.recorder._retry_seconds = 60.0

    def save(calls: Iterable[Call]) -> int:
        if away:
            raise StoreError("database is locked")
        return saved(calls)

    monkeypatch.setattr(room.store, "save", save)

    async def held() -> None:
        nonlocal away
        thirty_calls_up(room)
        with room.cel_path.open("a", encoding="utf-8") as file:
            file.write(line("HANGUP", call, BEGAN + 20, "hotline", '{"hangupcause":16}'))
            file.write(line("CHAN_END", call, BEGAN + 20, "hotline"))
            file.write(line("LINKEDID_END", call, BEGAN + 20, "hotline"))
        room.alive = lambda: _some(frozenset(CALLERS[1:]))
        reconciler = room.reconciler()
        await reconciler.tidy()
        await asyncio.to_thread(until, "the first attempt", lambda: room.recorder.trouble)
        assert room.recorder.unsaved == {call}
        away = False
        await reconciler.tidy()
        assert not list(room.store.all())
        await reconciler.close()

    asyncio.run(held())
    room.recorder.close()
    assert [(one.call_id, one.source) for one in room.store.all()] == [(call, "live")]


async def _some(calls: frozenset[str]) -> frozenset[str] | None:
    return calls


def test_a_power_cut_ends_calls_where_they_were_last_seen(room: Room, tmp_path: Path) -> None:
    """Machine, application and Asterisk die at once; what was noted of the calls in progress is on the disk."""
    thirty_calls_up(room)
    room.recorder.still_up(ms(295))
    room.recorder.still_up(ms(300))
    assert room.recorder.live()[CALLERS[0]][-1] == Queued(ms(0.6), "general")
    room.close()
    with closing(Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as store:
        recovery = recover(tmp_path / "journal", store, room.cel_path.read_text().splitlines(), ms(4000), alive=())
        assert recovery.saved == len(CALLERS)
        ends = {(call.t_ended, call.hangup_by, call.hangup_cause) for call in store.all()}
    assert ends == {(ms(300), "system", "last_seen")}


def test_the_last_tidying_waits_for_the_regular_one(room: Room) -> None:
    """Asterisk takes long to answer the regular one when the application is told to stop."""
    inside, most = 0, 0

    async def slow() -> frozenset[str] | None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.05)
        inside -= 1
        return frozenset()

    async def stopping() -> None:
        room.alive = slow
        reconciler = room.reconciler()
        await asyncio.gather(*(reconciler.tidy() for _ in range(4)))
        await reconciler.close()

    asyncio.run(stopping())
    assert most == 1


def test_a_tidying_that_is_cancelled_in_its_thread_does_not_meet_the_next(room: Room) -> None:
    reading, go_on = threading.Event(), threading.Event()
    threads: list[str] = []
    take = room.cel.take

    def held() -> None:
        threads.append("in")
        reading.set()
        go_on.wait(30)
        take()
        threads.append("out")

    async def stopping() -> None:
        room.cel.take = held  # type: ignore[method-assign]
        reconciler = room.reconciler()
        regular = asyncio.create_task(reconciler.tidy())
        await asyncio.to_thread(reading.wait, 30)
        regular.cancel()
        last = asyncio.create_task(reconciler.tidy())
        await asyncio.gather(regular, return_exceptions=True)
        go_on.set()
        await last
        await reconciler.close()

    began = time.monotonic()
    asyncio.run(stopping())
    assert threads == ["in", "out"] * 2
    assert time.monotonic() - began < 25
