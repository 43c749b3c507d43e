"""What a recogniser costs on this machine: measured in a process of its own, remembered, judged."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import ModelUnusable
from ivr.speech.audio import wav
from ivr.speech.recognition import costs
from ivr.speech.recognition.costs import Cost
from ivr.speech.recognition.engines import ENGINES
from tests.speech.tiny_models import paraformer, sense_voice

SHERPA = ENGINES["sherpa"]


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    """Recordings of 1 to 8 s."""
    for seconds in range(1, 9):
        wav.write(tmp_path / "recorded" / "zh" / f"{seconds}.wav", np.full(wav.RATE * seconds, 0.25))
    return costs.clips(tmp_path)


def test_clips_are_those_that_last_as_long_as_what_callers_say(sounds: list[Path]) -> None:
    assert [path.name for path in sounds] == [f"{seconds}.wav" for seconds in range(1, 7)]


def test_a_model_is_measured_once_until_its_files_change(tmp_path: Path, sounds: list[Path]) -> None:
    model, memory = sense_voice(tmp_path / "m"), tmp_path / "state" / costs.FILE
    cost = costs.measured(SHERPA, model, sounds, memory)
    assert cost.load_s > 0 and cost.memory_mb > 20 and 0 <= cost.answer_ms < 5000 and cost.processor > 0
    assert costs.measured(SHERPA, model, [], memory) == cost  # nothing to measure with: it is remembered
    os.utime(model / "tokens.txt", ns=(1, 1))
    with pytest.raises(ModelUnusable, match="没有录音"):
        costs.measured(SHERPA, model, [], memory)


def test_a_damaged_memory_is_measured_again(tmp_path: Path, sounds: list[Path]) -> None:
    memory = tmp_path / costs.FILE
    for damaged in (b"{", b"[]", b'{"m": {"files": []}}', b"\xff"):
        memory.write_bytes(damaged)
        with pytest.raises(ModelUnusable, match="没有录音"):
            costs.measured(SHERPA, tmp_path, [], memory)


def test_a_model_that_cannot_be_loaded_is_told(tmp_path: Path, sounds: list[Path]) -> None:
    model = paraformer(tmp_path / "m")
    (model / "model.onnx").write_bytes(b"")
    with pytest.raises(ModelUnusable, match=r"测不出来.*ONNX"):
        costs.measured(SHERPA, model, sounds, tmp_path / costs.FILE)


def test_what_the_machine_cannot_bear_is_told_and_not_recommended(tmp_path: Path) -> None:
    small, large, slow = ("whisper", tmp_path / "s"), ("whisper", tmp_path / "l"), ("whisper", tmp_path / "x")
    for (_, folder), size in ((small, 1), (large, 300_000_000), (slow, 800_000_000)):
        folder.mkdir()
        with (folder / "model.bin").open("wb") as file:
            file.truncate(size)
    found = {small: Cost(1, 350, 300, 0.1), large: Cost(2, 900, 850, 0.4), slow: Cost(5, 2000, 2500, 1.2)}
    assert costs.recommended(found, 2, 24_000) == large
    assert costs.recommended(found, 2, 2_000) == small
    assert costs.recommended(found, 2, 1_000) is None
    assert "内存" in costs.too_much(found[large], 2, 2_000) and "2.5 秒" in costs.too_much(found[slow], 2, 24_000)
