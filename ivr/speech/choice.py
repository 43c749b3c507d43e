"""Which recogniser serves, and why: what the settings want, and what is installed."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import Settings
from ivr.speech.models import MODELS, installed

#: Engine → the package that it needs.
_PACKAGES = {"vosk": "vosk", "whisper": "faster_whisper"}
_ADVICE = {"vosk": "pip install vosk", "whisper": "pip install 'bank-hotline[whisper]'"}
_INSTALL = {"vosk": "ivr models install vosk-small-cn", "whisper": "ivr models install whisper-base"}


@dataclass(frozen=True, slots=True)
class Choice:
    """`engine`: vosk, whisper or none (keys only); `model`: its folder, None without an engine; `why` in Chinese, with
    what to do where there is none; `alternatives`: engines that could serve as well."""

    engine: str
    model: Path | None
    why: str
    alternatives: tuple[str, ...] = ()


def choose(settings: Settings) -> Choice:
    """What serves with these settings on this machine. Quick: nothing is loaded."""
    wanted = settings.speech.engine
    if wanted == "none":
        return Choice("none", None, "设置 [speech] engine 为 none，只用按键")
    lacks = {engine: _lack(engine, settings.models) for engine in _PACKAGES}
    able = [engine for engine, lack in lacks.items() if not lack]
    if wanted != "auto":
        if lacks[wanted]:
            return Choice("none", None, f"设置 [speech] engine 指定 {wanted}，但{lacks[wanted]}", tuple(able))
        others = tuple(engine for engine in able if engine != wanted)
        return Choice(wanted, model_of(wanted, settings.models), f"设置 [speech] engine 指定 {wanted}", others)
    if not able:
        return Choice("none", None, "；".join(f"{engine}：{lack}" for engine, lack in lacks.items()))
    why = "已装普通话模型，边说边听" if able[0] == "vosk" else f"已装模型；vosk 优先，但{lacks['vosk']}"
    return Choice(able[0], model_of(able[0], settings.models), why, tuple(able[1:]))


def model_of(engine: str, models: Path) -> Path | None:
    """The folder of the engine's Mandarin model, None where there is none. A model of another language (vosk-ko) never
    serves callers; of vosk's Mandarin ones any that its makers name `vosk-model-…cn…` may be put there by hand."""
    if engine == "whisper":
        return models / "whisper-base" if installed(MODELS["whisper-base"], models) else None
    if installed(MODELS["vosk-small-cn"], models):
        return models / "vosk-small-cn"
    by_hand = sorted(path.parents[1] for path in models.glob("vosk-model-*cn*/am/final.mdl"))
    return by_hand[0] if by_hand else None


def _lack(engine: str, models: Path) -> str:
    """What keeps an engine from serving, with what to do; "" where nothing does."""
    found = []
    if importlib.util.find_spec(_PACKAGES[engine]) is None:
        found.append(f"没有安装程序包（{_ADVICE[engine]}）")
    if model_of(engine, models) is None:
        found.append(f"没有普通话模型（{_INSTALL[engine]}）")
    return "，".join(found)
