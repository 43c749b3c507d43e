"""A flow that listens and asks, and an understanding whose decisions a test can set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

from ivr.dialogue.arrival import Arrival
from ivr.dialogue.leaf_run import LeafRun
from ivr.dialogue.model import Caller
from ivr.dialogue.state import DialogueState
from ivr.flow.model import (
    Flow,
    Intent,
    Leaf,
    LeafKind,
    Menu,
    Prompt,
    PromptKind,
    Question,
    SlotKind,
    Target,
    TargetKind,
)
from ivr.flow.prompts.derived import ASKING_PROMPTS, LISTENING_PROMPTS, derived
from ivr.flow.steps.ask import SLOT_SPOKEN
from ivr.nlu import Context, Decision, Meaning, Slots, Understanding
from tests.flows_for_tests import OPEN, flow, for_agents, leaves, menus, option, prompts

#: What the test says → decision, intent, runner-up.
SURE, UNSURE, TORN = "我的卡丢了", "卡好像没了", "网点还是挂失"
NOISE = "打麻将去"
_DECIDED: Mapping[str, tuple[Decision, str, str | None]] = {
    SURE: (Decision.ACCEPT, "loss", None),
    UNSURE: (Decision.CONFIRM, "loss", "hours"),
    TORN: (Decision.ASK_WHICH, "hours", "loss"),
    "网点几点开门": (Decision.ACCEPT, "hours", None),
    "不是，网点几点开门": (Decision.ACCEPT, "hours", None),
    "账户": (Decision.ACCEPT, "accounts", None),
    "要带什么证件": (Decision.ACCEPT, "papers", None),
    "信用卡中心": (Decision.ACCEPT, "cards", None),
    "我要分期": (Decision.ACCEPT, "instalment", None),
    "我要分期五千块": (Decision.ACCEPT, "instalment", None),
    "激活": (Decision.ACCEPT, "activation", None),
    "旧业务": (Decision.ACCEPT, "old", None),
    "冻结": (Decision.ACCEPT, "freeze", None),
}


class Decided(Understanding):
    """Decides as the table says, where that is among what may be meant; words and values are understood for real."""

    def understand(self, text: str, context: Context | None = None) -> Meaning:
        """The meaning with the table's decision; what is not in it is rejected."""
        asked = context or Context()
        real = super().understand(text, asked)
        decision, intent, other = _DECIDED.get(text, (Decision.REJECT, None, None))
        possible = asked.among or tuple(self._intents)
        if not {intent, other} - {None} <= set(possible) and decision is not Decision.CONFIRM:
            decision, intent = Decision.REJECT, None
        if intent not in possible or not self._intents[intent].valid(asked.day or date(2026, 3, 2)):
            decision, intent = Decision.REJECT, None
        score = 0.1 if decision is Decision.REJECT else 0.7
        return replace(
            real, decision=decision, intent=intent, score=score, runner_up=other, runner_up_score=score - 0.01
        )


def intent(id: str, kind: TargetKind | None, target: str, **more: object) -> Intent:
    """An intent labelled by its id."""
    answer = () if kind else (target,)
    made = Intent(id, f"办{id}", f"怎么办{id}", (), Target(kind, target) if kind else None, answer, "手册", "客服")
    return replace(made, **more)  # type: ignore[arg-type]


def asking(id: str, slot: SlotKind, *, kind: LeafKind = LeafKind.TRANSACTION, more: tuple[Question, ...] = ()) -> Leaf:
    """A leaf that asks for a value, says it and hands over to the queue `cards`."""
    personal = slot in (SlotKind.LAST4, SlotKind.PHONE)
    questions = (Question("value", slot, f"{id}_ask", "办理", personal), *more)
    say = (f"{id}_said", f"{id}_intro")
    queue = None if kind is LeafKind.CONSULT else "cards"
    return for_agents(id, id, say, queue, kind=kind, ask=questions)


ASKED = {
    "instalment": SlotKind.AMOUNT,
    "prepay": SlotKind.DATE,
    "activation": SlotKind.LAST4,
    "progress": SlotKind.PHONE,
    "consent": SlotKind.YES_NO,
}
#: Key in the menu `ask` → the leaf that asks.
ASK_KEYS = dict(zip("12345", ASKED, strict=True))


@cache
def listening() -> Flow:
    """The small flow, all menus but `transfers` listening (`accounts` for two intents only), with leaves that ask
    behind main → 6."""
    made = dict(menus())
    made["main"] = replace(
        made["main"], listen=True, options=(*made["main"].options, option("6", TargetKind.MENU, "ask"))
    )
    made["closed"] = replace(made["closed"], listen=True)
    made["accounts"] = replace(made["accounts"], listen=True, intents=("loss", "agent"))
    made["ask"] = Menu(
        "ask", "ask_menu", tuple(option(key, TargetKind.LEAF, leaf) for key, leaf in ASK_KEYS.items()), 2, 5_000, True
    )
    places = dict(leaves()) | {id: asking(id, slot) for id, slot in ASKED.items()}
    places["rate"] = asking("rate", SlotKind.AMOUNT, kind=LeafKind.CONSULT)
    made["ask"] = replace(made["ask"], options=(*made["ask"].options, option("6", TargetKind.LEAF, "rate")))
    leaf, menu, queue = TargetKind.LEAF, TargetKind.MENU, TargetKind.HANDOFF
    known = [
        intent("loss", leaf, "card_loss"),
        intent("hours", leaf, "branch_hours"),
        intent("accounts", menu, "accounts"),
        intent("cards", queue, "cards"),
        intent("agent", queue, "general"),
        intent("papers", None, "branch_hours_info"),
        intent("instalment", leaf, "instalment"),
        intent("activation", leaf, "activation"),
        intent("old", leaf, "branch_hours", valid_to=date(2026, 1, 1)),
        intent("freeze", leaf, "card_loss", confirm=True),
    ]
    return flow(
        menus=made,
        leaves=places,
        knowledge={each.id: each for each in known},
        prompts={**prompts(), **_texts(), **derived(known, ("zh",))},
    )


def _texts() -> Mapping[str, Prompt]:
    said = {name: f"〔{name}〕" for name in (*LISTENING_PROMPTS, *ASKING_PROMPTS)}
    said |= {f"confirm_{slot.value}": f"是{{{slot.value}:{kind}}}吗" for slot, kind in SLOT_SPOKEN.items()}
    said["ask_menu"] = "请选择。"
    for id, slot in {**ASKED, "rate": SlotKind.AMOUNT}.items():
        value = f"{{value:{SLOT_SPOKEN[slot]}}}" if slot in SLOT_SPOKEN else ""
        said |= {f"{id}_ask": "请问？", f"{id}_said": f"记下了{value}。", f"{id}_intro": "请稍候。"}
    return {id: Prompt(id, PromptKind.QUESTION, {"zh": text}) for id, text in said.items()}


@cache
def decided() -> Understanding:
    """The understanding of `listening`."""
    return Decided(listening())


def at_work(leaf: Leaf, before: Slots | None = None) -> LeafRun:
    """The leaf, begun by a caller who said `before` on the way."""
    made = listening()
    served = replace(made, leaves={**made.leaves, leaf.id: leaf})
    state = DialogueState(served, Caller(None), Arrival("menu", (), "main"), OPEN)
    return state.carry_out(leaf, before)
