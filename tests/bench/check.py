"""`ivr check` on a thousand menus, beside merely parsing the same YAML."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import yaml

from tests.bench.figures import Row
from tests.flow import big
from tests.rig.hotline import TOP

GOAL_S = 1.0
TIMES = 5


def measure(folder: Path) -> list[Row]:
    """The whole command, and its ratio to the parser's own time."""
    print("  ivr check on 1,000 menus", flush=True)
    menus = big.write(folder, 1000)
    command, parser = [], []
    for _ in range(TIMES):
        command.append(_seconds([sys.executable, "-m", "ivr.cli", "check", str(folder)]))
        began = time.perf_counter()
        for file in folder.glob("*.yaml"):
            yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        parser.append(time.perf_counter() - began)
    whole, bare = median(command), median(parser)
    text = f"{whole:.2f} s, start of Python included; {whole / bare:.1f} × parsing the same YAML"
    return [Row(f"`ivr check`, {menus} menus", text, f"≤ {GOAL_S:g} s", whole <= GOAL_S)]


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    return time.perf_counter() - began
