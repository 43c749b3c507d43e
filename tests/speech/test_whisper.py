"""The engine whisper for real: it hears Mandarin through a telephone, knows yes from no, and silence is silence."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import ModelUnusable
from ivr.flow.loader import require
from ivr.flow.model import SlotKind
from ivr.metrics.labels.accuracy import Aligned, align
from ivr.nlu import STANDALONE_WORDS, YES_NO_WORDS, Universal, surest, yes_no
from ivr.nlu.intents.weights import FITTED
from ivr.nlu.phrases.universal import universal
from ivr.nlu.values.amounts import amount
from ivr.settings import load
from ivr.speech.audio import wav
from ivr.speech.models import installation
from ivr.speech.models.catalogue import WHISPER_BASE
from ivr.speech.prompts.catalogue import NORMAL, Catalogue
from ivr.speech.recognition.engine_choice import EngineChoice
from ivr.speech.recognition.pool import RecogniserPool
from ivr.speech.recognition.recogniser import Expected, Recognised
from ivr.speech.recognition.whisper_engine import WhisperEngine
from ivr.speech.recognition.whisper_sound import doubled, raised
from tests.speech import remembered
from tests.speech.remembered import Remembering
from tests.speech.speaking import ToneVoice

HERE = Path(__file__).parent
TOP = HERE.parents[1]
WORDS = ("账户", "理财", "信用卡", "贷款", "挂失", "投诉", "网点", "人工")
AMOUNT = Expected(
    ("三千五百元", "一万两千块", "八百六十元", "五万元"),
    alone=STANDALONE_WORDS,
    alphabet="零一二两三四五六七八九十百千万元块角毛分半点钱",
)
ANYWHERE = set(Universal) - {Universal.YES, Universal.NO}


@pytest.fixture(scope="module")
def loaded() -> tuple[WhisperEngine, Remembering]:
    """Installed where it is missing, then loaded once; it computes nothing twice."""
    folder = load().models
    installation.install(WHISPER_BASE, folder)
    return remembered.engine(folder / "whisper-base")


@pytest.fixture
def engine(loaded: tuple[WhisperEngine, Remembering]) -> WhisperEngine:
    """Remembers what other tests asked it."""
    return loaded[0]


@pytest.fixture
def memory(loaded: tuple[WhisperEngine, Remembering]) -> Remembering:
    """The engine's, with nothing in it."""
    loaded[1].forget()
    return loaded[1]


def labelled(variant: str) -> list[tuple[Path, str, str]]:
    """Lines of a label file: file, reference, intent."""
    lines = (HERE / f"{variant}.tsv").read_text(encoding="utf-8").splitlines()
    parts = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(HERE / file, reference, intent) for file, reference, intent in parts]


def pcm(file: Path) -> bytes:
    """The telephone sound of a fixture."""
    return np.rint(wav.telephone(file) * 32768).astype("<i2").tobytes()


def heard(engine: WhisperEngine, sound: bytes, expected: Expected) -> Recognised:
    """Fed in packets, as a call does."""
    utterance = engine.begin(expected)
    for at in range(0, len(sound), 320):
        assert utterance.feed(sound[at : at + 320]) == ""
    return utterance.finish()


@pytest.mark.parametrize(("variant", "least"), [("utterances", 0.80), ("noise15", 0.65), ("gsm", 0.70)])
def test_every_tenth_utterance_is_heard(engine: WhisperEngine, variant: str, least: float) -> None:
    """Every tenth sentence; `ivr score` measures all of them."""
    total = Aligned()
    for file, reference, _ in [each for each in labelled(variant) if each[2]][::10]:
        found = heard(engine, pcm(file), Expected(WORDS))
        assert found.text and all("\u4e00" <= each <= "\u9fff" or each.isalnum() for each in found.text)
        assert 0.1 < found.score <= 1 and found.language == "zh" and found.took_ms > 0
        assert found.audio_ms == len(pcm(file)) // 16
        total += align(reference, found.text)
    assert 1 - total.errors / total.reference >= least


def test_yes_is_yes_and_no_is_no(engine: WhisperEngine) -> None:
    answers = [(file, yes_no(reference)) for file, reference, intent in labelled("utterances") if not intent]
    asked = [(file, right) for file, right in answers if right is not None]
    assert len(asked) >= 20
    right = sum(yes_no(heard(engine, pcm(file), Expected(YES_NO_WORDS, True)).text) is answer for file, answer in asked)
    assert right / len(asked) >= 0.95


