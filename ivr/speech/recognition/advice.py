"""Which recognition model this machine should use: what each one costs here, measured, and what is to be told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ivr.errors import HotlineError, ModelUnusable
from ivr.settings import Settings
from ivr.speech.recognition import costs
from ivr.speech.recognition.costs import Cost
from ivr.speech.recognition.engine_choice import choose, usable
from ivr.speech.recognition.engines import ENGINES
from ivr.speech.recognition.recogniser import EngineKind
from ivr.speech.registry import MODELS


def measured_models(settings: Settings, folders: tuple[str, ...]) -> Iterator[tuple[EngineKind, Path, Cost, str]]:
    """Measure the named models, or all that are installed: engine, folder, cost, and why it is too much for this
    machine ("": it is not). Raises ModelUnusable."""
    found = [kind_of(settings.models / each) for each in folders] or usable(settings.models)
    if not found:
        raise ModelUnusable("没有装识别模型，可运行 ivr models install")
    sounds = costs.clips(settings.prompts)
    for kind, folder in found:
        cost = costs.measured(kind, folder, sounds, settings.state / costs.FILE)
        yield kind, folder, cost, costs.too_much(cost, settings.speech.workers, costs.machine_mb())


def kind_of(folder: Path) -> tuple[EngineKind, Path]:
    """The engine whose model the folder holds. Raises ModelUnusable where it is none's."""
    for kind in ENGINES.values():
        if kind.holds(folder):
            return kind, folder
    raise ModelUnusable(f"{folder} 里没有任何引擎能用的模型")


def recogniser_advice(settings: Settings) -> Iterator[str]:
    """What each installed recogniser costs here, which one to take, and which one to install: by language, memory and
    speed. What was not measured yet is measured, unless calls are being answered."""
    found = usable(settings.models)
    if settings.speech.engine == "none" or not found:
        return
    memory, costs_here = settings.state / costs.FILE, {}
    if (settings.state / "ivr.pid").exists() and not memory.exists():
        yield "热线在运行，没有实测识别模型；空闲时运行 ivr models measure"
        return
    for kind, model in found:
        try:
            cost = costs.measured(kind, model, costs.clips(settings.prompts), memory)
        except HotlineError as wrong:
            yield str(wrong)
            continue
        costs_here[kind.name, model] = cost
        yield f"识别模型 {model.name}（普通话）：{cost.told()}"
    size, workers = costs.machine_mb(), settings.speech.workers
    best = costs.recommended(costs_here, workers, size)
    if best is None:
        yield "这些识别模型这台机器都带不动，客户会常被请去按键：减少 [speech] workers，或换小一些的模型"
        return
    chosen = choose(settings).model
    yield f"建议用 {best[1].name}" + ("（正在用）" if best[1] == chosen else f'：[speech] model = "{best[1].name}"')
    better = max((model for model in MODELS.values() if model.product), key=lambda model: model.grade)
    if ENGINES[best[0]].grade(best[1]) < better.grade and size * costs.MEMORY_SHARE > workers * costs.BEST_MB:
        yield f"内存够用更准的模型：ivr models install {better.name}（装好后再运行 ivr doctor，看这台机器上有多快）"


def speech_unavailable(settings: Settings) -> str | None:
    """Why the hotline takes keys only, where that is no mistake."""
    choice = choose(settings)
    return choice.why if choice.engine == "none" and settings.speech.engine in ("auto", "none") else None
