"""A call made into a test: a script for `ivr try`, and where nothing was said a `tests/calls/NAME/call.yaml`. Neither
holds personal data: the caller has no number, and says an example of the knowledge base in place of his own words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ivr.call.simulation import Simulation
from ivr.call.simulator_script import ScriptResult, run_script
from ivr.errors import RecordsError
from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.records.days import moment
from ivr.records.model import Call, Handoff, MenuVisit, Turn
from ivr.records.vocabulary import TEXT, Action

#: What a test may be called.
NAME = re.compile(r"[a-z][a-z0-9-]{2,60}")
#: What is said where the record says only what came of it.
_SAID = {
    Action.YES: "是的",
    Action.NO: "不是",
    Action.AGENT: "人工",
    Action.BACK: "返回",
    Action.HOME: "回主菜单",
    Action.REPEAT: "再说一遍",
    Action.SLOWER: "说慢一点",
    Action.ELDERLY: "老年人专线",
    Action.COMPLAINT: "我要投诉",
}
_MISUNDERSTOOD = frozenset({Action.REPHRASE, Action.OFFER_AGENT, Action.HAND_OVER, Action.FALLBACK})
#: What nobody understands.
_NONSENSE = "呃那个嗯"
#: Of what was cut sooner too little is heard to know it again.
_KNOWN_MS = 500
_LEFT = {"timeout": "timeout", "full": "full", "no_agents": "no_agents", "answered": "answered"}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the caller did, or that happened to him: a word of a script and what follows it."""

    word: str
    rest: str = ""

    def __str__(self) -> str:
        return f"{self.word} {self.rest}".rstrip()


@dataclass(frozen=True, slots=True)
class CallTest:
    """`script` is for `ivr try --script`, `call` the text of a call.yaml (None where something was said: that needs a
    recording). `left_out`: what the record does not tell, in words; `result`: how the script goes on that flow."""

    name: str
    script: str
    call: str | None
    left_out: tuple[str, ...]
    result: ScriptResult

    def files(self) -> Mapping[str, str]:
        """What is written, by where it belongs in the project."""
        script = {f"flows/tests/{self.name}.txt": self.script}
        return script if self.call is None else {**script, f"tests/calls/{self.name}/call.yaml": self.call}


def make_test(call: Call, flow: Flow, name: str, understanding: Understanding | None = None) -> CallTest:
    """The test of an inbound call by telephone, on the flow that served it. Raises RecordsError."""
    if NAME.fullmatch(name) is None:
        raise RecordsError("测试的名字用小写字母、数字和连字符，以字母开头，3 到 60 个字符")
    if call.channel == TEXT or call.direction != "in":
        raise RecordsError("只有打进来的电话能做成测试")
    steps = tuple(_steps(call, flow))
    if not any(step.word != "expect-menu" for step in steps):
        raise RecordsError("这通电话里客户什么也没有做，做不成测试")
    head = [
        f"// 由一通电话做成：{name}。没有号码；客户的话换成知识库里的例句",
        f"at {moment(call.t_offered):%Y-%m-%d %H:%M}",
    ]
    script = "\n".join([*head, *map(str, steps)]) + "\n"
    result = run_script(flow, call.t_offered, None, script, understanding)
    spoken = any(step.word.startswith("say") for step in steps)
    return CallTest(name, script, None if spoken else _call_yaml(call, flow, steps), tuple(_left_out(call)), result)


def _steps(call: Call, flow: Flow) -> Iterator[Step]:
    """What happened, in the order of the record: what was said within a visit came before its key where it led
    nowhere, after it where it did."""
    visits = call.menu_visits
    turns, handoffs = list(call.turns), list(call.handoffs)
    for at, visit in enumerate(visits):
        end = visits[at + 1].t_enter if at + 1 < len(visits) else None
        inside = [turn for turn in turns if visit.t_enter <= turn.t_start and (end is None or turn.t_start < end)]
        yield Step("expect-menu", visit.menu_id)
        before = [turn for turn in inside if _kind(turn) in _MISUNDERSTOOD or visit.key is None]
        yield from _said(flow, before)
        yield from _of_visit(visit)
        yield from _said(flow, [turn for turn in inside if turn not in before])
        asked = [one for one in handoffs if visit.t_enter <= one.t_requested and (end is None or one.t_requested < end)]
        for handoff in asked:
            yield from _of_handoff(handoff)
    if call.hangup_by == "caller" and not (visits and visits[-1].outcome == "hangup"):
        yield Step("hang", "up")


def _of_visit(visit: MenuVisit) -> Iterator[Step]:
    if visit.key is not None:
        yield Step("press", visit.key)
    elif visit.outcome == "timeout":
        yield Step("silence")
    elif visit.outcome == "hangup":
        yield Step("hang", "up")


def _of_handoff(handoff: Handoff) -> Iterator[Step]:
    if handoff.refused or handoff.queue is None:
        return
    yield Step("expect-queue", handoff.queue)
    if handoff.outcome in _LEFT:
        yield Step("queue", _LEFT[handoff.outcome])


def _said(flow: Flow, turns: list[Turn]) -> Iterator[Step]:
    for turn in turns:
        words = _words(flow, turn)
        if words is not None:
            yield Step("say-early" if turn.barge_in else "say", words)