def test_who_says_something_else_is_heard_though_yes_or_no_was_asked(engine: WhisperEngine) -> None:
    total = Aligned()
    for file, reference, _ in [each for each in labelled("utterances") if each[2] and len(each[1]) > 7][::15]:
        total += align(reference, heard(engine, pcm(file), Expected(YES_NO_WORDS, True)).text)
    assert 1 - total.errors / total.reference >= 0.6


@pytest.mark.parametrize("pause_ms", [250, 500])
def test_what_follows_a_short_pause_is_heard(engine: WhisperEngine, pause_ms: int) -> None:
    lines = [each for each in labelled("utterances") if each[2]]
    total, second = Aligned(), Aligned()
    for (one, said, _), (other, then, _) in zip(lines[::26], lines[7::26], strict=False):
        sound = pcm(one)[1600:-1600] + bytes(16 * pause_ms) + pcm(other)[1600:-1600]
        found = heard(engine, sound, Expected(WORDS)).text
        total += align(said + then, found)
        second += align(then, found[-len(then) :])
    assert total.reference >= 60
    assert 1 - total.errors / total.reference >= 0.8
    assert 1 - second.errors / second.reference >= 0.7


def test_a_long_prompt_is_transcribed_to_its_end(engine: WhisperEngine) -> None:
    """A shipped recording of several clauses, each of which ends in a short pause."""
    flow = require(TOP / "flows")
    catalogue = Catalogue(flow, TOP / "prompts", ToneVoice())
    clips = [
        clip
        for clip in catalogue.clips
        if clip.variant == NORMAL and clip.text.count("，") >= 2 and 25 <= len(clip.text) < 80
    ]
    total = Aligned()
    for clip in clips[:: max(1, len(clips) // 3)][:3]:
        total += align(clip.text, heard(engine, pcm(TOP / "prompts" / clip.recorded), Expected(WORDS)).text)
    assert total.reference >= 60
    assert 1 - total.errors / total.reference >= 0.75


def test_a_question_of_yes_or_no_hears_no_answer_in_other_talk(engine: WhisperEngine) -> None:
    """Every second one; `ivr score` measures all of them."""
    files = [file for file, said, intent in labelled("utterances") if not intent and len(said) > 6][::2]
    asked = Expected((*YES_NO_WORDS, "人工", "返回", "重听"), True, STANDALONE_WORDS)
    texts = [heard(engine, pcm(file), asked).text for file in files]
    assert len(texts) >= 8
    assert [text for text in texts if yes_no(text) is not None] == []


def test_a_word_that_works_everywhere_is_heard_where_yes_or_no_was_asked(engine: WhisperEngine) -> None:
    asked = Expected((*YES_NO_WORDS, "人工", "返回", "重听"), True, STANDALONE_WORDS)
    words = [(file, said) for file, said, intent in labelled("utterances") if not intent and said in STANDALONE_WORDS]
    found = {said: universal(heard(engine, pcm(file), asked).text) for file, said in words}
    assert found["人工"] is found["转人工"] is Universal.AGENT
    assert sum(what is universal(said) for said, what in found.items()) >= 0.7 * len(found)
    assert all(what is not Universal.YES for said, what in found.items() if said in ("人工", "转人工", "返回"))


def test_where_an_amount_was_asked_for_it_is_heard_or_asked_again_and_never_another(engine: WhisperEngine) -> None:
    right = []
    for file, said, _ in labelled("amounts"):
        found = heard(engine, pcm(file), AMOUNT)
        text, score = surest([(found.text, found.score), *found.others], SlotKind.AMOUNT)
        value = amount(text, asked=True) if score >= FITTED.value else None
        assert value in (None, amount(said)), (said, text)
        right.append(value is not None)
    assert sum(right) >= len(right) - 2 >= 6


def test_who_says_something_else_is_heard_though_an_amount_was_asked_for(engine: WhisperEngine) -> None:
    files = [file for file, said, intent in labelled("utterances") if intent and len(said) > 6][::20]
    texts = [heard(engine, pcm(file), AMOUNT).text for file in files]
    assert len(texts) >= 4 and [text for text in texts if set(text) <= set(AMOUNT.alphabet)] == []


@pytest.mark.parametrize("asked", ["wish", "yes or no", "amount"])
def test_noises_are_silence(engine: WhisperEngine, asked: str) -> None:
    expected = Expected(YES_NO_WORDS if asked == "yes or no" else WORDS, asked == "yes or no", STANDALONE_WORDS)
    expected = AMOUNT if asked == "amount" else expected
    for name in ("white-35", "rumble-25", "music-chords", "coughs", "dtmf"):
        sound = pcm(HERE / "nonspeech" / f"{name}.wav")[: 6 * 16000]
        assert heard(engine, sound, expected).text == "", name


def test_a_quiet_caller_is_raised() -> None:
    tone = np.sin(np.arange(16000) / 7).astype(np.float32)
    for peak in (0.01, 0.05, 0.5):
        found = raised(np.float32(peak) * tone)
        assert np.abs(found).max() >= 0.999 * peak
        assert np.allclose(found / np.abs(found).max(), tone / np.abs(tone).max(), atol=1e-4)
    assert np.abs(raised(np.float32(0.01) * tone)).max() > 0.08
    assert not raised(np.zeros(100, np.float32)).any()


def test_a_short_word_said_alone_is_heard_whatever_was_asked(engine: WhisperEngine) -> None:
    """返回 sounds like 方位 to it; what does not sound like such a word does not become one."""
    answers = [(file, universal(said)) for file, said, intent in labelled("utterances") if not intent]
    words = [(file, what) for file, what in answers if what in ANYWHERE]
    others = [file for file, what in answers if what not in ANYWHERE][::3]
    assert len(words) >= 10 and len(others) >= 12
    expected = Expected(WORDS, alone=STANDALONE_WORDS)
    assert sum(universal(heard(engine, pcm(file), expected).text) is what for file, what in words) >= 0.9 * len(words)
    assert not [file for file in others if heard(engine, pcm(file), expected).text in STANDALONE_WORDS]


def test_nobody_spoke(engine: WhisperEngine) -> None:
    for sound in (b"", bytes(320), bytes(16000), b"\x01"):
        for expected in (Expected(), Expected(WORDS), Expected(YES_NO_WORDS, True)):
            found = heard(engine, sound, expected)
            assert (found.text, found.score, found.audio_ms) == ("", 0.0, len(sound) // 2 // 8)


def test_noise_is_not_a_flood_of_words(engine: WhisperEngine) -> None:
    noise = np.random.default_rng(1).normal(0, 600, 40000).astype("<i2").tobytes()
    found = heard(engine, noise, Expected(WORDS))
    assert len(found.text) <= 12 + 9 * 5


def test_a_very_long_utterance_is_cut_and_told_as_long_as_it_was(engine: WhisperEngine) -> None:
    sound = pcm(labelled("utterances")[0][0])
    long = (sound * 40)[: 35 * 16000]
    found = heard(engine, long, Expected())
    assert found.audio_ms == 35000 and found.text


def test_the_same_sound_gives_the_same_text_early_or_not(engine: WhisperEngine, memory: Remembering) -> None:
    sound = pcm(labelled("utterances")[3][0])
    utterance = engine.begin(Expected(WORDS))
    utterance.feed(sound)
    early = utterance.so_far()
    found = utterance.finish()
    assert early is not None and (early.text, early.score) == (found.text, found.score)
    memory.forget()
    assert found.text == heard(engine, sound, Expected(WORDS)).text
    engine.begin(Expected()).discard()


def test_any_context_words_are_taken(engine: WhisperEngine) -> None:
    sound = pcm(labelled("utterances")[3][0])
    for words in (("",), ("<|endoftext|>",), ("a" * 500,), tuple("零一二三四五六七八九"), ("😀", "\u200b")):
        for closed in (False, True):
            assert isinstance(heard(engine, sound, Expected(words, closed)).text, str)
    assert engine.unknown(["挂失", "xyz"]) == ()


@pytest.mark.parametrize("lacks", ["all", "model", "words"])
def test_a_model_that_is_none_is_told(tmp_path: Path, lacks: str) -> None:
    if lacks != "all":
        (tmp_path / "model.bin").write_bytes(b"no model")
    if lacks == "model":
        (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelUnusable, match="whisper"):
        WhisperEngine(tmp_path)


@given(st.integers(2, 4000), st.integers(50, 3900))
def test_doubling_leaves_every_sample_where_it_was(length: int, pitch: int) -> None:
    tone = np.sin(2 * math.pi * pitch * np.arange(length) / 8000).astype(np.float32)
    found = doubled(tone)
    assert len(found) == 2 * (length + length % 2)
    assert np.allclose(found[: 2 * length : 2], tone, atol=1e-3)


def test_in_a_process_of_its_own(engine: WhisperEngine) -> None:
    """The worker as the hotline starts it."""

    async def scene() -> None:
        pool = RecogniserPool(EngineChoice("whisper", load().models / "whisper-base", "测试"), workers=1, patience=60)
        await pool.start(within=60)
        try:
            assert pool.status.ready == 1, pool.status.trouble
            sound = pcm(labelled("utterances")[3][0])
            stream = pool.open(Expected(WORDS))
            stream.feed(sound)
            stream.finish_early()
            found = await stream.final(60)
            assert found.text == heard(engine, sound, Expected(WORDS)).text
        finally:
            await pool.close()

    asyncio.run(scene())
