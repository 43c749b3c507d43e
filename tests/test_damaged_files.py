"""Files that people and programs hand to the hotline, damaged at random: every parser says what is wrong, in its own
errors, and none ends in a traceback. Some seconds in all. The parsers of Asterisk's edge and of the records have theirs
beside them."""

from __future__ import annotations

import contextlib
import io
import json
import wave
from pathlib import Path

import pytest

from ivr import settings
from ivr.call.simulator_script import run_script
from ivr.errors import HotlineError, SettingsError, SpeechError
from ivr.flow.loader import load
from ivr.records.labels import forms as label_forms
from ivr.speech.audio.utterance_file import telephone_pcm
from ivr.speech.models import installation
from ivr.speech.models.unpack import Take, unpack
from ivr.speech.recognition import costs, worker
from ivr.speech.registry import choices
from ivr.training.scoring import read_labels
from tests.flow import small
from tests.flows_for_tests import OPEN
from tests.mutations import damaged
from tests.speech.packages import model, zipped
from tests.speech.toy_worker import ToyEngine

SCRIPT = """\
at 2026-10-01 03:00
caller +8613800000006
press 12#
say 我的卡丢了
silence 3
queue timeout
wait 30m
expect-fact MenuKey key=1
expect-end
"""
SETTINGS = """\
flows = "flows"
max_calls = 100
[sip]
address = "127.0.0.1"
rtp_first = 10000
trunk = "127.0.0.1,127.0.1.0/24"
[speech]
engine = "auto"
keep_audio = true
"""


@pytest.mark.parametrize("seed", range(4))
def test_the_operators_yaml(tmp_path: Path, seed: int) -> None:
    whole = small.write(tmp_path / "flows")
    files = sorted(whole.glob("*.yaml"))
    for number, data in enumerate(damaged([path.read_bytes() for path in files], 40, seed)):
        file = files[number % len(files)]
        before = file.read_bytes()
        file.write_bytes(data)
        found = load(whole)
        assert found.flow is not None or any(one.severity == "error" for one in found.findings)
        assert all(one.line >= 1 and one.column >= 1 and one.text for one in found.findings)
        file.write_bytes(before)


def test_settings(tmp_path: Path) -> None:
    file = tmp_path / "ivr.toml"
    for data in damaged([SETTINGS.encode()], 300):
        file.write_bytes(data)
        try:
            settings.load(file, {}, choices)
        except SettingsError as wrong:
            assert str(wrong)


def test_scripts_of_the_simulator(tmp_path: Path) -> None:
    flow = load(small.write(tmp_path)).flow
    assert flow is not None
    for data in damaged([SCRIPT.encode()], 150):
        result = run_script(flow, OPEN, None, data.decode(errors="replace"))
        assert result.text


def test_label_files(tmp_path: Path) -> None:
    csv = "\ufeff话轮,参考文本,有效\r\nt1,我要挂失,是\r\n".encode()
    lines = b'{"turn_id": "t1", "annotator": "a", "ref_text": "x", "valid": true, "t": 1}\n'
    for data in damaged([csv, lines], 400):
        for found in label_forms.read(data, 1, "a"):
            assert found is not None
    file = tmp_path / "labels.tsv"
    for data in damaged([b"a.wav\t\xe6\x88\x91\tloss\nb.wav\t\t\n"], 300):
        file.write_bytes(data)
        problems: list[str] = []
        try:
            list(read_labels(file, frozenset({"loss"}), problems))
        except SpeechError:
            continue
        assert all("labels.tsv" in one for one in problems)


def test_recordings(tmp_path: Path) -> None:
    samples = []
    for width, rate, channels in ((2, 8000, 1), (1, 44100, 2), (3, 16000, 1)):
        made = io.BytesIO()
        with wave.open(made, "wb") as out:
            out.setnchannels(channels)
            out.setsampwidth(width)
            out.setframerate(rate)
            out.writeframes(bytes(width * channels * 50))
        samples.append(made.getvalue())
    file = tmp_path / "said.wav"
    for data in damaged(samples, 400):
        file.write_bytes(data)
        try:
            assert len(telephone_pcm(file)) % 2 == 0
        except SpeechError as wrong:
            assert "said.wav" in str(wrong)


def test_messages_to_a_recogniser() -> None:
    answers: list[dict[str, object]] = []
    desk = worker.WorkerServer(ToyEngine(), answers.append)
    begin = {"op": "begin", "id": 1, "words": ["好"], "closed": False, "alone": []}
    whole = [begin, {"op": "feed", "id": 1, "pcm": "AAAA"}, {"op": "early", "id": 1}, {"op": "finish", "id": 1}]
    for data in damaged([json.dumps(each).encode() for each in whole], 500):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # `worker.serve` ends it for these
            desk.take(json.loads(data))
        while desk.busy:
            desk.work()
    for each in whole:  # whatever came before, the next utterance is recognised
        desk.take(each | {"id": 7777})
    while desk.busy:
        desk.work()
    assert answers[-1]["id"] == 7777 and "final" in answers[-1]


def test_packages_and_manifests_of_models(tmp_path: Path) -> None:
    data = zipped({"m/am/final.mdl": b"weights", "m/conf": b"x=1"})
    file = tmp_path / "toy.zip"
    for number, broken in enumerate(damaged([data], 200)):
        file.write_bytes(broken)
        try:
            unpack(file, (Take("m/", ""),), tmp_path / str(number), 1000)
        except HotlineError:
            continue
    toy = model(data)
    file.write_bytes(data)
    installation.install(toy, tmp_path / "models", [file])
    manifest = tmp_path / "models" / "toy" / "installed.json"
    for broken in damaged([manifest.read_bytes()], 200):
        manifest.write_bytes(broken)
        assert installation.installed(toy, tmp_path / "models") in (True, False)
        (tmp_path / costs.FILE).write_bytes(broken)
        assert isinstance(costs.remembered(tmp_path / costs.FILE), dict)
