"""Which file speaks a prompt: a person's recording first, then a built one, else a clear error."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import PromptMissing, SpeechError
from ivr.speech.audio import wav
from ivr.speech.prompts.build import build
from ivr.speech.prompts.catalogue import ELDERLY, NORMAL, VARIANTS, Catalogue
from ivr.text.numbers import speak
from ivr.text.pieces import PIECES, split
from tests.speech.speaking import TEXTS, ToneVoice, flow, raw, tone


def record(prompts: Path, *names: str) -> None:
    """Drop recordings in, as an operator does."""
    for name in names:
        wav.write(prompts / name, tone(1.0))


def said(prompts: Path, names: tuple[Path, ...]) -> list[str]:
    """Clip ids of built files."""
    assert all((prompts / name).is_file() for name in names)
    return ["/".join(name.parts[3:]).rpartition("-")[0] for name in names]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Everything rendered."""
    return build(flow(), tmp_path_factory.mktemp("prompts"), ToneVoice()).catalogue


def test_a_flow_needs_its_fixed_segments_and_all_pieces_in_both_variants(tmp_path: Path) -> None:
    catalogue = Catalogue(flow(), tmp_path, ToneVoice())
    normal = {clip.id for clip in catalogue.clips if clip.variant == NORMAL}
    assert normal == {
        "greeting", "queue_position.1", "queue_position.2", "balance.1", "balance.2", "agent_number",
        *(f"pieces/{piece}" for piece in PIECES),
    }  # fmt: skip
    assert {clip.id for clip in catalogue.clips if clip.variant == ELDERLY} == normal
    assert catalogue.missing() == list(catalogue.clips)
    assert {clip.prompt for clip in catalogue.clips} == {*TEXTS, None}


def test_a_prompt_is_spoken_from_its_clips_in_order(built: Catalogue) -> None:
    assert built.missing() == []
    assert said(built.prompts, built.resolve("greeting", {}, "zh", NORMAL)) == ["greeting"]
    assert said(built.prompts, built.resolve("queue_position", {"ahead": 2}, "zh", NORMAL)) == [
        "queue_position.1", "pieces/liang", "queue_position.2",
    ]  # fmt: skip
    found = built.resolve("balance", {"sum": 1005, "day": "2026-10-01"}, "zh", ELDERLY)
    ids = said(built.prompts, found)
    assert ids[0] == "balance.1"
    assert "balance.2" in ids
    assert all(path.parts[:3] == ("built", "zh", ELDERLY) for path in found)
    words = "".join(PIECES[id_.removeprefix("pieces/")] for id_ in ids if id_.startswith("pieces/"))
    assert words == speak("amount", 1005) + speak("date", "2026-10-01")


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_agents_number_is_spelt_from_pieces(built: Catalogue, variant: str) -> None:
    found = built.spell("digits", "1001", "zh", variant)
    assert said(built.prompts, found) == [f"pieces/{piece}" for piece in split("幺零零幺")]


def test_an_own_recording_wins_and_elderly_callers_hear_the_normal_one_unless_there_is_theirs(tmp_path: Path) -> None:
    record(tmp_path, "zh/greeting.wav", "zh/queue_position.1.wav", "zh/pieces/liang.wav")
    record(tmp_path, "zh/elderly/greeting.wav")
    catalogue = build(flow(), tmp_path, ToneVoice()).catalogue
    assert catalogue.resolve("greeting", {}, "zh", NORMAL) == (Path("zh/greeting.wav"),)
    assert catalogue.resolve("greeting", {}, "zh", ELDERLY) == (Path("zh/elderly/greeting.wav"),)
    for variant in VARIANTS:
        first, number, last = catalogue.resolve("queue_position", {"ahead": 2}, "zh", variant)
        assert (first, number) == (Path("zh/queue_position.1.wav"), Path("zh/pieces/liang.wav"))
        assert last.parts[:3] == ("built", "zh", variant)


def test_an_elderly_recording_alone_does_not_serve_everybody(tmp_path: Path) -> None:
    record(tmp_path, "zh/elderly/greeting.wav")
    catalogue = Catalogue(flow(), tmp_path, ToneVoice())
    assert "greeting" in {clip.id for clip in catalogue.missing() if clip.variant == NORMAL}
    assert "greeting" not in {clip.id for clip in catalogue.missing() if clip.variant == ELDERLY}


def test_an_own_recording_that_cannot_be_played_is_passed_over(tmp_path: Path) -> None:
    raw(tmp_path / "zh/greeting.wav", bytes(4000), rate=44100)
    catalogue = build(flow(), tmp_path, ToneVoice()).catalogue
    assert catalogue.resolve("greeting", {}, "zh", NORMAL)[0].parts[0] == "built"
    assert "44100 Hz" in catalogue.unfit[Path("zh/greeting.wav")]


