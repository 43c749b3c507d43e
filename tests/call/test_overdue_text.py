"""A text that takes long: the caller is told that it takes a moment, and is understood all the same (HB 7.2.1)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.call import speech_listener
from ivr.dialogue.model import Event, Key, SpeechUnavailable, Spoke
from ivr.errors import RecogniserDown
from ivr.flow.model import Prompt, PromptKind
from ivr.records.facts import PromptEnded, PromptSpoken
from ivr.speech.audio import wav
from ivr.speech.recognition.recogniser import Recognised
from tests.call.hearing import END, SPEECH, FakeRecognisers, FakeStream
from tests.call.test_line import Caller, a_turn, during

TOLD = "stream one_moment"


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(speech_listener, "OVERDUE_SECONDS", 0.02)
    for name in ("menu", "one_moment"):
        wav.write(tmp_path / f"{name}.wav", np.zeros(800))
    return tmp_path


class Late(FakeStream):
    """Waits for `answer` as long as it is told to."""

    async def final(self, within: float) -> Recognised:
        self.within = within
        try:
            async with asyncio.timeout(within):
                return await super().final(within)
        except TimeoutError:
            raise RecogniserDown("late") from None


async def ends(caller: Caller) -> None:
    """The caller speaks into the menu, and has ended."""
    await caller.agi.saw("stream menu")
    caller.audio_stream.bring(SPEECH)
    await caller.agi.saw("wait")
    caller.audio_stream.bring(END)


def patient(prompts: Path, happens: Callable[[Caller], Coroutine[Any, Any, None]]) -> tuple[Event | None, Caller]:
    """A flow that has the words for it."""
    flow = {"one_moment": Prompt("one_moment", PromptKind.NOTICE, {"zh": "请稍候。"})}
    return during(prompts, a_turn(), happens, recognisers=FakeRecognisers(Late()), flow_prompts=flow)


def test_what_is_known_after_a_moment_counts_and_the_caller_was_told_to_wait(prompts: Path) -> None:
    async def known_late(caller: Caller) -> None:
        await ends(caller)
        await caller.agi.saw(TOLD)
        caller.agi.ended.set()
        caller.recognisers.stream.answer.set()

    event, caller = patient(prompts, known_late)
    assert isinstance(event, Spoke) and event.text == "我的卡丢了"
    assert caller.agi.log[:6] == ["tap", "stream menu", "interrupt", "wait", "interrupt", TOLD]
    assert [fact.prompt for fact in caller.facts if isinstance(fact, PromptSpoken)] == ["menu", "one_moment"]
    assert [fact.how for fact in caller.facts if isinstance(fact, PromptEnded)] == ["voice", "whole"]


def test_a_key_while_he_is_told_counts(prompts: Path) -> None:
    async def presses(caller: Caller) -> None:
        await ends(caller)
        await caller.agi.saw(TOLD)
        caller.agi.keys.put_nowait("3")

    event, caller = patient(prompts, presses)
    assert isinstance(event, Key) and (event.key, event.beside) == ("3", None)
    assert caller.recognisers.stream.cancelled


def test_a_key_after_he_was_told_counts(prompts: Path) -> None:
    async def presses(caller: Caller) -> None:
        await ends(caller)
        await caller.agi.saw(TOLD)
        caller.agi.ended.set()
        while caller.agi.log[-1] != "wait":
            caller.agi.changed.clear()
            await caller.agi.changed.wait()
        caller.agi.keys.put_nowait("3")

    event, _ = patient(prompts, presses)
    assert isinstance(event, Key) and event.key == "3"


def test_what_is_never_known_ends_with_keys_soon_enough(prompts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_listener, "PATIENT_SECONDS", 0.1)

    async def never(caller: Caller) -> None:
        await ends(caller)
        await caller.agi.saw(TOLD)
        caller.agi.ended.set()

    event, caller = patient(prompts, never)
    assert isinstance(event, SpeechUnavailable)
    assert caller.agi.log.count(TOLD) == 1


def test_a_flow_without_the_prompt_asks_for_keys_sooner(prompts: Path) -> None:
    event, caller = during(prompts, a_turn(), ends, recognisers=FakeRecognisers(Late()))
    assert isinstance(event, SpeechUnavailable)
    assert TOLD not in caller.agi.log
    assert getattr(caller.recognisers.stream, "within", 0.0) == speech_listener.FINAL_SECONDS


def test_a_text_that_is_there_at_once_needs_no_such_words(prompts: Path) -> None:
    async def known(caller: Caller) -> None:
        caller.recognisers.stream.answer.set()
        await ends(caller)

    event, caller = patient(prompts, known)
    assert isinstance(event, Spoke)
    assert TOLD not in caller.agi.log


def test_nobody_waits_in_silence_for_two_seconds() -> None:
    """The pause that ends an utterance, 0.65 s at the median and 0.9 s at the most, counts as well."""
    assert 0.9 + speech_listener.OVERDUE_SECONDS < 2
    spoken = 1.22
    assert speech_listener.PATIENT_SECONDS - speech_listener.OVERDUE_SECONDS - spoken < 2
