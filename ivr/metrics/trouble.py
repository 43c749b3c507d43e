"""How badly a call went for its caller, in points: people look at the worst first. No figure of a standard. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.metrics import rules
from ivr.records.model import Call, Handoff, Turn
from ivr.records.vocabulary import Action, TransactionOutcome

#: The list of `ivr.records.counting` that these calls are kept in.
LIST = "trouble"
#: A call with fewer points is not worth a place in the list.
LEAST = 3
_NOT_UNDERSTOOD = frozenset({Action.REPHRASE, Action.OFFER_AGENT, Action.HAND_OVER, Action.FALLBACK})
#: Below this nobody can tell what was heard.
_UNSURE = 0.5


def troubles(call: Call) -> tuple[tuple[str, int], ...]:
    """What went wrong, in words, and its points."""
    return tuple((words, points) for words, points in _troubles(call) if points)


def points(call: Call) -> int:
    """All of it."""
    return sum(points for _, points in troubles(call))


def _troubles(call: Call) -> Iterator[tuple[str, int]]:
    yield "没有选中", sum(visit.outcome in ("invalid", "timeout") for visit in call.menu_visits)
    yield "反复重听", max(0, sum(visit.outcome == "repeat" for visit in call.menu_visits) - 1)
    yield "没有听懂", 2 * sum(_action(turn) in _NOT_UNDERSTOOD for turn in call.turns)
    yield "听错了意思", 2 * sum(_action(turn) == Action.NO for turn in call.turns)
    yield "识别没有把握", sum(turn.asr_conf is not None and turn.asr_conf < _UNSURE for turn in call.turns)
    yield "回答没有解决", 3 * sum(turn.resolution == "unresolved" for turn in call.turns)
    yield "等待后放弃", 4 * sum(_gave_up(one) for one in call.handoffs)
    yield "等待超过 20 秒", sum(_waited_long(one) for one in call.handoffs)
    yield "没有转成人工", 2 * sum(_not_served(one) for one in call.handoffs)
    yield (
        "保持超过 30 秒",
        sum(rules.hold_too_long(hold.t_end - hold.t_start) for leg in call.agent_legs for hold in leg.hold),
    )
    yield "交易没有办成", 3 * sum(_failed(one.outcome) for one in call.transactions)
    yield "客户不满意", 5 * sum(one.score == 3 for one in call.surveys)
    told = call.last_prompt_kind in ("goodbye", "notice")
    yield "没有告别就挂断", 4 * (call.hangup_by == "system" and call.t_answered is not None and not told)


def _action(turn: Turn) -> str:
    return (turn.action or "").partition(":")[0]


def _gave_up(one: Handoff) -> bool:
    return not one.refused and one.outcome == "abandoned" and rules.counted_abandon(one.t_left - one.t_requested)


def _waited_long(one: Handoff) -> bool:
    return not one.refused and not rules.within_20s(one.t_left - one.t_requested)


def _not_served(one: Handoff) -> bool:
    return one.refused or one.outcome in ("timeout", "full", "no_agents")


def _failed(outcome: str) -> bool:
    return outcome in (TransactionOutcome.FAILED, TransactionOutcome.IN_DOUBT)
