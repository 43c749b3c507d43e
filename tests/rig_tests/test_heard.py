"""What was heard, from packets: every prompt, every cut, under loss, jitter and other sound."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rig import g711
from tests.rig.g711 import FRAME
from tests.rig.heard import MUSIC, UNKNOWN, Heard, SpeechListener
from tests.rig.sound import Clip, longest_silence, silences
from tests.rig_tests.synth import START, Sender, arrived, clip, payloads, speech

GREETING, MENU, KEYS = clip("greeting", 1, 2.0), clip("main_menu", 2, 4.0), clip("keys", 3, 3.0)
THREE = Clip("(piece)", "normal", speech(4, 0.3), "三", "3")
CLIPS = [GREETING, MENU, KEYS, THREE]
TUNE = np.concatenate([speech(50, 7.0, lead_s=0.0), speech(51, 0.013, lead_s=0)[:77]])
EAR = SpeechListener(CLIPS, {"jazz": TUNE}, g711.ENCODERS)


def names(found: Sequence[Heard]) -> list[str]:
    return [one.name for one in found]


@pytest.mark.parametrize(("law", "payload_type"), [("alaw", 8), ("ulaw", 0)])
@pytest.mark.parametrize("encoder", g711.ENCODERS)
def test_whole_prompts_in_order(law: str, payload_type: int, encoder: str) -> None:
    sender = Sender(payload_type=payload_type)
    spans = [sender.play(payloads(one.samples, law, encoder)) for one in (GREETING, MENU, KEYS)]
    found = EAR.listen(arrived(sender.packets))
    assert names(found) == ["greeting", "main_menu", "keys"]
    assert all(one.whole and one.exact and one.cut_ms is None for one in found)
    for one, (begin, end) in zip(found, spans, strict=True):
        assert one.t_start == pytest.approx(begin, abs=0.001)
        assert one.t_end == pytest.approx(end, abs=0.001)


@given(st.integers(6, 190), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_cut_is_where_the_key_was(played: int, again: bool) -> None:
    sender = Sender()
    sender.play(payloads(MENU.samples)[:played])
    sender.rest(0.04)
    sender.play(payloads((MENU if again else KEYS).samples))
    first, second = EAR.listen(arrived(sender.packets))
    assert (first.prompt, first.whole, first.cut_ms) == ("main_menu", False, played * 20)
    assert (second.prompt, second.whole, second.from_ms) == ("main_menu" if again else "keys", True, 0)


@given(st.integers(0, 2**32), st.floats(0.0, 0.1))
@settings(max_examples=30, deadline=None)
def test_loss_jitter_and_reordering(seed: int, loss: float) -> None:
    rng = random.Random(seed)
    sender = Sender()
    for one in CLIPS:
        sender.play(payloads(one.samples))
    kept = [packet for packet in sender.packets if rng.random() >= loss]
    shaken = sorted((t + rng.uniform(0, 0.05), data) for t, data in kept)
    doubled = sorted(shaken + [(t + 0.001, data) for t, data in shaken[::37]])
    found = EAR.listen(arrived(doubled))
    assert names(found)[:3] == ["greeting", "main_menu", "keys"]
    assert abs(found[1].t_start - START - 2.0) < 0.4


def test_a_long_hole_does_not_hide_what_follows() -> None:
    sender = Sender()
    sender.play(payloads(MENU.samples))
    del sender.packets[50:90]
    found = EAR.listen(arrived(sender.packets))
    assert names(found) == ["main_menu"]
    assert found[0].whole


def test_shared_beginnings_go_to_the_longest_run() -> None:
    shared = speech(70, 1.0)
    one = Clip("one", "normal", np.concatenate([shared, speech(71, 2.0)]))
    two = Clip("two", "normal", np.concatenate([shared, speech(72, 1.0)]))
    listener = SpeechListener([one, two])
    sender = Sender()
    sender.play(payloads(two.samples))
    sender.play(payloads(one.samples)[:80])
    sender.play(payloads(shared)[:40])
    found = listener.listen(arrived(sender.packets))
    assert [(x.prompt, x.cut_ms, x.also) for x in found] == [
        ("two", None, ()),
        ("one", 1600, ()),
        ("one", 800, ("two",)),
    ]
    assert found[2].is_("two")


def test_silence_at_the_seam_belongs_to_the_prompt_that_begins_with_it() -> None:
    pause = np.zeros(FRAME * 10, dtype=np.int16)
    first = Clip("first", "normal", np.concatenate([speech(80, 0.4, 0.0), pause, speech(81, 0.4, 0.0)]))
    second = Clip("second", "normal", np.concatenate([pause[: FRAME * 5], speech(82, 1.0, 0.0)]))
    sender = Sender()
    sender.play(payloads(first.samples)[:20])
    begin, _ = sender.play(payloads(second.samples))
    found = SpeechListener([first, second]).listen(arrived(sender.packets))
    assert [(x.prompt, x.whole, x.cut_ms) for x in found] == [("first", False, 400), ("second", True, None)]
    assert found[1].t_start == pytest.approx(begin)


def test_pieces_of_a_sentence_stand_one_by_one() -> None:
    before = Clip("queue_position", "normal", speech(90, 1.0), "您前面还有", "1")
    after = Clip("queue_position", "normal", speech(91, 1.0), "位客户，请稍候。", "2")
    sender = Sender()
    for one in (before, THREE, after):
        sender.play(payloads(one.samples))
    found = SpeechListener([before, THREE, after]).listen(arrived(sender.packets))
    assert names(found) == ["queue_position.1", "(piece).3", "queue_position.2"]
    assert all(one.whole for one in found)


def test_a_prompt_that_is_not_on_the_packet_grid_is_found() -> None:
    odd = Clip("odd", "normal", GREETING.samples[:-70])
    sender = Sender()
    sender.play(payloads(np.concatenate([odd.samples, KEYS.samples])))
    found = SpeechListener([odd, KEYS]).listen(arrived(sender.packets))
    assert [(x.prompt, x.whole) for x in found] == [("odd", True), ("keys", True)]


@given(st.integers(0, TUNE.size - 1), st.integers(10, 900))
@settings(max_examples=25, deadline=None)
def test_music_at_any_offset_over_its_loop(offset: int, count: int) -> None:
    looped = np.concatenate([TUNE[offset:], np.tile(TUNE, 3)])[: count * FRAME]
    sender = Sender()
    begin, end = sender.play(payloads(looped))
    sender.play(payloads(KEYS.samples))
    found = EAR.listen(arrived(sender.packets))
    assert names(found) == [MUSIC, "keys"]
    assert found[0].variant == "jazz"
    assert found[0].t_start == pytest.approx(begin, abs=0.11)
    assert found[0].t_end == pytest.approx(end, abs=0.11)


def test_music_that_stops_for_a_talk_is_two_spans() -> None:
    line, talk = Sender(), Sender(ssrc=77)
    line.play(payloads(TUNE[: 100 * FRAME]))
    line.rest(2.0)
    line.play(payloads(TUNE[100 * FRAME : 200 * FRAME]))
    talk.t = START + 2.5
    talk.play(payloads(speech(998, 1.0)))
    found = EAR.listen(arrived(sorted(line.packets + talk.packets)))
    assert names(found) == [MUSIC, UNKNOWN, MUSIC]
    assert found[2].t_start - found[0].t_end == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("music_dbfs", [-32.0, -26.0])
def test_an_announcement_whispered_over_music(music_dbfs: float) -> None:
    quiet = (TUNE * 10 ** ((music_dbfs + 20) / 20)).astype(np.int16)
    listener = SpeechListener(CLIPS, {"jazz": quiet})
    mixed = np.tile(quiet, 2)[: 12 * 8000].copy()
    at = 3 * 8000 + 57
    mixed[at : at + GREETING.samples.size] += GREETING.samples
    sender = Sender()
    sender.play(payloads(mixed))
    found = listener.listen(arrived(sender.packets))
    assert names(found) == [MUSIC, "greeting"]
    assert not found[1].exact and found[1].score > 0.6 and found[1].whole
    assert found[1].t_start == pytest.approx(START + 3, abs=0.08)
    assert found[0].t_end - found[0].t_start > 11.5


def test_strange_sound_is_unknown_and_not_a_prompt() -> None:
    sender = Sender()
    sender.play(payloads(GREETING.samples))
    sender.play(payloads(speech(999, 3.0)))
    found = EAR.listen(arrived(sender.packets))
    assert names(found) == ["greeting", UNKNOWN]


@given(st.lists(st.binary(max_size=200), max_size=60))
@settings(max_examples=60, deadline=None)
def test_hostile_packets_never_raise(blobs: list[bytes]) -> None:
    sender = Sender()
    sender.play(payloads(GREETING.samples))
    hostile = [(START + 3 + 0.02 * number, blob) for number, blob in enumerate(blobs)]
    assert EAR.listen(arrived([*sender.packets, *hostile]))[0].prompt == "greeting"


def test_nothing_heard() -> None:
    assert EAR.listen(()) == []
    silent = Sender()
    silent.play([bytes([0xD5] * FRAME)] * 100)
    assert EAR.listen(arrived(silent.packets)) == []


def test_a_beep_that_repeats_every_packet() -> None:
    t = np.arange(8000) / 8000
    beep = Clip("beep", "normal", (8000 * np.sin(2 * np.pi * 400 * t)).astype(np.int16))
    sender = Sender()
    sender.play(payloads(beep.samples))
    found = SpeechListener([beep, KEYS]).listen(arrived(sender.packets))
    assert [(x.prompt, x.whole) for x in found] == [("beep", True)]


def test_silences_are_measured_on_the_wall_clock() -> None:
    sender = Sender()
    tone = payloads(np.full(8000, 9000, dtype=np.int16))
    sender.play(tone)
    sender.rest(1.5)  # no packets at all
    sender.play([bytes([0xD5] * FRAME)] * 50)  # packets of silence
    sender.play(tone)
    heard = arrived(sender.packets)
    end = START + 5.0
    longest = longest_silence(heard, START, end)
    assert longest.seconds == pytest.approx(2.5, abs=0.001)
    assert longest.t_start == pytest.approx(START + 1.0, abs=0.001)
    assert [round(x.seconds, 3) for x in silences(heard, START, end)] == [2.5, 0.5]
    assert longest_silence((), START, START + 3).seconds == pytest.approx(3)
    assert longest_silence(heard, START, START).seconds == 0


def test_lengths_for_hear_steps_add_up_the_parts() -> None:
    parts = [Clip("p", "normal", speech(1, 1.0), part="1"), Clip("p", "normal", speech(2, 0.5), part="2")]
    assert SpeechListener([*parts, GREETING]).lasts_ms() == {"p": 1500, "greeting": 2000}
