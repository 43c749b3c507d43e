"""The engine vosk for real, with the Korean model: partial and final results, reset, grammar, unknown words. Korean
serves to test the engine only; the model comes from the package registry."""

from __future__ import annotations

import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.errors import ModelUnusable
from ivr.settings import load
from ivr.speech.models import installation
from ivr.speech.models.catalogue import VOSK_KO
from ivr.speech.recognition.engine_choice import model_of
from ivr.speech.recognition.recogniser import Expected
from ivr.speech.recognition.vosk_engine import VoskEngine, plain

#: What eSpeak says, and what the model makes of it at 8 kHz: robot or not, engine and model work.
SAID = "은행 계좌 잔액"

#: Characters that the model may hear in digital silence, the more so after speech.
LITTLE = 2


@pytest.fixture(scope="module")
def engine() -> VoskEngine:
    """Installed where it is missing, then loaded once: 190 MB."""
    folder = load().models
    installation.install(VOSK_KO, folder)
    return VoskEngine(folder / "vosk-ko", language="ko")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Iterator[bytes]:
    """The sentence as telephone sound."""
    folder = tmp_path_factory.mktemp("ko")
    raw, small = folder / "raw.wav", folder / "8k.wav"
    subprocess.run(["espeak-ng", "-v", "ko", "-s", "130", "-w", str(raw), SAID], check=True)
    subprocess.run(["sox", str(raw), "-r", "8000", "-c", "1", "-b", "16", str(small)], check=True)
    with wave.open(str(small), "rb") as file:
        yield file.readframes(file.getnframes())


def pieces(sound: bytes, size: int = 1600) -> Iterator[bytes]:
    """As the parent sends it."""
    return (sound[at : at + size] for at in range(0, len(sound), size))


def heard(engine: VoskEngine, sound: bytes, expected: Expected = Expected(), size: int = 1600) -> str:  # noqa: B008 - frozen
    """The final text."""
    utterance = engine.begin(expected)
    for piece in pieces(sound, size):
        utterance.feed(piece)
    return utterance.finish().text


def test_partial_results_grow_into_the_final_one(engine: VoskEngine, speech: bytes) -> None:
    utterance = engine.begin(Expected())
    partials = [utterance.feed(piece) for piece in pieces(speech)]
    found = utterance.finish()
    assert found.text and " " not in found.text and found.language == "ko"
    assert partials[0] == "" and len(set(partials)) > 2
    assert 0 < found.score <= 1 and found.audio_ms == len(speech) // 16


def test_a_recogniser_used_again_hears_the_same_and_nothing_of_the_last_caller(
    engine: VoskEngine, speech: bytes
) -> None:
    first = heard(engine, speech)
    assert len(heard(engine, bytes(16000))) <= LITTLE < len(first)
    assert heard(engine, speech)[:1] == first[:1]  # what it learnt of a line's sound outlives a reset


@pytest.mark.parametrize("size", [1, 1601, 100_000])
def test_however_the_sound_is_cut_no_byte_is_lost(engine: VoskEngine, speech: bytes, size: int) -> None:
    utterance = engine.begin(Expected())
    begin = speech[: 32 if size == 1 else len(speech)]
    for piece in pieces(begin, size):
        utterance.feed(piece)
    assert utterance.finish().audio_ms == len(begin) // 16


def test_two_utterances_at_once_do_not_mix(engine: VoskEngine, speech: bytes) -> None:
    alone = heard(engine, speech)
    one, two = engine.begin(Expected()), engine.begin(Expected())
    for piece in pieces(speech):
        one.feed(piece)
        two.feed(bytes(len(piece)))
    # what it learnt of a line's sound outlives a reset, so the end of the text may differ
    assert one.finish().text[:1] == alone[:1] != "" and len(two.finish().text) <= LITTLE


def test_a_closed_question_hears_its_words_only(engine: VoskEngine, speech: bytes) -> None:
    words = ("은행", "계좌", "잔액")
    found = heard(engine, speech, Expected(words, closed=True))
    rest = found
    for word in words:
        rest = rest.replace(word, "")
    assert rest == ""
    assert heard(engine, speech, Expected(words)) not in ("", found)  # where anything may be said, anything is


def test_words_that_the_dictionary_has_not_are_told_and_left_out(engine: VoskEngine, speech: bytes) -> None:
    assert engine.unknown(["은행", "qqxyz", "计账"]) == ("qqxyz", "计账")
    assert engine.known(["은행", "qqxyz"]) == ("은행",)
    assert heard(engine, speech, Expected(("qqxyz",), closed=True))  # no grammar is left: anything is heard


def test_a_warm_recogniser_does_not_stall(engine: VoskEngine, speech: bytes) -> None:
    """The first sound of a new one takes 0.65–1.2 s; in processor time, which the machine's load does not change."""
    utterance = engine.begin(Expected())
    began = time.process_time()
    utterance.feed(speech[:1600])
    assert time.process_time() - began < 0.5
    utterance.discard()


def test_silence_is_nothing_or_little(engine: VoskEngine) -> None:
    assert len(heard(engine, bytes(16000))) <= LITTLE
    utterance = engine.begin(Expected())
    assert utterance.finish().text == ""


def test_the_korean_model_never_serves_callers(tmp_path: Path) -> None:
    folder = tmp_path / "vosk-ko" / "am"
    folder.mkdir(parents=True)
    (folder / "final.mdl").write_bytes(b"x")
    assert model_of("vosk", tmp_path) is None
    assert not VOSK_KO.product


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelUnusable, match="vosk-small-cn"):
        VoskEngine(tmp_path)
    (tmp_path / "am").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"no model")
    with pytest.raises(ModelUnusable, match="无法使用"):
        VoskEngine(tmp_path)


def test_spaces_and_what_was_not_known_are_left_out() -> None:
    assert plain("一千 五百 [unk] 元") == "一千五百元"
