"""Facts that came after the record of their call was made: added to the record that stands, which stays as it is in
everything else. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from ivr.records.facts import (
    AgentAnnounced,
    DispositionGiven,
    Ended,
    EntryChanged,
    Fact,
    HoldEnded,
    HoldExplained,
    HoldStarted,
    LanguageChosen,
    PromptEnded,
    Released,
    ResolutionGiven,
    Transferred,
    WrappedUp,
)
from ivr.records.folding.business import cleared_up, more_surveys
from ivr.records.folding.fold import fold, in_order
from ivr.records.folding.prompts import with_end
from ivr.records.model import (
    AgentLeg,
    Call,
    Handoff,
    HeardAnnouncement,
    Hold,
    PromptHeard,
    Recording,
    Resolution,
    Supervision,
    Transaction,
)
from ivr.records.vocabulary import UNSEEN_ENDS

#: The same moment told twice, by AMI and by CEL, is so far apart at most.
_SAME_MS = 100
#: What stays as the record has it, once it has it.
_ONCE_KNOWN = ("t_answered", "t_first_prompt", "last_prompt_kind", "flow_revision", "language", "customer_id")


def add_late(call: Call, facts: Iterable[Fact]) -> Call:
    """`call` with what `facts` add. What the record holds already stays; a part that it does not have is added to it;
    facts told twice count once."""
    story = in_order(facts)
    if not story:
        return call
    told = fold(call.call_id, [*story, *([] if _ended(story) else [Ended(call.t_ended, call.hangup_by, "")])])
    done = _with_end(_with_scalars(_with_parts(call, told), told, story), story)
    hold: HoldStarted | None = None
    for fact in story:
        match fact:
            case HoldStarted():
                hold = fact
            case HoldExplained() if hold is not None:
                hold = replace(hold, explained=True)
            case HoldEnded() if hold is not None:
                done = _on_leg(done, fact.agent_id, partial(_held, start=hold, end=fact))
                hold = None
            case AgentAnnounced():
                done = replace(done, handoffs=_announced(done.handoffs, fact))
            case _:
                done = _amended(done, fact)
    return done


def _ended(story: Iterable[Fact]) -> bool:
    return any(isinstance(fact, Ended) for fact in story)


def _with_parts(call: Call, told: Call) -> Call:
    """The children that the record does not have."""
    turns = {turn.turn_id for turn in call.turns}
    visits = {(visit.menu_id, visit.t_enter) for visit in call.menu_visits}
    legs = tuple(leg for leg in told.agent_legs if not any(_same_leg(leg, one) for one in call.agent_legs))
    asked = tuple(one for one in told.handoffs if not any(_same_request(one, other) for other in call.handoffs))
    supervised = tuple(
        one for one in told.supervisions if not any(_same_part(one, other) for other in call.supervisions)
    )
    return replace(
        call,
        completed_leaf=tuple(dict.fromkeys((*call.completed_leaf, *told.completed_leaf))),
        turns=_and("t_start", call.turns, (turn for turn in told.turns if turn.turn_id not in turns)),
        menu_visits=_and(
            "t_enter", call.menu_visits, (one for one in told.menu_visits if (one.menu_id, one.t_enter) not in visits)
        ),
        handoffs=_and("t_requested", call.handoffs, asked),
        agent_legs=_and("t_connected", call.agent_legs, legs),
        verifications=_and(
            "t", call.verifications, (one for one in told.verifications if one not in call.verifications)
        ),
        transactions=_transactions(call.transactions, told.transactions),
        surveys=more_surveys(call.surveys, told.surveys),
        recordings=_and("t_start", call.recordings, _unknown_recordings(call, told)),
        supervisions=_and("t_start", call.supervisions, supervised),
        recording_consents=_and(
            "t",
            call.recording_consents,
            (one for one in told.recording_consents if one not in call.recording_consents),
        ),
        announcements_heard=_and("t", call.announcements_heard, _unheard(call, told)),
        prompts_heard=_and("t", call.prompts_heard, _more_prompts(call, told)),
    )


def _transactions(stands: tuple[Transaction, ...], told: Iterable[Transaction]) -> tuple[Transaction, ...]:
    """What is told of a request that the record has clears it up; other requests are added."""
    later = {(one.operation, one.key): one for one in told}
    known = [(one, later.pop((one.operation, one.key), None)) for one in stands]
    mended = tuple(one if told is None else cleared_up(one, told) for one, told in known)
    return _and("t", mended, later.values())


def _unknown_recordings(call: Call, told: Call) -> Iterable[Recording]:
    refs = {one.ref for one in call.recordings}
    return (one for one in told.recordings if one.ref not in refs)


def _unheard(call: Call, told: Call) -> Iterable[HeardAnnouncement]:
    known = {(one.announcement, one.place) for one in call.announcements_heard}
    return (one for one in told.announcements_heard if (one.announcement, one.place) not in known)


def _more_prompts(call: Call, told: Call) -> Iterable[PromptHeard]:
    known = {(one.prompt, one.t) for one in call.prompts_heard}
    return (one for one in told.prompts_heard if (one.prompt, one.t) not in known)


def _and(name: str, stands: tuple[Any, ...], more: Iterable[Any]) -> tuple[Any, ...]:
    """What stands keeps its place, annotations and labels name it; what is added follows by its time."""
    added = sorted(more, key=lambda one: getattr(one, name))
    return (*stands, *added)


def _same_leg(one: AgentLeg, other: AgentLeg) -> bool:
    return one.agent_id == other.agent_id and abs(one.t_connected - other.t_connected) < _SAME_MS


def _same_part(one: Supervision, other: Supervision) -> bool:
    return one.supervisor == other.supervisor and abs(one.t_start - other.t_start) < _SAME_MS


def _same_request(one: Handoff, other: Handoff) -> bool:
    connected = one.t_connected is not None and other.t_connected is not None and one.agent_id == other.agent_id
    if connected and abs((one.t_connected or 0) - (other.t_connected or 0)) < _SAME_MS:
        return True
    return abs(one.t_requested - other.t_requested) < _SAME_MS


def _with_scalars(call: Call, told: Call, story: tuple[Fact, ...]) -> Call:
    given: dict[str, Any] = {name: getattr(told, name) for name in _ONCE_KNOWN if getattr(call, name) is None}
    if any(isinstance(fact, EntryChanged) for fact in story) or (call.flow_revision is None and told.flow_revision):
        given["entry"] = told.entry
    if any(isinstance(fact, LanguageChosen) for fact in story):
        given["language"] = told.language
    return replace(call, **given)


def _with_end(call: Call, story: tuple[Fact, ...]) -> Call:
    """An end that somebody saw takes the place of one that nobody saw; the others stand."""
    end = next((fact for fact in story if isinstance(fact, Ended)), None)
    if end is None or call.hangup_cause not in UNSEEN_ENDS:
        return call
    known = fold(call.call_id, [end])
    return replace(call, t_ended=end.t, hangup_by=known.hangup_by, hangup_cause=str(end.cause))


def _amended(call: Call, fact: Fact) -> Call:
    match fact:
        case WrappedUp(agent_id=agent_id, acw_ms=acw_ms):
            return _on_leg(call, agent_id, lambda leg: replace(leg, acw_ms=acw_ms))
        case DispositionGiven(agent_id=agent_id, disposition=code):
            return _on_leg(call, agent_id, lambda leg: replace(leg, disposition=code))
        case Transferred(agent_id=agent_id, to=to):
            return _on_leg(call, agent_id, lambda leg: replace(leg, transferred_to=leg.transferred_to or to))
        case ResolutionGiven(turn_id=turn_id, resolved=resolved):
            said: Resolution = "resolved" if resolved else "unresolved"
            turns = (replace(one, resolution=said) if one.turn_id == turn_id else one for one in call.turns)
            return replace(call, turns=tuple(turns))
        case PromptEnded():
            return replace(call, prompts_heard=with_end(call.prompts_heard, fact))
        case Released(t=t, agent_id=agent_id):
            return _on_leg(call, agent_id, lambda leg: _released(leg, t, call.t_ended))
    return call


def _on_leg(call: Call, agent_id: str, change: Callable[[AgentLeg], AgentLeg]) -> Call:
    """The agent's last leg, changed."""
    legs = list(call.agent_legs)
    for at in reversed(range(len(legs))):
        if legs[at].agent_id == agent_id:
            legs[at] = change(legs[at])
            break
    return replace(call, agent_legs=tuple(legs))


def _released(leg: AgentLeg, t: int, t_ended: int) -> AgentLeg:
    """A leg that only the call's end closed ended when the agent left."""
    return replace(leg, t_released=t) if leg.t_released == t_ended and leg.t_connected <= t < t_ended else leg


def _held(leg: AgentLeg, start: HoldStarted, end: HoldEnded) -> AgentLeg:
    hold = Hold(start.t, max(start.t, min(end.t, max(leg.t_released, start.t))), start.explained)
    return leg if any(one.t_start == hold.t_start for one in leg.hold) else replace(leg, hold=(*leg.hold, hold))


def _announced(handoffs: tuple[Handoff, ...], fact: AgentAnnounced) -> tuple[Handoff, ...]:
    theirs = [at for at, one in enumerate(handoffs) if one.agent_id == fact.agent_id]
    before = [at for at in theirs if (handoffs[at].t_connected or 0) <= fact.t]
    for at in before[-1:] or theirs[:1]:
        if handoffs[at].agent_id_announced_at is None:
            changed = replace(handoffs[at], agent_id_announced_at=fact.t)
            return (*handoffs[:at], changed, *handoffs[at + 1 :])
    return handoffs
