"""The tap on a real Asterisk: whom it hears, when it goes, what a reader who stands still does to the caller, and that
a prompt or a wait for a key can be interrupted at any moment without losing a key."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import CallerGone
from ivr.telephony.agi import fastagi
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.audio import audiosocket
from ivr.telephony.audio.audiosocket import AudioStream, AudioStreamServer
from ivr.telephony.audio.audiosocket_frames import FRAME_BYTES
from tests.rig.bare import bare
from tests.rig.g711 import RATE, Samples, decode, encode, level_dbfs
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take
from tests.rig.pulse import Pulse
from tests.rig.sound import write_wav
from tests.rig.talker import Talker
from tests.rig_tests.synth import speech

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.xdist_group("tap")]

SAID = speech(7, 1.0, lead_s=0.0)
#: A reader of a tap in a process of its own: it tells the tap's uuid, and then reads until it is over.
READER = """
import asyncio, sys
from ivr.telephony.audio import audiosocket

async def main():
    server = await audiosocket.serve(audiosocket.bound(sys.argv[1], int(sys.argv[2])))
    tap = server.announce()
    print(tap.uuid, flush=True)
    async for frame in tap.frames():
        pass

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def line() -> Iterator[Hotline]:
    """Asterisk, with a prompt of a minute."""
    with bare() as one:
        t = np.arange(60 * RATE) / RATE
        write_wav(prompt(one), (3000 * np.sin(2 * np.pi * 440 * t)).astype(np.int16))
        yield one


def prompt(line: Hotline) -> Path:
    """A tone of 440 Hz."""
    return line.state / "asterisk" / "sounds" / "tone.wav"


Use = Callable[[AgiCall, AudioStreamServer, Talker], Awaitable[None]]


def talking(line: Hotline, use: Use) -> None:
    """One call: `use` is the application."""

    async def main() -> None:
        server = await audiosocket.serve(audiosocket.bound(line.address, 0))
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with take() as ports, Talker((line.address, 5060), ports) as caller:

            async def serve(call: AgiCall) -> None:
                try:
                    await call.autohangup(120)
                    await use(call, server, caller)
                except BaseException as wrong:
                    if not over.done():
                        over.set_exception(wrong)
                    raise
                over.set_result(None)

            application = await fastagi.serve(line.address, 4573, serve)
            try:
                await asyncio.to_thread(caller.dial)
                async with asyncio.timeout(60):
                    await over
            finally:
                await application.abort()
                await server.close()

    asyncio.run(main())


async def tapped(call: AgiCall, server: AudioStreamServer) -> AudioStream:
    """A tap that has arrived."""
    audio_stream = server.announce()
    await call.stream_audio(audio_stream)
    async with asyncio.timeout(5):
        await audio_stream.arrived.wait()
    return audio_stream


async def interrupted(call: AgiCall, doing: asyncio.Task[str | None]) -> str | None:
    """What the line does when the caller begins to speak."""
    doing.cancel()
    await asyncio.wait([doing])
    return await call.interrupt() if doing.cancelled() else doing.result()


def channels(line: Hotline) -> list[str]:
    """Taps that Asterisk has now."""
    shown = line.console("core show channels concise").splitlines()
    return [row for row in shown if row.startswith("AudioSocket/")]


async def no_tap_left(line: Hotline) -> None:
    """Wait for the end of the last one."""
    await asyncio.to_thread(until, "the tap to go", lambda: not channels(line), 5)


