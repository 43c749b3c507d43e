"""Which recogniser serves, and why: what the settings want, and what is installed."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from ivr.settings import Settings
from ivr.speech.recognition.engines import ENGINES
from ivr.speech.recognition.recogniser import EngineKind


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """`engine`: a name of `ivr.speech.recognition.engines`, or none (keys only); `model`: its folder, None without an
    engine; `why` in Chinese, with what to do where there is none; `alternatives`: engines that could serve as well."""

    engine: str
    model: Path | None
    why: str
    alternatives: tuple[str, ...] = ()


def choose(settings: Settings) -> EngineChoice:
    """What serves with these settings on this machine. Quick: nothing is loaded."""
    wanted, model = settings.speech.engine, settings.speech.model
    if wanted == "none":
        return EngineChoice("none", None, "设置 [speech] engine 为 none，只用按键")
    if model:
        return _of_folder(settings.models / model, wanted)
    lacks = {kind.name: _lack(kind, settings.models) for kind in ENGINES.values()}
    able = [engine for engine, lack in lacks.items() if not lack]
    if wanted != "auto":
        if lacks[wanted]:
            return EngineChoice("none", None, f"设置 [speech] engine 指定 {wanted}，但{lacks[wanted]}", tuple(able))
        others = tuple(engine for engine in able if engine != wanted)
        return EngineChoice(wanted, model_of(wanted, settings.models), f"设置 [speech] engine 指定 {wanted}", others)
    if not able:
        return EngineChoice("none", None, "；".join(f"{engine}：{lack}" for engine, lack in lacks.items()))
    chosen = ENGINES[able[0]]
    earlier = [f"{engine} 优先，但{lacks[engine]}" for engine in list(ENGINES)[: list(ENGINES).index(chosen.name)]]
    why = "；".join([chosen.what, *earlier])
    return EngineChoice(chosen.name, model_of(chosen.name, settings.models), why, tuple(able[1:]))


def model_of(engine: str, models: Path) -> Path | None:
    """The folder of the engine's Mandarin model, the best there is; None where there is none."""
    found = ENGINES[engine].models(models)
    return found[0] if found else None


def usable(models: Path) -> list[tuple[EngineKind, Path]]:
    """Every Mandarin model that is there and has its program, in the order of `ENGINES`."""
    return [
        (kind, model)
        for kind in ENGINES.values()
        if importlib.util.find_spec(kind.package) is not None
        for model in kind.models(models)
    ]


def _of_folder(folder: Path, wanted: str) -> EngineChoice:
    """The setting `model` names the folder: the engine is the one whose model it is."""
    named = f"设置 [speech] model 指定 {folder.name}"
    kinds = [kind for kind in ENGINES.values() if kind.holds(folder)]
    if not kinds:
        return EngineChoice("none", None, f"{named}，但 {folder} 里没有任何引擎能用的模型")
    kind = kinds[0]
    if wanted not in ("auto", kind.name):
        return EngineChoice("none", None, f"{named}，这是 {kind.name} 的模型，但 [speech] engine 指定 {wanted}")
    if importlib.util.find_spec(kind.package) is None:
        return EngineChoice("none", None, f"{named}，但没有安装程序包（{kind.advice}）")
    return EngineChoice(kind.name, folder, named)


def _lack(kind: EngineKind, models: Path) -> str:
    """What keeps an engine from serving, with what to do; "" where nothing does."""
    found = []
    if importlib.util.find_spec(kind.package) is None:
        found.append(f"没有安装程序包（{kind.advice}）")
    if not kind.models(models):
        found.append(f"没有普通话模型（{kind.install}）")
    return "，".join(found)
