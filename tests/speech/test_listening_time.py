"""How long callers listen, measured by the recordings (CBA 二十, 二十二)."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow import ways
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.speech.audio import wav
from ivr.speech.prompts.build import build
from ivr.speech.prompts.catalogue import Catalogue
from ivr.speech.prompts.check import check
from ivr.speech.prompts.listening_time import recorded, recorded_or_estimated
from tests.flow import small
from tests.speech.speaking import ToneVoice, tone

TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Flow:
    """The small hotline."""
    return require(small.write(tmp_path_factory.mktemp("flows")))


def codes(flow: Flow, prompts: Path) -> set[str]:
    """What the check has to say about listening times."""
    return {finding.code for finding in check(flow, prompts, ToneVoice())} & {"P112", "P113"}


def test_the_shipped_recordings_lead_to_every_leaf_within_thirty_seconds() -> None:
    flow = require(TOP / "flows")
    seconds = recorded(flow, Catalogue(flow, TOP / "prompts", ToneVoice()))
    longest = ways.longest(flow, seconds)
    assert {way.leaf for way in longest} == set(flow.leaves)
    assert 20 < longest[0].seconds <= 30
    for key in ways.elderly_keys(flow, seconds):
        assert key.seconds is not None and key.seconds <= 5


def test_a_text_says_how_long_its_recording_is() -> None:
    flow = require(TOP / "flows")
    measured = recorded(flow, Catalogue(flow, TOP / "prompts", ToneVoice()))
    guessed = ways.estimated(flow)
    for way in ways.ways(flow, measured):
        assert sum(map(guessed, way.prompts)) == pytest.approx(way.seconds, rel=0.05)


@pytest.mark.parametrize(
    ("prompt", "found"), [("main_menu", {"P112"}), ("greeting", {"P112", "P113"}), ("balance_info", set())]
)
def test_a_long_recording_is_told(served: Flow, tmp_path: Path, prompt: str, found: set[str]) -> None:
    build(served, tmp_path, ToneVoice())
    assert codes(served, tmp_path) == set()
    wav.write(tmp_path / f"zh/{prompt}.wav", tone(19.0))
    assert codes(served, tmp_path) == found


def test_what_nobody_recorded_is_estimated(served: Flow, tmp_path: Path) -> None:
    catalogue = Catalogue(served, tmp_path, ToneVoice())
    assert recorded_or_estimated(served, catalogue)("greeting") == ways.estimated(served)("greeting")
    wav.write(tmp_path / "zh/greeting.wav", tone(3.5))
    assert recorded_or_estimated(served, Catalogue(served, tmp_path, ToneVoice()))("greeting") == 3.5
