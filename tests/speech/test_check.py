"""Every limit of HB 7.4.2 at its boundary, and every way a file can be wrong, named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ivr.errors import SpeechError
from ivr.speech.audio import wav
from ivr.speech.prompts import check as checking
from ivr.speech.prompts.build import build
from ivr.speech.prompts.check import CODES, PromptFinding, check
from ivr.speech.prompts.measure import measure
from tests.speech.speaking import TEXTS, ToneVoice, flow, raw, silence, tone

GREETING = "您好，欢迎致电示例银行。"  # ten characters
OWN = Path("zh/greeting.wav")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything built."""
    folder = tmp_path_factory.mktemp("prompts")
    build(flow(), folder, ToneVoice())
    return folder


@pytest.fixture
def prompts(shipped: Path, tmp_path: Path) -> Path:
    """The same folder, to be spoilt."""
    (tmp_path / "built").symlink_to(shipped / "built")
    return tmp_path


def found(prompts: Path, texts: dict[str, str] | None = None) -> list[PromptFinding]:
    """Findings about what an operator recorded, both variants."""
    return [finding for finding in check(flow(texts or TEXTS), prompts, ToneVoice()) if finding.file.parts[0] == "zh"]


def record(prompts: Path, *parts: wav.Samples, name: str = "greeting", elderly: bool = True) -> None:
    """Record a prompt for everybody, and at a slower speed for elderly callers."""
    wav.write(prompts / f"zh/{name}.wav", np.concatenate(parts))
    if elderly:
        wav.write(prompts / f"zh/elderly/{name}.wav", tone(3.0))


def test_the_figures_of_a_known_sound(tmp_path: Path) -> None:
    wav.write(tmp_path / "x.wav", np.concatenate([silence(0.2), tone(1.0), silence(0.5), tone(0.5), silence(0.3)]))
    figures = measure(tmp_path / "x.wav")
    assert figures.rms_dbfs == pytest.approx(-20, abs=0.1)
    assert figures.peak_dbfs == pytest.approx(-17, abs=0.1)
    assert (figures.lead_ms, figures.inner_silence_ms, figures.tail_ms) == (200, 500, 300)
    assert (figures.seconds, figures.speech_seconds) == (2.5, 2.0)
    assert figures.rate("一二三四五六七八") == 4.0
    assert figures.rate("按12345，八。") == pytest.approx(3.5)


def test_noise_in_the_pauses_is_not_voice(tmp_path: Path) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.001, 16000)  # -60 dBFS
    wav.write(tmp_path / "x.wav", hiss + np.concatenate([tone(0.5), silence(1.0), tone(0.5)]))
    assert measure(tmp_path / "x.wav").inner_silence_ms == pytest.approx(1000, abs=20)


def test_what_the_voice_builds_passes(shipped: Path) -> None:
    assert check(flow(), shipped, ToneVoice()) == []


def test_missing_recordings_are_named_with_what_to_do(tmp_path: Path) -> None:
    findings = check(flow(), tmp_path, ToneVoice())
    assert {finding.code for finding in findings} == {"P101"}
    assert str(next(finding for finding in findings if finding.file == OWN)) == (
        "zh/greeting.wav: error P101 缺少录音「您好，欢迎致电示例银行。」，请运行 ivr prompts build（HB 7.4.2）"
    )


@pytest.mark.parametrize(
    ("dbfs", "codes"), [(-15.9, ["P103"]), (-16.1, []), (-20, []), (-23.9, []), (-24.1, ["P103"]), (-45, ["P103"])]
)
def test_loudness(prompts: Path, dbfs: float, codes: list[str]) -> None:
    record(prompts, tone(2.5, dbfs))
    assert [finding.code for finding in found(prompts)] == codes
    if codes:
        assert f"音量 {dbfs:.1f} dBFS，应为 -20 ± 4 dBFS" in found(prompts)[0].text


@pytest.mark.parametrize(("peak", "codes"), [(0.70, []), (0.72, ["P104"]), (1.0, ["P104"])])
def test_peak(prompts: Path, peak: float, codes: list[str]) -> None:
    speech = tone(2.5)
    speech[9000] = peak
    record(prompts, speech)
    assert [finding.code for finding in found(prompts)] == codes


@pytest.mark.parametrize(("pause", "codes"), [(1.0, []), (1.02, ["P105"])])
def test_inner_silence(prompts: Path, pause: float, codes: list[str]) -> None:
    record(prompts, tone(0.9), silence(pause), tone(0.9))
    assert [finding.code for finding in found(prompts)] == codes
    if codes:
        assert found(prompts)[0].text == "中间静音 1.02 秒，不应超过 1 秒"


def test_silence_at_the_ends_of_a_whole_prompt_is_no_gap(prompts: Path) -> None:
    record(prompts, silence(1.5), tone(2.5), silence(1.5))
    assert found(prompts) == []


@pytest.mark.parametrize(("seconds", "codes"), [(2.22, ["P106"]), (2.23, []), (3.33, []), (3.35, ["P106"])])
def test_speed(prompts: Path, seconds: float, codes: list[str]) -> None:
    record(prompts, tone(seconds))
    assert [finding.code for finding in found(prompts)] == codes


