"""Processor time of Asterisk with the application over Asterisk alone that plays the same recordings from a plain
dialplan: A, B, A, B in one run, on one Asterisk."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ivr.flow.loader import require
from ivr.speech.catalogue import NORMAL, Catalogue
from ivr.speech.voice import named
from tests.bench.figures import Row, family, spent
from tests.bench.load import Load, loading, steady
from tests.rig.hotline import Hotline

GOAL = 1.25
PLAIN, HOTLINE = "95999", "95000"
SIZES = (50, 100, 200)
WINDOW_S = 12.0
ROUNDS = 2


def plain_dialplan(line: Hotline) -> str:
    """The same prompts and keys without the application."""
    flow = require(line.flows)
    catalogue = Catalogue(flow, Path(line.environ["IVR_PROMPTS"]), named("pyttsx3"))

    def play(*prompts: str) -> str:
        paths = [path for name in prompts for path in catalogue.resolve(name, {}, "zh", NORMAL)]
        return "&".join(str((catalogue.prompts / path).with_suffix("")) for path in paths)

    return f"""
[from-trunk](+)
exten => {PLAIN},1,Answer()
 same => n,Goto(plain-main,s,1)
[plain-main]
exten => s,1,Background({play("greeting")})
 same => n(menu),Background({play("main_menu", "keys")})
 same => n,WaitExten(5)
exten => 1,1,Goto(plain-accounts,s,1)
[plain-accounts]
exten => s,1,Background({play("accounts_menu", "keys")})
 same => n,WaitExten(5)
exten => 4,1,Goto(plain-wealth,s,1)
[plain-wealth]
exten => s,1,Background({play("wealth_menu", "keys")})
 same => n,WaitExten(5)
"""


def asterisk_pid(line: Hotline) -> int:
    """The process of this hotline's Asterisk, as this machine sees it."""
    done = subprocess.run(
        ["docker", "inspect", "-f", "{{.State.Pid}}", line.name], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def measure(line: Hotline, folder: Path) -> list[Row]:
    """One row for each size."""
    rows = []
    asterisk = asterisk_pid(line)
    assert line.app is not None
    app = family(line.app.pid)
    for size in SIZES:
        cores: dict[str, list[tuple[float, float]]] = {HOTLINE: [], PLAIN: []}
        for turn in range(ROUNDS):
            for dialled in (HOTLINE, PLAIN):
                print(
                    f"  {size} calls, {'hotline' if dialled == HOTLINE else 'plain dialplan'}, round {turn + 1}",
                    flush=True,
                )
                cores[dialled].append(_window(line, folder / f"{size}-{dialled}-{turn}", dialled, size, asterisk, app))
        rows.append(_row(size, cores))
    return rows


def _window(line: Hotline, folder: Path, dialled: str, size: int, asterisk: int, app: list[int]) -> tuple[float, float]:
    """Cores used by Asterisk and by the application while all lines are busy."""
    load = Load(size, size * 2)
    with loading(folder, f"{line.address}:5060", dialled, load) as process:
        moments = steady(process, load, WINDOW_S)
        next(moments)
        before = spent([asterisk]), spent(app)
        next(moments)
        after = spent([asterisk]), spent(app)
    return (after[0] - before[0]) / WINDOW_S, (after[1] - before[1]) / WINDOW_S


def _row(size: int, cores: Mapping[str, list[tuple[float, float]]]) -> Row:
    asterisk, app = (sum(pair[i] for pair in cores[HOTLINE]) / ROUNDS for i in (0, 1))
    plain = sum(sum(pair) for pair in cores[PLAIN]) / ROUNDS - app_idle(cores)
    ratio = (asterisk + app) / plain
    return Row(
        f"{size} calls: (Asterisk + application) ÷ Asterisk alone",
        f"{ratio:.2f} ({asterisk:.2f} + {app:.3f} cores against {plain:.2f})",
        f"≤ {GOAL}",
        ratio <= GOAL,
    )


def app_idle(cores: Mapping[str, list[tuple[float, float]]]) -> float:
    """What the application used while the plain dialplan was measured; it is not Asterisk's."""
    return sum(pair[1] for pair in cores[PLAIN]) / ROUNDS
