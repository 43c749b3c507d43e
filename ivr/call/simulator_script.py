"""Scripts for `ivr try --script`: one line a command, in English or Chinese; a line that begins with
`//` is a comment (`#` is a key).

    at 2026-10-01 03:00            时间 2026-10-01 03:00     first lines only: when and
    caller +8613800000006          主叫 +8613800000006       who calls, instead of the options'
    age 71                         年龄 71                   as which the bank knows the caller
    emergency surge general handle  应急 surge general handle  the emergency that is in force: kind, level, phase
    press 12#                      按 12#                    keys, each once everything is heard
    press 1 early                  抢按 1                     keys, each into the first prompt
    say 我的卡丢了                  说 我的卡丢了              what the caller says, once everything is heard
    say-early 人工                 抢说 人工                  the same into the first prompt
    deaf                           识别中断                   speech is not recognised from here on
    silence 3                      不按 3                     so many time-outs, one without a number
    hang up                        挂机                       `hang up early`, 抢挂: in the first prompt
    queue timeout                  队列 超时                  answered 接通, no_agents 无人, full 已满, failed 失败
    fault                          故障                       the line cannot speak
    wait 30m                       等待 30m                   s, m or h pass
    bank balance available=100     银行 balance available=100  what the bank answers next: values, refused CODE 不受理,
                                   down 不可用, doubt 未知 (a write), empty 空 (a list)
    complaint in_work              投诉 in_work               what comes of looking a complaint up next: its state
                                   (received, in_work, either with _late, decided, closed, withdrawn),
                                   unknown 不存在, prove 核对, down 不可用
    expect 账户                     应听到 账户                this was said just now (text or prompt id)
    expect-not 账户                 不应听到 账户
    expect-menu main               应在菜单 main
    expect-leaf branch_hours       应在业务 branch_hours
    expect-queue general           应排队 general
    expect-fact MenuKey key=1      应记录 MenuKey key=1       in the record so far, with these fields; what was said:
                                   CallerSpoke intent=card_loss action=confirm:card_loss
    expect-end                     应结束                     the call is over
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.call.simulation import Simulation
from ivr.call.simulator_steps import EXPECTATIONS, MOVES, ScriptProblem
from ivr.call.transcript import opening, scene
from ivr.dialogue.model import Caller
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records.emergency import InForce
from ivr.records.facts import Fact
from ivr.records.numbers import e164

_WORDS: Mapping[str, str] = {
    "时间": "at",
    "主叫": "caller",
    "年龄": "age",
    "应急": "emergency",
    "按": "press",
    "抢按": "press-early",
    "说": "say",
    "抢说": "say-early",
    "识别中断": "deaf",
    "不按": "silence",
    "挂机": "hang-up",
    "抢挂": "hang-up-early",
    "队列": "queue",
    "故障": "fault",
    "等待": "wait",
    "银行": "bank",
    "投诉": "complaint",
    "应听到": "expect",
    "不应听到": "expect-not",
    "应在菜单": "expect-menu",
    "应在业务": "expect-leaf",
    "应排队": "expect-queue",
    "应记录": "expect-fact",
    "应结束": "expect-end",
}

#: Nobody is older.
MOST_AGE = 150
_HEADERS = ("at", "caller", "age", "emergency")

#: Times a script or `--at` may name.
FIRST_YEAR, LAST_YEAR = 1971, 2999


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`line` counts from 1; 0 stands for the script as a whole."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"第 {self.line} 行：{self.text}" if self.line else self.text


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What came of a script: the transcript, the facts of the record, and what was not as expected."""

    mismatches: tuple[Mismatch, ...]
    transcript: tuple[str, ...]
    facts: tuple[Fact, ...]

    @property
    def ok(self) -> bool:
        """Everything was as expected."""
        return not self.mismatches

    @property
    def exit_status(self) -> int:
        """0 if everything was as expected, otherwise 1."""
        return 0 if self.ok else 1

    @property
    def text(self) -> str:
        """The transcript and then the mismatches."""
        verdict = ["结果：与脚本一致"] if self.ok else [f"结果：{len(self.mismatches)} 处与脚本不符"]
        return "\n".join([*self.transcript, *verdict, *(f"  {mismatch}" for mismatch in self.mismatches)]) + "\n"


