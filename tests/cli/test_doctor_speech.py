"""`ivr doctor`: which recogniser is active, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.serve.upkeep import machine_check
from ivr.settings import Settings
from ivr.speech.recognition import advice
from ivr.speech.recognition.engine_choice import EngineChoice
from tests.cli.conftest import Desk


def test_the_active_one_is_told_with_its_reason(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = EngineChoice("whisper", Path("m"), "因为如此", ("vosk",))
    for module in (machine_check, advice):
        monkeypatch.setattr(module, "choose", lambda settings: chosen)
    out = desk.ivr("doctor").stdout
    assert "✓ 语音识别 whisper（因为如此；也可用 vosk）" in out and "只用按键" not in out


def test_without_a_model_there_are_keys_and_that_is_no_fault(desk: Desk) -> None:
    out = desk.ivr("doctor").stdout
    assert "· 热线不会听客户说话，只用按键：" in out and "ivr models install whisper-base" in out
    assert "✗ 语音识别" not in out and "✓ 语音检测 webrtc" in out


def test_what_the_settings_want_and_is_not_there_is_a_fault(desk: Desk) -> None:
    result = desk.ivr("doctor", IVR_SPEECH_ENGINE="vosk", IVR_SPEECH_VAD="silero")
    assert result.exit_code == 1
    assert "✗ 语音识别 vosk" in result.stdout and "✗ 语音检测 silero" in result.stdout


def test_a_hotline_that_shall_not_listen_needs_nothing(desk: Desk) -> None:
    out = desk.ivr("doctor", IVR_SPEECH_ENGINE="none").stdout
    assert "语音检测" not in out and "engine 为 none" in out
    assert Settings().speech.engine == "auto"