def test_the_tap_hears_what_the_caller_says_and_no_prompt(line: Hotline) -> None:
    sound = bytearray()

    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        audio_stream = await tapped(call, server)
        playing = asyncio.create_task(call.stream(str(prompt(line).with_suffix("")), ""))
        for number in range(200):
            sound.extend(await audio_stream.read(1.0) or b"")
            if number == 50:
                caller.say(SAID)
        assert audio_stream.lost == "" and audio_stream.dropped == 0
        await interrupted(call, playing)

    talking(line, use)
    heard = np.frombuffer(bytes(sound), "<i2")
    said = decode(encode(SAID, "alaw"), "alaw").tobytes()
    pieces = [said[at : at + FRAME_BYTES] for at in range(0, len(said), FRAME_BYTES)]
    # A busy machine makes Asterisk's timer late, and then it leaves out 20 ms.
    assert np.mean([piece in sound for piece in pieces]) > 0.8
    at = int(np.argmax(np.correlate(heard.astype(float), SAID.astype(float), "valid")))
    rest: Samples = np.concatenate([heard[: at - RATE // 4], heard[at + SAID.size + RATE // 4 :]])
    assert level_dbfs(rest) < -60  # the caller's line is silent, and the prompt does not come back


def test_a_closed_tap_is_taken_away_and_another_may_come(line: Hotline) -> None:
    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        for _ in range(2):
            audio_stream = await tapped(call, server)
            assert await audio_stream.read(2.0) is not None
            audio_stream.close()
            await no_tap_left(line)
            assert server.audio_streams == 0

    talking(line, use)


def test_the_tap_goes_with_the_caller(line: Hotline) -> None:
    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        audio_stream = await tapped(call, server)
        await asyncio.to_thread(caller.hang_up)
        async with asyncio.timeout(5):
            async for frame in audio_stream.frames():
                assert len(frame) == FRAME_BYTES
        assert audio_stream.lost == "Asterisk's channel ended"
        with pytest.raises(CallerGone):
            await call.wait_key(1000)

    talking(line, use)


def test_a_tap_that_nobody_takes_harms_nothing(line: Hotline) -> None:
    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        await call.stream_audio(AudioStream(line.address, 9, 10))  # nobody listens there
        stranger = AudioStream(server.host, server.port, 10)
        await call.stream_audio(stranger)  # nobody announced it
        caller.press("5")
        assert await call.wait_key(5000) == "5"
        assert not stranger.arrived.is_set()
        await no_tap_left(line)

    talking(line, use)


def test_a_reader_who_stands_still_or_dies_is_not_heard_by_the_caller(line: Hotline) -> None:
    port = 4600
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, line.address, str(port)], stdout=subprocess.PIPE, text=True
    )

    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        assert reader.stdout is not None
        audio_stream = AudioStream(line.address, port, 10)
        audio_stream.uuid = (await asyncio.to_thread(reader.stdout.readline)).strip()
        await call.stream_audio(audio_stream)
        playing = asyncio.create_task(call.stream(str(prompt(line).with_suffix("")), ""))
        await asyncio.to_thread(until, "the tap", lambda: channels(line))
        with Pulse() as pulse:
            reader.send_signal(signal.SIGSTOP)
            before = len(caller.heard)
            await asyncio.to_thread(until, "three seconds of prompt", lambda: len(caller.heard) > before + 150)
            assert channels(line)
            reader.kill()  # a stopped process dies as well
            before = len(caller.heard)
            await no_tap_left(line)
            await asyncio.to_thread(until, "more of the prompt", lambda: len(caller.heard) > before + 50)
        times = [packet.t for packet in caller.heard[25:]]
        assert max(np.diff(times)) < 0.1 or pulse.held_up
        await interrupted(call, playing)

    try:
        talking(line, use)
    finally:
        reader.kill()
        reader.wait()
        assert reader.stdout is not None
        reader.stdout.close()


@pytest.mark.parametrize("waits", [False, True], ids=["prompt", "wait"])
def test_keys_outlive_an_interruption(line: Hotline, waits: bool) -> None:
    draw = random.Random(7)
    lost = []

    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        file = str(prompt(line).with_suffix(""))
        for number in range(20):
            doing = asyncio.create_task(call.wait_key(20000) if waits else call.stream(file, "0123456789"))
            key = str(number % 10)
            caller.press(key)  # it is let go 100 to 120 ms later
            await asyncio.wait([doing], timeout=draw.uniform(0.09, 0.15))
            got = await interrupted(call, doing)
            assert got in (key, None)
            if got is None and (late := await call.wait_key(2000)) != key:
                assert late is None
                lost.append(key)

    talking(line, use)
    # Between two commands Asterisk drops keys: that is 1 ms, except on a machine that has no time for us.
    assert len(lost) <= 3


def test_an_interrupted_prompt_stops_at_once(line: Hotline) -> None:
    async def use(call: AgiCall, server: AudioStreamServer, caller: Talker) -> None:
        late = []
        for _ in range(5):
            playing = asyncio.create_task(call.stream(str(prompt(line).with_suffix("")), ""))
            before = len(caller.heard)
            await asyncio.to_thread(until, "some of it", lambda before=before: len(caller.heard) > before + 15)
            await interrupted(call, playing)
            stopped = len(caller.heard)
            assert await call.wait_key(300) is None
            late.append(len(caller.heard) - stopped)
        assert min(late) <= 2  # packets that were under way, where the machine keeps time
        assert max(late) <= 10
        assert all(level_dbfs(decode(packet.payload, "alaw")) > -30 for packet in caller.heard)

    talking(line, use)
