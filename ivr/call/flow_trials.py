"""The tests of a draft: every script of its folder, and a walk by keys to every leaf. Nothing goes live that was not
tried (CBA 四十三)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ivr.call.simulation import Simulation
from ivr.call.simulator_script import run_script
from ivr.errors import HotlineError
from ivr.flow.hours import entry_at
from ivr.flow.model import Entry, Flow
from ivr.flow.ways import Way, ways
from ivr.nlu import Understanding
from ivr.records.facts import MenuKey
from ivr.records.publishing.model import Trial

#: Where the scripts are, below the folder of the flow; how they are written: `ivr try --script-help`.
SCRIPTS = "tests"
WALK = "按键走查"

#: An entry's hours begin within so long, or it serves only on days that are further away.
_LOOK_MS, _STEP_MS = 8 * 86_400_000, 300_000


def trials(flow: Flow, folder: Path, at_ms: int) -> tuple[Trial, ...]:
    """Every test of the flow, as of `at_ms` (UTC epoch ms) where a script names no time of its own: the scripts of the
    folder's `tests/*.txt` in the order of their names, then the walk. Speech is recognised where a menu listens."""
    return (*_scripts(flow, folder / SCRIPTS, at_ms), walk(flow, at_ms))


def has_scripts(ran: tuple[Trial, ...]) -> bool:
    """Whether there were scripts among the tests that ran."""
    return any(one.name != WALK for one in ran)


def _scripts(flow: Flow, folder: Path, at_ms: int) -> Iterator[Trial]:
    paths = sorted(folder.glob("*.txt"))
    listens = bool(paths) and any(menu.listen for menu in flow.menus.values())
    understanding = Understanding(flow) if listens else None
    for path in paths:
        try:
            result = run_script(flow, at_ms, None, path.read_text(encoding="utf-8"), understanding)
        except (HotlineError, OSError, UnicodeDecodeError) as wrong:
            yield Trial(path.name, False, f"不能执行：{wrong}")
        else:
            yield Trial(path.name, result.ok, "；".join(map(str, result.mismatches)))


def walk(flow: Flow, at_ms: int) -> Trial:
    """Press the keys to every leaf from every entry, at a time when the entry serves: the caller arrives there."""
    times = {id(entry): _served(flow, entry, at_ms) for entry in flow.entries}
    walked, lost = 0, []
    for way in ways(flow, lambda _: 1.0):
        at = times[id(way.entry)]
        if at is None:
            continue
        walked += 1
        if (why := _missed(flow, way, at)) is not None:
            lost.append(f"{way}：{why}")
    if not walked:
        lost.append("没有一项业务可以走到")
    return Trial(WALK, not lost, "；".join(lost) if lost else f"{walked} 条路径都到达")


def _missed(flow: Flow, way: Way, at_ms: int) -> str | None:
    """Where the caller does not come through: each key is taken for the choice that it is."""
    simulation = Simulation(flow, at_ms, None)
    for option in way.options:
        if not simulation.listening:
            return f"按 {option.key} 时不在等待按键"
        simulation.press(option.key)
        if not any(isinstance(one, MenuKey) and one.outcome == "choice" for one in simulation.fresh):
            return f"按 {option.key} 没有选中{option.label}"
    return None


def _served(flow: Flow, entry: Entry, at_ms: int) -> int | None:
    """When the entry serves next; None where it does not in the next days."""
    return next((at for at in range(at_ms, at_ms + _LOOK_MS, _STEP_MS) if entry_at(flow, at) is entry), None)
