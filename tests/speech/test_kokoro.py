"""Kokoro's voice without its model: how texts are cut and paced, and children that misbehave."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import ModelUnusable, SpeechError
from ivr.speech.audio import sound, wav
from ivr.speech.voices import kokoro, kokoro_voice
from ivr.speech.voices.kokoro import STYLES, Kokoro
from ivr.speech.voices.kokoro_text import LONGEST, stretches
from ivr.speech.voices.kokoro_voice import KokoroVoice
from ivr.speech.voices.kokoro_worker import slowed, speak
from ivr.speech.voices.registry import named
from ivr.speech.voices.voice import CHARACTERS_PER_SECOND, Utterance
from ivr.text.normalise import spoken
from ivr.text.template import characters
from tests.speech.speaking import silence, tone

MENU = "六十岁以上老年客户请直接按9，账户与理财请按1，信用卡请按2，贷款请按3，挂失请按4，投诉建议与网点请按5。"


def words(text: str) -> str:
    """Only what is said."""
    return "".join(character for character in text if characters(character))


@given(st.text(st.sampled_from("您好请按九万，。；：？！0123456789 "), max_size=200))
def test_cutting_loses_no_word_and_adds_none(text: str) -> None:
    assert words("".join(stretches(text))) == words(spoken(text))
    assert all(characters(stretch) for stretch in stretches(text))


def test_sentences_are_stretches_and_long_ones_are_cut_evenly_at_commas() -> None:
    assert stretches("您好。请按1；再见") == ["您好。", "请按一；", "再见"]
    parts = stretches(MENU)
    assert [part[-1] for part in parts] == ["，", "。"]
    assert all(characters(part) <= LONGEST for part in parts)
    assert abs(characters(parts[0]) - characters(parts[1])) < 12


def test_signs_before_the_first_word_are_not_spoken() -> None:
    assert stretches("，对吗？") == ["对吗？"]
    assert stretches("。，！") == []


class Model:
    """A model whose words are tones, `natural` characters a second at speed 1, silence around them."""

    def __init__(self, natural: float) -> None:
        self.natural = natural
        self.asked: list[tuple[str, float]] = []

    def say(self, text: str, speed: float) -> wav.Samples:
        """See kokoro_worker.Say."""
        self.asked.append((text, speed))
        sounding = tone(characters(text) / (self.natural * speed), rate=kokoro.RATE)
        return np.concatenate([np.zeros(9000), sounding, np.zeros(15000)])


@pytest.mark.parametrize("natural", [3.2, 4.2, 5.5])
@pytest.mark.parametrize("speed", [1.0, 0.85])
def test_a_clip_comes_out_at_the_rate_that_was_asked_for(natural: float, speed: float) -> None:
    model = Model(natural)
    samples = speak(model.say, MENU, speed)
    marks = sound.voiced(samples).nonzero()[0]
    rate = characters(MENU) * 100 / (marks[-1] + 1 - marks[0])
    assert rate == pytest.approx(CHARACTERS_PER_SECOND * speed, rel=0.07)
    assert len(samples) % wav.FRAME == 0
    assert sound.decibels(sound.loudness(samples)) == pytest.approx(sound.LEVEL_DBFS, abs=0.5)
    assert {words(text) for text, _ in model.asked} == {words(part) for part in stretches(MENU)}


def test_slower_speech_has_the_same_pitch_and_the_model_speaks_as_usual() -> None:
    model = Model(4.2)
    normal, slow = (speak(model.say, "您好，请稍候。", speed) for speed in (1.0, 0.8))
    assert min(pace for _, pace in model.asked) > 0.95
    assert np.argmax(np.abs(np.fft.rfft(normal, 1 << 16))) == pytest.approx(
        np.argmax(np.abs(np.fft.rfft(slow, 1 << 16))), rel=0.01
    )


def test_without_sox_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SpeechError, match="sox，请运行 make install"):
        speak(Model(4.2).say, "您好", 0.85)


def test_what_sox_says_is_told() -> None:
    with pytest.raises(SpeechError, match="sox 不能放慢语速：sox FAIL tempo"):
        slowed(tone(0.5, rate=kokoro.RATE), -1)


def test_a_rate_that_is_right_at_once_costs_one_rendering() -> None:
    model = Model(4.45)
    speak(model.say, "为了更好地帮助您，现在为您呼叫人工客服。", 1.0)
    assert len(model.asked) == 1


def test_the_models_own_silence_is_cut_and_sentences_rest_a_moment() -> None:
    samples = speak(Model(4.2).say, "您好，请稍候。马上为您转接。", 1.0)
    marks = sound.voiced(samples).nonzero()[0]
    assert marks[0] <= 1
    gaps = np.diff(marks)
    assert 25 <= gaps.max() <= 35
    assert len(samples) / wav.RATE - marks[-1] / 100 == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize("text", ["", "，。", "  "])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(SpeechError, match="没有可以说出的字"):
        speak(Model(4.2).say, text, 1.0)


def test_a_model_that_is_silent_is_refused() -> None:
    with pytest.raises(SpeechError, match="没有声音"):
        speak(lambda _text, _speed: silence(1.0), "您好", 1.0)


def test_soft_first_consonants_stay() -> None:
    """The ɕ of 信 is 35 dB below its vowel: silence for `trim`, speech for `words`."""
    soft = tone(0.06, -55.0, 3000.0, kokoro.RATE)
    said = np.concatenate([np.zeros(4800), soft, tone(0.3, -20.0, rate=kokoro.RATE), np.zeros(4800)])
    assert len(sound.words(kokoro.RATE, said)) == pytest.approx(0.36 * kokoro.RATE, abs=250)
    assert len(sound.words(kokoro.RATE, np.zeros(480))) == 0


# ---- the model's folder


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ModelUnusable, match=r"缺少 kokoro.onnx、vocab.json、zf_xiaobei.bin，请运行：ivr models install"
    ):
        named("kokoro", tmp_path).render([Utterance("您好", tmp_path / "a.wav", "zh")], lambda *_: None)


def test_a_missing_package_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake(tmp_path)
    monkeypatch.setattr(kokoro, "find_spec", lambda name: None if name == "misaki" else object())
    with pytest.raises(ModelUnusable, match=r"缺少 misaki.*pip install 'bank-hotline\[kokoro\]'"):
        Kokoro(folder, STYLES[0])


@pytest.mark.parametrize(
    ("file", "content"),
    [("vocab.json", b"{"), ("vocab.json", b'{"words": {}}'), ("vocab.json", b"[]"), ("voices/zf_xiaobei.bin", b"1234"),
     ("kokoro.onnx", b"no model")],
)  # fmt: skip
def test_a_broken_model_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, content: bytes
) -> None:
    folder = fake(tmp_path)
    (folder / file).write_bytes(content)
    monkeypatch.setattr(kokoro, "find_spec", lambda _name: object())
    with pytest.raises(ModelUnusable, match="重新运行：ivr models install kokoro"):
        Kokoro(folder, "zf_xiaobei")


def test_an_unknown_voice_is_named() -> None:
    with pytest.raises(SpeechError, match="未知的语音 'siri'，可用：pyttsx3、kokoro"):
        named("siri")


def fake(models: Path) -> Path:
    """A folder with files of the right names and, but for the model, of the right form."""
    folder = models / "kokoro"
    (folder / "voices").mkdir(parents=True)
    (folder / "kokoro.onnx").write_bytes(b"")
    (folder / "vocab.json").write_text('{"vocab": {"a": 1}}')
    (folder / "voices/zf_xiaobei.bin").write_bytes(bytes(510 * 256 * 4))
    return folder


# ---- the child


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the model were there: a child of the test's own needs none."""
    monkeypatch.setattr(kokoro_voice, "unusable", lambda *_: None)


