"""Building renders what is missing, once, whole, and takes nothing from a revision that is in use."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivr.errors import SpeechError
from ivr.speech.prompts.build import build, prune
from ivr.speech.prompts.catalogue import NORMAL, Clip
from ivr.speech.voices.voice import Progress, Utterance
from tests.speech.speaking import TEXTS, ToneVoice, flow


def test_a_second_build_has_nothing_to_do(tmp_path: Path) -> None:
    voice = ToneVoice()
    first = build(flow(), tmp_path, voice)
    assert len(first.rendered) == len(voice.said) == len(first.catalogue.clips)
    assert (first.kept, first.failed) == (0, ())
    second = build(flow(), tmp_path, voice)
    assert (second.rendered, second.kept) == ((), len(first.rendered))
    assert len(voice.said) == len(first.rendered)


def test_only_what_changed_is_rendered_and_the_old_revision_keeps_its_sound(tmp_path: Path) -> None:
    voice = ToneVoice()
    old = build(flow(), tmp_path, voice).catalogue
    before = old.resolve("greeting", {}, "zh", NORMAL)
    content = (tmp_path / before[0]).read_bytes()
    voice.said.clear()
    new = build(flow({**TEXTS, "greeting": "您好，这里是示例银行。"}), tmp_path, voice)
    assert {utterance.text for utterance in voice.said} == {"您好，这里是示例银行。"}
    assert [utterance.speed for utterance in voice.said] == [1.0, 0.85]
    assert new.catalogue.resolve("greeting", {}, "zh", NORMAL) != before
    assert old.resolve("greeting", {}, "zh", NORMAL) == before
    assert (tmp_path / before[0]).read_bytes() == content


def test_progress_counts_every_clip(tmp_path: Path) -> None:
    seen: list[tuple[int, int, Clip]] = []
    report = build(flow(), tmp_path, ToneVoice(), lambda *step: seen.append(step))
    assert [done for done, _, _ in seen] == list(range(1, len(report.rendered) + 1))
    assert {total for _, total, _ in seen} == {len(report.rendered)}


def test_a_clip_that_fails_is_reported_and_tried_again_next_time(tmp_path: Path) -> None:
    report = build(flow(), tmp_path, ToneVoice(refuses="欢迎"))
    assert [(failure.clip.id, failure.reason) for failure in report.failed] == [("greeting", "不会说")] * 2
    assert len(report.rendered) == len(report.catalogue.clips) - 2
    assert {clip.id for clip in report.catalogue.missing()} == {"greeting"}
    assert len(build(flow(), tmp_path, ToneVoice()).rendered) == 2


def test_two_builds_at_once_render_everything_once(tmp_path: Path) -> None:
    """The second waits for the first and then finds nothing to do."""
    entered, go = threading.Event(), threading.Event()

    class Slow(ToneVoice):
        def render(self, utterances: Sequence[Utterance], progress: Progress) -> None:
            entered.set()
            assert go.wait(60)
            super().render(utterances, progress)

    voices = Slow(), ToneVoice()
    reports: list[int] = []
    first = threading.Thread(target=lambda: reports.append(len(build(flow(), tmp_path, voices[0]).rendered)))
    second = threading.Thread(target=lambda: reports.append(len(build(flow(), tmp_path, voices[1]).rendered)))
    first.start()
    assert entered.wait(60)
    second.start()
    go.set()
    first.join(60)
    second.join(60)
    assert len(voices[0].said) == sum(reports)
    assert voices[1].said == []


def test_a_build_does_not_wait_for_ever(tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    with (tmp_path / "built/.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SpeechError, match=r"占用 .* 超过 0.05 秒"):
            build(flow(), tmp_path, ToneVoice(), lock_seconds=0.05)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "prompts").write_text("a file where the folder should be")
    with pytest.raises(SpeechError, match=r"无法写入 .*prompts/built"):
        build(flow(), tmp_path / "prompts", ToneVoice())


def test_pruning_keeps_what_running_revisions_play(tmp_path: Path) -> None:
    voice = ToneVoice()
    old = build(flow(), tmp_path, voice).catalogue
    new = build(flow({**TEXTS, "greeting": "您好。"}), tmp_path, voice).catalogue
    assert prune(tmp_path, old.built() | new.built()) == ()
    (tmp_path / "built/zh/normal/greeting-00000000.wav.part").write_bytes(b"RIFF")
    gone = prune(tmp_path, new.built())
    assert sorted(path.name.partition("-")[0] for path in gone) == ["greeting"] * 3
    assert build(flow({**TEXTS, "greeting": "您好。"}), tmp_path, voice).rendered == ()
    assert prune(tmp_path / "no such folder", ()) == ()


def test_pruning_never_touches_peoples_recordings(tmp_path: Path) -> None:
    build(flow(), tmp_path, ToneVoice())
    own = tmp_path / "zh/greeting.wav"
    own.parent.mkdir()
    own.write_bytes(b"whatever")
    prune(tmp_path, ())
    assert own.read_bytes() == b"whatever"
