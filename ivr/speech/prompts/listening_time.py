"""How long prompts take by their recordings: what `ivr.flow.ways` says of texts, measured."""

from __future__ import annotations

from functools import cache

from ivr.errors import SpeechError
from ivr.flow.model import Flow
from ivr.flow.ways import Seconds, estimated
from ivr.speech.audio import wav
from ivr.speech.prompts.catalogue import NORMAL, Catalogue


def recorded(flow: Flow, catalogue: Catalogue) -> Seconds:
    """How long a prompt without values takes in the flow's first language, at the normal speed. What it returns raises
    SpeechError where a prompt has no recording."""

    @cache
    def seconds(prompt: str) -> float:
        files = catalogue.resolve(prompt, {}, flow.languages[0], NORMAL)
        return sum(wav.header(catalogue.prompts / file).seconds for file in files)

    return seconds


def recorded_or_estimated(flow: Flow, catalogue: Catalogue) -> Seconds:
    """The same; a prompt that nobody has recorded yet takes as long as its text says."""
    measured, guessed = recorded(flow, catalogue), estimated(flow)

    def seconds(prompt: str) -> float:
        try:
            return measured(prompt)
        except SpeechError:
            return guessed(prompt)

    return seconds
