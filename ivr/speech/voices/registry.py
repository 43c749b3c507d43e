"""The voices there are. A new one is a module with its `VoiceKind`, and an import and a name here."""

from __future__ import annotations

from pathlib import Path

from ivr.errors import SpeechError
from ivr.speech.voices.kokoro_voice import KOKORO
from ivr.speech.voices.pyttsx3_voice import PYTTSX3
from ivr.speech.voices.voice import Voice, VoiceKind

#: Name in the settings → kind.
VOICES: dict[str, VoiceKind] = {each.name: each for each in (PYTTSX3, KOKORO)}

#: The voice of the shipped recordings.
RECORDING_VOICE = KOKORO.name


def named(name: str, models: Path = Path("models")) -> Voice:
    """Return the voice of the settings' `voice`; `models` is the folder in which models are installed.

    Nothing is loaded before it renders. Raises SpeechError for an unknown name.
    """
    if name not in VOICES:
        raise SpeechError(f"未知的语音 {name!r}，可用：{'、'.join(VOICES)}")
    return VOICES[name].make(models)
