"""The sound of what was said is kept for labelling, that of a number that nobody asked for never (CBA 十三, 三十)."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from ivr.call.call_resources import CallResources, Listening
from ivr.call.served_flow import ServedFlow
from ivr.call.session import Session
from ivr.call.speech_listener import ListenerResources
from ivr.records.facts import CallerSpoke
from tests.dialogue.listening import SURE, decided, listening
from tests.dialogue.talking import Talk
from tests.flows_for_tests import OPEN


def kept(said: str) -> tuple[list[bytes], CallerSpoke]:
    """What was written of the utterance's sound, and its record."""
    written: list[bytes] = []

    async def keep(turn_id: str, t: int, sound: bytes) -> str | None:
        written.append(sound)
        return f"{turn_id}.wav"

    session = Session(
        "1.1",
        cast(ServedFlow, None),
        lambda fact: None,
        node=CallResources(Listening(cast(ListenerResources, None), keep)),
    )
    turn = Talk(listening(), OPEN, None, decided()).say(said, audio=None).turn
    made = asyncio.run(session._kept(turn, b"sound"))
    assert made is not None
    (fact,) = [fact for fact in made.facts if isinstance(fact, CallerSpoke)]
    return written, fact


@pytest.mark.parametrize("said", ["62334", "六二三三四", "密码是1234", "我的卡号是六二二二零二一二三四五六七八九"])
def test_no_sound_of_a_number_that_nobody_asked_for(said: str) -> None:
    written, fact = kept(said)
    assert (written, fact.audio_ref, fact.pii) == ([], None, True)


def test_the_sound_of_anything_else_is_named_in_the_record() -> None:
    written, fact = kept(SURE)
    assert written == [b"sound"] and fact.audio_ref == f"{fact.turn_id}.wav"
