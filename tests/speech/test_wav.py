"""Whatever file is dropped into the folder is read or refused in words."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import SpeechError
from ivr.speech.audio import wav
from tests.speech.speaking import raw, tone


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A second of tone as telephone sound."""
    wav.write(tmp_path / "good.wav", tone(1.0))
    return tmp_path / "good.wav"


def test_what_is_written_is_read_back(good: Path) -> None:
    samples = wav.telephone(good)
    assert len(samples) == 8000
    assert np.abs(samples - tone(1.0)).max() <= 0.5 / 32768
    assert wav.unfit(good) is None
    assert not list(good.parent.glob("*.part"))


def test_loud_samples_are_clipped_not_wrapped(tmp_path: Path) -> None:
    wav.write(tmp_path / "loud.wav", np.array([2.0, -2.0]))
    assert wav.telephone(tmp_path / "loud.wav").tolist() == [32767 / 32768, -1.0]


@pytest.mark.parametrize(
    ("rate", "channels", "width", "named"),
    [(16000, 1, 2, "16000 Hz"), (8000, 2, 2, "2 声道"), (8000, 1, 1, "8 位"), (44100, 2, 3, "24 位")],
)
def test_another_format_is_named(tmp_path: Path, rate: int, channels: int, width: int, named: str) -> None:
    path = raw(tmp_path / "x.wav", b"\0" * 1200, rate, channels, width)
    assert named in str(wav.unfit(path))
    with pytest.raises(SpeechError, match="应为 8000 Hz、单声道、16 位"):
        wav.telephone(path)


def test_a_stereo_recording_is_averaged(tmp_path: Path) -> None:
    path = raw(tmp_path / "x.wav", struct.pack("<4h", 16384, 0, -16384, 0), 22050, 2)
    rate, samples = wav.read(path)
    assert (rate, samples.tolist()) == (22050, [0.25, -0.25])
    with pytest.raises(SpeechError, match="8 位"):
        wav.read(raw(tmp_path / "y.wav", b"\0\0", width=1))


def test_broken_files_are_refused_in_words(tmp_path: Path, good: Path) -> None:
    whole = good.read_bytes()
    cases = {
        b"": "空的或不完整",
        b"RIFF": "空的或不完整",
        b"ID3\x04" + b"\0" * 600: "不是 PCM 格式的 WAV",
        b"RIFF\0\0\0\0WAVE": "WAV",
        whole[:44]: "不完整",
        whole[:-1]: "不完整",
        whole[: len(whole) // 2]: "写明 1.0 秒",
        whole[:20] + b"\x07\0" + whole[22:]: "不是 PCM 格式的 WAV",
        whole[:22] + b"\0\0" + whole[24:]: "WAV",
        whole[:24] + b"\0\0\0\0" + whole[28:]: "文件头损坏",
    }
    for number, (content, words) in enumerate(cases.items()):
        path = tmp_path / f"{number}.wav"
        path.write_bytes(content)
        with pytest.raises(SpeechError, match=words) as caught:
            wav.telephone(path)
        assert str(path) in str(caught.value)


def test_no_sound_too_much_sound_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="没有声音"):
        wav.telephone(raw(tmp_path / "none.wav", b""))
    with pytest.raises(SpeechError, match="121 秒"):
        wav.telephone(raw(tmp_path / "long.wav", bytes(2 * 8000 * 121)))
    with pytest.raises(SpeechError, match="无法读取"):
        wav.telephone(tmp_path / "absent.wav")
    with pytest.raises(SpeechError, match="无法读取"):
        wav.telephone(tmp_path)


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_file_never_brings_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.wav"
    content = bytearray(
        (b"RIFF" + struct.pack("<I", 1636) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16))
        + b"data"
        + struct.pack("<I", 1600)
        + bytes(1600)
    )
    for at, value in data.draw(st.dictionaries(st.integers(0, 60), st.integers(0, 255), max_size=4)).items():
        content[at] = value
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        assert len(wav.telephone(path)) > 0
    except SpeechError as wrong:
        assert str(path) in str(wrong)


def test_a_failed_write_leaves_the_old_file(good: Path) -> None:
    before = good.read_bytes()
    part = good.with_name("good.wav.part")
    part.mkdir()
    with pytest.raises(OSError, match="good"):
        wav.write(good, tone(0.5))
    assert good.read_bytes() == before
    part.rmdir()