def _words(flow: Flow, turn: Turn) -> str | None:
    kind = _kind(turn)
    if kind == Action.KEY:
        return None
    if kind in _SAID:
        return _SAID[Action(kind)]
    if kind in _MISUNDERSTOOD:
        return _NONSENSE
    intent = flow.knowledge.get(turn.intent or "")
    return intent.question if intent is not None else None


def _kind(turn: Turn) -> str:
    return (turn.action or "").partition(":")[0]


def _left_out(call: Call) -> Iterator[str]:
    """What must be added by hand."""
    if call.verifications:
        yield "核实身份时按的键不在记录里"
    if call.transactions:
        yield "办理时的确认和银行的答复须手工补上（press、bank）"
    if any(turn.pii or _kind(turn) in (Action.SLOT, Action.CHOSEN, Action.CONFIRMED) for turn in call.turns):
        yield "客户说的号码、金额等值不在记录里"
    if call.entry in ("elderly_direct", "emergency"):
        yield "名单、年龄或应急情况须手工写明（caller、age、emergency）"


def _call_yaml(call: Call, flow: Flow, steps: tuple[Step, ...]) -> str:
    """The steps for a real telephone, walked through on the flow so that time-outs wait for the right prompts."""
    simulation, made, agents = Simulation(flow, call.t_offered, None), ["dial"], dict[str, dict[str, object]]()
    heard = _Heard(call)
    for step in steps:
        if simulation.over:
            break
        says = [prompt for prompt, _ in simulation.texts()]
        try:
            if step.word == "press":
                made += [f"wait {heard.acted_ms(says) or 2500}ms", f"press {step.rest}"]
                simulation.press_on(step.rest)
            elif step.word == "silence":
                heard.acted_ms(says)
                made += [f"hear {' '.join(says)}", "wait 1s"]
                simulation.silence()
            elif step.word == "expect-queue":
                answered = Step("queue", "answered") in steps
                agents = _agents(flow, step.rest, answered)
            elif step.word == "hang":
                made += [f"wait {heard.acted_ms(says) or 4000}ms", "hang up"]
                simulation.hang_up()
        except ValueError:
            break
    if made[-1] != "hang up":
        made.append("wait for bye 60s")
    lines = ["shows: 由一通电话做成"]
    if "silence" in {step.word for step in steps}:
        lines.append('flow: {"hotline.yaml": {"no_input": "1s"}}')
    if agents:
        lines.append(f"agents: {_plain(agents)}")
    lines += ["steps:", *(f"  - {_plain(one)}" for one in made), "expect:"]
    lines += ["  heard:", *(f"    - {_plain(one)}" for one in heard.expected()), "  record:"]
    lines += [f"    {name}: {_plain(value)}" for name, value in _record(call).items()]
    return "\n".join([*lines, "  silence: 2s"]) + "\n"


class _Heard:
    """What the caller heard, followed turn by turn: when he acted, and what is to be heard again."""

    def __init__(self, call: Call) -> None:
        self._all, self._ended = call.prompts_heard, call.t_ended
        self._queued = min((one.t_queued for one in call.handoffs if one.t_queued is not None), default=call.t_ended)
        self._at, self._as_on_flow = 0, True

    def acted_ms(self, says: Sequence[str]) -> int | None:
        """How long after the turn with these prompts began the caller did something; None where the record does not
        say, or says that something else was heard."""
        began = self._at
        for prompt in says:
            if self._at >= len(self._all) or self._all[self._at].prompt != prompt:
                self._as_on_flow = False
                return None
            self._at += 1
            if (one := self._all[self._at - 1]).cut is not None and one.t_end is not None:
                return one.t_end - self._all[began].t
        if began == self._at:
            return None
        acted = self._all[self._at].t if self._at < len(self._all) else self._ended
        return max(1, acted - self._all[began].t)

    def expected(self) -> Iterator[object]:
        """Until the queue, whose announcements depend on others; "..." stands for what cannot be told beforehand."""
        if not (self._all and self._as_on_flow):
            yield "..."
            return
        for one in self._all:
            if one.t >= self._queued:
                break
            known = one.t_end is not None and one.t_end - one.t >= _KNOWN_MS and not one.values
            yield ({"prompt": one.prompt, "cut": True} if one.cut == "key" else one.prompt) if known else "..."
        if self._queued < self._ended:
            yield "..."


def _plain(value: object) -> str:
    """A value as YAML on one line: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)


def _agents(flow: Flow, queue: str, answered: bool) -> dict[str, dict[str, object]]:
    able = sorted(agent.id for agent in flow.agents.values() if queue in agent.queues)
    return {able[0]: {"rings": "1s", "talks": "4s"} if answered else {"never": True}} if able else {}


def _record(call: Call) -> dict[str, object]:
    record: dict[str, object] = {"entry": call.entry}
    if call.completed_leaf:
        record["completed_leaf"] = list(call.completed_leaf)
    for at, visit in enumerate(call.menu_visits):
        record[f"menu_visits.{at}.menu_id"] = visit.menu_id
        record[f"menu_visits.{at}.outcome"] = visit.outcome
    for at, handoff in enumerate(call.handoffs):
        record[f"handoffs.{at}.reason"] = handoff.reason
        record[f"handoffs.{at}.outcome"] = handoff.outcome
    return record
