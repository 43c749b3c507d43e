"""A recogniser or a voice is added in one file and its line of the registry: a copy of the house gets one of each, and
everything that names engines, voices and their models knows them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from ivr.speech.audio import wav
from tests.flow import small

TOP = Path(__file__).parents[2]

ENGINE = '''"""Hears the same words whatever is said."""

from ivr.speech.models.catalogue import Model
from ivr.speech.models.fetch import Source
from ivr.speech.recognition.recogniser import EngineKind, Recognised, WholeUtterance


class PartyEngine:
    name = "party"

    def begin(self, expected):
        return WholeUtterance(lambda pcm, _: Recognised("我想开户", 0.9, "zh", len(pcm) // 16, 1), expected)

    def unknown(self, words):
        return ()


def models(folder):
    return sorted(path.parent for path in folder.glob("*/party.bin"))


PARTY = EngineKind(
    name="party", package="json", advice="pip install party", install="ivr models install party-large",
    what="总听见一句话", holds=lambda folder: (folder / "party.bin").is_file(), models=models,
    load=lambda folder: PartyEngine(), grade=lambda folder: 1,
    downloads=(Model("party-large", "听见一句话", "MIT", (Source("url", "p.zip", "0" * 64, 9, 9, ()),), {}, grade=5),),
)
'''

VOICE = '''"""Says one tone."""

import numpy as np

from ivr.speech.audio import wav
from ivr.speech.models.catalogue import Model
from ivr.speech.models.fetch import Source
from ivr.speech.voices.voice import VoiceKind


class ToneVoice:
    name = "tone"

    def fingerprint(self, language, speed):
        return f"tone {language} {speed}"

    def render(self, utterances, progress):
        for one in utterances:
            tone = 0.2 * np.sin(np.arange(4 * wav.RATE) * 0.3)
            wav.write(one.path, tone)
            progress(one, None)


MODEL = Model("tone-model", "说一个音", "MIT", (Source("url", "t.zip", "0" * 64, 9, 9, ()),), {})
TONE = VoiceKind("tone", lambda models: ToneVoice(), (MODEL,))
'''


@dataclass(frozen=True, slots=True)
class House:
    """A copy of the house, and a working folder beside it."""

    top: Path
    work: Path

    def run(self, module: str, *words: str, typed: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run one of its modules as a program."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("IVR_")}
        return subprocess.run(
            [sys.executable, "-m", module, *words],
            input=typed, capture_output=True, text=True, timeout=120, check=False, cwd=self.work,
            env={**clean, "PYTHONPATH": str(self.top), **environ},
        )  # fmt: skip

    def ivr(self, *words: str, **environ: str) -> str:
        """What a command says, well or not."""
        done = self.run("ivr.cli", *words, **environ)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The house with one engine and one voice more; the rooms in which nothing is added are those of the house."""
    top = tmp_path_factory.mktemp("house")
    speech = top / "ivr" / "speech"
    speech.mkdir(parents=True)
    for folder, copied in ((Path("ivr"), ["speech"]), (Path("ivr/speech"), ["recognition", "voices"])):
        for one in (TOP / folder).iterdir():
            if one.name not in copied:
                (top / folder / one.name).symlink_to(one)
    for name in ("recognition", "voices"):
        shutil.copytree(TOP / "ivr" / "speech" / name, speech / name)
    _add(speech / "recognition" / "party_engine.py", ENGINE, speech / "recognition" / "engines.py", "PARTY", "SHERPA")
    _add(speech / "voices" / "tone_voice.py", VOICE, speech / "voices" / "registry.py", "TONE", "PYTTSX3")
    work = top / "work"
    small.write(work / "flows")
    party = work / "models" / "mine"
    party.mkdir(parents=True)
    (party / "party.bin").write_bytes(b"p")
    wav.write(work / "prompts" / "recorded" / "zh" / "one.wav", np.full(3 * wav.RATE, 0.25))
    wav.write(work / "said.wav", np.full(wav.RATE, 0.25))
    return House(top, work)


def _add(module: Path, text: str, registry: Path, name: str, before: str) -> None:
    """One file, and its import and name in the registry."""
    module.write_text(text, encoding="utf-8")
    known = registry.read_text(encoding="utf-8")
    imported = f"from {'.'.join(module.with_suffix('').parts[-4:])} import {name}\n"
    listed = known.replace(f"in ({before}", f"in ({name}, {before}")
    assert listed != known
    registry.write_text(listed.replace("from ivr.speech.", imported + "from ivr.speech.", 1), encoding="utf-8")


def test_the_settings_know_an_added_engine_and_voice(house: House) -> None:
    said = house.ivr("check", IVR_SPEECH_ENGINE="parti", IVR_VOICE="tome")
    assert "auto、party、sherpa、vosk、whisper、none 之一，现在是 'parti'" in said
    assert "tone、pyttsx3、kokoro 之一，现在是 'tome'" in said
    assert "设置" not in house.ivr("check", IVR_SPEECH_ENGINE="party", IVR_VOICE="tone")


def test_their_models_are_listed(house: House) -> None:
    told = [json.loads(line) for line in house.ivr("models", "list", "--format", "json").splitlines()]
    assert {"party-large", "tone-model", "whisper-base", "silero"} <= {each["name"] for each in told}


def test_doctor_finds_measures_and_recommends_an_added_engine(house: House) -> None:
    told = house.ivr("doctor")
    assert "✓ 语音识别 party（总听见一句话" in told
    assert "识别模型 mine（普通话）" in told and "建议用 mine（正在用）" in told
    assert "ivr models install party-large" in told  # the best that any engine offers
    assert "mine（引擎 party）" in house.ivr("models", "measure", "mine")


def test_recordings_are_transcribed_with_an_added_engine(house: House) -> None:
    told = json.loads(house.ivr("transcribe", "said.wav", "--engine", "party", "--format", "json"))
    assert (told["text"], told["intent"]) == ("我想开户", "opening")
    assert "party|sherpa|vosk|whisper" in house.ivr("score", "--help")


def test_a_calls_recogniser_process_loads_an_added_engine(house: House) -> None:
    asked = [
        {"op": "begin", "id": 1, "words": [], "closed": False, "alone": []},
        {"op": "feed", "id": 1, "pcm": "AAAAAA=="},
        {"op": "finish", "id": 1},
    ]
    typed = "".join(json.dumps(each) + "\n" for each in asked)
    words = ("--engine", "party", "--model", str(house.work / "models" / "mine"))
    process = subprocess.Popen(
        [sys.executable, "-m", "ivr.speech.recognition.worker", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=house.work,
        env={**os.environ, "PYTHONPATH": str(house.top)},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    with process:
        process.stdin.write(typed)
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
    assert answers[0] == {"ready": "party"} and answers[1]["final"]["text"] == "我想开户"


def test_prompts_are_spoken_by_an_added_voice(house: House) -> None:
    told = house.ivr("prompts", "build", IVR_VOICE="tone")
    assert "失败 0 个" in told and "新合成 0 个" not in told
    assert "提示语录音" in house.ivr("doctor", IVR_VOICE="tone")
