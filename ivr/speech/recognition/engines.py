"""The recognisers there are. A new one is a module with its `EngineKind`, and an import and a name here: settings,
commands, doctor and the list of models take them from `ENGINES`."""

from __future__ import annotations

from ivr.speech.recognition.recogniser import EngineKind
from ivr.speech.recognition.sherpa_engine import SHERPA
from ivr.speech.recognition.vosk_engine import VOSK
from ivr.speech.recognition.whisper_engine import WHISPER

#: Name → kind, in the order in which `engine = "auto"` takes them: what an operator installed on purpose comes first.
ENGINES: dict[str, EngineKind] = {each.name: each for each in (SHERPA, VOSK, WHISPER)}
