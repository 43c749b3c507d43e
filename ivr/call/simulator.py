"""`ivr try`: the hotline's dialogue in a terminal, the same engine as on the line, on virtual time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from ivr.call.simulation import TALKED, Simulation
from ivr.call.simulator_script import Mismatch, ScriptResult, local_ms, run_script
from ivr.call.transcript import agent_words, opening, scene
from ivr.dialogue.model import Caller, QueueOutcome
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records.emergency import InForce
from ivr.records.facts import Fact

__all__ = ["Mismatch", "ScriptResult", "Transcript", "interactive", "local_ms", "made", "run_script", "simulate"]

OUTCOMES: Mapping[str, QueueOutcome] = {
    "a": QueueOutcome.ANSWERED,
    "t": QueueOutcome.TIMEOUT,
    "n": QueueOutcome.NO_AGENTS,
    "f": QueueOutcome.FULL,
    "x": QueueOutcome.FAILED,
    "b": QueueOutcome.PASSED_BACK,
    "l": QueueOutcome.AGENT_LOST,
}

HELP = """\
  说话：直接输入中文（如 我的卡丢了）；听到一半抢话，前面加感叹号（如 !人工）
  按键：直接输入 0–9、* 或 #，可以连按（如 121）；听到一半抢按，前面加感叹号（如 !1）
  不回答：直接回车，或输入 -
  排队时：a 接通　t 等待超时　n 无座席在线　f 队列已满　x 无法进入队列
  挂机：h（听到一半就挂机：!h）　　帮助：?"""

_KEYS = frozenset("0123456789*#")
_CHINESE = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A simulated call: `lines` to read, `facts` of the record, `said` the prompt ids of each turn."""

    lines: tuple[str, ...]
    facts: tuple[Fact, ...]
    said: tuple[tuple[str, ...], ...]


def simulate(
    flow: Flow,
    moves: Iterable[str],
    at_ms: int,
    caller_number: str | None = None,
    understanding: Understanding | None = None,
) -> Transcript:
    """Make the moves one after the other, each as typed in `interactive` ("1", "-", "!2", "挂失", "h", "t" …).
    Raises ValueError for a move that cannot be made there. Moves after the end are not looked at."""
    simulation = Simulation(flow, at_ms, caller_number, understanding)
    lines = [*opening(simulation, caller_number), *scene(simulation)]
    said = [tuple(prompt for prompt, _ in simulation.texts())]
    for move in moves:
        if simulation.over:
            break
        lines.append(f"› {move}")
        for _ in _moves(simulation, move, lines):
            lines.extend(scene(simulation))
            said.append(tuple(prompt for prompt, _ in simulation.texts()))
    return Transcript(tuple(lines), tuple(simulation.facts), tuple(said))


def interactive(
    flow: Flow,
    at_ms: int,
    caller_number: str | None,
    stdin: TextIO,
    stdout: TextIO,
    understanding: Understanding | None = None,
    age: int | None = None,
    emergency: InForce | None = None,
) -> None:
    """Talk with the person at the terminal until the call is over; the end of the input hangs up."""
    simulation = Simulation(flow, at_ms, caller_number, understanding, Caller(caller_number, age), emergency)
    _write(stdout, [*opening(simulation, caller_number), HELP, *scene(simulation)])
    while not simulation.over:
        asked = "说或按 › " if simulation.expected else "按键 › "
        stdout.write("队列 a/t/n/f/x/h › " if simulation.order is not None else asked)
        stdout.flush()
        line = stdin.readline()
        typed = line.strip() if line else "h"
        if not line:
            stdout.write("\n")
        if typed in ("?", "？"):
            _write(stdout, [HELP])
            continue
        _write(stdout, made(simulation, typed))


def made(simulation: Simulation, typed: str) -> list[str]:
    """Make what somebody typed; what happens then, or why it cannot be done there, line by line."""
    lines: list[str] = []
    try:
        for _ in _moves(simulation, typed, lines):
            lines.extend(scene(simulation))
    except ValueError as error:
        lines.append(f"  ✗ {error}")
    return lines


def _write(stdout: TextIO, lines: Iterable[str]) -> None:
    stdout.writelines(f"{line}\n" for line in lines)
    stdout.flush()


def _moves(simulation: Simulation, typed: str, lines: list[str]) -> Iterable[None]:
    """Make what was typed, yielding after each step; full-width characters count as their plain ones."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    early = plain.startswith("!")
    move = plain.removeprefix("!").strip()
    if move in ("h", "H"):
        simulation.hang_up(early)
        yield
    elif simulation.order is not None:
        outcome = OUTCOMES.get(move.lower())
        if outcome is None:
            raise ValueError("客户正在排队：a 接通　t 超时　n 无座席　f 已满　x 失败　b 转接无人　l 座席掉线　h 挂机")
        if outcome in TALKED:
            lines.append(agent_words(simulation))
        simulation.leave_queue(outcome)
        yield
    elif move in ("", "-"):
        simulation.silence()
        yield
    elif _CHINESE.search(move):
        if not simulation.expected:
            raise ValueError("这里没有在听，只收按键")
        simulation.say(move, early)
        yield
    elif set(move) - _KEYS:
        raise ValueError(f"“{typed}”不是电话上的按键；输入 ? 看帮助")
    else:
        yield from _press(simulation, move, early)


def _press(simulation: Simulation, keys: str, early: bool) -> Iterable[None]:
    while keys:
        if not simulation.listening:
            raise ValueError(f"按 {keys[0]} 时已不在等待按键，后面的按键没有用上")
        keys = simulation.press_on(keys, early)
        yield
