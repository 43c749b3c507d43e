"""`ivr prompts build`, `record` and `check`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ivr.cli.speech import prompts
from ivr.serve.asterisk import place
from ivr.serve.upkeep import machine_check
from ivr.speech.audio import wav
from tests.cli.conftest import TOP, Desk
from tests.flow.small import edit
from tests.speech.speaking import ToneVoice, tone


@pytest.fixture
def voiced(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose voice costs nothing."""
    for module in (prompts, place, machine_check):
        monkeypatch.setattr(module, "named", lambda *_: ToneVoice())
    return desk


def built(desk: Desk) -> dict[Path, bytes]:
    """Everything that was rendered."""
    return {path: path.read_bytes() for path in (desk.folder / "prompts" / "built").rglob("*.wav")}


def test_what_is_missing_is_built_once(voiced: Desk) -> None:
    first = voiced.ivr("prompts", "build")
    assert first.exit_code == 0
    assert f"新合成 {len(built(voiced))} 个，已有 0 个，失败 0 个" in first.stdout
    assert "合成提示语" in first.stderr  # progress, apart from the result
    before = built(voiced)
    again = voiced.ivr("prompts", "build")
    assert f"新合成 0 个，已有 {len(before)} 个" in again.stdout and built(voiced) == before


def test_an_edit_builds_only_what_it_touches_and_prune_clears_up(voiced: Desk) -> None:
    voiced.ivr("prompts", "build")
    before = built(voiced)
    edit(voiced.folder / "flows", "prompts.yaml", "开户请带身份证。", "开户请带本人身份证。")
    assert "新合成 2 个" in voiced.ivr("prompts", "build").stdout  # normal and elderly
    assert built(voiced).keys() > before.keys()
    assert "删除 2 个不再使用的录音" in voiced.ivr("prompts", "build", "--prune").stdout
    assert len(built(voiced)) == len(before)


def test_an_own_recording_wins_and_is_never_touched(voiced: Desk) -> None:
    voiced.ivr("prompts", "build")
    own = voiced.folder / "prompts" / "zh" / "opening_info.wav"
    own.parent.mkdir(parents=True)
    shutil.copy(next(iter(built(voiced))), own)
    content = own.read_bytes()
    shutil.rmtree(voiced.folder / "prompts" / "built")
    voiced.ivr("prompts", "build", "--prune")
    names = {path.name.rsplit("-", 1)[0] for path in built(voiced)}
    assert own.read_bytes() == content and "goodbye" in names and "opening_info" not in names


def test_a_recording_that_cannot_be_played_is_told_by_its_name(voiced: Desk) -> None:
    bad = voiced.folder / "prompts" / "zh" / "goodbye.wav"
    bad.parent.mkdir(parents=True)
    bad.write_bytes(b"ID3 this is no wave")
    result = voiced.ivr("prompts", "build")
    assert str(bad) in result.stderr and "Traceback" not in result.output


def test_a_voice_that_fails_is_told_and_the_rest_is_built(voiced: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "named", lambda *_: ToneVoice(refuses="身份证"))
    result = voiced.ivr("prompts", "build")
    assert result.exit_code == 1 and "opening_info: 不会说" in result.stderr and "失败 2 个" in result.stdout
    assert len(built(voiced)) > 10


def test_shipped_recordings_are_made_again_where_the_text_changed(voiced: Desk) -> None:
    first = voiced.ivr("prompts", "record")
    assert first.exit_code == 0 and "失败 0 个" in first.stdout
    assert "新合成 0 个" in voiced.ivr("prompts", "build").stdout
    edit(voiced.folder / "flows", "prompts.yaml", "开户请带身份证。", "开户请带本人身份证。")
    again = voiced.ivr("prompts", "record")
    assert "新合成 2 个" in again.stdout and "2 个录音的文字已改，不再使用；加 --prune 删除" in again.stdout
    assert "删除 2 个不再使用的录音" in voiced.ivr("prompts", "record", "--prune").stdout
    assert "不再使用" not in voiced.ivr("prompts", "record").stdout


def test_recording_without_the_model_says_what_to_install(desk: Desk) -> None:
    result = desk.ivr("prompts", "record")
    assert result.exit_code == 1 and "ivr models install kokoro" in result.output
    assert "Traceback" not in result.output


def test_recordings_are_measured(voiced: Desk) -> None:
    voiced.ivr("prompts", "build")
    sound = voiced.ivr("prompts", "check")
    assert sound.exit_code == 0 and "没有问题" in sound.stdout
    quiet = voiced.folder / "prompts" / "zh" / "greeting.wav"
    quiet.parent.mkdir(parents=True)
    wav.write(quiet, np.asarray(tone(20.0, dbfs=-50.0)))
    result = voiced.ivr("prompts", "check")
    assert result.exit_code == 1 and "greeting" in result.stdout and "个问题" in result.stdout
    found = json.loads(voiced.ivr("prompts", "check", "--format", "json").stdout)
    assert found and all(isinstance(finding, dict) for finding in found)
    assert json.dumps(found, ensure_ascii=False).count("greeting") >= len(found)


def test_an_unknown_voice_and_a_folder_that_is_none(desk: Desk) -> None:
    assert "voice 应为 pyttsx3、kokoro 之一，现在是 'nobody'" in desk.refused("prompts", "build", IVR_VOICE="nobody")
    (desk.folder / "prompts").write_text("not a folder")
    assert desk.ivr("prompts", "build").exit_code == 1
    desk.ivr("prompts", "check")  # ends without a traceback


def test_the_shipped_hotline_has_its_sound_from_the_real_voice(desk: Desk) -> None:
    """Everything is built already where tests or the demo ran before; else this is where it is."""
    flows, sound = str(TOP / "flows"), str(TOP / "prompts")
    assert desk.process("prompts", "build", IVR_FLOWS=flows, IVR_PROMPTS=sound).returncode == 0
    done = desk.ivr("prompts", "check", IVR_FLOWS=flows, IVR_PROMPTS=sound)
    assert done.exit_code == 0, done.stdout


def test_read_shows_how_texts_will_be_spoken_one_object_a_line(desk: Desk) -> None:
    result = desk.ivr("prompts", "read", "尾号1234的卡", "{last4:digits}，2个", "您好", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"text": "尾号1234的卡", "spoken": "尾号幺二三四的卡"},
        {"text": "{last4:digits}，2个", "spoken": "{last4:digits}，两个"},
        {"text": "您好", "spoken": "您好"},
    ]


def test_read_says_what_is_a_guess(desk: Desk) -> None:
    result = desk.ivr("prompts", "read", "请记住1234")
    assert result.stdout == "请记住一千二百三十四\n"
    assert "第 4 个字「1234」不止一种念法" in result.stderr and "「幺二三四」" in result.stderr
