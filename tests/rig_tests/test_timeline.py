"""A call as text, as a picture, as sound."""

from __future__ import annotations

import re
import wave
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from tests.rig import stereo
from tests.rig.calls import Call, calls
from tests.rig.errors import SoundError
from tests.rig.heard import Heard, SpeechListener
from tests.rig.picture import as_svg
from tests.rig.sound import Clip, clips, read_wav, wall_clock, write_wav
from tests.rig.timeline import WORDS, as_text, entries, flat, sentences
from tests.rig_tests.synth import (
    CALLER_RTP,
    HOTLINE_RTP,
    START,
    Sender,
    arrived,
    clip,
    dialogue,
    on_wire,
    payloads,
    pcap,
    speech,
)

MENU = Clip("main_menu", "elderly", speech(2, 4.0), "账户与转账请按1 <&>")
POSITION = [
    Clip("queue_position", "normal", speech(3, 1.0), "您前面还有", "1"),
    Clip("(piece)", "normal", speech(4, 0.3), "两", "2"),
    Clip("queue_position", "normal", speech(5, 1.0), "位客户。", "2"),
]
TUNE = speech(6, 5.0)
EAR = SpeechListener([clip("greeting", 1, 1.0), MENU, *POSITION], {"jazz": TUNE})


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Greeting, menu cut by 0, position twice, music, a hole, music."""
    line, key = Sender(t=START + 0.2), Sender(t=START + 3.0, ssrc=9)
    line.play(payloads(clip("greeting", 1, 1.0).samples))
    line.play(payloads(MENU.samples)[:100])
    for _ in range(2):
        for one in POSITION:
            line.play(payloads(one.samples))
    line.play(payloads(TUNE))
    line.rest(1.5)
    line.play(payloads(TUNE)[:50])
    key.press("0")
    wired = [*on_wire(line.packets), *on_wire(key.packets, CALLER_RTP, HOTLINE_RTP)]
    return calls(pcap(tmp_path / "a.pcap", [*dialogue(START + 0.1, line.t), *wired]))[0]


def test_the_text_tells_the_call(call: Call) -> None:
    record = {"entry": "menu", "handoffs": [{"reason": "key"}], "completed_leaf": ["a", "b"], "customer_id": None}
    found = entries(call, EAR.listen(call.heard), {"1001": call}, {"greeting": "您好"})
    text = as_text(found, record)
    lines = [line.split(maxsplit=2) for line in text.splitlines()]
    assert [line[1] for line in lines if line[0][0].isdigit()] == [
        "来电", "振铃", "座席振铃", "应答", "座席接听", "听到", "听到", "按键", "听到", "听到",
        "等待音乐", "无声", "等待音乐", "来电者挂机", "座席通话结束",
    ]  # fmt: skip
    assert "3.00  按键          0\n" in text
    assert "main_menu (elderly)「账户与转账请按1 <&>」  ✂ 播放 2.00 秒后被打断" in text
    assert "queue_position「您前面还有两位客户。」\n" in text
    assert re.search(r"无声 +1\.\d\d 秒", text)
    assert "handoffs.0.reason = key\n" in text and "completed_leaf = ['a', 'b']" in text
    assert "customer_id" not in text
    assert "caller hangs up" in as_text(found, language="en")


def test_the_picture_is_svg_with_all_of_it(call: Call) -> None:
    found = entries(call, EAR.listen(call.heard), {"1001": call})
    root = ET.fromstring(as_svg(found, "标题 <&>").encode())
    texts = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"标题 <&>", "来电者", "热线", "座席", "0", "秒"} <= set(texts)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}polyline"))) == 1
    two = as_svg(entries(call, EAR.listen(call.heard)), language="en")
    assert ">agent<" not in two and ">caller<" in two
    ET.fromstring(as_svg([]).encode())


def test_sound_while_an_agent_is_connected_is_the_agent_s_voice(call: Call) -> None:
    strange = [Heard("(unknown)", "", START + 5, START + 6, exact=False)]
    assert [entry.kind for entry in entries(call, strange, {"1001": call}) if entry.t == 5] == ["voice"]
    assert [entry.kind for entry in entries(call, strange) if entry.t == 5] == ["unknown"]


def test_both_languages_have_the_same_words() -> None:
    assert set(WORDS["zh"]) == set(WORDS["en"])


def test_sentences_are_joined_only_where_they_go_on() -> None:
    def part(prompt: str, number: str, t: float, cut_ms: int | None = None) -> Heard:
        return Heard(prompt, "normal", t, t + 1, cut_ms is None, 0, cut_ms, text=f"[{number}]", part=number)

    heard = [part("p", "1", 0), part("(piece)", "7", 1), part("p", "2", 2), part("p", "1", 3, 400), part("q", "1", 9)]
    assert [(one.prompt, one.text, one.t_start, one.t_end, one.whole, one.cut_ms) for one in sentences(heard)] == [
        ("p", "[1][7][2]", 0, 3, True, None),
        ("p", "[1]", 3, 4, False, 400),
        ("q", "[1]", 9, 10, True, None),
    ]
    assert sentences([part("(piece)", "1", 0), part("(piece)", "0", 1)])[0].text == "[1][0]"
    assert sentences([]) == []


def test_nested_fields_by_dotted_name() -> None:
    assert dict(flat({"a": {"b": 1}, "c": [{"d": 2}, 3], "e": [], "f": None, "g": 0, "h": False})) == {
        "a.b": 1, "c.0.d": 2, "c.1": 3, "g": 0, "h": False,
    }  # fmt: skip


def test_the_wav_keeps_the_wall_clock(call: Call, tmp_path: Path) -> None:
    stereo.write(call, tmp_path / "call.wav")
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    assert call.t_ended is not None
    assert len(sound) == pytest.approx((call.t_ended - call.t_invite) * 8000, abs=160)
    loud = np.flatnonzero(np.abs(sound[:, 1]) > 100)
    assert loud[0] / 8000 == pytest.approx(3.0, abs=0.01) and loud[-1] / 8000 == pytest.approx(3.1, abs=0.01)
    assert np.abs(sound[: 8000 // 5, 0]).max() < 10


def test_the_wall_clock_swallows_jitter_and_keeps_holes() -> None:
    sender = Sender()
    sender.play(payloads(speech(1, 1.0)))
    frames = arrived([(t + (0.015 if n % 3 else 0), data) for n, (t, data) in enumerate(sender.packets)])
    straight = wall_clock(arrived(sender.packets), START, START + 1)
    assert np.array_equal(wall_clock(frames, START, START + 1), straight)
    assert wall_clock(frames, START + 2, START + 1).size == 0
    assert np.array_equal(wall_clock(arrived(sender.packets), START + 0.5, START + 1), straight[4000:])


def test_clips_are_found_by_the_catalogue_s_names(tmp_path: Path) -> None:
    sound = speech(1, 0.2)
    names = [
        "zh/greeting.wav", "zh/elderly/greeting.wav", "zh/pieces/num_3.wav", "zh/queue_position.1.wav",
        "en/greeting.wav",
        "built/zh/normal/main_menu-0a1b2c3d.wav", "built/zh/elderly/main_menu-00000000.wav",
        "built/zh/normal/queue_wait.2-0a1b2c3d.wav", "built/zh/normal/pieces/num_4-0a1b2c3d.wav",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write_wav(tmp_path / name, sound)
    found = {
        (one.prompt, one.part, one.variant, one.text) for one in clips(tmp_path, {"num_3": "三", "greeting": "您好"})
    }
    assert found == {
        ("greeting", "", "normal", "您好"), ("greeting", "", "elderly", "您好"), ("(piece)", "num_3", "normal", "三"),
        ("queue_position", "1", "normal", ""), ("main_menu", "", "normal", ""), ("main_menu", "", "elderly", ""),
        ("queue_wait", "2", "normal", ""), ("(piece)", "num_4", "normal", ""),
    }  # fmt: skip
    assert found and clips(tmp_path / "nowhere") == []


def test_wavs_that_cannot_be_used(tmp_path: Path) -> None:
    write_wav(tmp_path / "stereo.wav", speech(1, 0.1), speech(2, 0.1))
    (tmp_path / "junk.wav").write_bytes(b"RIFF junk")
    (tmp_path / "empty.wav").write_bytes(b"")
    for name in ("stereo", "junk", "empty", "missing"):
        with pytest.raises(SoundError, match=name):
            read_wav(tmp_path / f"{name}.wav")
    write_wav(tmp_path / "good.wav", speech(1, 0.1))
    assert np.array_equal(read_wav(tmp_path / "good.wav"), speech(1, 0.1))