def render(tmp_path: Path, answers: str, *texts: str, seconds: float = 5.0) -> dict[str, str | None]:
    """What became of each text; `answers` is what the child does with each `line`."""
    script = tmp_path / "child.py"
    body = textwrap.indent(textwrap.dedent(answers), "    ")
    script.write_text(f"import json, sys\nfor line in sys.stdin:\n    request = json.loads(line)\n{body}")
    voice = KokoroVoice(tmp_path, seconds, (sys.executable, str(script)))
    results: dict[str, str | None] = {}
    utterances = [Utterance(text, tmp_path / f"{n}.wav", "zh", 0.85) for n, text in enumerate(texts)]
    voice.render(utterances, lambda utterance, wrong: results.update({utterance.text: wrong}))
    return results


@pytest.mark.usefixtures("installed")
def test_a_childs_answers_belong_to_their_texts(tmp_path: Path) -> None:
    answers = """\
        wrong = None if request["speed"] == 0.85 and request["path"].endswith(".wav") else "bad request"
        print(json.dumps({"error": "不会说" if request["text"] == "二" else wrong}), flush=True)
    """
    assert render(tmp_path, answers, "一", "二", "三") == {"一": None, "二": "不会说", "三": None}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("answers", ["sys.exit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_a_child_that_dies_is_told(tmp_path: Path, answers: str) -> None:
    with pytest.raises(SpeechError, match="意外结束"):
        render(tmp_path, answers, "一", "二")


@pytest.mark.usefixtures("installed")
def test_a_child_that_hangs_is_not_awaited_for_ever(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"0.2 秒内没有结果"):
        render(tmp_path, "sys.stdin.read()", "一", seconds=0.2)


@pytest.mark.usefixtures("installed")
def test_a_child_that_cannot_start_is_told(tmp_path: Path) -> None:
    voice = KokoroVoice(tmp_path, command=[str(tmp_path / "no such program")])
    with pytest.raises(SpeechError, match="无法启动"):
        voice.render([Utterance("您好", tmp_path / "a.wav", "zh")], lambda *_: None)


@pytest.mark.usefixtures("installed")
def test_a_model_that_the_child_cannot_load_is_told_in_its_words(tmp_path: Path) -> None:
    fake(tmp_path)
    with pytest.raises(ModelUnusable, match="重新运行：ivr models install kokoro"):
        KokoroVoice(tmp_path).render([Utterance("您好", tmp_path / "a.wav", "zh")], lambda *_: None)


def test_other_languages_are_refused_without_a_child(tmp_path: Path) -> None:
    results: list[str | None] = []
    KokoroVoice(tmp_path, command=["false"]).render(
        [Utterance("hello", tmp_path / "a.wav", "en")], lambda _, wrong: results.append(wrong)
    )
    assert results == ["语音 kokoro 不会说语言 'en'，只会说 zh"]


def test_what_sounds_different_has_another_fingerprint(tmp_path: Path) -> None:
    voice = KokoroVoice(tmp_path)
    prints = {voice.fingerprint("zh", 1.0), voice.fingerprint("zh", 0.85), voice.fingerprint("en", 1.0)}
    assert len(prints | {named("pyttsx3").fingerprint("zh", 1.0)}) == 4