@dataclass(frozen=True, slots=True)
class ScriptCommand:
    """One line: the English command word and what follows it."""

    line: int
    word: str
    rest: str
    source: str


def local_ms(text: str, timezone: str) -> int:
    """UTC epoch ms of a local time "2026-10-01 03:00" (seconds optional). Raises ValueError with a text in Chinese."""
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(f"看不懂时间 {text.strip()!r}，请写成 2026-10-01 03:00") from error
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        raise ValueError(f"时间应在 {FIRST_YEAR} 年到 {LAST_YEAR} 年之间，不能是 {text.strip()!r}")
    if local.tzinfo is None:
        local = local.replace(tzinfo=ZoneInfo(timezone))
    return int(local.timestamp() * 1000)


def run_script(
    flow: Flow,
    at_ms: int,
    caller_number: str | None,
    text: str,
    understanding: Understanding | None = None,
    age: int | None = None,
    emergency: InForce | None = None,
) -> ScriptResult:
    """Follow the script on `flow` from `at_ms` (UTC epoch ms). Every line that fails is reported and
    the rest is still followed; a script in which nothing happens is a mismatch of its own."""
    commands = _parse(text)
    mismatches: list[Mismatch] = []
    body = 0
    for command in commands:
        if command.word not in _HEADERS:
            break
        body += 1
        try:
            if command.word == "at":
                at_ms = local_ms(command.rest, flow.timezone)
            elif command.word == "age":
                age = _age(command.rest)
            elif command.word == "emergency":
                emergency = flow.emergency.named(command.rest)
            else:
                caller_number = e164(command.rest)
        except ValueError as error:
            mismatches.append(Mismatch(command.line, str(error)))
    simulation = Simulation(flow, at_ms, caller_number, understanding, Caller(caller_number, age), emergency)
    lines = [*opening(simulation, caller_number), *scene(simulation)]
    if not commands[body:]:
        mismatches.append(Mismatch(0, "脚本里没有任何步骤"))
    for command in commands[body:]:
        lines.append(f"› {command.line:>3}　{command.source}")
        try:
            _step(simulation, command, lines)
        except ScriptProblem as problem:
            mismatches.append(Mismatch(command.line, str(problem)))
            lines.append(f"  ✗ {problem}")
    return ScriptResult(tuple(mismatches), tuple(lines), tuple(simulation.facts))


def _parse(text: str) -> list[ScriptCommand]:
    found = []
    for number, source in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = source.strip()
        if line and not line.startswith("//"):
            word, _, rest = re.sub(r"^hang up\b", "hang-up", line).partition(" ")
            found.append(ScriptCommand(number, _WORDS.get(word, word), rest.strip(), line))
    return found


def _age(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_AGE:
        raise ValueError(f"年龄写成 0 到 {MOST_AGE} 的数字，不能是“{text}”")
    return int(text)


def _step(simulation: Simulation, command: ScriptCommand, lines: list[str]) -> None:
    if expectation := EXPECTATIONS.get(command.word):
        expectation(simulation, command.rest)
    elif move := MOVES.get(command.word):
        move(simulation, command.rest, lines)
    elif command.word in _HEADERS:
        raise ScriptProblem(f"“{command.source}”只能写在脚本开头")
    else:
        known = [*_WORDS, *_WORDS.values()]
        near = difflib.get_close_matches(command.word, known, 1)
        raise ScriptProblem(f"没有“{command.word}”这个命令" + (f"，是不是“{near[0]}”？" if near else ""))
