"""The few recordings that the dialplan plays by itself, under names that do not change with the text: what is
said when the application is down, and the agent's number (HB 7.1.3, 7.2.2)."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

from ivr.flow.model import Flow
from ivr.settings import Settings
from ivr.speech.catalogue import NORMAL, Catalogue

_PROMPTS = ("app_down", "queue_empty", "goodbye", "capacity", "agent_number", "agent_service")


def place(settings: Settings, flow: Flow, catalogue: Catalogue) -> None:
    """Copy them to where Asterisk looks. Raises PromptMissing where one has no recording."""
    folder = settings.asterisk / "sounds"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    language = flow.languages[0]
    for prompt in _PROMPTS:
        (path,) = catalogue.resolve(prompt, {}, language, NORMAL)
        _copy(catalogue.prompts / path, folder / f"{prompt}.wav")
    for digit in "0123456789":
        (path,) = catalogue.spell("digits", digit, language, NORMAL)
        _copy(catalogue.prompts / path, folder / f"digit-{digit}.wav")


def _copy(source: Path, target: Path) -> None:
    if target.exists() and filecmp.cmp(source, target, shallow=False):
        return
    part = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, part)
    part.replace(target)
