"""Promised callbacks are kept: placed within hours, tried again after a pause, given up in time, restarts included."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.call.callback_calls import CallbackEnd
from ivr.care.callbacks import Callbacks, Refusal, Wish
from ivr.errors import CommandRefused
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.flow.waiting import Callbacks as Policy
from ivr.records.facts import Connected, Fact
from ivr.records.model import Call, Handoff
from ivr.records.store import Store
from ivr.records.work.model import Callback, CallbackState, WorkKind
from ivr.serve.care.callback_dialer import CallbackDialer
from ivr.serve.task_supervisor import Tasks
from ivr.telephony.ami.manager import Manager
from ivr.telephony.events.interpreter import ChannelGone

NUMBER = "+8613800000001"


@dataclass
class FakeManager:
    """Takes what is asked of Asterisk; an originated stand-in waits until the test ends it."""

    connected: bool = True
    placed: list[dict[str, Any]] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def originate(self, channel: str, **asked: Any) -> None:
        self.placed.append({"channel": channel, **asked})
        await self.gone.wait()
        raise CommandRefused("no answer")

    async def action(self, name: str, **fields: Any) -> None:
        assert name == "Hangup"
        self.hung_up.append(str(fields["Channel"]))


class Quiet:
    def fact(self, call_id: str, fact: Fact) -> None: ...

    def finish(self, call_id: str) -> object: ...


@dataclass
class Desk:
    store: Store
    manager: FakeManager
    flow: Flow
    alive: set[str] = field(default_factory=set)
    seen: tuple[Fact, ...] = ()
    tasks: Tasks = field(default_factory=Tasks)

    def dialer(self) -> CallbackDialer:
        async def alive() -> frozenset[str]:
            return frozenset(self.alive)

        async def seen(_call_id: str) -> Sequence[Fact]:
            return self.seen

        return CallbackDialer(
            "n", self.store, cast(Manager, self.manager), Quiet(), lambda: self.flow, alive, seen, self.tasks
        )

    def promised(self) -> Callback:
        found = self.store.work.callback("n-1.1")
        assert found is not None
        return found

    async def until(self, look: Callable[[], bool], again: Callable[[], Awaitable[None]]) -> None:
        async with asyncio.timeout(10):
            while not look():
                await again()
                await asyncio.sleep(0.01)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    flow = require(Path(__file__).parents[2] / "flows")
    general = replace(flow.queues["general"], hours=None)
    policy = Policy(numbers=("1[3-9]XXXXXXXXX",), hours=None, tries=3, pause_ms=1)
    one = Desk(store, FakeManager(), replace(flow, queues={**flow.queues, "general": general}, callbacks=policy))
    yield one
    store.close()


def live(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test in an event loop of its own, whose tasks end with it."""

    @functools.wraps(test)
    def run(desk: Desk, **given: Any) -> None:
        async def whole() -> None:
            try:
                await test(desk, **given)
            finally:
                await desk.tasks.close()

        asyncio.run(whole())

    return run


def wish(number: str | None = NUMBER, queue: str = "general") -> Wish:
    return Wish("n-1.1", queue, number, 1000, 2, 3)


@live
async def test_a_promise_becomes_a_stand_in_at_the_callers_place(desk: Desk) -> None:
    assert isinstance(Callbacks(desk.store.work).promise(desk.flow, wish(), 5000), Callback)
    dialer = desk.dialer()
    await dialer.look()
    await desk.until(lambda: bool(desk.manager.placed), lambda: asyncio.sleep(0))
    (asked,) = desk.manager.placed
    assert (asked["context"], asked["exten"]) == ("callback-customer", "13800000001")
    values = asked["variables"]
    assert (values["__IVR_PRIORITY"], values["__IVR_POSITION"], values["__IVR_QUEUE"]) == ("2", "3", "q-general")
    assert values["__IVR_CALL"] == asked["channel_id"] == desk.promised().call_id
    assert "try=1" in values["__IVR_CALLBACK"]
    await dialer.look()
    assert len(desk.manager.placed) == 1, "one stand-in at a time"


@live
async def test_who_calls_back_after_a_complaint_is_told_which(desk: Desk) -> None:
    asked = replace(wish(), call_id="complaint:26120100001-1")
    assert isinstance(Callbacks(desk.store.work).promise(desk.flow, asked, 5000), Callback)
    dialer = desk.dialer()
    await dialer.look()
    await desk.until(lambda: bool(desk.manager.placed), lambda: asyncio.sleep(0))
    assert desk.manager.placed[0]["variables"]["__IVR_CALLBACK"].endswith("; complaint=26120100001")