def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    catalogue = Catalogue(flow(), tmp_path / "no such folder", ToneVoice())
    with pytest.raises(
        PromptMissing, match=r"greeting（语言 zh，版本 elderly）.*ivr prompts build.*zh/elderly/greeting.wav"
    ):
        catalogue.resolve("greeting", {}, "zh", ELDERLY)
    with pytest.raises(PromptMissing, match=r"agent_number 没有语言 fr .*prompts.yaml"):
        catalogue.resolve("agent_number", {}, "fr", NORMAL)
    with pytest.raises(PromptMissing, match=r"没有名为 gone 的提示语"):
        catalogue.resolve("gone", {}, "zh", NORMAL)
    with pytest.raises(PromptMissing, match=r"pieces/yao"):
        catalogue.spell("digits", 1, "zh", NORMAL)


def test_values_that_are_missing_or_cannot_be_said_are_named(built: Catalogue) -> None:
    with pytest.raises(SpeechError, match=r"queue_position 缺少 \{ahead\}"):
        built.resolve("queue_position", {}, "zh", NORMAL)
    with pytest.raises(SpeechError, match="不是整数"):
        built.resolve("queue_position", {"ahead": "many"}, "zh", NORMAL)
    with pytest.raises(PromptMissing):
        built.resolve("greeting", {}, "zh", "shouting")


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ({"../up": "您好"}, "不能用作文件名"),
        ({"a": {"z/h": "您好"}}, "不能用作文件名"),
        ({"a": "您好{name}"}, "占位符"),
        ({"a": "。"}, "没有可以说出的字"),
        ({"a": {"en": "Due {day:date}"}}, "语言 en 不能用 date 类型"),
        ({"a": {"fr": "Encore {n:count}"}}, "语言 fr 不能用 count 类型"),
    ],
)
def test_what_cannot_be_cut_into_clips_is_refused(tmp_path: Path, texts: dict[str, str], words: str) -> None:
    with pytest.raises(SpeechError, match=words):
        Catalogue(flow(texts), tmp_path, ToneVoice())


def test_a_built_file_is_named_after_text_voice_and_speed(tmp_path: Path) -> None:
    def name(text: str, variant: str, voice: ToneVoice) -> Path:
        clips = Catalogue(flow({"greeting": text}), tmp_path, voice).clips
        return next(clip.built for clip in clips if (clip.id, clip.variant) == ("greeting", variant))

    class Other(ToneVoice):
        def fingerprint(self, language: str, speed: float) -> str:
            return "other"

    first = name("您好。", NORMAL, ToneVoice())
    assert first.parts[:3] == ("built", "zh", NORMAL)
    assert len(first.stem.removeprefix("greeting-")) == 8
    others = [
        name("你好。", NORMAL, ToneVoice()),
        name("您好。", ELDERLY, ToneVoice()),
        name("您好。", NORMAL, Other()),
    ]
    assert len({path.stem for path in (first, *others)}) == 4
    assert name("您好。", NORMAL, ToneVoice()) == first


def test_resolving_does_not_look_at_the_disk(tmp_path: Path) -> None:
    catalogue = build(flow(), tmp_path, ToneVoice()).catalogue
    before = catalogue.resolve("queue_position", {"ahead": 3}, "zh", NORMAL)
    for path in before:
        (tmp_path / path).unlink()
    assert catalogue.resolve("queue_position", {"ahead": 3}, "zh", NORMAL) == before


def test_a_second_language_has_its_own_pieces(tmp_path: Path) -> None:
    texts = {"queue_position": {"zh": "还有{ahead:count}位。", "en": "There are {ahead:count} callers ahead."}}
    catalogue = build(flow(texts, ("zh", "en")), tmp_path, ToneVoice()).catalogue
    found = catalogue.resolve("queue_position", {"ahead": 12}, "en", NORMAL)
    assert said(tmp_path, found) == ["queue_position.1", "pieces/twelve", "queue_position.2"]
    assert {path.parts[1] for path in found} == {"en"}
    assert len(catalogue.spell("digits", "1001", "en", ELDERLY)) == 4
    with pytest.raises(SpeechError, match="不能播报 amount"):
        catalogue.spell("amount", 100, "en", NORMAL)


def test_a_recording_is_kept_for_what_is_said_and_not_for_how_it_is_written(tmp_path: Path) -> None:
    def recorded(text: str) -> list[Path]:
        clips = Catalogue(flow({**TEXTS, "greeting": text}), tmp_path, ToneVoice()).clips
        return [clip.recorded for clip in clips if clip.id == "greeting"]

    assert recorded("尾号1234") == recorded("尾号幺二三四") != recorded("尾号一千二百三十四")
