"""Recordings that are deleted or damaged while the hotline serves: the voice speaks instead, also in calls in progress,
and the operator is told until they are back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.call.served_flow import ServedFlow
from ivr.errors import SpeechError
from ivr.serve.asterisk import sounds
from ivr.serve.upkeep import recordings
from ivr.serve.upkeep.recordings import Recordings
from ivr.settings import Settings
from ivr.speech.prompts.build import record
from ivr.speech.prompts.catalogue import BUILT, NORMAL, RECORDED
from ivr.speech.voices.voice import Voice
from tests import flows_for_tests
from tests.speech.speaking import ToneVoice

FLOW = flows_for_tests.flow()
PROMPT = "goodbye"


class Hotline:
    """What serves calls, and the one who looks after its recordings; `voice` is asked for the voice."""

    def __init__(self, folder: Path) -> None:
        self.settings = replace(Settings(), state=folder / "run", prompts=folder / "prompts")
        self.service = ServedFlow(FLOW, record(FLOW, self.settings.prompts, ToneVoice()).catalogue)
        sounds.place(self.settings, FLOW, self.service.catalogue)
        self.recordings = Recordings(self.settings, lambda: self.service)
        self.recordings.look()

    def played(self) -> Path:
        """What the prompt is played with now."""
        (path,) = self.service.catalogue.resolve(PROMPT, {}, FLOW.languages[0], NORMAL)
        return self.settings.prompts / path


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hotline:
    monkeypatch.setattr(recordings, "named", lambda name, models: ToneVoice())
    return Hotline(tmp_path)


def delete(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def overwrite(file: Path) -> None:
    file.write_bytes(b"\0" * file.stat().st_size)


def no_file(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("harm", [delete, cut, overwrite, no_file])
def test_a_lost_recording_is_spoken_by_the_voice_and_told_until_it_is_back(
    line: Hotline, harm: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    shipped = line.played()
    kept = shipped.read_bytes()
    assert shipped.relative_to(line.settings.prompts).parts[0] == RECORDED
    assert line.recordings.trouble is None and not line.recordings.lost

    harm(shipped)
    line.recordings.look()
    assert line.played().relative_to(line.settings.prompts).parts[0] == BUILT and line.played().is_file()
    assert line.recordings.lost == (shipped.relative_to(line.settings.prompts),)
    assert line.recordings.trouble is not None and shipped.name in line.recordings.trouble
    told = [one for one in caplog.records if shipped.name in one.getMessage()]
    line.recordings.look()
    assert [one for one in caplog.records if shipped.name in one.getMessage()] == told, "told once"

    if shipped.is_dir():
        shipped.rmdir()
    shipped.write_bytes(kept)
    line.recordings.look()
    assert line.played() == shipped
    assert line.recordings.trouble is None and not line.recordings.lost


def test_what_the_voice_made_is_made_again(line: Hotline) -> None:
    delete(line.played())
    line.recordings.look()
    for harm in (cut, delete):
        harm(line.played())
        line.recordings.look()
        assert line.played().stat().st_size > 1000


def test_all_of_them_at_once(line: Hotline) -> None:
    shutil.rmtree(line.settings.prompts / RECORDED)
    line.recordings.look()
    assert not line.service.catalogue.missing()
    assert len(line.recordings.lost) > 10 and "等" in (line.recordings.trouble or "")


def test_a_persons_recording_is_played_as_soon_as_it_is_there(line: Hotline) -> None:
    own = line.settings.prompts / FLOW.languages[0] / f"{PROMPT}.wav"
    own.parent.mkdir()
    shutil.copyfile(line.played(), own)
    line.recordings.look()
    assert line.played() == own
    own.unlink()
    line.recordings.look()
    assert line.played().relative_to(line.settings.prompts).parts[0] == RECORDED
    assert line.recordings.trouble is None, "another recording speaks it: nothing is lost"


def test_what_the_dialplan_plays_is_put_back(line: Hotline) -> None:
    for place in sounds.places(line.settings):
        before = place.read_bytes()
        for harm in (cut, delete):
            harm(place)
            line.recordings.look()
            assert place.read_bytes() == before


def test_where_the_voice_cannot_speak_either_it_is_told_and_tried_again(
    line: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mute(name: str, models: Path) -> Voice:
        raise SpeechError("没有声音")

    monkeypatch.setattr(recordings, "named", mute)
    shipped = line.played()
    delete(shipped)
    line.recordings.look()
    assert "没有声音" in (line.recordings.trouble or "")
    monkeypatch.setattr(recordings, "named", lambda name, models: ToneVoice())
    line.recordings.look()
    assert "没有声音" in (line.recordings.trouble or ""), "not again at once"
    monkeypatch.setattr(recordings, "AGAIN_SECONDS", 0.0)
    line.recordings._again_at = 0.0
    line.recordings.look()
    assert line.played().is_file() and "没有声音" not in (line.recordings.trouble or "")
