"""A tap that is (wrongly) still open while the caller waits, talks, is put on hold and passed on: it hears the caller
alone, ends with the call, and nothing else is different, neither what the caller hears nor the record."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ivr.telephony.ami.manager import Manager
from ivr.telephony.audio import audiosocket
from tests.calls.crowd import signed_in
from tests.rig.agents import Manner
from tests.rig.g711 import RATE, Samples, decode, level_dbfs
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take
from tests.rig.talker import Talker
from tests.rig.timeline import flat
from tests.rig_tests.synth import speech

pytestmark = [pytest.mark.calls, pytest.mark.speech, pytest.mark.xdist_group("tap")]

#: 1001 puts the caller on hold and passes them on to 1006, who is in another queue.
AGENTS = {"1001": Manner(holds=(5000, 2000), passes_on=(9000, "1006")), "1006": Manner(talks_ms=5000)}
#: What every agent's telephone says (see `tests.rig.sipp`), and what no caller of this test says.
AGENT_HZ = 300
SAID = speech(7, 1.0)


@dataclass(frozen=True, slots=True)
class Told:
    """A call, tapped or not: its record, what the caller heard, what the tap heard, and why that ended."""

    record: Mapping[str, object]
    heard: Samples
    worst_gap_s: float
    tapped: Samples
    lost: str


def uniqueid(line: Hotline) -> str:
    """Of the one caller there is."""
    shown = line.console("core show channels concise").splitlines()
    (channel,) = [row.split("!") for row in shown if row.startswith("PJSIP/trunk-")]
    return channel[13]


async def call(line: Hotline, tapped: bool) -> Told:
    """From the answer to the end that the last agent makes."""
    number = line.next_number()
    server = await audiosocket.serve(audiosocket.bound(line.address, 0))
    manager = Manager(line.address, 5038, "ivr", json.loads((line.state / "secrets.json").read_text())["ami"])
    manager.start()
    sound = bytearray()
    with take() as ports, Talker((line.address, 5060), ports, number=number) as caller:
        await asyncio.to_thread(caller.dial)
        tap = server.announce()
        if tapped:
            name = await asyncio.to_thread(uniqueid, line)
            where = f"AudioSocket/{tap.host}:{tap.port}/{tap.uuid}"
            await manager.originate(where, context="asr-tap", exten=name, ring=3.0)
            await asyncio.wait_for(tap.arrived.wait(), 5)
        else:
            tap.close()
        await asyncio.to_thread(until, "the greeting", lambda: len(caller.heard) > 50)
        caller.press("0")
        while not caller.hung_up.is_set():
            if not caller.speaking:
                caller.say(SAID)
            frame = await tap.read(0.1)
            sound += frame or b""
            if tap.lost:
                await asyncio.to_thread(caller.hung_up.wait, 0.2)
        while tapped and not tap.lost:
            sound += await tap.read(2.0) or b""
        record = await asyncio.to_thread(line.record, number)
    await manager.close()
    await server.close()
    times = [packet.t for packet in caller.heard]
    heard = decode(b"".join(packet.payload for packet in caller.heard), "alaw")
    return Told(record, heard, float(np.max(np.diff(times))), np.frombuffer(bytes(sound), "<i2"), tap.lost)


def tone_dbfs(sound: Samples) -> float:
    """The level of the agents' tone in the loudest second."""
    t = np.arange(RATE) / RATE
    wave = np.exp(-2j * np.pi * AGENT_HZ * t) * np.hanning(RATE) * 2
    seconds = [sound[at : at + RATE] for at in range(0, sound.size - RATE, RATE // 2)]
    return max(20 * float(np.log10(abs(np.mean(one * wave)) / 32768 * np.sqrt(2) + 1e-9)) for one in seconds)


def likeness(sound: Samples) -> float:
    """How well what the caller says over and over fits the best second of `sound`."""
    spoken = SAID.astype(np.float64)
    spoken /= np.linalg.norm(spoken)
    part = sound[RATE * 2 : RATE * 6].astype(np.float64)
    size = part.size + spoken.size
    found = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(spoken, size)), size)
    at = int(np.argmax(found[: part.size - spoken.size]))
    return float(found[at] / np.linalg.norm(part[at : at + spoken.size]))


def compared(record: Mapping[str, object]) -> tuple[dict[str, object], dict[str, int]]:
    """A record without what differs from call to call; and its times, from the moment the caller asked for an agent."""
    fields = dict(flat(record))
    asked = fields["handoffs.0.t_requested"]
    assert isinstance(asked, int)
    own = ("call_id", "linkedid", "caller_number", "customer_id")
    times = {
        name: value - asked
        for name, value in fields.items()
        if isinstance(value, int) and re.fullmatch(r"t|t_\w+|\w+_at", name.split(".")[-1])
    }
    rest = {name: value for name, value in fields.items() if name not in times and name not in own}
    return {name: value for name, value in rest.items() if not name.endswith("_ms") and "_ms_" not in name}, times


def test_a_tap_left_open_hears_the_caller_alone_and_changes_nothing(line: Hotline, folder: Path) -> None:
    line.serve_flows(None)
    with signed_in(line, folder, AGENTS):
        plain = asyncio.run(call(line, tapped=False))
        until("the agents to be free", lambda: "PJSIP/10" not in line.console("core show channels concise"))
        tapped = asyncio.run(call(line, tapped=True))
    assert tapped.lost == "Asterisk's channel ended"
    assert tapped.tapped.size > 15 * RATE
    assert likeness(tapped.tapped) > 0.95
    assert tone_dbfs(tapped.heard) > -35 and tone_dbfs(plain.heard) > -35  # the caller heard the agents' voices
    assert tone_dbfs(tapped.tapped) < tone_dbfs(SAID_OVER) + 3  # the tap did not
    (fields, times), (fields_too, times_too) = compared(plain.record), compared(tapped.record)
    assert fields["agent_legs.0.transferred_to"] == "1006" and "agent_legs.0.hold.0.t_end" in times
    assert fields_too == fields
    assert times_too == {name: pytest.approx(t, abs=3000) for name, t in times.items()}


#: What the caller says, as long as the call: at 300 Hz there is a little of it.
SAID_OVER = np.tile(SAID, 10)


def test_level_of_the_tone_is_measured() -> None:
    t = np.arange(3 * RATE) / RATE
    tone = (3277 * np.sqrt(2) * np.sin(2 * np.pi * AGENT_HZ * t)).astype(np.int16)
    assert tone_dbfs(tone) == pytest.approx(level_dbfs(tone), abs=0.5)
    assert tone_dbfs(SAID_OVER) < -45
