"""The AGI port against probes, slow, half-open and hostile clients, and against its own application."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import ProtocolError
from ivr.telephony.agi.fastagi import AgiCall, parse_header, read_header
from tests.telephony.asterisk import HEADER, PATIENCE, Caller, call, connection, header, server


async def nothing(call: AgiCall) -> None:
    raise AssertionError("no call was expected")


async def until_served(port: int) -> None:
    """A whole call goes through."""
    async with connection(port) as caller:
        await caller.answers("200 result=0")
        assert await caller.closed()


async def answer(line: AgiCall) -> None:
    await line.answer()


def test_the_header_becomes_the_environment() -> None:
    async def use(line: AgiCall) -> None:
        assert dict(line.env) == HEADER
        assert line.uniqueid == "node1-1763748000.7"

    call(use, Caller.closed)


def test_a_gbk_caller_name_does_not_kill_the_call() -> None:
    async def use(line: AgiCall) -> None:
        assert line.env["agi_calleridname"] == "\ufffd" * 4
        assert line.env["agi_extension"] == "95000"
        await line.answer()

    opening = header().replace(b"unknown", "张三".encode("gbk"))

    async def peer(caller: Caller) -> None:
        assert await caller.answers("200 result=0") == "ANSWER"

    call(use, peer, opening)


@pytest.mark.parametrize("script", ["call", "call?again=1", "", "../x", "呼叫"])
def test_every_script_is_served(script: str) -> None:
    async def peer(caller: Caller) -> None:
        assert await caller.answers("200 result=0") == "ANSWER"

    call(answer, peer, header(agi_network_script=script))


def test_a_port_probe_is_quiet_and_harms_no_call(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with server(answer) as made:
            for _ in range(20):
                async with connection(made.port, b""):
                    pass
            await until_served(made.port)
            assert await made.drain(PATIENCE) == 0

    asyncio.run(main())
    assert not caplog.records


@pytest.mark.parametrize(
    "opening",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\n\n",
        b"\n\n",
        b"agi_uniqueid: 1\nagi_uniqueid: 2\n\n",
        b"agi_uniqueid:\n\n",
        b"agi_network: yes\n\n",
        b"\xff\xfe\x00\n\n",
        b"agi_uniqueid: " + b"9" * 200_000 + b"\n\n",
        b"agi_a: b\n" * 30_000,
    ],
)
def test_garbage_is_refused_and_the_next_call_served(opening: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with server(answer) as made:
            async with connection(made.port, opening) as caller:
                assert await caller.closed()
            await until_served(made.port)

    asyncio.run(main())
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


WHOLE = header()


@pytest.mark.parametrize("cut", range(1, len(WHOLE), 7))
def test_a_header_cut_anywhere_is_refused(cut: int) -> None:
    async def main() -> None:
        async with server(nothing) as made, connection(made.port, WHOLE[:cut]) as caller:
            caller.writer.write_eof()
            assert await caller.closed()

    asyncio.run(main())


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_any_chunking_of_the_header_reads_the_same(one: int, two: int) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        for part in (WHOLE[: min(one, two)], WHOLE[min(one, two) : max(one, two)], WHOLE[max(one, two) :]):
            if part:
                reader.feed_data(part)
        assert await read_header(reader, PATIENCE) == HEADER

    asyncio.run(main())


@given(st.binary())
def test_any_bytes_are_an_environment_or_a_protocol_error(raw: bytes) -> None:
    try:
        assert parse_header(raw)["agi_uniqueid"]
    except ProtocolError as wrong:
        assert str(wrong)


def test_slow_and_half_open_clients_are_cut_and_others_served() -> None:
    async def main() -> None:
        async with server(answer, header=0.2) as made:
            async with connection(made.port, b"") as silent, connection(made.port, b"agi_net") as slow:
                await until_served(made.port)
                assert await silent.closed()
                assert await slow.closed()
            assert await made.drain(PATIENCE) == 0

    asyncio.run(main())


def test_too_many_connections_are_turned_away() -> None:
    async def main() -> None:
        async with server(answer, calls=1) as made:
            async with connection(made.port) as first:
                await first.command()
                async with connection(made.port) as second:
                    assert await second.closed()
                await first.say("200 result=0")
                assert await first.closed()
            await until_served(made.port)

    asyncio.run(main())


def test_a_failing_application_closes_its_call_only(caplog: pytest.LogCaptureFixture) -> None:
    async def fails_once(line: AgiCall) -> None:
        await line.answer()
        if line.uniqueid == "bad":
            raise RuntimeError("broken")

    async def main() -> None:
        async with server(fails_once) as made:
            async with connection(made.port) as good:
                await good.command()
                async with connection(made.port, header(agi_uniqueid="bad")) as bad:
                    await bad.answers("200 result=0")
                    assert await bad.closed()
                await good.say("200 result=0")
                assert await good.closed()
            await until_served(made.port)

    asyncio.run(main())
    [record] = caplog.records
    assert record.levelno == logging.ERROR and "bad" in record.getMessage() and record.exc_info


def test_a_caller_who_hangs_up_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with server(answer) as made, connection(made.port) as caller:
            await caller.answers("HANGUP")
            assert await caller.closed()

    asyncio.run(main())
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_close_lets_calls_finish_and_takes_no_new_ones() -> None:
    async def main() -> None:
        async with server(answer) as made, connection(made.port) as caller:
            await caller.command()
            made.close()
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", made.port)
            assert (made.calls, await made.drain(0.01)) == (1, 1)
            draining = asyncio.create_task(made.drain(PATIENCE))
            await caller.say("200 result=0")
            assert await draining == 0
            assert await caller.closed()

    asyncio.run(main())


def test_abort_cuts_what_is_left(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with server(answer) as made, connection(made.port) as caller:
            await caller.command()
            await made.abort()
            assert made.calls == 0
            assert await caller.closed()

    asyncio.run(main())
    assert not caplog.records


class _Elsewhere:
    """A writer whose peer is not on this machine."""

    def __init__(self, peer: object) -> None:
        self.peer = peer
        self.closed = False
        self.transport = self

    def get_extra_info(self, name: str) -> object:
        return self.peer if name == "peername" else None

    def close(self) -> None:
        self.closed = True

    async def wait_closed(self) -> None:
        return


@pytest.mark.parametrize("peer", [("192.0.2.7", 4000), ("2001:db8::1", 4000, 0, 0), None, ""])
def test_peers_from_elsewhere_are_refused(peer: object) -> None:
    async def main() -> None:
        async with server(nothing) as made:
            writer = _Elsewhere(peer)
            reader = asyncio.StreamReader()
            reader.feed_data(header())
            await made._door.handler(reader, writer)  # type: ignore[arg-type]
            assert writer.closed

    asyncio.run(main())


KEY = "3f" * 24


def test_who_has_the_dialplans_key_is_served_and_each_word_is_a_new_one() -> None:
    words: list[str] = []

    async def main() -> None:
        async with server(answer, key=KEY) as made:
            for _ in range(3):
                async with connection(made.port) as caller:
                    word = asked(await caller.command())
                    words.append(word)
                    await caller.say(f"200 result=1 ({proof(word)})")
                    assert await caller.answers("200 result=0") == "ANSWER"
                    assert await caller.closed()

    asyncio.run(main())
    assert len(set(words)) == 3 and all(KEY not in word for word in words)


@pytest.mark.parametrize("reply", ["", "200 result=0", "200 result=1 ()", "HANGUP", "510 Invalid", "old", "other call"])
def test_who_has_it_not_is_refused(reply: str, caplog: pytest.LogCaptureFixture) -> None:
    """A replayed answer and one for another call among them; nothing of the key is logged."""

    async def main() -> None:
        async with server(nothing, key=KEY, command=0.2) as made:
            async with connection(made.port) as caller:
                word = asked(await caller.command())
                if reply == "old":
                    await caller.say(f"200 result=1 ({proof('00' * 16)})")
                elif reply == "other call":
                    await caller.say(f"200 result=1 ({proof(word, 'node1-1.1')})")
                elif reply:
                    await caller.say(reply)
                assert await caller.closed()
            assert await made.drain(PATIENCE) == 0

    asyncio.run(main())
    assert KEY not in caplog.text
    assert reply == "HANGUP" or "does not come from our dialplan" in caplog.text


def asked(command: str) -> str:
    """The word in what Asterisk is asked to hash; everything else is a variable of its own."""
    found = re.fullmatch(
        r'GET FULL VARIABLE "\$\{SHA1\(\$\{GLOBAL\(AGI_KEY\)\}([0-9a-f]{32})\$\{UNIQUEID\}\)\}"', command
    )
    assert found is not None, command
    return found[1]


def proof(word: str, uniqueid: str = HEADER["agi_uniqueid"]) -> str:
    """What Asterisk says then."""
    return hashlib.sha1(f"{KEY}{word}{uniqueid}".encode()).hexdigest()
