"""`ivr transcribe`: any recording, one object for each, and what is wrong with the others."""

from __future__ import annotations

import json
import math
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import SpeechError
from ivr.flow.loader import require
from ivr.speech.audio.utterance_file import telephone_pcm
from ivr.speech.recognition.engine_choice import EngineChoice
from ivr.speech.recognition.recogniser import Engine, Expected, Recognised
from ivr.training import transcriber
from tests.cli.conftest import TOP, Desk
from tests.rig import g711


class Script:
    """An engine that "hears" what it is told to, in turn."""

    name = "whisper"

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[Expected] = []
        self.score = 0.95
        self.others: tuple[tuple[str, float], ...] = ()

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
        return Recognised(self.texts.pop(0), self.score, "zh", self.bytes // 16, 123, self.others)

    def discard(self) -> None:
        """See Utterance."""


@pytest.fixture
def hears(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Script:
    """The shipped flow and an engine that is told what it hears."""
    monkeypatch.setenv("IVR_FLOWS", str(TOP / "flows"))
    script = Script()

    def make(engine: str, model: Path) -> Engine:
        return script

    monkeypatch.setattr(transcriber, "make", make)
    monkeypatch.setattr(transcriber, "choose", lambda settings: EngineChoice("whisper", Path("m"), "测试"))
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


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("law", ["ulaw", "alaw"])
@pytest.mark.parametrize("channels", [1, 2])
def test_g711_in_a_wav_is_read_as_any_other(tmp_path: Path, law: str, rate: int, channels: int) -> None:
    plain = np.rint(16000 * np.sin(2 * math.pi * 440 * np.arange(rate // 2) / rate)).astype(np.int16)
    file = coded(tmp_path / "t.wav", np.repeat(plain, channels), law, rate, channels)
    sound = np.frombuffer(telephone_pcm(file), "<i2").astype(float)
    assert len(sound) == 4000
    wanted = 16000 * np.sin(2 * math.pi * 440 * np.arange(4000) / 8000)
    assert np.abs(sound - wanted)[200:-200].max() < 16000 * 0.04


def test_damaged_g711_is_told(tmp_path: Path) -> None:
    whole = coded(tmp_path / "t.wav", np.zeros(8000, np.int16), "ulaw", 8000, 1).read_bytes()
    for damaged, why in ((whole[:4000], "不完整"), (whole[:44], "不完整"), (whole[:36], "没有声音")):
        (tmp_path / "d.wav").write_bytes(damaged)
        with pytest.raises(SpeechError, match=why):
            telephone_pcm(tmp_path / "d.wav")
    with pytest.raises(SpeechError, match="28 秒"):
        telephone_pcm(coded(tmp_path / "l.wav", np.zeros(29 * 8000, np.int16), "alaw", 8000, 1))


def coded(file: Path, samples: g711.Samples, law: str, rate: int, channels: int) -> Path:
    """A G.711 WAV; samples of the channels alternate."""
    data = g711.encode(samples, law)
    head = struct.pack("<HHIIHH", 7 if law == "ulaw" else 6, channels, rate, rate * channels, channels, 8)
    file.write_bytes(
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<I", 16) + head
        + b"data" + struct.pack("<I", len(data)) + data
    )  # fmt: skip
    return file


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
    assert list(lines[0]) == ["file", "text", "corrected", "score", "intent", "intent_score", "audio_ms", "took_ms"]
    assert lines[0]["corrected"] is None
    assert (lines[0]["file"], lines[0]["text"], lines[0]["intent"]) == ("a.wav", "我的卡丢了", "debit_loss")
    assert lines[0]["intent_score"] > 0.5 and (lines[0]["audio_ms"], lines[0]["took_ms"]) == (500, 123)
    assert (lines[1]["text"], lines[1]["intent"], lines[1]["score"]) == ("", None, 0.95)
    assert hears.asked[0].words and not hears.asked[0].closed


def test_as_text(hears: Script, desk: Desk) -> None:
    tone("a.wav")
    hears.texts += ["新用卡丢了", "新用卡丢了"]
    out = desk.ivr("transcribe", "a.wav").stdout
    assert out.startswith("a.wav：新用卡丢了（理解时当作：信用卡丢了）  [")
    told = json.loads(desk.ivr("transcribe", "a.wav", "--format", "json").stdout)
    assert (told["text"], told["corrected"]) == ("新用卡丢了", "信用卡丢了")


def test_the_first_text_is_told_and_beside_it_the_alternative_that_makes_sense(hears: Script, desk: Desk) -> None:
    tone("a.wav")
    hears.texts += ["窝滴咖丢了"]
    hears.others = (("我的卡丢了", 0.95),)
    told = json.loads(desk.ivr("transcribe", "a.wav", "--format", "json").stdout)
    assert (told["text"], told["corrected"], told["intent"]) == ("窝滴咖丢了", "我的卡丢了", "debit_loss")


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
