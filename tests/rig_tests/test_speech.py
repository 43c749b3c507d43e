"""When a caller spoke, and how long the hotline took, from packets alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.rig import g711, speech
from tests.rig.calls import Call, calls
from tests.rig.errors import SoundError
from tests.rig.heard import MUSIC, Heard
from tests.rig.sound import write_wav
from tests.rig.speech import answers_ms, barge_ins_ms, longest_wait, utterances
from tests.rig.steps import parse
from tests.rig_tests import synth
from tests.rig_tests.synth import CALLER_RTP, HOTLINE_RTP, START, Sender, dialogue, on_wire, payloads, pcap

QUIET = [bytes([g711.SILENCE["alaw"]]) * g711.FRAME]


def call(folder: Path, *parts: float | str, dbfs: float = -20.0) -> Call:
    """A caller who is silent for so many seconds, or speaks: `s0.5` for half a second."""
    line = Sender(t=START + 0.1, ssrc=9)
    for part in parts:
        if isinstance(part, str):
            line.play(payloads(synth.speech(3, float(part[1:]), lead_s=0.0, dbfs=dbfs)))
        else:
            line.play(QUIET * round(part / 0.02))
    wired = on_wire(line.packets, CALLER_RTP, HOTLINE_RTP)
    return calls(pcap(folder / "a.pcap", [*dialogue(START + 0.1, line.t), *wired]))[0]


def heard(*spans: tuple[float, float], prompt: str = "menu") -> list[Heard]:
    """The hotline speaks from … to …, seconds after the answer."""
    return [Heard(prompt, "normal", START + 0.1 + begin, START + 0.1 + end) for begin, end in spans]


def spans(found: Call, quiet_dbfs: float = speech.QUIET_DBFS) -> list[tuple[float, float]]:
    """Utterances in seconds after the answer."""
    return [
        (round(one.t_start - START - 0.1, 2), round(one.t_end - START - 0.1, 2))
        for one in utterances(found, quiet_dbfs)
    ]


def test_utterances_are_what_was_on_the_wire(tmp_path: Path) -> None:
    found = call(tmp_path, 1.0, "s0.6", 2.0, "s0.4", 0.4, "s0.4", 1.0)
    assert spans(found) == [(1.0, 1.6), (3.6, 4.8)]
    assert spans(found, -5.0) == []


def test_a_click_and_the_noise_of_the_line_are_no_speech(tmp_path: Path) -> None:
    assert spans(call(tmp_path, 1.0, "s0.06", 1.0)) == []
    assert spans(call(tmp_path, 1.0, "s1.0", 1.0, dbfs=-60)) == []


def test_a_pause_of_speech_does_not_end_it(tmp_path: Path) -> None:
    assert spans(call(tmp_path, "s0.4", 0.6, "s0.4")) == [(0.0, 1.4)]
    assert spans(call(tmp_path, "s0.4", 0.8, "s0.4")) == [(0.0, 0.4), (1.2, 1.6)]


def test_a_prompt_spoken_over(tmp_path: Path) -> None:
    found = call(tmp_path, 1.0, "s1.0", 3.0)
    assert barge_ins_ms(found, heard((0.0, 1.18), (2.5, 3.0))) == [160]
    assert barge_ins_ms(found, heard((0.0, 0.8), (0.9, 1.3))) == [280]  # the recordings of one prompt
    assert barge_ins_ms(found, heard((0.0, 4.0))) == [2980]  # it was not stopped
    assert barge_ins_ms(found, heard((0.0, 0.9), (2.5, 3.0))) == []
    assert barge_ins_ms(found, []) == []


def test_the_answer_to_what_was_said(tmp_path: Path) -> None:
    found = call(tmp_path, 1.0, "s1.0", 3.0, "s0.5", 1.0)
    assert answers_ms(found, heard((0.0, 1.1), (2.7, 4.0), (6.3, 7.0))) == [700, 800]
    assert answers_ms(found, heard((0.0, 1.1), (6.0, 7.0))) == [None, 500]
    assert answers_ms(found, []) == [None, None]
    assert answers_ms(call(tmp_path, 2.0), heard((1.0, 2.0))) == []


def test_music_under_a_voice_counts_as_sound(tmp_path: Path) -> None:
    assert barge_ins_ms(call(tmp_path, 1.0, "s1.0", 3.0), heard((0.0, 4.0), prompt=MUSIC)) == [2980]


def test_recordings_that_cannot_be_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "FOLDER", tmp_path)
    write_wav(tmp_path / "empty.wav", np.zeros(0, np.int16))
    (tmp_path / "text.wav").write_text("text")
    write_wav(tmp_path / "good.wav", np.ones(1600, np.int16))
    for name, words in (("none.wav", "no such"), ("empty.wav", "empty"), ("text.wav", "text.wav")):
        with pytest.raises(SoundError, match=words):
            speech.read(name)
    assert speech.lengths_ms(parse(["dial", "say good.wav", "noise good.wav 1s", "hang up"])) == {"good.wav": 200}


def test_who_speaks_does_not_wait(tmp_path: Path) -> None:
    waits = longest_wait(call(tmp_path, 1.0, "s0.6", 2.0, "s0.4"), START + 0.1, START + 4.1)
    assert (round(waits.t_start - START - 0.1, 2), round(waits.t_end - START - 0.1, 2)) == (1.6, 3.6)
