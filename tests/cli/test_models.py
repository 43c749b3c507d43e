"""`ivr models`: what is there, what it is for, and how it comes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ivr.speech import registry
from ivr.speech.audio import wav
from tests.cli.conftest import Desk
from tests.speech.packages import Host, host, model, zipped
from tests.speech.tiny_models import sense_voice

DATA = zipped({"m/final.mdl": b"weights", "m/conf": b"x"})


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> str:
    """A model that only the tests have, beside the real ones."""
    monkeypatch.setitem(registry.MODELS, "toy", model(DATA))
    return "toy"


def test_the_list_says_what_each_is_for(desk: Desk) -> None:
    result = desk.ivr("models", "list")
    assert result.exit_code == 0
    for each in registry.MODELS.values():
        (line,) = [line for line in result.stdout.splitlines() if each.name in line.split()]
        assert line.startswith("·") and each.purpose in line and each.licence in line and "MB" in line
    assert "不用于热线" in result.stdout


def test_the_list_as_json(desk: Desk) -> None:
    told = [json.loads(line) for line in desk.ivr("models", "list", "--format", "json").stdout.splitlines()]
    assert [each["name"] for each in told] == list(registry.MODELS)
    assert not any(each["installed"] for each in told)
    assert [each["name"] for each in told if not each["product"]] == ["vosk-ko"]


def test_a_model_is_installed_from_a_file_once(desk: Desk, toy: str) -> None:
    Path("carried.zip").write_bytes(DATA)
    first = desk.ivr("models", "install", toy, "--from", "carried.zip")
    assert (first.exit_code, first.stdout.count("已安装")) == (0, 1)
    assert Path("models/toy/final.mdl").read_bytes() == b"weights"
    assert "✓ toy" in desk.ivr("models", "list", "--check").stdout
    assert desk.ivr("models", "install", toy).stdout.count("早已装好") == 1


def test_a_changed_file_is_found(desk: Desk, toy: str) -> None:
    Path("carried.zip").write_bytes(DATA)
    desk.ivr("models", "install", toy, "--from", "carried.zip")
    Path("models/toy/final.mdl").write_bytes(b"WEIGHTS")
    result = desk.ivr("models", "list", "--check")
    assert result.exit_code == 1 and "final.mdl" in result.stdout


def test_a_model_is_fetched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with host(Host(DATA, cuts=1)) as server:
        monkeypatch.setitem(registry.MODELS, "toy", model(DATA, server.url))
        assert desk.ivr("models", "install", "toy").exit_code == 0
    assert len(server.asked) == 2


def test_a_wrong_file_is_refused_with_both_hashes(desk: Desk, toy: str) -> None:
    Path("carried.zip").write_bytes(b"other")
    result = desk.ivr("models", "install", toy, "--from", "carried.zip")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.count("sha256") == 2 and result.stderr.startswith("错误：")


def test_slips(desk: Desk, toy: str) -> None:
    assert "whisper-base" in desk.refused("models", "install", "whisper-huge")
    assert "--from" in desk.refused("models", "install", toy, "--from", "gone.zip", status=2)
    Path("carried.zip").write_bytes(DATA)
    assert "一个模型" in desk.refused("models", "install", "--from", "carried.zip", status=2)
    assert "一个模型" in desk.refused("models", "install", toy, "silero", "--from", "carried.zip", status=2)


def test_a_folder_that_is_a_file_is_told(desk: Desk, toy: str) -> None:
    Path("models").write_text("")
    Path("carried.zip").write_bytes(DATA)
    assert "models" in desk.refused("models", "install", toy, "--from", "carried.zip")


def test_what_a_model_costs_here_is_measured_and_told(desk: Desk) -> None:
    assert desk.ivr("models", "measure").exit_code == 1
    sense_voice(Path("models/mine").absolute())
    nothing = desk.ivr("models", "measure")
    assert nothing.exit_code == 1 and "没有录音可供测量" in nothing.stderr
    wav.write(Path("prompts/recorded/zh/one.wav"), np.full(3 * wav.RATE, 0.25))
    told = desk.ivr("models", "measure", "mine")
    assert told.exit_code == 0 and "mine（引擎 sherpa）" in told.stdout and "MB 内存" in told.stdout
    doctor = desk.ivr("doctor").stdout
    assert "识别模型 mine（普通话）" in doctor and "建议用 mine（正在用）" in doctor
    wrong = desk.ivr("models", "measure", "nowhere")
    assert wrong.exit_code == 1 and "没有任何引擎能用的模型" in wrong.stderr
