"""The tap's door against a peer that behaves as Asterisk does, and against everybody else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import CommandRefused, DeadlinePassed, TelephonyError
from ivr.telephony.agi.call import AgiCall
from ivr.telephony.audio import audiosocket
from ivr.telephony.audio.audiosocket import AudioStream, AudioStreamLimits, AudioStreamServer
from ivr.telephony.audio.audiosocket_frames import DTMF, ERROR, FRAME_BYTES, HANGUP, IDENTITY, SOUND, message
from tests.telephony.asterisk import PATIENCE, Caller, call


def sound(number: int) -> bytes:
    """A frame that can be told from others."""
    return struct.pack("<h", number) * (FRAME_BYTES // 2)


def numbers(frames: list[bytes]) -> list[int]:
    """Which frames these are."""
    return [struct.unpack_from("<h", frame)[0] for frame in frames]


class Channel:
    """Asterisk's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *messages: bytes) -> None:
        self.writer.write(b"".join(messages))
        await self.writer.drain()

    async def introduce(self, name: str) -> None:
        await self.send(message(IDENTITY, uuid.UUID(name).bytes))

    async def rest(self) -> bytes:
        """Everything until we are cut off; a reset is no less an end."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b"reset"


@contextlib.asynccontextmanager
async def connected(server: AudioStreamServer) -> AsyncIterator[Channel]:
    """A connection from this machine."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        yield Channel(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):  # the server may have reset it: that is what tests provoke
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def tapped(server: AudioStreamServer) -> AsyncIterator[tuple[AudioStream, Channel]]:
    """A tap that Asterisk has come for."""
    audio_stream = server.announce()
    async with connected(server) as channel:
        await channel.introduce(audio_stream.uuid)
        await audio_stream.arrived.wait()
        yield audio_stream, channel


def served(use: Callable[[AudioStreamServer], Awaitable[None]], **limits: float) -> None:
    """Run a test against a server that is closed afterwards, whoever is still connected."""

    async def main() -> None:
        server = await audiosocket.serve(audiosocket.bound("127.0.0.1", 0), limits=AudioStreamLimits(**limits))  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(PATIENCE * 2):
                await use(server)
        finally:
            async with asyncio.timeout(PATIENCE):
                await server.close()
        assert server.audio_streams == 0

    asyncio.run(main())


async def read(audio_stream: AudioStream, count: int) -> list[bytes]:
    """So many frames."""
    found = [await audio_stream.read(PATIENCE) for _ in range(count)]
    assert None not in found, audio_stream.lost
    return [one for one in found if one is not None]


async def over(audio_stream: AudioStream) -> str:
    """Wait for the tap's end; why it is over."""
    while await audio_stream.read(PATIENCE) is not None or not audio_stream.lost:
        pass
    return audio_stream.lost


# ---- as it should be


def test_what_the_caller_says_comes_frame_by_frame() -> None:
    async def use(server: AudioStreamServer) -> None:
        audio_stream = server.announce()
        assert (audio_stream.host, audio_stream.port, audio_stream.lost) == ("127.0.0.1", server.port, "")
        assert not audio_stream.arrived.is_set()
        async with connected(server) as channel:
            await channel.introduce(audio_stream.uuid)
            await channel.send(*(message(SOUND, sound(n)) for n in range(50)))
            await audio_stream.arrived.wait()
            assert numbers(await read(audio_stream, 50)) == list(range(50))
            assert await audio_stream.read(0.01) is None
            assert audio_stream.lost == "" and audio_stream.dropped == 0

    served(use)


def test_frames_end_with_the_channel_and_nothing_said_before_is_lost() -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            await channel.send(*(message(SOUND, sound(n)) for n in range(3)))
        assert numbers([frame async for frame in audio_stream.frames()]) == [0, 1, 2]
        assert audio_stream.lost == "Asterisk's channel ended"
        assert await audio_stream.read(PATIENCE) is None

    served(use)


def test_a_hang_up_of_asterisk_is_an_end() -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            await channel.send(message(HANGUP), message(SOUND, sound(1)))
            assert await over(audio_stream) == "Asterisk hung up"

    served(use)


def test_close_is_one_hang_up_message_and_then_asterisk_goes() -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            audio_stream.close()
            audio_stream.close()
            assert await channel.reader.readexactly(3) == b"\x00\x00\x00"
            await channel.send(message(SOUND, sound(1)))
            assert audio_stream.lost == "closed" and await audio_stream.read(PATIENCE) is None
            assert server.audio_streams == 1  # Asterisk closes, as it does; only if not, we do

    served(use)


def test_a_channel_that_does_not_go_is_cut() -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            audio_stream.close()
            assert await channel.rest() in (b"\x00\x00\x00", b"reset")

    served(use, farewell=0.05)


