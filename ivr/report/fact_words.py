"""What happens in a call, in an operator's words, fact by fact: for who looks on while it goes on."""

from __future__ import annotations

from dataclasses import replace

from ivr.flow.model import Flow
from ivr.records import facts
from ivr.records.fact import Fact
from ivr.report.record_words import CUT, IDENTITY, LANGUAGE
from ivr.report.time_line import menu_names

_KEYS = {
    "repeat": "重听",
    "back": "返回",
    "agent": "要求人工",
    "invalid": "按键无效",
    "timeout": "没有按键",
    "hangup": "挂机",
}
_LEFT = {
    "abandoned": "排队时挂机",
    "timeout": "排队超时",
    "full": "排队已满",
    "closed": "不在服务时间",
    "callback": "预约回电",
    "no_agents": "没有座席",
}
_BY = {"caller": "来电方", "agent": "座席", "system": "热线", "network": "线路"}


def words(fact: Fact, flow: Flow, *, whole: bool = True) -> str | None:
    """One line; None for what tells an operator nothing. What was keyed as a secret is in no fact. Unless `whole`, what
    the caller said is not told either."""
    if isinstance(fact, facts.CallerSpoke) and not whole:
        fact = replace(fact, asr_text="", corrected=f"（{len(fact.asr_text)} 个字）" if fact.asr_text else None)
    return _before_agents(fact, flow) or _with_agents(fact, flow)


def _before_agents(fact: Fact, flow: Flow) -> str | None:
    match fact:
        case facts.Offered(did=did, drill=drill):
            return f"来电拨入 {did}" + ("（测试，不计入指标）" if drill else "")
        case facts.Answered():
            return "热线应答"
        case facts.FlowChosen(revision=revision, language=language):
            return f"使用菜单版本 {revision}，语言 {LANGUAGE.get(language, language)}"
        case facts.PromptSpoken(prompt=prompt):
            return f"播放：{_said(prompt, flow)}"
        case facts.PromptEnded(how=how) if how in CUT:
            return f"播放被{CUT[how]}" if how in ("key", "voice") else CUT[how]
        case facts.MenuEntered(menu_id=menu):
            return f"菜单 {menu_names(flow).get(f'menu:{menu}', menu)}"
        case facts.MenuKey(outcome=outcome, key=key):
            return (f"按键 {key}：" if key else "") + _KEYS.get(outcome, "选中")
        case facts.CallerSpoke() as spoke:
            heard = spoke.corrected or spoke.asr_text or "（不记录）"
            return f"说：{heard}" + (f"，理解为 {_intent(spoke.intent, flow)}" if spoke.intent else "，没有听懂")
        case facts.LeafCompleted(leaf_id=leaf):
            return f"自助办完：{flow.leaves[leaf].label if leaf in flow.leaves else leaf}"
        case facts.IdentityChecked(outcome=outcome):
            return f"身份核实：{IDENTITY.get(outcome, outcome)}"
        case facts.LanguageChosen(language=language):
            return f"选择语言 {LANGUAGE.get(language, language)}"
    return None


def _with_agents(fact: Fact, flow: Flow) -> str | None:
    match fact:
        case facts.HandoffRequested(queue=queue, refused=refused):
            return "要求人工，" + ("没有转接" if refused else f"转往 {_queue(queue, flow)}")
        case facts.Queued(queue=queue):
            return f"在 {_queue(queue, flow)} 排队"
        case facts.Ringing(agent_id=agent):
            return f"座席 {agent} 振铃"
        case facts.Connected(agent_id=agent, ring_ms=ring):
            return f"座席 {agent} 接听（振铃 {ring / 1000:.1f} 秒）"
        case facts.AgentAnnounced(agent_id=agent):
            return f"播报工号 {agent}"
        case facts.HandoffLeft(outcome=outcome):
            return _LEFT.get(outcome, outcome)
        case facts.HoldStarted(agent_id=agent):
            return f"座席 {agent} 保持通话"
        case facts.HoldEnded(agent_id=agent):
            return f"座席 {agent} 恢复通话"
        case facts.Transferred(agent_id=agent, to=to):
            return f"座席 {agent} 转给 {to}"
        case facts.Released(agent_id=agent):
            return f"与座席 {agent} 的通话结束"
        case facts.Ended(hangup_by=by):
            return f"通话结束，{_BY.get(by, by)}挂机"
    return None


def _said(prompt: str, flow: Flow) -> str:
    found = flow.prompts.get(prompt)
    text = "" if found is None else next(iter(found.texts.values()), "")
    return f"{prompt}（{text}）" if text else prompt


def _intent(intent: str, flow: Flow) -> str:
    known = flow.knowledge.get(intent)
    return intent if known is None else known.label or known.question


def _queue(queue: str, flow: Flow) -> str:
    return flow.queues[queue].label if queue in flow.queues else "人工"
