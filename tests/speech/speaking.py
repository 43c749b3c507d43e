"""A flow of a few prompts, a voice that costs nothing, and sounds with known figures."""

from __future__ import annotations

import wave
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from ivr.flow.model import Flow, Prompt, PromptKind
from ivr.speech.audio import sound, wav
from ivr.speech.voices.voice import Progress, Utterance
from ivr.text.template import characters
from tests import flows_for_tests

TEXTS = {
    "greeting": "您好，欢迎致电示例银行。",
    "queue_position": "您前面还有{ahead:count}位客户，请稍候。",
    "balance": "余额{sum:amount}，到期日{day:date}。",
    "agent_number": "工号",
}


def flow(texts: Mapping[str, str | Mapping[str, str]] = TEXTS, languages: tuple[str, ...] = ("zh",)) -> Flow:
    """A flow with just these prompts; a bare text is Mandarin."""
    prompts = {
        name: Prompt(name, PromptKind.INFO, {"zh": text} if isinstance(text, str) else text)
        for name, text in texts.items()
    }
    return flows_for_tests.flow(prompts=prompts, languages=languages)


def tone(seconds: float, dbfs: float = -20.0, hertz: float = 500.0, rate: int = wav.RATE) -> wav.Samples:
    """A sine of that RMS level."""
    peak = 10 ** (dbfs / 20) * 2**0.5
    return np.asarray(peak * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate))


def silence(seconds: float) -> wav.Samples:
    """Digital silence."""
    return np.zeros(round(seconds * wav.RATE))


def raw(path: Path, data: bytes, rate: int = 8000, channels: int = 1, width: int = 2) -> Path:
    """Write a WAV file of any format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setparams((channels, width, rate, 0, "NONE", ""))
        out.writeframes(data)
    return path


@cache
def _spoken(seconds: float) -> wav.Samples:
    """Few lengths are asked for, and often."""
    return sound.telephone_sound(wav.RATE, tone(seconds))


class ToneVoice:
    """A Voice whose speech is a tone of the right length; it remembers what it was asked for."""

    name = "tone"

    def __init__(self, refuses: str = "") -> None:
        self.said: list[Utterance] = []
        self.refuses = refuses

    def fingerprint(self, language: str, speed: float) -> str:
        """See Voice."""
        return f"tone {language} {speed}"

    def render(self, utterances: Sequence[Utterance], progress: Progress) -> None:
        """See Voice."""
        for utterance in utterances:
            self.said.append(utterance)
            if self.refuses and self.refuses in utterance.text:
                progress(utterance, "不会说")
                continue
            seconds = characters(utterance.text) / (4.2 * utterance.speed)
            wav.write(utterance.path, _spoken(seconds))
            progress(utterance, None)