@live
async def test_three_tries_and_then_somebody_has_to_see_to_it(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    dialer = desk.dialer()
    for tried in (1, 2, 3):
        await desk.until(lambda: bool(dialer.calls.calls), dialer.look)
        (call_id,) = dialer.calls.calls
        calls = dialer.calls
        calls._calls[call_id].dialled = True
        calls.never_was(call_id, 9000)
        await desk.until(lambda tried=tried: desk.promised().tries == tried, dialer.look)  # type: ignore[misc]
    done = desk.promised()
    assert (done.state, done.call_id) == (CallbackState.GIVEN_UP, None)
    (item,) = desk.store.work.items()
    assert (item.kind, item.number, item.call_id) == (WorkKind.CALLBACK, NUMBER, "n-1.1")
    placed = len(desk.manager.placed)
    await dialer.look()
    assert len(desk.manager.placed) == placed


@live
async def test_whoever_was_reached_is_not_called_again(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    dialer = desk.dialer()
    await desk.until(lambda: bool(dialer.calls.calls), dialer.look)
    (call_id,) = dialer.calls.calls
    dialer.calls._calls[call_id].talked = True
    dialer.calls.never_was(call_id, 9000)
    await desk.until(lambda: desk.promised().state is CallbackState.DONE, dialer.look)
    placed = len(desk.manager.placed)
    await dialer.look()
    assert len(desk.manager.placed) == placed


@live
async def test_no_agent_there_is_no_try(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    dialer = desk.dialer()
    await desk.until(lambda: bool(dialer.calls.calls), dialer.look)
    (call_id,) = dialer.calls.calls
    dialer.calls.never_was(call_id, 9000)
    await desk.until(lambda: desk.promised().call_id is None, dialer.look)
    waits = desk.promised()
    assert (waits.tries, waits.state, waits.position) == (0, CallbackState.OPEN, 3)
    assert waits.t_next > waits.t_asked


@live
async def test_after_hours_the_stand_in_goes_and_nobody_is_called(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    dialer = desk.dialer()
    await desk.until(lambda: bool(dialer.calls.calls), dialer.look)
    never = replace(desk.flow.calendars["service"], weekly=((),) * 7, dates={})
    assert desk.flow.callbacks is not None
    desk.flow = replace(
        desk.flow, calendars={"service": never}, callbacks=replace(desk.flow.callbacks, hours="service")
    )
    await dialer.look()
    await dialer.look()
    assert desk.manager.hung_up == list(dialer.calls.calls)


@live
async def test_a_number_that_is_not_allowed_any_more_is_never_dialled(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    assert desk.flow.callbacks is not None
    desk.flow = replace(desk.flow, callbacks=replace(desk.flow.callbacks, numbers=("010XXXXXXXX",)))
    await desk.dialer().look()
    assert desk.manager.placed == [] and desk.promised().state is CallbackState.GIVEN_UP
    assert len(desk.store.work.items()) == 1


@live
async def test_without_a_link_nobody_is_called(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    desk.manager.connected = False
    await desk.dialer().look()
    assert desk.manager.placed == []


@live
async def test_after_a_restart_asterisk_has_it_still(desk: Desk) -> None:
    promised = Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    assert isinstance(promised, Callback)
    desk.store.work.save_callback(replace(promised, call_id="n-9.9"))
    desk.alive.add("n-9.9")
    dialer = desk.dialer()
    await dialer.look()
    assert dialer.calls.calls == {"n-9.9"} and desk.manager.placed == []


@pytest.mark.parametrize("talked", [True, False])
@live
async def test_a_talk_that_outlives_the_application_is_a_promise_kept(desk: Desk, talked: bool) -> None:
    promised = Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    assert isinstance(promised, Callback)
    desk.store.work.save_callback(replace(promised, call_id="n-9.9"))
    desk.alive.add("n-9.9")
    desk.seen = (Connected(6000, "1001", 900),) if talked else ()
    dialer = desk.dialer()
    await dialer.look()
    dialer.calls.on_event(ChannelGone(9000, "n-9.9", "n-9.9", None, "Local/s@x-1;1", 16, "Normal Clearing"))
    await dialer.look()
    assert desk.promised().state is (CallbackState.DONE if talked else CallbackState.OPEN)
    assert desk.promised().tries == int(talked)


@pytest.mark.parametrize("talked", [True, False])
@live
async def test_after_a_restart_the_record_says_what_came_of_it(desk: Desk, talked: bool) -> None:
    promised = Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    assert isinstance(promised, Callback)
    desk.store.work.save_callback(replace(promised, call_id="n-9.9"))
    dialer = desk.dialer()
    await dialer.look()
    assert desk.promised().call_id == "n-9.9", "its record is still to come"
    how = Handoff(6000, "key", 9000, "answered" if talked else "timeout", t_connected=9000 if talked else None)
    call = Call("n-9.9", "n-9.9", "out", "95000", "normal", 6000, 9900, "agent", NUMBER, "n-1.1", handoffs=(how,))
    desk.store.save([call])
    await dialer.look()
    assert desk.promised().state is (CallbackState.DONE if talked else CallbackState.OPEN)
    assert (desk.promised().call_id is None) is not talked


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (wish(None), Refusal.WITHHELD),
        (wish("+19005551234"), Refusal.NOT_ALLOWED),
        (wish("+861088886666"), Refusal.NOT_ALLOWED),  # a whole number, and none of the patterns
        (wish(queue="elderly"), Refusal.HOURS),  # its agents are reached at once, nobody is called back
    ],
)
@live
async def test_what_is_not_promised_is_not_kept(desk: Desk, asked: Wish, why: Refusal) -> None:
    assert Callbacks(desk.store.work).promise(desk.flow, asked, 5000) is why
    assert desk.store.work.open_callbacks() == ()


@live
async def test_what_came_of_it_waits_for_the_database(desk: Desk) -> None:
    Callbacks(desk.store.work).promise(desk.flow, wish(), 5000)
    dialer = desk.dialer()
    await desk.until(lambda: bool(dialer.calls.calls), dialer.look)
    (call_id,) = dialer.calls.calls
    dialer._over(call_id, CallbackEnd.TALKED, 9000)
    await dialer.look()
    assert desk.promised().state is CallbackState.DONE
