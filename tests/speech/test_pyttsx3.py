"""The real voice: pyttsx3 and eSpeak NG in a child process; and children that misbehave."""

from __future__ import annotations

import io
import json
import sys
import textwrap
from pathlib import Path

import pytest

from ivr.errors import SpeechError
from ivr.speech.audio import wav
from ivr.speech.prompts.build import build
from ivr.speech.prompts.check import check
from ivr.speech.prompts.measure import measure
from ivr.speech.voices import pyttsx3_worker
from ivr.speech.voices.pyttsx3_voice import VOICES, Pyttsx3Voice
from ivr.speech.voices.registry import named
from ivr.speech.voices.voice import Utterance
from tests.speech.speaking import flow

#: The prompts of a small flow, as different as prompts get.
TEXTS = {
    "greeting": "您好，欢迎致电示例银行客户服务热线。",
    "menu": "账户与转账请按1，信用卡请按2，贷款业务请按3，存款与理财请按4，挂失与投诉请按5。",
    "queue_position": "您前面还有{ahead:count}位客户，请稍候。",
    "agent_number": "工号",
    "hours": "服务时间为08:30至18:00，电话95000。",
}


def render(voice: Pyttsx3Voice, *utterances: Utterance) -> dict[Path, str | None]:
    """What became of each utterance."""
    results: dict[Path, str | None] = {}
    voice.render(utterances, lambda utterance, wrong: results.update({utterance.path: wrong}))
    return results


def child(tmp_path: Path, answers: str) -> Pyttsx3Voice:
    """A voice whose child is a script; `request` is each line it is sent, `say(…)` answers."""
    script = tmp_path / "child.py"
    script.write_text(
        "import json, sys, wave\n"
        "def say(error=None): print(json.dumps({'error': error}), flush=True)\n"
        "def sound(request, value=b'\\0\\x20\\0\\xe0'):\n"
        "    with wave.open(request['path'], 'wb') as out:\n"
        "        out.setparams((1, 2, 22050, 0, 'NONE', ''))\n"
        "        out.writeframes(value * 11025)\n" + textwrap.dedent(answers)
    )
    return Pyttsx3Voice(seconds=1.0, command=(sys.executable, str(script)))


def test_a_whole_flow_is_built_within_every_limit(tmp_path: Path) -> None:
    report = build(flow(TEXTS), tmp_path, named("pyttsx3"))
    assert report.failed == ()
    assert check(flow(TEXTS), tmp_path, named("pyttsx3")) == []
    assert report.seconds < 60
    for path in report.rendered:
        assert wav.header(tmp_path / path).frames % wav.FRAME == 0
    assert not list(tmp_path.rglob("*.part"))


def test_a_text_is_the_same_sound_wherever_it_stands_in_a_batch(tmp_path: Path) -> None:
    """A lost rate, a text that is cut, or a sound from another text would show here."""
    texts = ["您好，欢迎致电示例银行。", "二", "再见。", "三百", "服务时间为八点三十分至十八点整。"]
    order = [*texts, *reversed(texts)] * 2
    paths = [tmp_path / f"{number}.wav" for number in range(len(order))]
    results = render(Pyttsx3Voice(), *(Utterance(text, path, "zh") for text, path in zip(order, paths, strict=True)))
    assert set(results.values()) == {None}
    for text in texts:
        lengths = [measure(path).speech_seconds for path, said in zip(paths, order, strict=True) if said == text]
        assert max(lengths) - min(lengths) <= 0.03 * max(lengths) + 0.02, text


def test_elderly_speech_is_slower(tmp_path: Path) -> None:
    text = "账户与转账请按1，信用卡请按2。"
    slow = Utterance(text, tmp_path / "e.wav", "zh", 0.85)
    results = render(Pyttsx3Voice(), Utterance(text, tmp_path / "n.wav", "zh"), slow)
    assert set(results.values()) == {None}
    normal, elderly = (measure(tmp_path / f"{name}.wav").rate(text) for name in "ne")
    assert elderly / normal == pytest.approx(0.85, abs=0.08)


def test_english_is_spoken_and_another_language_refused(tmp_path: Path) -> None:
    results = render(
        Pyttsx3Voice(),
        Utterance("Welcome to the bank.", tmp_path / "en.wav", "en"),
        Utterance("Bonjour", tmp_path / "fr.wav", "fr"),
    )
    assert results[tmp_path / "en.wav"] is None
    assert "不会说语言 'fr'" in str(results[tmp_path / "fr.wav"])
    assert [path.name for path in tmp_path.iterdir()] == ["en.wav"]


@pytest.mark.parametrize("text", ["", "。", "  ", "…！"])
def test_nothing_to_say_is_told_and_the_rest_is_spoken(tmp_path: Path, text: str) -> None:
    results = render(
        Pyttsx3Voice(), Utterance(text, tmp_path / "none.wav", "zh"), Utterance("您好", tmp_path / "some.wav", "zh")
    )
    assert "没有可以说出的字" in str(results[tmp_path / "none.wav"])
    assert results[tmp_path / "some.wav"] is None


def test_a_path_that_cannot_be_written_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    results = render(Pyttsx3Voice(), Utterance("您好", tmp_path / "file" / "x.wav", "zh"))
    assert results[tmp_path / "file" / "x.wav"] is not None


