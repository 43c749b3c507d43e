"""The manager wrapper against a manager port that answers, lies, stalls and dies."""

from __future__ import annotations

import asyncio
import dataclasses
import logging

import pytest

from ivr.errors import CommandRefused, DeadlinePassed, NotConnected, UnsafeValue
from ivr.telephony.ami.connection import Link
from ivr.telephony.ami.manager import AmiEvent, Manager
from tests.telephony.asterisk import PATIENCE
from tests.telephony.manager import CALM, Watch, linked, message, port


def event(name: str, *lines: str) -> bytes:
    return message(f"Event: {name}", "Privilege: call,all", "Timestamp: 1763748000.123456", *lines)


def test_connect_returns_after_the_login() -> None:
    async def main() -> None:
        async with port() as fake:
            manager = Manager("127.0.0.1", fake.port, "ivr", "秘密", times=CALM)
            watch = Watch(manager)
            connecting = asyncio.create_task(manager.connect())
            session = await fake.session()
            assert not manager.connected
            login = await session.login(event("FullyBooted", "Status: Fully Booted"))
            assert (login["Username"], login["Secret"], login["Events"]) == ("ivr", "秘密", "on")
            await connecting
            assert manager.connected
            await watch.until(lambda: watch.events)
            assert watch.told[0] is True and watch.events[0].name == "FullyBooted"
            await manager.close()
            assert not manager.connected and watch.states == [True, False]
            assert await session.gone()

    asyncio.run(main())


def test_a_bad_secret_is_refused() -> None:
    async def main() -> None:
        async with port() as fake:
            manager = Manager("127.0.0.1", fake.port, "ivr", "wrong", times=CALM)
            connecting = asyncio.create_task(manager.connect())
            session = await fake.session()
            await session.send(b"Asterisk Call Manager/11.0.0\r\n")
            await session.reply(await session.action(), "Message: Authentication failed", response="Error")
            with pytest.raises(CommandRefused, match="Authentication failed"):
                await connecting
            assert await session.gone()

    asyncio.run(main())


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9\r\n", b"\xff\x00" * 1000, b"Response: Success\r\n\r\n"])
def test_a_port_that_is_no_manager_meets_the_deadline(greeting: bytes) -> None:
    async def main() -> None:
        async with port() as fake:
            manager = Manager("127.0.0.1", fake.port, "ivr", "x", times=dataclasses.replace(CALM, connect=0.1))
            connecting = asyncio.create_task(manager.connect())
            await (await fake.session()).send(greeting)
            with pytest.raises(DeadlinePassed, match="login"):
                await connecting

    asyncio.run(main())


def test_nobody_listening_is_not_connected() -> None:
    async def main() -> None:
        async with port() as fake:
            number = fake.port
        manager = Manager("127.0.0.1", number, "ivr", "x", times=CALM)
        with pytest.raises(NotConnected):
            await manager.connect()
        with pytest.raises(NotConnected):
            await manager.action("Ping")

    asyncio.run(main())


def test_a_connection_that_ends_during_the_login_is_not_connected() -> None:
    async def main() -> None:
        async with port() as fake:
            manager = Manager("127.0.0.1", fake.port, "ivr", "x", times=CALM)
            connecting = asyncio.create_task(manager.connect())
            session = await fake.session()
            await session.action()
            session.writer.close()
            with pytest.raises(NotConnected):
                await connecting

    asyncio.run(main())


def test_start_waits_for_an_asterisk_that_comes_later() -> None:
    async def main() -> None:
        async with port() as fake:
            number = fake.port
            await fake.close()
            manager = Manager("127.0.0.1", number, "ivr", "x", times=CALM)
            watch = Watch(manager)
            manager.start()
            with pytest.raises(NotConnected):
                await manager.connect()
            await fake.open()
            await (await fake.session()).login()
            await watch.until(lambda: watch.states)
            assert manager.connected
            await manager.close()

    asyncio.run(main())


def test_an_action_is_answered() -> None:
    async def main() -> None:
        async with linked() as (manager, session, _, _):
            asking = asyncio.create_task(
                manager.action("QueueAdd", Queue="general", Penalty=1, Variable=["a=1", "b=2"])
            )
            action = await session.action()
            assert action.items() >= {"Queue": "general", "Penalty": "1", "Variable": "a=1\nb=2"}.items()
            await session.reply(action, "Message: Added interface to queue successfully")
            reply = await asking
            assert reply.message == "Added interface to queue successfully"
            assert reply["Response"] == "Success" and reply.events == ()

    asyncio.run(main())