def test_the_oldest_frames_are_dropped_when_the_reader_is_slow() -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            await channel.send(*(message(SOUND, sound(n)) for n in range(500)))
            await channel.send(message(HANGUP))
            assert await channel.reader.readexactly(3) == b"\x00\x00\x00"
        assert numbers([frame async for frame in audio_stream.frames()]) == list(range(490, 500))
        assert audio_stream.dropped == 490

    served(use, queue=10)


@given(st.lists(st.integers(1, 900), min_size=1, max_size=20), st.lists(st.integers(1, 500), max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sound_comes_in_frames_of_20_ms_whatever_its_pieces(samples: list[int], cuts: list[int]) -> None:
    pieces = [struct.pack(f"<{n}h", *range(n)) for n in samples]
    stream = b"".join(message(SOUND, piece) for piece in pieces)

    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            at = 0
            for size in [*cuts, len(stream)]:
                await channel.send(stream[at : at + size])
                at += size
        got = [frame async for frame in audio_stream.frames()]
        whole = b"".join(pieces)
        assert b"".join(got) == whole[: len(whole) // FRAME_BYTES * FRAME_BYTES]
        assert {len(frame) for frame in got} <= {FRAME_BYTES}

    served(use, queue=1000)


def test_keys_errors_and_unknown_kinds_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            await channel.send(message(DTMF, b"7"), message(ERROR, b"\x01"), message(0x42, b"?"), message(0x02))
            await channel.send(message(IDENTITY, uuid.uuid4().bytes), message(SOUND, sound(1)))
            assert numbers(await read(audio_stream, 1)) == [1]

    with caplog.at_level(logging.DEBUG, "ivr"):
        served(use)
    assert caplog.records == []  # a key may be a PIN


# ---- as it should not be


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the operator was told."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    "opening",
    [
        message(IDENTITY, uuid.uuid4().bytes),
        message(IDENTITY, bytes(16)),
        message(IDENTITY, bytes(15)),
        message(IDENTITY, bytes(17)),
        message(IDENTITY),
        message(SOUND, sound(1)),
        message(HANGUP),
        b"\x01\xff\xff",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["unannounced", "zeros", "short", "long", "empty", "sound", "hang-up", "huge", "http"],
)
def test_a_stranger_is_refused_and_told_of(opening: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        audio_stream = server.announce()
        async with connected(server) as channel:
            await channel.send(opening)
            assert await channel.rest() in (b"", b"reset")
        assert not audio_stream.arrived.is_set() and audio_stream.lost == ""

    served(use)
    (told,) = refusals(caplog)
    assert told.startswith("AudioSocket connection refused: ")


def test_a_uuid_opens_the_door_once(caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        audio_stream = server.announce()
        async with connected(server) as first, connected(server) as second:
            await first.introduce(audio_stream.uuid)
            await audio_stream.arrived.wait()
            await second.introduce(audio_stream.uuid)
            await second.send(message(SOUND, sound(66)))
            assert await second.rest() in (b"", b"reset")
            await first.send(message(SOUND, sound(1)))
            assert numbers(await read(audio_stream, 1)) == [1]

    served(use)
    assert len(refusals(caplog)) == 1


def test_refusals_are_no_flood(caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        for _ in range(30):
            async with connected(server) as channel:
                await channel.send(message(HANGUP))
                await channel.rest()

    served(use)
    assert len(refusals(caplog)) == 1


def test_a_tap_that_nobody_comes_for_is_over_and_stays_so(caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        audio_stream = server.announce()
        assert await over(audio_stream) == "Asterisk did not come within 0.05 s"
        async with connected(server) as channel:
            await channel.introduce(audio_stream.uuid)
            assert await channel.rest() in (b"", b"reset")
        assert not audio_stream.arrived.is_set()

    served(use, announced=0.05)
    assert len(refusals(caplog)) == 1


def test_asterisk_that_comes_for_a_closed_tap_is_sent_away_without_ado(caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        audio_stream = server.announce()
        audio_stream.close()
        async with connected(server) as channel:
            await channel.introduce(audio_stream.uuid)
            assert await channel.reader.readexactly(3) == b"\x00\x00\x00"

    served(use)
    assert refusals(caplog) == []


@pytest.mark.parametrize("opening", [b"", b"\x01\x00\x10" + bytes(15)], ids=["silent", "slow"])
def test_who_does_not_say_who_they_are_is_cut(opening: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        async with connected(server) as channel:
            await channel.send(opening)
            assert await channel.rest() in (b"", b"reset")

    served(use, first=0.05)
    assert "no uuid within 0.05 s" in refusals(caplog)[0]


def test_only_so_many_strangers_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        audio_stream = server.announce()
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(3):
                await stack.enter_async_context(connected(server))
            last = await stack.enter_async_context(connected(server))
            assert await last.rest() in (b"", b"reset")
        async with connected(server) as channel:  # and it goes on
            await channel.introduce(audio_stream.uuid)
            await audio_stream.arrived.wait()

    served(use, strangers=3)
    assert "3 others" in refusals(caplog)[0]


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (message(SOUND, bytes(319)), "half a sample"),
        (b"\x10\xff\xff", "a message of 65535 bytes"),
        (message(0x12, bytes(640)), "kind 0x12 is not 8 kHz"),
        (message(0x18, bytes(640)), "kind 0x18 is not 8 kHz"),
    ],
)
def test_what_cannot_be_heard_ends_the_tap(bad: bytes, why: str, caplog: pytest.LogCaptureFixture) -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            await channel.send(message(SOUND, sound(1)), bad, message(SOUND, sound(2)))
            await channel.rest()
        assert numbers([frame async for frame in audio_stream.frames()]) == [1]
        assert why.removeprefix("a ") in audio_stream.lost

    served(use)
    assert len(refusals(caplog)) == 1


def test_a_broken_connection_is_an_end() -> None:
    async def use(server: AudioStreamServer) -> None:
        async with tapped(server) as (audio_stream, channel):
            raw = channel.writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            channel.writer.transport.abort()
            assert re.match("the connection broke: |Asterisk's channel ended", await over(audio_stream))

    served(use)


@given(st.binary(max_size=3000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_after_the_uuid_harms_nobody_else(nonsense: bytes) -> None:
    async def use(server: AudioStreamServer) -> None:
        bad, good = server.announce(), server.announce()
        async with connected(server) as first, connected(server) as second:
            await first.introduce(bad.uuid)
            await second.introduce(good.uuid)
            with contextlib.suppress(ConnectionError):  # refused in its middle
                await first.send(nonsense)
            await second.send(message(SOUND, sound(5)))
            assert numbers(await read(good, 1)) == [5]
        assert all(len(frame) == FRAME_BYTES for frame in [frame async for frame in bad.frames()])

    served(use)


def test_it_listens_where_nobody_else_can_reach_it() -> None:
    async def main() -> None:
        with pytest.raises(TelephonyError, match=r"may not listen on 0\.0\.0\.0"):
            audiosocket.bound("0.0.0.0", 0)
        server = await audiosocket.serve(audiosocket.bound("127.0.7.250", 0))
        assert server.host == "127.0.7.250"
        with pytest.raises(OSError, match="in use"):
            audiosocket.bound("127.0.7.250", server.port)
        await server.close()

    asyncio.run(main())


def test_closing_ends_the_taps_that_nobody_came_for() -> None:
    async def main() -> None:
        server = await audiosocket.serve(audiosocket.bound("127.0.0.1", 0))
        audio_stream = server.announce()
        await server.close()
        assert await audio_stream.read(PATIENCE) is None and audio_stream.lost == "closed"

    asyncio.run(main())


# ---- asking Asterisk for it


def test_the_command_that_brings_asterisk_here() -> None:
    audio_stream = AudioStream("127.0.0.9", 4574, 5)
    heard: list[str] = []

    async def peer(caller: Caller) -> None:
        heard.append(await caller.answers("200 result=0"))

    call(lambda line: line.stream_audio(audio_stream), peer)
    assert heard == [
        f'EXEC "Originate" "AudioSocket/127.0.0.9:4574/{audio_stream.uuid},exten,asr-tap,node1-1763748000.7,1,3,a"'
    ]


@pytest.mark.parametrize("answers", [["200 result=-2"], ["200 result=-1", "200 result=6"]])
def test_a_tap_that_asterisk_refuses(answers: list[str]) -> None:
    async def peer(caller: Caller) -> None:
        for answer in answers:
            await caller.answers(answer)

    with pytest.raises(CommandRefused):
        call(lambda line: line.stream_audio(AudioStream("127.0.0.1", 1, 5)), peer)


def test_nobody_waits_long_for_a_tap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.telephony.agi.call._TAP_SECONDS", 0.05)

    async def use(line: AgiCall) -> None:
        with pytest.raises(DeadlinePassed):
            await line.stream_audio(AudioStream("127.0.0.1", 1, 5))
        assert await line.get_variable("X") == "1"

    async def peer(caller: Caller) -> None:
        await caller.command()
        catching_up = await caller.command()
        assert catching_up.startswith("GET FULL VARIABLE step-")
        await caller.say("200 result=0", f"200 result=1 ({catching_up.split()[-1]})")
        await caller.answers("200 result=1 (1)")

    call(use, peer)