@pytest.mark.parametrize(("seconds", "codes"), [(2.55, ["P106"]), (2.57, []), (4.0, []), (4.02, ["P106"])])
def test_elderly_speed(prompts: Path, seconds: float, codes: list[str]) -> None:
    record(prompts, tone(2.5))
    wav.write(prompts / "zh/elderly/greeting.wav", tone(seconds))
    findings = found(prompts)
    assert [finding.code for finding in findings] == codes
    assert all("应为 2.5–3.9 字/秒" in finding.text for finding in findings)


def test_an_elderly_caller_who_hears_the_normal_recording_is_a_warning(prompts: Path) -> None:
    record(prompts, tone(2.4), elderly=False)  # 4.2 characters a second
    (finding,) = found(prompts)
    assert (finding.code, finding.level, finding.file) == ("P110", "warning", OWN)
    record(prompts, tone(2.8), elderly=False)
    assert found(prompts) == []
    record(prompts, tone(4.5), elderly=False)  # too slow for anybody: said once
    assert [finding.code for finding in found(prompts)] == ["P106"]


@pytest.mark.parametrize(("seconds", "codes"), [(0.1, ["P107"]), (0.14, []), (0.24, []), (0.69, []), (0.8, ["P107"])])
def test_a_single_syllable_has_a_believable_length(prompts: Path, seconds: float, codes: list[str]) -> None:
    record(prompts, tone(seconds), name="pieces/2", elderly=False)
    assert [finding.code for finding in found(prompts)] == codes


def test_four_characters_are_judged_by_the_clause(prompts: Path) -> None:
    texts = {"greeting": "您好再见"}
    build(flow(texts), prompts, ToneVoice())
    record(prompts, tone(0.8))
    wav.write(prompts / "zh/elderly/greeting.wav", tone(1.2))
    assert [finding.code for finding in found(prompts, texts)] == ["P106"]


def test_length_is_that_of_the_whole_prompt(prompts: Path) -> None:
    texts = {"queue_position": "一" * 40 + "{ahead:count}" + "二" * 40}
    for number in (1, 2):
        record(prompts, tone(10.0), name=f"queue_position.{number}")
        wav.write(prompts / f"zh/elderly/queue_position.{number}.wav", tone(10.4 if number == 1 else 10.8))
    build(flow(texts), prompts, ToneVoice())
    (finding,) = found(prompts, texts)
    assert (finding.code, finding.file) == ("P108", Path("zh/elderly/queue_position.1.wav"))
    assert finding.text == "提示语 queue_position 共 21.2 秒，不应超过 20 秒"


def test_recordings_that_are_joined_must_be_trimmed(prompts: Path) -> None:
    record(prompts, silence(0.2), tone(0.24), name="pieces/liang", elderly=False)
    (finding,) = found(prompts)
    assert (finding.code, finding.level) == ("P109", "warning")
    assert "200 毫秒" in finding.text


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "空的或不完整"), (b"RIFF\0\0\0\0WAVE", "WAV"), (b"\xff\xfb" * 500, "不是 PCM 格式的 WAV")],
)
def test_a_broken_file_is_a_finding_and_the_built_one_is_played(prompts: Path, content: bytes, words: str) -> None:
    (prompts / "zh").mkdir()
    (prompts / OWN).write_bytes(content)
    (finding,) = found(prompts)
    assert (finding.file, finding.code, finding.level) == (OWN, "P102", "error")
    assert words in finding.text
    assert str(prompts) not in finding.text


def test_the_wrong_format_and_a_truncated_file_are_findings(prompts: Path) -> None:
    raw(prompts / OWN, bytes(44100 * 4), rate=44100, channels=2)
    assert "44100 Hz、2 声道、16 位" in found(prompts)[0].text
    wav.write(prompts / OWN, tone(2.5))
    (prompts / OWN).write_bytes((prompts / OWN).read_bytes()[:5000])
    assert "不完整" in found(prompts)[0].text


def test_a_silent_recording_is_a_finding(prompts: Path) -> None:
    record(prompts, silence(2.5), elderly=False)
    (finding,) = found(prompts)
    assert (finding.code, finding.text) == ("P102", "没有声音，全程静音")
    with pytest.raises(SpeechError, match="全程静音"):
        measure(prompts / OWN)


def test_a_recording_that_belongs_to_nothing_is_a_warning_with_the_nearest_name(prompts: Path) -> None:
    wav.write(prompts / "zh/greting.wav", tone(2.5))
    wav.write(prompts / "zh/pieces/GREETING.WAV", tone(2.5))
    first, second = found(prompts)
    assert (first.code, first.level) == (second.code, second.level) == ("P111", "warning")
    assert "zh/greeting.wav" in first.text


def test_english_is_not_counted_in_characters(prompts: Path) -> None:
    texts = {"greeting": {"zh": GREETING, "en": "Welcome to the bank."}}
    build(flow(texts), prompts, ToneVoice())
    wav.write(prompts / "en/greeting.wav", tone(1.0))
    assert check(flow(texts), prompts, ToneVoice()) == []


def test_every_code_is_listed_and_used() -> None:
    source = Path(checking.__file__).read_text(encoding="utf-8")
    assert all(source.count(f'"{code}"') >= 2 for code in CODES)
