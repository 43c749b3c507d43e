"""Recordings → what was said and what it means, by the recogniser and the knowledge base that serve calls."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from pathlib import Path

from ivr.errors import ModelUnusable
from ivr.flow.loader import require
from ivr.nlu import STANDALONE_WORDS, YES_NO_WORDS, Context, Decision, Meaning, Understanding, context_words, yes_no
from ivr.nlu.intents.weights import FITTED
from ivr.settings import Settings
from ivr.speech.audio.utterance_file import telephone_pcm
from ivr.speech.recognition.engine_choice import choose
from ivr.speech.recognition.recogniser import Engine, Expected, Recognised
from ivr.speech.recognition.worker import make


@dataclasses.dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard in a file; `corrected` is what that is taken for, None where it is taken as it is; `meaning` at
    the main menu."""

    heard: Recognised
    corrected: str | None
    meaning: Meaning

    @property
    def intent(self) -> str | None:
        """What is wanted; None where nothing was understood."""
        return None if self.meaning.decision is Decision.REJECT else self.meaning.intent


class Transcriber:
    """The engine of the settings (or the one that was named), loaded once, and the flow's knowledge."""

    def __init__(self, settings: Settings, engine: str | None) -> None:
        """Raises ModelUnusable where nothing can recognise, FlowRefused where the flow has errors."""
        speech = dataclasses.replace(settings.speech, engine=engine or settings.speech.engine)
        self.choice = choose(dataclasses.replace(settings, speech=speech))
        if self.choice.model is None:
            raise ModelUnusable(f"没有可用的识别引擎：{self.choice.why}")
        self._flow = require(settings.flows)
        self._anything = Expected(context_words(self._flow), alone=STANDALONE_WORDS)
        self._yes_no = Expected(YES_NO_WORDS, closed=True, alone=STANDALONE_WORDS)

    @cached_property
    def engine(self) -> Engine:
        """The engine; loading it takes about a second."""
        assert self.choice.model is not None
        return make(self.choice.engine, self.choice.model)

    @cached_property
    def understanding(self) -> Understanding:
        """The flow's knowledge."""
        return Understanding(self._flow)

    @property
    def intents(self) -> frozenset[str]:
        """Ids of the knowledge base."""
        return frozenset(self._flow.knowledge)

    def hear(self, file: Path, *, yes_no: bool = False) -> Recognised:
        """What was said in a file; with `yes_no` as the answer to such a question. Raises SpeechError."""
        utterance = self.engine.begin(self._yes_no if yes_no else self._anything)
        utterance.feed(telephone_pcm(file))
        return utterance.finish()

    def transcript(self, file: Path) -> Transcript:
        """What was said in a file and what it means. Raises SpeechError."""
        heard = self.hear(file)
        corrected = self.corrected(heard)
        return Transcript(heard, None if corrected == heard.text else corrected, self.understand(heard))

    def answer(self, heard: Recognised) -> bool | None:
        """Yes or no, where that was asked; None where it is neither, or the recogniser was not sure enough."""
        return yes_no(heard.text) if heard.score >= FITTED.answer else None

    def corrected(self, heard: Recognised) -> str:
        """What it is taken for at the main menu: the likeliest of the recogniser's alternatives, in the bank's words
        where they sound alike."""
        return self.understanding.mend(self._chosen(heard)[0])

    def understand(self, heard: Recognised) -> Meaning:
        """What it means at the main menu."""
        text, score = self._chosen(heard)
        return self.understanding.understand(text, Context(recognised=score))

    def _chosen(self, heard: Recognised) -> tuple[str, float]:
        ways = [(heard.text, heard.score), *heard.others]
        return self.understanding.likeliest(ways, Context(recognised=heard.score))
