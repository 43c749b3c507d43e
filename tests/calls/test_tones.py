"""Keys as tones on a hotline that listens: they are keys, and never something that was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calls.faults.eyes import only_record
from tests.rig.hotline import Hotline, until
from tests.rig.offer import Offer
from tests.rig.ports import take
from tests.rig.talker import Talker
from tests.rig.tones import tones

pytestmark = [pytest.mark.calls, pytest.mark.speech]


@pytest.mark.parametrize("events", [False, True], ids=["tones", "events-and-tones"])
def test_a_tone_is_no_speech(listening: Hotline, folder: Path, events: bool) -> None:
    """By tones alone, or by an event with its tone still in the sound; during a prompt, and while it is quiet."""
    number = listening.next_number()
    offer = Offer(events=events)

    def press(caller: Talker, keys: str) -> None:
        if events:
            caller.press(keys)
        caller.say(tones(keys, on_ms=200, off_ms=200))
        until("the keys", lambda: not caller.speaking)
        so_far = len(caller.heard)
        until("the next prompt", lambda: len(caller.heard) > so_far + 150)

    with take() as ports, Talker((listening.address, 5060), ports, number=number, offer=offer) as caller:
        caller.dial()
        until("the greeting", lambda: len(caller.heard) > 100)
        for key in "5*3":
            press(caller, key)
    record = only_record(listening, number)
    assert record["turns"] == [], record["turns"]
    assert [visit["key"] for visit in record["menu_visits"]] == ["5", "*", "3", None]
