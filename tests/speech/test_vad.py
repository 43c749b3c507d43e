"""Voice activity: the gate before it, both engines on sounds that are known, and which of them is chosen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import ModelUnusable
from ivr.speech.audio import sound, wav
from ivr.speech.voice_activity import vad_silero, vad_webrtc
from ivr.speech.voice_activity.endpointer import Endpointer, SpeechDismissed, SpeechEnded, SpeechStarted
from ivr.speech.voice_activity.registry import named
from ivr.speech.voice_activity.vad import FRAME_MS, NOTHING_DBFS, Gate, Vad, level
from tests.speech.hearing import HERE, MODELS, hear, joined, needs_silero, noise, silero, spoken
from tests.speech.speaking import silence, tone

ENGINES = [pytest.param(silero, marks=needs_silero, id="silero"), pytest.param(vad_webrtc.load, id="webrtc")]

#: Files of tests/speech/nonspeech that are noise, music, keys, coughs: nobody speaks in them.
NOBODY = sorted(path for path in (HERE / "nonspeech").glob("*.wav") if not path.name.startswith("talk"))


def starts(make: Callable[[], Vad], samples: wav.Samples) -> int:
    """How often somebody seems to begin to speak."""
    listener = Endpointer(make())
    listener.begin(0)
    return sum(isinstance(edge, SpeechStarted) for _, edge in hear(listener, samples))


# ---- level and gate


@pytest.mark.parametrize("dbfs", [-80.0, -50.0, -20.0, -3.1])
def test_level_is_that_of_the_samples(dbfs: float) -> None:
    assert level(tone(0.02, dbfs).astype(np.float32)) == pytest.approx(dbfs, abs=0.05)


@given(st.binary(max_size=640).filter(lambda data: len(data) % 2 == 0))
def test_level_of_anything_is_within_bounds(data: bytes) -> None:
    samples = np.frombuffer(data, "<i2").astype(np.float32) * np.float32(1 / 32768)
    assert NOTHING_DBFS <= level(samples) <= 0.01


def test_the_gate_opens_for_what_stands_out_and_holds() -> None:
    gate = Gate()
    assert not any(gate.open(-62.0, False) for _ in range(100))
    assert gate.open(-45.0, False)
    held = [gate.open(-62.0, False) for _ in range(40)]
    assert held == sorted(held, reverse=True)
    assert sum(held) == Gate.HOLD_MS // FRAME_MS - 1


def test_noise_is_learnt_speech_is_not() -> None:
    gate = Gate()
    opened = [gate.open(-40.0, False) for _ in range(500)]
    assert opened[0]
    assert not opened[-1], "3 dB a second: after 10 s the noise is known"
    assert gate.open(-30.0, False)
    gate = Gate()
    assert all(gate.open(-40.0, True) for _ in range(500))
    assert gate.loud_from == Gate.LEAST_DBFS


@given(st.lists(st.tuples(st.floats(-96, 0), st.booleans()), max_size=200))
def test_the_gate_never_learns_more_noise_than_there_is(levels: list[tuple[float, bool]]) -> None:
    gate = Gate()
    for loud, speech in levels:
        gate.open(loud, speech)
        assert -70.0 <= gate.floor <= max(-60.0, *(loud for loud, _ in levels)) + 1e-9


# ---- the engines


@pytest.mark.parametrize("make", ENGINES)
def test_speech_is_heard(make: Callable[[], Callable[[], Vad]]) -> None:
    heard, late = 0, []
    for words in spoken(5):
        listener = Endpointer(make()())
        found = hear(listener, joined(noise(0.6, -62), words, noise(1.2, -62)))
        heard += any(isinstance(edge, SpeechEnded) for _, edge in found)
        first = 600 + 10 * int(sound.voiced(words).argmax())
        late += [told - first for told, edge in found[:1] if isinstance(edge, SpeechStarted)]
    assert heard >= 0.96 * len(spoken(5))
    assert np.median(late) <= (100 if make is silero else 200)


@needs_silero
@pytest.mark.parametrize("dbfs", [-38, -30])
def test_a_quiet_caller_is_heard(dbfs: float) -> None:
    quiet = [words * 10 ** ((dbfs + 23) / 20) for words in spoken(10)]
    assert (
        sum(starts(silero(), joined(noise(0.6, -62), words, noise(1, -62))) == 1 for words in quiet) >= len(quiet) - 1
    )


@needs_silero
def test_a_caller_in_noise_is_heard_once_and_to_the_end() -> None:
    for seed, words in enumerate(spoken(12)):
        whole = joined(silence(1.0), words, silence(1.6))
        listener = Endpointer(silero()())
        found = [edge for _, edge in hear(listener, whole + noise(len(whole) / wav.RATE, -38, seed))]
        assert sum(isinstance(edge, SpeechStarted) for edge in found) == 1
        (end,) = [edge for edge in found if isinstance(edge, SpeechEnded | SpeechDismissed)]
        assert isinstance(end, SpeechEnded)
        assert abs(end.t_end - (1000 + len(words) // 8 - 100)) <= 330


@needs_silero
@pytest.mark.parametrize("path", NOBODY, ids=lambda path: path.stem)
def test_what_is_not_speech_starts_nothing(path: Path) -> None:
    assert starts(silero(), np.tile(wav.telephone(path), 2)) == 0


@pytest.mark.parametrize("name", ["dtmf", "dtmf-long", "ringing", "silence", "white-35", "hum-35"])
def test_webrtc_takes_keys_tones_and_noise_for_no_speech(name: str) -> None:
    assert starts(vad_webrtc.load(), np.tile(wav.telephone(HERE / "nonspeech" / f"{name}.wav"), 2)) == 0


@pytest.mark.parametrize("make", ENGINES)
def test_an_engine_counts_its_hops_and_forgets(make: Callable[[], Callable[[], Vad]]) -> None:
    one, other = make()(), make()()
    words = spoken(40)[0].astype(np.float32)
    parts = [words[at : at + 160] for at in range(0, 16000, 160)]
    found = [probability for part in parts for probability in one.speech(part)]
    assert len(found) == 2000 // one.hop_ms
    assert all(0.0 <= probability <= 1.0 for probability in found)
    assert max(found) >= 0.9
    assert [p for part in parts for p in other.speech(part)] == pytest.approx(found), "calls do not share their state"
    if make is silero:  # WebRTC's cannot be told to forget what noise it knows
        one.reset()
        assert [p for part in parts for p in one.speech(part)] == pytest.approx(found)


@needs_silero
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=12))
def test_silero_takes_sound_in_any_pieces(sizes: list[int]) -> None:
    engine = silero()()
    found = [p for size in sizes for p in engine.speech(np.full(size, 0.01, np.float32))]
    assert len(found) == sum(sizes) // 256


@pytest.mark.parametrize(("hertz", "pure"), [((697, 1209), True), ((941, 1477), True), ((450,), True), ((200,), False)])
def test_tones_are_told_from_voices(hertz: tuple[int, ...], pure: bool) -> None:
    samples = sum(tone(0.04, -20, one) for one in hertz) + noise(0.04, -50)
    assert vad_webrtc.tone(np.asarray(samples, np.float32)) is pure


def test_noise_and_silence_are_no_tones() -> None:
    assert not vad_webrtc.tone(noise(0.04, -20).astype(np.float32))
    assert not vad_webrtc.tone(np.zeros(320, np.float32))


# ---- which one


@needs_silero
def test_silero_is_chosen_where_it_is() -> None:
    assert named("auto", MODELS).name == named("silero", MODELS).name == "silero"
    assert named("auto", MODELS).make().hop_ms == 32


def test_webrtc_is_chosen_where_the_model_is_missing_and_says_so(tmp_path: Path) -> None:
    chosen = named("auto", tmp_path)
    assert chosen.name == "webrtc"
    assert str(tmp_path / vad_silero.FILE) in chosen.reason
    assert chosen.make().hop_ms == FRAME_MS
    with pytest.raises(ModelUnusable, match="没有模型文件"):
        named("silero", tmp_path)


@pytest.mark.parametrize("content", [b"", b"\x08\x07 no model", bytes(4096)])
def test_a_broken_model_is_no_model(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / vad_silero.FILE
    file.parent.mkdir()
    file.write_bytes(content)
    assert named("auto", tmp_path).name == "webrtc"
    with pytest.raises(ModelUnusable, match="无法使用"):
        named("silero", tmp_path)


@needs_silero
def test_without_onnxruntime_webrtc_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert named("auto", MODELS).name == "webrtc"
    with pytest.raises(ModelUnusable, match="onnxruntime"):
        named("silero", MODELS)


def test_without_any_engine_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    for name in ("auto", "webrtc"):
        with pytest.raises(ModelUnusable, match="webrtcvad"):
            named(name, tmp_path)


def test_webrtc_can_be_asked_for_and_others_are_unknown() -> None:
    assert named("webrtc", MODELS).name == "webrtc"
    with pytest.raises(ModelUnusable, match="可用"):
        named("magic", MODELS)
