"""What the commands of a script do (`ivr.call.simulator_script` lists them)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ivr.bank.operations import Operation
from ivr.call.simulated_effects import parse_answer, parse_found
from ivr.call.simulation import TALKED, Simulation
from ivr.call.transcript import agent_words, scene
from ivr.dialogue.model import QueueOutcome
from ivr.dialogue.state import Position
from ivr.errors import HotlineError

_OUTCOMES: Mapping[str, QueueOutcome] = {
    **{outcome.value: outcome for outcome in QueueOutcome},
    "接通": QueueOutcome.ANSWERED,
    "超时": QueueOutcome.TIMEOUT,
    "无人": QueueOutcome.NO_AGENTS,
    "已满": QueueOutcome.FULL,
    "失败": QueueOutcome.FAILED,
    "转接无人": QueueOutcome.PASSED_BACK,
    "座席掉线": QueueOutcome.AGENT_LOST,
}

_UNITS: Mapping[str, int] = {"s": 1_000, "m": 60_000, "h": 3_600_000}

#: More time-outs in one command than any ladder has steps.
MAX_SILENCES = 100


class ScriptProblem(HotlineError):
    """A line of a script that cannot be followed, or whose expectation is not met; the text says why.
    `run_script` reports it with its line and goes on, so nobody else sees it."""


# ---- moves


def _listening(simulation: Simulation) -> None:
    if simulation.over:
        raise ScriptProblem("通话已经结束")
    if simulation.order is not None:
        raise ScriptProblem("客户正在排队，请先写“队列 …”")


def _press(simulation: Simulation, rest: str, lines: list[str]) -> None:
    keys, _, how = rest.partition(" ")
    if how.strip() not in ("", "early"):
        raise ScriptProblem(f"看不懂“{how.strip()}”，按键之后只能写 early")
    _keys(simulation, keys, lines, early=bool(how))


def _press_early(simulation: Simulation, rest: str, lines: list[str]) -> None:
    _keys(simulation, rest, lines, early=True)


def _keys(simulation: Simulation, keys: str, lines: list[str], early: bool) -> None:
    if not keys or set(keys) - set("0123456789*#"):
        raise ScriptProblem(f"按键只能是 0–9、* 和 #，不能是“{keys}”")
    while keys:
        _listening(simulation)
        keys = simulation.press_on(keys, early)
        lines.extend(scene(simulation))


def _say(simulation: Simulation, rest: str, lines: list[str]) -> None:
    _speak(simulation, rest, lines, early=False)


def _say_early(simulation: Simulation, rest: str, lines: list[str]) -> None:
    _speak(simulation, rest, lines, early=True)


def _speak(simulation: Simulation, text: str, lines: list[str], early: bool) -> None:
    _listening(simulation)
    if not text:
        raise ScriptProblem("要写上客户说的话，例如 say 我的卡丢了")
    if not simulation.expected:
        raise ScriptProblem("这里没有在听，只收按键")
    simulation.say(text, early)
    lines.extend(scene(simulation))


def _speech_unavailable(simulation: Simulation, rest: str, lines: list[str]) -> None:
    _listening(simulation)
    simulation.deafen()
    lines.extend(scene(simulation))


def _silence(simulation: Simulation, rest: str, lines: list[str]) -> None:
    if not re.fullmatch(r"[0-9]{0,3}", rest) or not 1 <= int(rest or "1") <= MAX_SILENCES:
        raise ScriptProblem(f"次数应为 1–{MAX_SILENCES}，不能是“{rest}”")
    for _ in range(int(rest or "1")):
        _listening(simulation)
        simulation.silence()
        lines.extend(scene(simulation))


def _hang_up(simulation: Simulation, rest: str, lines: list[str]) -> None:
    if rest not in ("", "early"):
        raise ScriptProblem(f"看不懂“{rest}”，挂机之后只能写 early")
    if simulation.over:
        raise ScriptProblem("通话已经结束")
    simulation.hang_up(early=bool(rest))
    lines.extend(scene(simulation))


def _queue(simulation: Simulation, rest: str, lines: list[str]) -> None:
    if rest not in _OUTCOMES:
        raise ScriptProblem(f"队列的结果可以是：{'、'.join(_OUTCOMES)}")
    if simulation.order is None:
        raise ScriptProblem("客户不在排队")
    if _OUTCOMES[rest] in TALKED:
        lines.append(agent_words(simulation))
    simulation.leave_queue(_OUTCOMES[rest])
    lines.extend(scene(simulation))


def _fault(simulation: Simulation, rest: str, lines: list[str]) -> None:
    if simulation.over:
        raise ScriptProblem("通话已经结束")
    simulation.fail()
    lines.extend(scene(simulation))


def _wait(simulation: Simulation, rest: str, lines: list[str]) -> None:
    match = re.fullmatch(r"([0-9]{1,4})([smh])", rest)
    if match is None:
        raise ScriptProblem(f"时长请写成 30s、5m 或 1h，不能是“{rest}”")
    simulation.wait(int(match[1]) * _UNITS[match[2]])


def _bank(simulation: Simulation, rest: str, lines: list[str]) -> None:
    name, _, words = rest.partition(" ")
    operation = next((one for one in Operation if one == name), None)
    if operation is None:
        raise ScriptProblem(f"没有银行操作“{name}”，可以是：{'、'.join(Operation)}")
    try:
        simulation.effects.answer_next(operation, parse_answer(operation, words.strip()))
    except ValueError as wrong:
        raise ScriptProblem(str(wrong)) from wrong


def _complaint(simulation: Simulation, rest: str, lines: list[str]) -> None:
    try:
        simulation.effects.find_next(parse_found(rest.strip()))
    except ValueError as wrong:
        raise ScriptProblem(str(wrong)) from wrong


MOVES: Mapping[str, Callable[[Simulation, str, list[str]], None]] = {
    "press": _press,
    "press-early": _press_early,
    "say": _say,
    "say-early": _say_early,
    "deaf": _speech_unavailable,
    "silence": _silence,
    "hang-up": _hang_up,
    "hang-up-early": lambda simulation, _, lines: _hang_up(simulation, "early", lines),
    "queue": _queue,
    "fault": _fault,
    "wait": _wait,
    "bank": _bank,
    "complaint": _complaint,
}


# ---- expectations


def _said(simulation: Simulation, wanted: str) -> bool:
    if not wanted:
        raise ScriptProblem("缺少要核对的文字")
    return any(wanted == prompt or wanted in text for prompt, text in simulation.texts())


def _heard(simulation: Simulation) -> str:
    return "、".join(f"“{text}”" for _, text in simulation.texts()) or "什么都没有"


def _expect(simulation: Simulation, rest: str) -> None:
    if not _said(simulation, rest):
        raise ScriptProblem(f"应听到“{rest}”，实际听到{_heard(simulation)}")


def _expect_not(simulation: Simulation, rest: str) -> None:
    if _said(simulation, rest):
        raise ScriptProblem(f"不应听到“{rest}”，实际听到{_heard(simulation)}")


def _expect_menu(simulation: Simulation, rest: str) -> None:
    conversation = simulation.conversation
    actual = conversation.path[-1] if conversation.place is Position.MENU else "不在任何菜单"
    if actual != rest:
        raise ScriptProblem(f"应在菜单“{rest}”，实际：{actual}")


def _expect_leaf(simulation: Simulation, rest: str) -> None:
    actual = simulation.conversation.leaf
    if actual is None or actual != rest:
        raise ScriptProblem(f"应在业务“{rest}”，实际：{actual or '不在任何业务'}")


def _expect_queue(simulation: Simulation, rest: str) -> None:
    actual = simulation.order.queue if simulation.order is not None else "不在排队"
    if actual != rest:
        raise ScriptProblem(f"应在队列“{rest}”，实际：{actual}")


def _expect_fact(simulation: Simulation, rest: str) -> None:
    name, *wanted = rest.split() or [""]
    pairs = [pair.partition("=") for pair in wanted]
    for fact in simulation.facts:
        if type(fact).__name__ == name and all(_words(getattr(fact, key, None)) == value for key, _, value in pairs):
            return
    raise ScriptProblem(f"记录里没有“{rest}”")


def _words(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _expect_end(simulation: Simulation, rest: str) -> None:
    if not simulation.over:
        raise ScriptProblem("通话还没有结束")


EXPECTATIONS: Mapping[str, Callable[[Simulation, str], None]] = {
    "expect": _expect,
    "expect-not": _expect_not,
    "expect-menu": _expect_menu,
    "expect-leaf": _expect_leaf,
    "expect-queue": _expect_queue,
    "expect-fact": _expect_fact,
    "expect-end": _expect_end,
}