def test_answers_find_their_action_in_any_order() -> None:
    async def main() -> None:
        async with linked() as (manager, session, _, _):
            first, second = asyncio.create_task(manager.action("A")), asyncio.create_task(manager.action("B"))
            one, two = await session.action(), await session.action()
            await session.reply(two, "Message: for B")
            await session.reply(one, "Message: for A")
            assert ((await first).message, (await second).message) == ("for A", "for B")

    asyncio.run(main())


def test_a_list_action_brings_its_events() -> None:
    async def main() -> None:
        async with linked() as (manager, session, watch, _):
            asking = asyncio.create_task(manager.action("QueueStatus"))
            action = await session.action()
            own = f"ActionID: {action['ActionID']}"
            await session.reply(action, "EventList: start", "Message: Queue status will follow")
            await session.send(event("Hangup"))
            await session.send(
                event("QueueEntry", own, "Position: 1") + event("QueueStatusComplete", own, "EventList: Complete")
            )
            reply = await asking
            assert [one.name for one in reply.events] == ["QueueEntry", "QueueStatusComplete"]
            assert reply.events[0]["Position"] == "1"
            assert [one.name for one in watch.events] == ["Hangup"]

    asyncio.run(main())


@pytest.mark.parametrize("text", ["Atxfer successfully queued", "Status will follow", "Added x to queue"])
def test_an_answers_wording_is_no_promise_of_events(text: str) -> None:
    async def main() -> None:
        async with linked() as (manager, session, _, _):
            asking = asyncio.create_task(manager.action("A"))
            await session.reply(await session.action(), f"Message: {text}")
            reply = await asking
            assert reply.message == text and reply.events == ()
            assert set(reply) == {"Response", "ActionID", "Message"}

    asyncio.run(main())


def test_a_refused_action() -> None:
    async def main() -> None:
        async with linked() as (manager, session, _, _):
            asking = asyncio.create_task(manager.action("Originate"))
            await session.reply(await session.action(), "Message: Permission denied", response="Error")
            with pytest.raises(CommandRefused, match="AMI Originate: Permission denied"):
                await asking

    asyncio.run(main())


def test_an_unanswered_action_meets_its_deadline_and_its_late_answer_finds_nobody() -> None:
    async def main() -> None:
        async with linked() as (manager, session, _, _):
            asking = asyncio.create_task(manager.action("A", within=0.05))
            late = await session.action()
            with pytest.raises(DeadlinePassed, match=r"AMI A: no answer within 0\.05 s"):
                await asking
            await session.reply(late, "Message: late")
            asking = asyncio.create_task(manager.action("B"))
            await session.reply(await session.action(), "Message: for B")
            assert (await asking).message == "for B"

    asyncio.run(main())


@pytest.mark.parametrize("bad", ["x\r\nAction: Originate", "x\n", "x\r", "x\0", "\ud800", "x" * 1001])
def test_a_value_that_would_break_out_is_never_sent(bad: str) -> None:
    async def main() -> None:
        with pytest.raises(UnsafeValue):
            Manager("127.0.0.1", 1, "ivr", bad)
        async with linked() as (manager, session, _, _):
            for attempt in (
                manager.action(bad),
                manager.action("A", Queue=bad),
                manager.action("A", Variable=["a=1", bad]),
            ):
                with pytest.raises(UnsafeValue):
                    await attempt
            with pytest.raises(UnsafeValue):
                await manager.action("A", **{f"Queue: {bad}": "x"})  # type: ignore[arg-type]
            asking = asyncio.create_task(manager.action("B"))
            action = await session.action()
            assert action["Action"] == "B"
            await session.reply(action)
            await asking

    asyncio.run(main())