def test_an_uninstalled_voice_is_an_error_not_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VOICES, "zh", "no-such-voice")
    results = render(Pyttsx3Voice(), Utterance("您好", tmp_path / "x.wav", "zh"))
    assert "'no-such-voice' is not installed" in str(results[tmp_path / "x.wav"])
    assert not (tmp_path / "x.wav").exists()


@pytest.mark.parametrize("text", ["<speak>您好", "[[x]]您好", "-v en 您好", "您好\n再见\0", "\ud800您好", "您好" * 60])
def test_hostile_texts_are_spoken_or_refused(tmp_path: Path, text: str) -> None:
    results = render(Pyttsx3Voice(), Utterance(text, tmp_path / "x.wav", "zh"))
    assert (tmp_path / "x.wav").exists() == (results[tmp_path / "x.wav"] is None)


def test_a_child_that_hangs_is_replaced_and_the_others_are_spoken(tmp_path: Path) -> None:
    voice = child(
        tmp_path,
        """
        say()
        for line in sys.stdin:
            request = json.loads(line)
            if "再" in request["text"]: sys.stdin.read()
            sound(request)
            say()
        """,
    )
    results = render(voice, *(Utterance(text, tmp_path / f"{text}.wav", "zh") for text in ("您好", "再见", "谢谢")))
    assert [str(wrong) for wrong in results.values()] == ["None", "语音合成在 1 秒内没有结果", "None"]
    assert (tmp_path / "谢谢.wav").exists()


def test_a_child_that_dies_says_its_last_words(tmp_path: Path) -> None:
    voice = child(tmp_path, "say()\nsys.stdin.readline()\nsys.exit('libespeak is gone')")
    results = render(voice, Utterance("您好", tmp_path / "x.wav", "zh"))
    assert "意外结束：libespeak is gone" in str(results[tmp_path / "x.wav"])


def test_a_voice_that_always_dies_is_given_up(tmp_path: Path) -> None:
    voice = child(tmp_path, "say()\nsys.stdin.readline()")
    with pytest.raises(SpeechError, match="已放弃"):
        render(voice, *(Utterance("您好", tmp_path / f"{number}.wav", "zh") for number in range(9)))


def test_a_voice_that_does_not_come_up_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="ImportError: no pyttsx3"):
        render(child(tmp_path, "say('ImportError: no pyttsx3')"), Utterance("您好", tmp_path / "x.wav", "zh"))
    with pytest.raises(SpeechError, match="意外结束"):
        render(child(tmp_path, ""), Utterance("您好", tmp_path / "x.wav", "zh"))
    with pytest.raises(SpeechError, match="无法启动"):
        render(Pyttsx3Voice(command=("/no/such/python",)), Utterance("您好", tmp_path / "x.wav", "zh"))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ("sound(request, b'')", "没有声音"),
        ("sound(request, bytes(2))", "没有声音"),
        ("pass", "无法读取"),
        ("open(request['path'], 'wb').write(b'RIFF')", "不完整"),
    ],
)
def test_a_file_without_speech_is_refused(tmp_path: Path, answers: str, words: str) -> None:
    voice = child(tmp_path, f"say()\nfor line in sys.stdin:\n    request = json.loads(line)\n    {answers}\n    say()")
    results = render(voice, Utterance("您好", tmp_path / "x.wav", "zh"))
    assert words in str(results[tmp_path / "x.wav"])
    assert not (tmp_path / "x.wav").exists()


def test_nothing_to_render_starts_no_child() -> None:
    assert render(Pyttsx3Voice(command=("/no/such/python",))) == {}


def test_an_unknown_voice_name_lists_the_known(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"'siri'.*pyttsx3"):
        named("siri")


class FakeSpeaker:
    """Stands for the engine in the worker."""

    wrong: BaseException | None = None

    def __init__(self) -> None:
        if self.wrong is not None:
            raise self.wrong

    def say(self, text: str, path: str, voice: str, rate: int) -> str | None:
        if text == "hang":
            raise TimeoutError
        return f"{text} {path} {voice} {rate}"


def serve(monkeypatch: pytest.MonkeyPatch, *texts: str) -> tuple[int, list[str | None]]:
    """Status and answers of the worker."""
    monkeypatch.setattr(pyttsx3_worker, "Speaker", FakeSpeaker)
    requests = [json.dumps({"text": text, "path": "p", "voice": "cmn", "rate": 200}) + "\n" for text in texts]
    out = io.StringIO()
    status = pyttsx3_worker.serve(io.StringIO("".join(requests)), out)
    return status, [json.loads(line)["error"] for line in out.getvalue().splitlines()]


def test_the_worker_answers_each_line_and_ends_after_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve(monkeypatch, "a", "b") == (0, [None, "a p cmn 200", "b p cmn 200"])
    assert serve(monkeypatch, "a", "hang", "b") == (1, [None, "a p cmn 200", "no sound within 20 s"])


def test_the_worker_tells_why_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSpeaker, "wrong", OSError("libespeak-ng.so.1: cannot open shared object file"))
    status, answers = serve(monkeypatch, "a")
    assert status == 1
    assert answers == ["OSError: libespeak-ng.so.1: cannot open shared object file"]
