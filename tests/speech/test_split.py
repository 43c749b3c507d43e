"""What settings are chosen on is never what is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.speech.audio import wav
from tests.speech.split import HELD, REPORTED, TUNED, is_reported

HERE = Path(__file__).parent
LISTED = [line.split("\t") for line in (HERE / "voices.tsv").read_text(encoding="utf-8").splitlines()]


def labels(name: str) -> list[list[str]]:
    """The lines of a label file."""
    return [line.split("\t") for line in (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines()]


def test_every_voice_is_of_one_split() -> None:
    assert not set(TUNED) & set(REPORTED)
    assert {voice for _, _, voice, _ in LISTED} == set(TUNED) | set(REPORTED)
    with pytest.raises(KeyError):
        is_reported("somebody")


def test_the_reported_voice_is_in_its_own_files_and_in_no_other() -> None:
    for file, _, voice, variant in LISTED:
        if variant != "situations":
            assert is_reported(voice) == (variant in HELD), file


@pytest.mark.parametrize(("variant", "wishes"), [("held", 34), ("held15", 34), ("situations", 21)])
def test_what_is_listed_is_there_and_its_intents_are_the_hotlines(variant: str, wishes: int) -> None:
    known = require(HERE.parents[1] / "flows").knowledge
    rows = labels(variant)
    assert [row[0] for row in rows] == [file for file, _, _, of in LISTED if of == variant]
    assert sum(bool(intent) for _, _, intent in rows) == wishes
    for file, text, intent in rows:
        assert text and (not intent or intent in known)
        assert 0.4 < len(wav.telephone(HERE / file)) / wav.RATE < 15


def test_each_situation_is_spoken_by_a_reported_voice_too() -> None:
    spoken = [(Path(file).stem.partition("-")[0], voice) for file, _, voice, of in LISTED if of == "situations"]
    kinds = {kind for kind, _ in spoken}
    assert kinds == {"pause", "filler", "correction", "two", "dog", "person", "loudspeaker"}
    assert {kind for kind, voice in spoken if is_reported(voice)} == kinds
