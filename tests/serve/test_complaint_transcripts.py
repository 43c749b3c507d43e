"""What callers complained of becomes text after the call, where something can recognise it."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivr.care.complaints.intake import Received, receive
from ivr.encryption.files import seal
from ivr.encryption.keys import KeyRing, new_key
from ivr.records.complaints.model import Case, Via
from ivr.records.store import Store
from ivr.serve.care.complaint_transcripts import ComplaintTranscripts, Pool
from ivr.settings import Encryption, Settings
from ivr.speech.audio import wav
from ivr.speech.recognition.pool import RecogniserPool
from tests.care.complaints.policies import policy_flow
from tests.serve.test_complaint_intake import empty as empty  # a database with its tables
from tests.speech.test_pool import CHOICE, TOY


def pools(made: list[RecogniserPool], *more: str) -> Pool:
    """Recognisers that say how many bytes they heard; those that were made."""

    def one() -> RecogniserPool:
        made.append(RecogniserPool(CHOICE, 1, 1, command=[*TOY, *more], patience=20.0))
        return made[-1]

    return one


@pytest.fixture
def store(tmp_path: Path, empty: Path) -> Iterator[Store]:
    one = Store(f"sqlite:///{shutil.copy(empty, tmp_path)}")
    yield one
    one.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), state=tmp_path / "run")


def complaint(store: Store, settings: Settings, seconds: float = 5.0, ref: str = "n-1.1-1") -> Case:
    """A complaint that was spoken for so long."""
    path = settings.complaints / f"{ref}.wav"
    wav.write(path, 0.1 * np.sin(np.arange(round(seconds * wav.RATE))))
    audio = str(path.relative_to(settings.state))
    received = Received(ref, "n-1.1", None, None, None, audio, round(seconds * 1000), None, Via.CALL)
    return receive(store, policy_flow(), received, time.time_ns() // 1_000_000)


def texts(store: Store) -> Sequence[str | None]:
    return [one.transcript for one in store.complaints.list()]


def test_a_recording_becomes_text_once(store: Store, settings: Settings) -> None:
    complaint(store, settings)
    made: list[RecogniserPool] = []
    transcripts = ComplaintTranscripts(settings, store, policy_flow, pools(made))
    asyncio.run(transcripts.look())
    assert texts(store) == ["80000"], "5 s of 8 kHz 16 bit sound"
    asyncio.run(transcripts.look())
    assert len(made) == 1, "and no recogniser is there for nothing"


def test_a_long_one_is_recognised_piece_by_piece(store: Store, settings: Settings) -> None:
    complaint(store, settings, seconds=27.0)
    made: list[RecogniserPool] = []
    asyncio.run(ComplaintTranscripts(settings, store, policy_flow, pools(made)).look())
    assert texts(store) != [None] and made[0].status.finished == 2


def test_numbers_in_it_are_hidden(store: Store, settings: Settings) -> None:
    complaint(store, settings, seconds=20.0)
    asyncio.run(ComplaintTranscripts(settings, store, policy_flow, pools([])).look())
    (text,) = texts(store)
    assert text is not None and "320000" not in text and "〔" in text


def test_an_encrypted_recording_is_read_and_no_copy_stays(store: Store, settings: Settings) -> None:
    settings = replace(settings, encryption=Encryption(keys=new_key()))
    case = complaint(store, settings)
    key = KeyRing(settings.encryption).current
    assert key is not None and seal(settings.state / str(case.audio), key)
    asyncio.run(ComplaintTranscripts(settings, store, policy_flow, pools([])).look())
    assert texts(store) == ["80000"]
    assert not list(settings.listening.glob("*"))


@pytest.mark.parametrize("trouble", ["--trouble", "--die"])
def test_a_recogniser_that_cannot_be_leaves_the_recording_for_later(
    store: Store, settings: Settings, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.serve.care.complaint_transcripts.START_SECONDS", 5.0)
    complaint(store, settings)
    transcripts = ComplaintTranscripts(settings, store, policy_flow, pools([], trouble))
    asyncio.run(transcripts.look())
    assert texts(store) == [None]
    later: list[RecogniserPool] = []
    again = ComplaintTranscripts(settings, store, policy_flow, pools(later))
    asyncio.run(again.look())
    assert texts(store) == ["80000"]


def test_a_recording_that_is_gone_harms_no_other(store: Store, settings: Settings) -> None:
    gone = complaint(store, settings, ref="n-1.1-1")
    (settings.state / str(gone.audio)).unlink()
    complaint(store, settings, ref="n-1.2-1")
    asyncio.run(ComplaintTranscripts(settings, store, policy_flow, pools([])).look())
    assert sorted(texts(store), key=str) == ["80000", None]