def test_originate_waits_for_its_outcome() -> None:
    async def main() -> None:
        async with linked() as (manager, session, _, _):
            asking = asyncio.create_task(
                manager.originate("Local/1@x", context="out", exten="2", caller_id="95000", variables={"CALL": "c 1"})
            )
            action = await session.action()
            assert (
                action.items() >= {"Async": "true", "Timeout": "30000", "Variable": "CALL=c 1", "Priority": "1"}.items()
            )
            await session.reply(action, "Message: Originate successfully queued")
            await session.send(
                event("OriginateResponse", f"ActionID: {action['ActionID']}", "Response: Success", "Uniqueid: 7.1")
            )
            assert (await asking)["Uniqueid"] == "7.1"

    asyncio.run(main())


def test_originate_that_fails_and_one_that_never_ends() -> None:
    async def main() -> None:
        async with linked(dataclasses.replace(CALM, action=0.3)) as (manager, session, _, _):
            asking = asyncio.create_task(manager.originate("PJSIP/1", context="out", exten="2"))
            action = await session.action()
            await session.reply(action, "Message: Originate successfully queued")
            await session.send(
                event("OriginateResponse", f"ActionID: {action['ActionID']}", "Response: Failure", "Reason: 5")
            )
            with pytest.raises(CommandRefused, match="reason 5"):
                await asking
            asking = asyncio.create_task(manager.originate("PJSIP/1", context="out", exten="2", ring=0.01))
            await session.reply(await session.action(), "Message: Originate successfully queued")
            with pytest.raises(DeadlinePassed):
                await asking

    asyncio.run(main())


@pytest.mark.parametrize(
    "pair", [("A", "1,B=2"), ("A", '"'), ("A", "\\"), ("A=B", "1"), ("A,B", "1"), ("A", "1\r\nX: y")]
)
def test_a_variable_that_would_become_several_is_never_sent(pair: tuple[str, str]) -> None:
    async def main() -> None:
        with pytest.raises(UnsafeValue):
            await Manager("127.0.0.1", 1, "a", "b").originate("x", context="c", exten="e", variables=dict([pair]))

    asyncio.run(main())


def test_a_lost_link_fails_its_actions_and_replays_none() -> None:
    async def main() -> None:
        async with linked() as (manager, session, watch, fake):
            asking = asyncio.create_task(manager.action("Originate", Channel="Local/1@x"))
            await session.action()
            session.writer.transport.abort()
            with pytest.raises(NotConnected):
                await asking
            await watch.until(lambda: watch.states == [True, False])
            with pytest.raises(NotConnected):
                await manager.action("Originate", Channel="Local/2@x")
            again = await fake.session()
            await again.login(event("FullyBooted", "Status: Fully Booted"))
            await watch.until(lambda: watch.events)
            assert watch.states == [True, False, True]
            asking = asyncio.create_task(manager.action("Status"))
            action = await again.action()
            assert action["Action"] == "Status"
            await again.reply(action)
            await asking

    asyncio.run(main())


def test_it_keeps_trying_while_logins_fail() -> None:
    async def main() -> None:
        async with linked() as (manager, session, watch, fake):
            session.writer.transport.abort()
            for _ in range(3):
                failing = await fake.session()
                await failing.reply(await failing.action(), "Message: Authentication failed", response="Error")
            await (await fake.session()).login()
            await watch.until(lambda: watch.states == [True, False, True])
            assert manager.connected

    asyncio.run(main())


