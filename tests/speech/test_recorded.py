"""The recordings that are shipped: played only while their text is the one that is said, and all there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.speech.audio import wav
from ivr.speech.prompts.build import build, record, stale
from ivr.speech.prompts.catalogue import ELDERLY, NORMAL, VARIANTS, Catalogue
from ivr.speech.prompts.check import check
from tests.speech.speaking import TEXTS, ToneVoice, flow, raw, tone

TOP = Path(__file__).parents[2]


def greeting(prompts: Path, texts: dict[str, str] = TEXTS, variant: str = NORMAL) -> Path:
    """What a caller hears first, built where there is nothing else."""
    (path,) = build(flow(texts), prompts, ToneVoice()).catalogue.resolve("greeting", {}, "zh", variant)
    return path


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_shipped_recording_is_played_whatever_the_voice_of_the_settings(tmp_path: Path, variant: str) -> None:
    report = record(flow(), tmp_path, ToneVoice())
    assert len(report.rendered) == len(report.catalogue.clips)
    assert report.failed == ()
    assert greeting(tmp_path, variant=variant).parts[:3] == ("recorded", "zh", variant)
    assert build(flow(), tmp_path, ToneVoice()).rendered == ()


def test_who_edits_a_text_hears_the_voice_and_who_takes_it_back_hears_the_recording(tmp_path: Path) -> None:
    record(flow(), tmp_path, ToneVoice())
    assert greeting(tmp_path, {**TEXTS, "greeting": "您好，这里是示例银行。"}).parts[0] == "built"
    assert greeting(tmp_path).parts[0] == "recorded"


def test_the_two_variants_are_never_mistaken_for_each_other(tmp_path: Path) -> None:
    catalogue = Catalogue(flow(), tmp_path, ToneVoice())
    paths = [clip.recorded for clip in catalogue.clips]
    assert len(set(paths)) == len(paths)
    names = {clip.variant: clip.recorded.name for clip in catalogue.clips if clip.id == "greeting"}
    assert names[NORMAL] != names[ELDERLY]


def test_an_operators_recording_wins(tmp_path: Path) -> None:
    record(flow(), tmp_path, ToneVoice())
    wav.write(tmp_path / "zh/greeting.wav", tone(1.0))
    assert greeting(tmp_path) == Path("zh/greeting.wav")
    assert greeting(tmp_path, variant=ELDERLY) == Path("zh/greeting.wav")


def test_only_what_is_missing_or_broken_is_recorded_again(tmp_path: Path) -> None:
    first = record(flow(), tmp_path, ToneVoice()).catalogue
    voice = ToneVoice()
    assert record(flow(), tmp_path, voice).rendered == ()
    (clip,) = [clip for clip in first.clips if clip.id == "greeting" and clip.variant == NORMAL]
    raw(tmp_path / clip.recorded, b"\0\0" * 100, rate=16000)
    assert greeting(tmp_path).parts[0] == "built"
    assert record(flow(), tmp_path, voice).rendered == (clip.recorded,)
    assert [one.text for one in voice.said] == [TEXTS["greeting"]]


def test_a_recording_does_not_depend_on_what_else_could_speak(tmp_path: Path) -> None:
    build(flow(), tmp_path, ToneVoice())
    wav.write(tmp_path / "zh/greeting.wav", tone(1.0))
    report = record(flow(), tmp_path, ToneVoice())
    assert len(report.rendered) == len(report.catalogue.clips)


def test_stale_recordings_are_found_and_no_others(tmp_path: Path) -> None:
    record(flow(), tmp_path, ToneVoice())
    edited = record(flow({**TEXTS, "greeting": "您好。"}), tmp_path, ToneVoice())
    gone = stale(tmp_path, edited.catalogue)
    assert [(path.parts[0], path.name.partition("-")[0]) for path in gone] == [("recorded", "greeting")] * 2
    assert stale(tmp_path / "no such folder", edited.catalogue) == ()


def test_the_check_measures_recordings_and_is_silent_about_stale_ones(tmp_path: Path) -> None:
    record(flow({**TEXTS, "greeting": "您好。"}), tmp_path, ToneVoice())
    catalogue = record(flow(), tmp_path, ToneVoice()).catalogue
    assert [finding.code for finding in check(flow(), tmp_path, ToneVoice()) if finding.code == "P111"] == []
    (clip,) = [clip for clip in catalogue.clips if clip.id == "greeting" and clip.variant == NORMAL]
    wav.write(tmp_path / clip.recorded, tone(2.5, -35.0))
    assert {(one.file, one.code) for one in check(flow(), tmp_path, ToneVoice()) if one.code == "P103"} == {
        (clip.recorded, "P103")
    }


def test_the_hotline_ships_every_recording_of_its_flow() -> None:
    """After an edit of flows/prompts.yaml: `ivr prompts record --prune`."""
    served = require(TOP / "flows")
    catalogue = Catalogue(served, TOP / "prompts", ToneVoice())
    assert [clip.id for clip in catalogue.clips if not (TOP / "prompts" / clip.recorded).is_file()] == []
    assert stale(TOP / "prompts", catalogue) == ()


def test_what_is_shipped_keeps_the_limits_of_the_standard() -> None:
    findings = check(require(TOP / "flows"), TOP / "prompts", ToneVoice())
    assert [str(finding) for finding in findings if finding.file.parts[0] == "recorded"] == []
