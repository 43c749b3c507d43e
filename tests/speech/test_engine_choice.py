"""Which recogniser serves: by the settings, by what is installed, and always with the reason."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path

import pytest

from ivr.settings import Settings, Speech
from ivr.speech.models import installation
from ivr.speech.models.catalogue import Model
from ivr.speech.recognition import vosk_engine, whisper_engine
from ivr.speech.recognition.engine_choice import choose
from tests.speech.packages import model, zipped

DATA = zipped({"m/am/final.mdl": b"w"})
#: Model → where its engine knows it from.
SHIPPED = {
    "whisper-base": (whisper_engine, "WHISPER_BASE"),
    "vosk-small-cn": (vosk_engine, "VOSK_SMALL_CN"),
    "vosk-ko": (vosk_engine, "VOSK_KO"),
}


def toy(name: str) -> Model:
    """A small package in place of the model of that name."""
    return dataclasses.replace(model(DATA), name=name)


def settings(folder: Path, engine: str = "auto") -> Settings:
    """Settings of a machine with this folder of models."""
    return dataclasses.replace(Settings(), models=folder, speech=Speech(engine=engine))


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models; those of the table stand for a small package."""
    for name, (module, constant) in SHIPPED.items():
        monkeypatch.setattr(module, constant, toy(name))
    (tmp_path / "toy.zip").write_bytes(DATA)
    return tmp_path


def install(name: str, folder: Path) -> None:
    """Put a model there."""
    installation.install(toy(name), folder, [folder / "toy.zip"])


def test_nothing_is_installed(put: Path) -> None:
    found = choose(settings(put))
    assert (found.engine, found.model) == ("none", None)
    assert "ivr models install vosk-small-cn" in found.why and "ivr models install whisper-base" in found.why


def test_whisper_serves_where_it_alone_is_there(put: Path) -> None:
    install("whisper-base", put)
    found = choose(settings(put))
    assert (found.engine, found.model, found.alternatives) == ("whisper", put / "whisper-base", ())
    assert "vosk" in found.why


def test_vosk_comes_first_and_the_settings_decide(put: Path) -> None:
    install("whisper-base", put)
    install("vosk-small-cn", put)
    found = choose(settings(put))
    assert (found.engine, found.model, found.alternatives) == ("vosk", put / "vosk-small-cn", ("whisper",))
    found = choose(settings(put, "whisper"))
    assert (found.engine, found.alternatives) == ("whisper", ("vosk",)) and "设置" in found.why
    assert choose(settings(put, "none")).engine == "none"


def test_what_the_settings_want_and_is_not_there_is_not_replaced(put: Path) -> None:
    install("whisper-base", put)
    found = choose(settings(put, "vosk"))
    assert (found.engine, found.alternatives) == ("none", ("whisper",)) and "vosk-small-cn" in found.why


def test_a_makers_model_put_there_by_hand_serves_and_the_korean_one_never(put: Path) -> None:
    install("vosk-ko", put)
    assert choose(settings(put)).engine == "none"
    by_hand = put / "vosk-model-cn-0.22" / "am"
    by_hand.mkdir(parents=True)
    (by_hand / "final.mdl").write_bytes(b"w")
    assert choose(settings(put)).model == put / "vosk-model-cn-0.22"


def test_a_model_without_its_program_is_told(put: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("whisper-base", put)
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "faster_whisper" else real(name))
    found = choose(settings(put))
    assert found.engine == "none" and "bank-hotline[whisper]" in found.why
