"""Everything that Asterisk reads and plays by itself, put into its place."""

from __future__ import annotations

from ivr.errors import NodeError
from ivr.flow.model import Flow
from ivr.serve.asterisk import compose, configuration, sounds
from ivr.settings import Settings
from ivr.speech.prompts.build import build
from ivr.speech.voices.registry import named


def place_all(settings: Settings, flow: Flow) -> list[str]:
    """Make the configuration and the sounds for a flow; the configuration files that changed. Raises NodeError where a
    prompt cannot be spoken, SpeechError where there is no voice."""
    report = build(flow, settings.prompts, named(settings.voice, settings.models))
    if report.failed:
        raise NodeError("；".join(f"{failure.clip.id}: {failure.reason}" for failure in report.failed))
    changed = list(configuration.render(settings, flow))
    compose.write(settings)
    sounds.place(settings, flow, report.catalogue)
    return changed
