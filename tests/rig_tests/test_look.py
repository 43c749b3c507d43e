"""The command that prints a capture's time line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig.look import main
from tests.rig.sound import write_wav
from tests.rig_tests.synth import START, Sender, dialogue, on_wire, payloads, pcap, speech


def test_a_capture_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, name, seed in (("prompts/zh", "greeting", 1), ("moh", "jazz", 2)):
        (tmp_path / folder).mkdir(parents=True)
        write_wav(tmp_path / folder / f"{name}.wav", speech(seed, 2.0))
    sender = Sender(t=START + 0.2)
    sender.play(payloads(speech(1, 2.0)))
    sender.play(payloads(speech(2, 2.0)))
    path = pcap(tmp_path / "a.pcap", [*dialogue(START + 0.1, START + 4.5), *on_wire(sender.packets)])
    options = ["--prompts", str(tmp_path / "prompts"), "--music", str(tmp_path / "moh")]
    made = ["--svg", str(tmp_path / "a.svg"), "--wav", str(tmp_path / "a.wav")]
    assert main([str(path), *options, *made]) == 0
    text = capsys.readouterr().out
    assert "greeting" in text and "jazz" in text and "来电者挂机" in text
    assert (tmp_path / "a.svg").exists() and (tmp_path / "a.wav").exists()


def test_what_cannot_be_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.pcap")]) == 1
    assert main([str(pcap(tmp_path / "empty.pcap", []))]) == 1
    assert "没有通话" in capsys.readouterr().err
