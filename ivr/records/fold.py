"""Facts to a call record. Pure, and patient: facts may be missing, doubled, or in the wrong order, and the call may
never have ended. Each part of the record has its own small interpreter over the ordered facts; the agents' part is
`ivr.records.desk`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar, cast, get_args

from ivr.errors import RecordsError
from ivr.records.desk import Desk
from ivr.records.facts import (
    Answered,
    AppLost,
    CallerSpoke,
    Ended,
    EntryChanged,
    Fact,
    FirstPrompt,
    FlowChosen,
    LanguageChosen,
    LeafCompleted,
    MenuEntered,
    MenuKey,
    Offered,
    PromptSpoken,
)
from ivr.records.model import (
    Call,
    CallerKind,
    Direction,
    EntryKind,
    HangupBy,
    MenuVisit,
    Source,
    Turn,
    VisitOutcome,
)
from ivr.records.typed import clean
from ivr.records.values import tidy

F = TypeVar("F", bound=Fact)

#: `hangup_cause` of a call whose end nobody saw.
APP_LOST = "app_lost"
#: The prompt that the call beyond the capacity hears; it is answered, but not served.
REFUSAL = "capacity"


def fold(call_id: str, facts: Iterable[Fact], *, source: Source = "live") -> Call:
    """The record that `facts` tell. A call without an `Ended` ends with its last fact, by the system, cause app_lost.
    Raises RecordsError where there is no fact at all."""
    story = in_order(facts)
    if not story:
        raise RecordsError(f"{call_id}: 没有任何事实")
    end = _end(story)
    desk = Desk(end.t)
    for fact in story:
        desk.take(fact)
    return Call(
        call_id=clean(call_id),
        source=source,
        t_ended=end.t,
        hangup_by=cast(HangupBy, known(HangupBy, end.hangup_by, "system")),
        hangup_cause=end.cause,
        menu_visits=_menu_visits(story, end.t),
        turns=_turns(story),
        handoffs=desk.handoffs(),
        agent_legs=desk.agent_legs(),
        **_identity(call_id, story),
        **_first_moments(story),
        **_flow(story),
    )


def in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts without doubles, by time; those of one millisecond stay as they came."""
    tidied = (tidy(fact) for fact in facts)
    return tuple(sorted(dict.fromkeys(tidied), key=lambda fact: fact.t))


def known(kind: Any, value: str, otherwise: str) -> str:
    """`value` if the Literal `kind` has it, else `otherwise`: a record never holds a word outside its vocabulary."""
    return value if value in get_args(kind) else otherwise


def _every(story: Sequence[Fact], kind: type[F]) -> list[F]:
    return [fact for fact in story if isinstance(fact, kind)]


def _end(story: Sequence[Fact]) -> Ended:
    ends = _every(story, Ended)
    return ends[0] if ends else Ended(story[-1].t, "system", APP_LOST)


def _identity(call_id: str, story: Sequence[Fact]) -> dict[str, Any]:
    offers = _every(story, Offered)
    offered = offers[0] if offers else Offered(story[0].t, call_id, "in", "", None, "withheld")
    return {
        "linkedid": offered.linkedid,
        "direction": cast(Direction, known(Direction, offered.direction, "in")),
        "did": offered.did,
        "caller_number": offered.caller_number,
        "caller_kind": cast(CallerKind, known(CallerKind, offered.caller_kind, "withheld")),
        "t_offered": offered.t,
        "drill": offered.drill,
    }


def _first_moments(story: Sequence[Fact]) -> dict[str, Any]:
    answers, prompts = _every(story, Answered), _every(story, PromptSpoken)
    # Without a FirstPrompt (lost, or the dialplan spoke) the first prompt counts; a refusal is no service (HB 附录 A).
    firsts: Sequence[Fact] = _every(story, FirstPrompt) or [fact for fact in prompts if fact.prompt != REFUSAL]
    return {
        "t_answered": answers[0].t if answers else None,
        "t_first_prompt": firsts[0].t if firsts else None,
        "last_prompt_kind": prompts[-1].kind if prompts else None,
    }


def _flow(story: Sequence[Fact]) -> dict[str, Any]:
    chosen = _every(story, FlowChosen)
    # An application that comes back in mid-call chooses again; what the call began with stays.
    entries = [fact.entry for fact in chosen[:1]] + [fact.entry for fact in _every(story, EntryChanged)]
    languages = [fact.language for fact in chosen[:1]] + [fact.language for fact in _every(story, LanguageChosen)]
    return {
        "flow_revision": chosen[0].revision if chosen else None,
        "entry": cast(EntryKind, known(EntryKind, entries[-1] if entries else "menu", "menu")),
        "language": languages[-1] if languages else None,
        "completed_leaf": tuple(dict.fromkeys(fact.leaf_id for fact in _every(story, LeafCompleted))),
    }


def _menu_visits(story: Sequence[Fact], t_ended: int) -> tuple[MenuVisit, ...]:
    visits: list[MenuVisit] = []
    inside: MenuEntered | None = None
    for fact in story:
        match fact:
            case MenuEntered():
                if inside:
                    visits.append(_visit(inside, "timeout", None))
                inside = fact
            case MenuKey(outcome=outcome, key=key) if inside:
                visits.append(_visit(inside, outcome, key))
                inside = None
            case Ended() | AppLost() if inside:
                visits.append(_visit(inside, "hangup", None))
                inside = None
    if inside and inside.t <= t_ended:
        visits.append(_visit(inside, "hangup", None))
    return tuple(visits)


def _turns(story: Sequence[Fact]) -> tuple[Turn, ...]:
    """What the caller said, each turn once."""
    told = {fact.turn_id: fact for fact in reversed(_every(story, CallerSpoke))}
    return tuple(
        Turn(
            turn_id=clean(fact.turn_id),
            t_start=fact.t,
            t_end=max(fact.t, fact.t_end),
            asr_text=fact.asr_text,
            asr_conf=fact.asr_conf,
            intent=fact.intent,
            intent_score=fact.intent_score,
            action=fact.action,
            barge_in=fact.barge_in,
            audio_ref=fact.audio_ref,
            pii=fact.pii,
        )
        for fact in reversed(told.values())
    )


def _visit(menu: MenuEntered, outcome: str, key: str | None) -> MenuVisit:
    return MenuVisit(menu.menu_id, menu.level, menu.t, cast(VisitOutcome, known(VisitOutcome, outcome, "invalid")), key)
