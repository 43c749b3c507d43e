"""The recordings that the dialplan plays by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import PromptMissing
from ivr.flow.model import Prompt, PromptKind
from ivr.flow.prompts.derived import derived_abouts
from ivr.flow.prompts.waiting import CALLBACK_PROMPTS
from ivr.flow.waiting import Callbacks
from ivr.serve.asterisk import sounds
from ivr.serve.asterisk.configuration import TEMPLATES
from ivr.settings import Settings
from ivr.speech.prompts.build import build
from ivr.speech.prompts.catalogue import Catalogue
from tests import flows_for_tests
from tests.speech.speaking import ToneVoice

FLOW = flows_for_tests.flow()


@pytest.fixture
def built(tmp_path: Path) -> tuple[Settings, Catalogue]:
    """Every prompt of a flow, rendered."""
    settings = replace(Settings(), state=tmp_path / "run", prompts=tmp_path / "prompts")
    return settings, build(FLOW, settings.prompts, ToneVoice()).catalogue


def placed(settings: Settings) -> dict[str, bytes]:
    """Name → content of what Asterisk finds."""
    return {path.name: path.read_bytes() for path in (settings.asterisk / "sounds").iterdir()}


def test_everything_the_dialplan_plays_is_there(built: tuple[Settings, Catalogue]) -> None:
    settings, catalogue = built
    sounds.place(settings, FLOW, catalogue)
    dialplan = (TEMPLATES / "extensions.conf").read_text(encoding="utf-8")
    named = set(re.findall(r"\$\{SOUNDS\}/([a-z_]+)(?![a-z_-])", dialplan))
    digits = {f"digit-{digit}.wav" for digit in range(10)}
    assert len(named) >= 9
    own = {f"{name}.wav" for name in named - set(sounds._OPTIONAL) if not name.startswith("callback_")}
    assert own | digits | {"beep.wav"} == placed(settings).keys()


def test_a_flow_that_calls_back_has_what_the_dialplan_says_then(tmp_path: Path) -> None:
    prompts = {name: Prompt(name, PromptKind.NOTICE, {"zh": f"这是{name}。"}) for name in CALLBACK_PROMPTS}
    queue = replace(FLOW.queues["general"], callback=True)
    flow = replace(
        FLOW,
        prompts={**FLOW.prompts, **prompts, **derived_abouts([queue], ("zh",))},
        queues={**FLOW.queues, "general": queue},
        callbacks=Callbacks(("1[3-9]XXXXXXXXX",)),
    )
    settings = replace(Settings(), state=tmp_path / "run", prompts=tmp_path / "prompts")
    sounds.place(settings, flow, build(flow, settings.prompts, ToneVoice()).catalogue)
    dialplan = (TEMPLATES / "extensions.conf").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"\$\{SOUNDS\}/([a-z_]+)", dialplan) if name.startswith("callback_")}
    assert {f"{name}.wav" for name in named} | {"callback_agent-q-general.wav"} <= placed(settings).keys()


def test_placing_again_touches_nothing(built: tuple[Settings, Catalogue]) -> None:
    settings, catalogue = built
    sounds.place(settings, FLOW, catalogue)
    folder = settings.asterisk / "sounds"
    before = {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()}
    sounds.place(settings, FLOW, catalogue)
    assert {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.iterdir()} == before


def test_a_new_recording_replaces_the_old_one_in_one_step(built: tuple[Settings, Catalogue]) -> None:
    settings, catalogue = built
    sounds.place(settings, FLOW, catalogue)
    old = placed(settings)
    with (settings.asterisk / "sounds" / "goodbye.wav").open("rb") as playing:
        own = settings.prompts / "zh" / "goodbye.wav"
        own.parent.mkdir()
        own.write_bytes(old["greeting.wav"] if "greeting.wav" in old else old["app_down.wav"])
        sounds.place(settings, FLOW, Catalogue(FLOW, settings.prompts, ToneVoice()))
        assert playing.read() == old["goodbye.wav"]  # who hears the old one hears it to its end
    assert placed(settings)["goodbye.wav"] == own.read_bytes()
    assert placed(settings).keys() == old.keys()


def test_a_prompt_without_sound_is_named(tmp_path: Path) -> None:
    settings = replace(Settings(), state=tmp_path / "run", prompts=tmp_path / "prompts")
    report = build(FLOW, settings.prompts, ToneVoice(refuses="goodbye"))
    with pytest.raises(PromptMissing, match="goodbye"):
        sounds.place(settings, FLOW, report.catalogue)
