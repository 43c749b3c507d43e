"""`ivr transcribe`: any recording, one object for each, and what is wrong with the others."""

from __future__ import annotations

import json
import math
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.cli import transcribe
from ivr.cli.transcribe import telephone_pcm
from ivr.errors import SpeechError
from ivr.flow.loader import require
from ivr.speech.choice import Choice
from ivr.speech.recogniser import Engine, Expected, Recognised
from tests.cli.conftest import TOP, Desk


class Script:
    """An engine that "hears" what it is told to, in turn."""

    name = "whisper"

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[Expected] = []

    def begin(self, expected: Expected) -> Script:
        """See Engine."""
        self.asked.append(expected)
        return self

    def unknown(self, words: object) -> tuple[str, ...]:
        """See Engine."""
        return ()

    def feed(self, pcm: bytes) -> str:
        """See Utterance."""
        self.bytes = len(pcm)
        return ""

    def so_far(self) -> Recognised | None:
        """See Utterance."""
        return None

    def finish(self) -> Recognised:
        """See Utterance."""
        return Recognised(self.texts.pop(0), 0.95, "zh", self.bytes // 16, 123)

    def discard(self) -> None:
        """See Utterance."""


@pytest.fixture
def hears(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Script:
    """The shipped flow and an engine that is told what it hears."""
    monkeypatch.setenv("IVR_FLOWS", str(TOP / "flows"))
    script = Script()

    def make(engine: str, model: Path) -> Engine:
        return script

    monkeypatch.setattr(transcribe, "make", make)
    monkeypatch.setattr(transcribe, "choose", lambda settings: Choice("whisper", Path("m"), "测试"))
    return script


def tone(file: str, rate: int = 8000, width: int = 2, channels: int = 1, seconds: float = 0.5) -> Path:
    """A WAV with 440 Hz at half the full scale."""
    wave_form = 0.5 * np.sin(2 * math.pi * 440 * np.arange(int(rate * seconds)) / rate)
    if width == 1:
        data = np.rint(wave_form * 127 + 128).astype(np.uint8)[:, None]
    else:
        data = np.rint(wave_form * (2**31 - 1)).astype("<i4")[:, None].view(np.uint8)[:, 4 - width :]
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(np.repeat(data[:, None, :], channels, axis=1).tobytes())
    return Path(file)


@pytest.mark.parametrize("rate", [8000, 16000, 11025, 44100, 48000])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_width_and_number_of_channels(tmp_path: Path, rate: int, width: int, channels: int) -> None:
    sound = np.frombuffer(telephone_pcm(tone(str(tmp_path / "t.wav"), rate, width, channels)), "<i2") / 32768
    assert abs(len(sound) - 4000) <= 8
    middle = sound[1000:3000]
    assert abs(math.sqrt(float((middle**2).mean())) - 0.5 / math.sqrt(2)) < 0.02
    spectrum = np.abs(np.fft.rfft(middle))
    assert abs(int(spectrum.argmax()) * 8000 / 2000 - 440) <= 4


def test_a_file_that_is_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="28 秒"):
        telephone_pcm(tone(str(tmp_path / "t.wav"), seconds=29))


def test_one_object_for_each_file(hears: Script, desk: Desk) -> None:
    tone("a.wav")
    tone("b.wav", 16000)
    hears.texts += ["我的卡丢了", ""]
    lines = [
        json.loads(line) for line in desk.ivr("transcribe", "a.wav", "b.wav", "--format", "json").stdout.splitlines()
    ]
    assert list(lines[0]) == ["file", "text", "score", "intent", "intent_score", "audio_ms", "took_ms"]
    assert (lines[0]["file"], lines[0]["text"], lines[0]["intent"]) == ("a.wav", "我的卡丢了", "debit_loss")
    assert lines[0]["intent_score"] > 0.5 and (lines[0]["audio_ms"], lines[0]["took_ms"]) == (500, 123)
    assert (lines[1]["text"], lines[1]["intent"], lines[1]["score"]) == ("", None, 0.95)
    assert hears.asked[0].words and not hears.asked[0].closed


def test_as_text(hears: Script, desk: Desk) -> None:
    tone("a.wav")
    hears.texts += ["新用卡丢了"]
    out = desk.ivr("transcribe", "a.wav").stdout
    assert out.startswith("a.wav：信用卡丢了  [")


def test_a_broken_file_is_told_and_the_others_go_on(hears: Script, desk: Desk) -> None:
    Path("broken.wav").write_bytes(b"RIFF no")
    Path("empty.wav").write_bytes(b"")
    tone("good.wav")
    hears.texts += ["转人工"]
    result = desk.ivr("transcribe", "gone.wav", "broken.wav", "empty.wav", "good.wav", "--format", "json")
    assert result.exit_code == 1
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["text"] == "转人工"
    assert [error.split("：")[1] for error in result.stderr.splitlines()] == ["gone.wav", "broken.wav", "empty.wav"]


def test_every_fixture_can_be_read() -> None:
    for file in sorted((TOP / "tests" / "speech" / "nonspeech").glob("*.wav")):
        assert telephone_pcm(file)


def test_slips(desk: Desk) -> None:
    assert "录音" in desk.refused("transcribe", status=2)
    assert "vosk" in desk.refused("transcribe", "a.wav", "--engine", "kaldi", status=2)
    told = desk.refused("transcribe", "a.wav")
    assert "ivr models install" in told and "没有可用的识别引擎" in told
    assert require(TOP / "flows").knowledge