def test_it_keeps_trying_whatever_went_wrong(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    sound, failures = Manager._dial, [ValueError("no AMI banner"), RuntimeError("a bug")]

    async def dial(manager: Manager) -> Link:
        if failures:
            raise failures.pop()
        return await sound(manager)

    async def main() -> None:
        async with linked() as (manager, session, watch, fake):
            monkeypatch.setattr(Manager, "_dial", dial)
            session.writer.transport.abort()
            await (await fake.session()).login()
            await watch.until(lambda: watch.states == [True, False, True])
            assert manager.connected

    asyncio.run(main())
    assert sum(bool(one.exc_info) for one in caplog.records) == 2, "each with its cause"


def test_a_paused_asterisk_is_noticed_and_left(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with linked(dataclasses.replace(CALM, ping_every=0.02, ping_within=0.1)) as (
            manager,
            _paused,
            watch,
            fake,
        ):
            asking = asyncio.create_task(manager.action("A", within=PATIENCE))
            await watch.until(lambda: watch.states[1:] == [False])
            with pytest.raises(NotConnected):
                await asking
            await (await fake.session()).login()
            await watch.until(lambda: watch.states[:3] == [True, False, True])

    with caplog.at_level(logging.ERROR):
        asyncio.run(main())
    assert any("ping" in record.getMessage() for record in caplog.records)


def test_an_answered_ping_keeps_the_link() -> None:
    async def main() -> None:
        async with linked(dataclasses.replace(CALM, ping_every=0.02)) as (manager, session, watch, _):
            pings = 0
            while pings < 3:
                raw = (await session.reader.readuntil(b"\r\n\r\n")).decode()
                assert "Action: Ping" in raw
                own = next(line for line in raw.split("\r\n") if line.startswith("ActionID"))
                await session.send(message("Response: Success", own, "Ping: Pong"))
                pings += 1
            assert manager.connected and watch.states == [True]

    asyncio.run(main())


def test_shutdown_is_a_loss() -> None:
    async def main() -> None:
        async with linked() as (_, session, watch, fake):
            await session.send(event("Shutdown", "Shutdown: Cleanly"))
            await watch.until(lambda: watch.states == [True, False])
            await (await fake.session()).login()
            await watch.until(lambda: watch.states[-1])
            assert watch.states == [True, False, True]

    asyncio.run(main())


def test_split_utf8_and_gbk_names_arrive() -> None:
    async def main() -> None:
        async with linked() as (_, session, watch, _):
            for byte in event("Newchannel", "CallerIDName: 用户甲乙"):
                await session.send(bytes([byte]))
            await session.send(event("Newchannel", "CallerIDName: @").replace(b"@", "张三".encode("gbk")))
            await watch.until(lambda: len(watch.events) == 2)
            assert [one["CallerIDName"] for one in watch.events] == ["用户甲乙", "\ufffd" * 4]
            assert watch.events[0].t == 1763748000123

    asyncio.run(main())


@pytest.mark.parametrize(
    "garbage",
    [
        b"\r\n\r\n\r\n\r\n",
        b"no colon here\r\n\r\n",
        b"\xff\xfe\x00: \x80\r\n\r\n",
        b"Response: Follows\r\n\r\n",
        b"Response: Fail\r\n\r\n",
        b"Response: Success\r\nActionID: nobody\r\nMessage: x\r\nMessage: y\r\n\r\n",
        b"Event\r\n\r\n",
        b"Event:\r\n\r\n",
        b": : :\r\n\r\n",
        b"Event: A\r\nevent: B\r\nEVENT: shutdown now\r\n\r\n",
    ],
)
def test_malformed_messages_cost_only_themselves(garbage: bytes) -> None:
    async def main() -> None:
        async with linked() as (manager, session, watch, _):
            await session.send(garbage + event("Hangup"))
            await watch.until(lambda: any(one.name == "Hangup" for one in watch.events))
            assert manager.connected

    asyncio.run(main())


def test_an_event_with_two_names_is_neither() -> None:
    async def main() -> None:
        async with linked() as (_, session, watch, _):
            await session.send(event("Newchannel", "CallerIDName: x", "Event: Hangup") + event("Last"))
            await watch.until(lambda: len(watch.events) == 2)
            assert watch.events[0].name == "Newchannel\nHangup"

    asyncio.run(main())


def test_an_endless_message_cuts_the_link_which_comes_back() -> None:
    async def main() -> None:
        async with linked() as (_, session, watch, fake):
            with pytest.raises(ConnectionError):
                while True:
                    await session.send(b"Output: " + b"x" * 65536)
            await watch.until(lambda: watch.states == [True, False])
            await (await fake.session()).login()
            await watch.until(lambda: watch.states[-1])

    asyncio.run(main())


def test_a_failing_callback_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: AmiEvent) -> None:
        raise RuntimeError("broken")

    async def main() -> None:
        async with linked() as (manager, session, watch, _):
            manager.on("Hangup", fails)
            seen: list[AmiEvent] = []
            manager.on("Hangup", seen.append)
            await session.send(event("Hangup", "CallerIDNum: 13800000001") + event("Last"))
            await watch.until(lambda: len(watch.events) == 2)
            assert len(seen) == 1 and manager.connected

    asyncio.run(main())
    assert "13800000001" not in caplog.text and "broken" in caplog.text
