"""Real SIPp telephones that call each other on loopback, captured by a real tcpdump."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.rig import g711, sipp, speech, stereo, timeline
from tests.rig.agents import Manner
from tests.rig.calls import Call, calls
from tests.rig.capture import capture
from tests.rig.errors import CallFailed, CaptureFailed, ToolMissing
from tests.rig.heard import SpeechListener
from tests.rig.place import place, placing
from tests.rig.ports import take
from tests.rig.process import Sipp
from tests.rig.sound import longest_silence, read_wav, write_wav
from tests.rig.steps import parse
from tests.rig.wire import sdp_audio
from tests.rig_tests import synth
from tests.rig_tests.registrar import Registrar
from tests.rig_tests.synth import clip

pytestmark = pytest.mark.skipif(
    shutil.which("sipp") is None or shutil.which("tcpdump") is None, reason="sipp and tcpdump are needed"
)


@contextlib.contextmanager
def answering(folder: Path, manner: Manner, speech: Path | None = None) -> Iterator[tuple[sipp.Setup, Sipp]]:
    """A telephone that waits for one call, and how to reach it."""
    with (
        take() as ports,
        sipp.agent(folder / "agent", "1001", manner=manner, speech=speech, ports=ports, calls=1, limit_s=30) as phone,
    ):
        yield sipp.Setup(target=("127.0.0.1", ports.sip), limit_s=20), phone


def call(folder: Path, lines: list[str], manner: Manner) -> Call:
    """Place one call; both telephones must end well."""
    with answering(folder, manner) as (setup, phone):
        found = place(folder / "caller", parse(lines), setup=setup)
        phone.wait()
    return found


def test_keys_arrive_when_the_steps_say(tmp_path: Path) -> None:
    steps = ["dial", "wait 1s", "press *", "wait 900ms", "press #", "wait 1500ms", "press 12", "wait 1s", "hang up"]
    found = call(tmp_path, steps, Manner(rings_ms=300))
    assert (found.status, found.ended_by) == (200, "caller")
    assert found.t_answered is not None and found.t_ended is not None
    assert found.t_answered - found.t_invite == pytest.approx(0.3, abs=0.25)
    assert "".join(key.digit for key in found.keys) == "*#12"
    times = [key.t_start - found.t_answered for key in found.keys]
    assert times == [pytest.approx(t, abs=0.25) for t in (1.0, 2.1, 3.8, 4.2)]
    assert all(key.ended and key.t_end - key.t_start == pytest.approx(0.2, abs=0.15) for key in found.keys)
    assert found.t_ended - found.t_answered == pytest.approx(5.4, abs=0.5)


def test_speech_is_heard_bit_for_bit_and_kept_as_a_wav(tmp_path: Path) -> None:
    prompt = clip("greeting", 5, 2.0)
    speech = tmp_path / "speech.alaw"
    speech.write_bytes(g711.encode(prompt.samples, "alaw", "asterisk"))
    with answering(tmp_path, Manner(rings_ms=100), speech) as (setup, _):
        found = place(tmp_path / "caller", parse(["dial", "wait 1s", "press 5", "wait 2s", "hang up"]), setup=setup)
    heard = SpeechListener([prompt]).listen(found.heard)
    assert [(one.prompt, one.whole) for one in heard] == [("greeting", True), ("greeting", False)]
    text = timeline.as_text(timeline.entries(found, heard))
    assert "greeting「text of greeting」" in text and "来电者挂机" in text
    assert "13800000001 → 95000" in text
    stereo.write(found, tmp_path / "call.wav")
    assert (tmp_path / "call.wav").stat().st_size > 4 * 8000 * 3
    assert found.t_answered is not None and found.t_ended is not None
    assert longest_silence(found.heard, found.t_answered, found.t_ended).seconds < 1.0


def test_what_is_said_is_on_the_wire_bit_for_bit_and_when_the_steps_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "FOLDER", tmp_path)
    said = {"a.wav": synth.speech(1, 1.2, lead_s=0.0), "b.wav": synth.speech(2, 0.9, lead_s=0.0)}
    for name, sound in {**said, "noise.wav": synth.speech(4, 0.25, lead_s=0.0)}.items():
        write_wav(tmp_path / name, sound)
    steps = ["dial", "wait 1s", "say a.wav", "wait 1s", "press 7", "wait 800ms", "say b.wav", "wait 1s"]
    found = call(tmp_path, [*steps, "noise noise.wav 600ms", "wait 500ms", "hang up"], Manner(rings_ms=100))
    assert found.t_answered is not None
    sent = b"".join(frame.payload for frame in found.said)
    assert all(g711.encode(sound, "alaw") in sent for sound in said.values())
    assert [key.digit for key in found.keys] == ["7"]
    first, second, noise = speech.utterances(found)
    assert first.t_start - found.t_answered == pytest.approx(1.0, abs=0.4)
    assert found.keys[0].t_start > first.t_end and second.t_start > found.keys[0].t_end
    assert noise.t_end - noise.t_start == pytest.approx(0.6, abs=0.06)
    pauses = [b.t - a.t for a, b in itertools.pairwise(found.said)]
    assert sorted(pauses)[-2] < 0.3  # one hole: the key
    text = timeline.as_text(timeline.entries(found, []))
    assert text.count("来电者说话") == 3


def test_the_other_side_hangs_up(tmp_path: Path) -> None:
    found = call(tmp_path, ["dial", "wait for bye 10s"], Manner(rings_ms=100, talks_ms=700))
    assert (found.status, found.ended_by) == (200, "callee")


def test_one_telephone_takes_many_calls_within_its_ports(tmp_path: Path) -> None:
    with take() as ports, sipp.agent(tmp_path / "a", "1001", manner=Manner(rings_ms=50), ports=ports) as phone:
        setup = sipp.Setup(target=("127.0.0.1", ports.sip), limit_s=20)
        for number in range(10):
            found = place(tmp_path / f"{number}", parse(["dial", "wait 200ms", "hang up"]), setup=setup)
            assert len(found.heard) > 3
            audio = sdp_audio(found.messages[2])
            assert audio is not None and ports.media <= audio[0][1] <= ports.last
        assert phone.running


def test_hold_and_resume(tmp_path: Path) -> None:
    found = call(tmp_path, ["dial", "wait for bye 10s"], Manner(rings_ms=100, talks_ms=1800, holds=(400, 800)))
    assert [one.label for one in found.messages].count("INVITE") == 3
    assert found.t_answered is not None and found.t_ended is not None
    assert longest_silence(found.heard, found.t_answered, found.t_ended).seconds == pytest.approx(0.8, abs=0.5)


@pytest.mark.parametrize("manner", [Manner(rings_ms=None), Manner(rings_ms=5000)])
def test_giving_up_before_the_answer(tmp_path: Path, manner: Manner) -> None:
    found = call(tmp_path, ["dial", "wait 400ms", "cancel"], manner)
    assert (found.status, found.ended_by, found.t_answered) == (487, "caller", None)
    assert found.t_ended is not None and found.t_ended - found.t_invite == pytest.approx(0.4, abs=0.25)


def test_a_refused_call(tmp_path: Path) -> None:
    found = call(tmp_path, ["dial", "refused 486"], Manner(reject=486))
    assert (found.status, found.ended_by, found.heard) == (486, "callee", ())
    assert "被拒绝" in timeline.as_text(timeline.entries(found, []))


def test_a_call_that_goes_otherwise_says_so(tmp_path: Path) -> None:
    with answering(tmp_path, Manner(reject=486)) as (setup, phone):
        with pytest.raises(CallFailed, match=r"(?s)caller: a call failed.*\(exit code 1\)\n.*486") as failed:
            place(tmp_path / "caller", parse(["dial", "hang up"]), setup=setup)
        phone.wait()
    assert failed.value.code == 1


def test_nobody_answers_in_time(tmp_path: Path) -> None:
    with answering(tmp_path, Manner(rings_ms=None)) as (setup, _):
        short = sipp.Setup(target=setup.target, limit_s=1)
        with pytest.raises(CallFailed, match="the time limit passed"):
            place(tmp_path / "caller", parse(["dial", "hang up"]), setup=short)


def test_a_hand_written_scenario(tmp_path: Path) -> None:
    own = tmp_path / "uac.xml"
    with answering(tmp_path, Manner(rings_ms=50)) as (setup, phone):
        with sipp.caller(tmp_path / "first", parse(["dial", "hang up"]), setup=setup) as process:
            process.wait()
        phone.wait()
    own.write_text((tmp_path / "first" / "caller.xml").read_text().replace("sip:13800000001", "sip:[caller]"))
    with answering(tmp_path, Manner(rings_ms=50)) as (setup, _):
        found = place(tmp_path / "second", (), own=own, number="13900000002", setup=setup)
    assert "sip:13900000002@" in found.messages[0].headers["from"]


def test_an_aborted_test_leaves_no_process(tmp_path: Path) -> None:
    with answering(tmp_path, Manner(rings_ms=50)) as (setup, phone):
        with (
            pytest.raises(KeyError),
            placing(tmp_path / "caller", parse(["dial", "wait 10s", "hang up"]), setup=setup) as on,
        ):
            raise KeyError("a test went wrong")
        assert not on.process.running
    assert not phone.running
    assert on.call is None
    with pytest.raises(CallFailed, match="no INVITE was captured"):
        on.evidence()


def test_an_agent_registers_and_unregisters(tmp_path: Path) -> None:
    with Registrar("1001", "geheim") as registrar:
        setup = sipp.Setup(target=("127.0.0.1", registrar.port))
        with sipp.agent(tmp_path, "1001", password="geheim", setup=setup) as phone:
            assert registrar.seen == [("1001", 3600, True)]
            assert phone.running
        assert registrar.seen[1:] == [("1001", 0, True)]
    assert (tmp_path / "1001.csv").stat().st_mode & 0o077 == 0


def test_an_open_registrar_and_a_wrong_password(tmp_path: Path) -> None:
    with Registrar("1001", "geheim", challenge=False) as registrar:
        setup = sipp.Setup(target=("127.0.0.1", registrar.port))
        with sipp.agent(tmp_path / "a", "1001", password="x", setup=setup):
            assert registrar.seen == [("1001", 3600, True)]
    with Registrar("1001", "geheim") as registrar:
        setup = sipp.Setup(target=("127.0.0.1", registrar.port))
        with (
            pytest.raises(CallFailed, match="1001-register"),
            sipp.agent(tmp_path / "b", "1001", password="x", setup=setup),
        ):
            pass


def test_sipp_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with (
        pytest.raises(ToolMissing, match="apt-get install sip-tester"),
        sipp.caller(tmp_path, parse(["dial", "hang up"])),
    ):
        pass


def test_tcpdump_is_missing_or_cannot_capture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with take() as ports:
        with pytest.raises(CaptureFailed, match="cannot capture"), capture(tmp_path / "a.pcap", [ports], "nosuchif"):
            pass
        monkeypatch.setattr("tests.rig.capture.shutil.which", lambda *_, **__: None)
        with pytest.raises(ToolMissing, match="apt-get install tcpdump"), capture(tmp_path / "a.pcap", [ports]):
            pass


def test_a_capture_of_nothing_is_an_empty_file(tmp_path: Path) -> None:
    with take() as ports, capture(tmp_path / "a.pcap", [ports]):
        pass
    assert calls(tmp_path / "a.pcap") == []


def test_the_proof_sounds_as_it_was_sent(tmp_path: Path) -> None:
    prompt = clip("greeting", 6, 1.0)
    speech = tmp_path / "speech.alaw"
    data = g711.encode(prompt.samples, "alaw")
    speech.write_bytes(data)
    with answering(tmp_path, Manner(rings_ms=50), speech) as (setup, _):
        found = place(tmp_path / "caller", parse(["dial", "wait 1500ms", "hang up"]), setup=setup)
    stereo.write(found, tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    left = sound[:, 0].astype(np.int16).tobytes()
    assert g711.decode(data, "alaw")[1600:4800].tobytes() in left
    assert np.abs(sound[:, 1]).max() <= 8
    with pytest.raises(Exception, match="2 channels"):
        read_wav(tmp_path / "call.wav")
