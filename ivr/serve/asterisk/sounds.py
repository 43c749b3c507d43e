"""The few recordings that the dialplan plays by itself, under names that do not change with the text: what is
said when the application is down, the agent's number (HB 7.1.3, 7.2.2), and what an agent's keys came to."""

from __future__ import annotations

import filecmp
import os
import shutil
from pathlib import Path

import numpy as np

from ivr.flow.model import Flow
from ivr.flow.prompts.derived import about_id
from ivr.settings import Settings
from ivr.speech.audio import wav
from ivr.speech.prompts.catalogue import NORMAL, Catalogue
from ivr.telephony.channels import asterisk_queue

_PROMPTS = ("app_down", "queue_empty", "goodbye", "capacity", "agent_number", "agent_service")
#: Of a flow that calls customers back; without it they are left out.
_CALLBACK_PROMPTS = ("callback_agent", "callback_unanswered", "callback_greeting", "callback_recorded")
#: Those that a flow may leave out.
_OPTIONAL = ("agent_done", "agent_not_done")


def places(settings: Settings) -> tuple[Path, ...]:
    """Where they lie."""
    names = (*_PROMPTS, *(f"digit-{digit}" for digit in "0123456789"))
    return tuple(settings.asterisk / "sounds" / f"{name}.wav" for name in names)


def place(settings: Settings, flow: Flow, catalogue: Catalogue) -> None:
    """Copy them to where Asterisk looks. Raises PromptMissing where one has no recording."""
    folder = settings.asterisk / "sounds"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    language = flow.languages[0]
    for prompt in (*_PROMPTS, *(one for one in _OPTIONAL if one in flow.prompts)):
        (path,) = catalogue.resolve(prompt, {}, language, NORMAL)
        _copy(catalogue.prompts / path, folder / f"{prompt}.wav")
    if not (beep := folder / "beep.wav").exists():
        wav.write(beep, _beep())
    if flow.callbacks is not None:
        _place_callbacks(folder, flow, catalogue)
    for digit in "0123456789":
        (path,) = catalogue.spell("digits", digit, language, NORMAL)
        _copy(catalogue.prompts / path, folder / f"digit-{digit}.wav")


def _beep() -> wav.Samples:
    """A quarter of a second of 1 kHz, as loud as speech: what follows is recorded."""
    time = np.arange(wav.RATE // 4) / wav.RATE
    return 0.14 * np.sin(2 * np.pi * 1000 * time) * np.minimum(1, np.minimum(time, time[::-1]) / 0.005)


def _place_callbacks(folder: Path, flow: Flow, catalogue: Catalogue) -> None:
    """What agents and customers hear of a callback; `callback_agent-q-general` says what it is about."""
    language = flow.languages[0]
    names = {prompt: prompt for prompt in _CALLBACK_PROMPTS if prompt in flow.prompts}
    for queue in flow.queues.values():
        if queue.callback:
            names[about_id(queue.id)] = f"callback_agent-{asterisk_queue(queue.id)}"
    for prompt, name in names.items():
        (path,) = catalogue.resolve(prompt, {}, language, NORMAL)
        _copy(catalogue.prompts / path, folder / f"{name}.wav")


def _copy(source: Path, target: Path) -> None:
    if target.exists() and filecmp.cmp(source, target, shallow=False):
        return
    part = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, part)
    part.replace(target)
