"""Sherpa-onnx with models of a few hundred bytes: which folder is which kind, what is heard, what is refused."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import ModelUnusable
from ivr.settings import Settings, Speech
from ivr.speech.recognition.engine_choice import choose
from ivr.speech.recognition.pool import RecogniserPool
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.recognition.sherpa_engine import SherpaEngine, holds
from tests.speech.tiny_models import paraformer, sense_voice, zipformer

Make = Callable[[Path], Path]
KINDS = (sense_voice, paraformer, zipformer)
SILENCE = bytes(16000)


def tone(level: float, seconds: float = 1.0) -> bytes:
    """A tone of that part of full scale."""
    wave = level * 32767 * np.sin(2 * np.pi * 440 * np.arange(int(8000 * seconds)) / 8000)
    return wave.astype("<i2").tobytes()


def heard(engine: SherpaEngine, pcm: bytes, expected: Expected | None = None) -> tuple[Recognised, list[str]]:
    """The result, and the partial texts on the way; fed in odd pieces."""
    utterance = engine.begin(expected or Expected())
    partial = [utterance.feed(pcm[at : at + 1601]) for at in range(0, len(pcm), 1601)]
    return utterance.finish(), partial


@pytest.mark.parametrize("make", KINDS)
def test_speech_is_heard_and_silence_is_nothing(make: Make, tmp_path: Path) -> None:
    engine = SherpaEngine(make(tmp_path / "m"))
    said, partial = heard(engine, SILENCE + tone(0.5) + SILENCE)
    assert said.text == "好" and 0.3 < said.score <= 1 and said.audio_ms == 3000 and said.language == "zh"
    assert ("好" in partial) is (make is zipformer)
    nothing, _ = heard(engine, SILENCE)
    assert (nothing.text, nothing.score) == ("", 0.0)


@pytest.mark.parametrize("make", KINDS)
def test_several_utterances_are_open_at_once_and_some_are_given_up(make: Make, tmp_path: Path) -> None:
    engine = SherpaEngine(make(tmp_path / "m"))
    one, two, three = (engine.begin(Expected()) for _ in range(3))
    for pcm in (SILENCE, tone(0.5), SILENCE):
        one.feed(pcm)
        two.feed(SILENCE)
        three.feed(pcm)
    three.discard()
    assert (one.finish().text, two.finish().text) == ("好", "")


def test_a_whole_utterance_may_be_looked_at_before_its_end(tmp_path: Path) -> None:
    utterance = SherpaEngine(sense_voice(tmp_path / "m")).begin(Expected())
    utterance.feed(SILENCE + tone(0.5) + SILENCE)
    early = utterance.so_far()
    utterance.feed(SILENCE + tone(0.5) + SILENCE)
    assert early is not None and (early.text, utterance.finish().text) == ("好", "好好")


def test_a_streaming_model_takes_context_words_that_it_can_write(tmp_path: Path) -> None:
    engine = SherpaEngine(zipformer(tmp_path / "m"))
    quiet = SILENCE + tone(0.01) + SILENCE
    assert heard(engine, quiet)[0].text == ""
    assert heard(engine, quiet, Expected(("好", "挂失", "")))[0].text == "好"
    assert engine.unknown(["好", "挂失", "是的"]) == ("挂失",)


def test_the_quantised_files_serve_where_there_are_two(tmp_path: Path) -> None:
    folder = sense_voice(tmp_path / "m")
    (folder / "model.onnx").write_bytes(b"not this one")
    assert heard(SherpaEngine(folder), SILENCE + tone(0.5))[0].text == "好"


@pytest.mark.parametrize("make", KINDS)
def test_a_damaged_model_is_refused_by_name(make: Make, tmp_path: Path) -> None:
    folder = make(tmp_path / "m")
    file = next(folder.glob("*r.int8.onnx"), None) or next(folder.glob("model*.onnx"))
    whole = file.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"\0" * len(whole)):
        file.write_bytes(damaged)
        with pytest.raises(ModelUnusable, match=r"ONNX|不是"):
            SherpaEngine(folder)


def test_a_model_of_another_kind_or_language_is_refused_before_the_library_sees_it(tmp_path: Path) -> None:
    folder = paraformer(tmp_path / "m")
    (folder / "tokens.txt").write_text("<blk> 0\n</s> 1\nhello 2\n", encoding="utf-8")
    with pytest.raises(ModelUnusable, match="不是普通话模型"):
        SherpaEngine(folder)
    folder = zipformer(tmp_path / "z")
    (folder / "decoder.onnx").replace(folder / "model.onnx")
    with pytest.raises(ModelUnusable, match="既不是 SenseVoice 也不是 Paraformer"):
        SherpaEngine(folder)
    folder = zipformer(tmp_path / "y")
    (folder / "joiner.int8.onnx").replace(folder / "encoder.int8.onnx")
    assert not holds(folder)
    (folder / "joiner.onnx").write_bytes((folder / "encoder.int8.onnx").read_bytes())
    with pytest.raises(ModelUnusable, match="流式 zipformer"):
        SherpaEngine(folder)
    (folder / "tokens.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelUnusable, match=r"tokens\.txt"):
        SherpaEngine(folder)


def test_an_installed_model_comes_first_and_any_may_be_named(tmp_path: Path) -> None:
    settings = dataclasses.replace(Settings(), models=tmp_path)
    sense_voice(tmp_path / "sense-voice")
    found = choose(settings)
    assert (found.engine, found.model) == ("sherpa", tmp_path / "sense-voice")
    zipformer(tmp_path / "tried")
    named = choose(dataclasses.replace(settings, speech=Speech(model="tried")))
    assert (named.engine, named.model) == ("sherpa", tmp_path / "tried") and "tried" in named.why
    wrong = choose(dataclasses.replace(settings, speech=Speech(engine="vosk", model="tried")))
    assert wrong.engine == "none" and "sherpa" in wrong.why and "vosk" in wrong.why
    gone = choose(dataclasses.replace(settings, speech=Speech(model="gone")))
    assert gone.engine == "none" and str(tmp_path / "gone") in gone.why


def test_it_serves_in_a_worker_process(tmp_path: Path) -> None:
    zipformer(tmp_path / "m")
    settings = dataclasses.replace(Settings(), models=tmp_path)

    async def call() -> Recognised:
        pool = RecogniserPool(choose(settings), workers=1)
        await pool.start()
        try:
            stream = pool.open(Expected())
            for pcm in (SILENCE, tone(0.5), SILENCE):
                stream.feed(pcm)
            return await stream.final(5)
        finally:
            await pool.close()

    assert asyncio.run(call()).text == "好"
