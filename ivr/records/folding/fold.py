"""Facts to a call record. Pure, and patient: facts may be missing, doubled, or in the wrong order, and the call may
never have ended. Each part of the record has its own small interpreter over the ordered facts; the agents' part is
`ivr.records.folding.agents`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast, get_args

from ivr.errors import RecordsError
from ivr.records.exchange.typed import clean
from ivr.records.facts import (
    AnnouncementHeard,
    Answered,
    AppLost,
    CallbackOf,
    CallerSpoke,
    DrillJoined,
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
    RecordingAnswered,
    ResolutionAsked,
    ResolutionGiven,
    StillUp,
)
from ivr.records.folding.agents import AgentFold
from ivr.records.folding.business import business
from ivr.records.folding.prompts import prompts_heard
from ivr.records.journal.lines import tidy
from ivr.records.model import (
    Call,
    CallerKind,
    ConsentHow,
    Direction,
    EntryKind,
    HangupBy,
    HeardAnnouncement,
    MenuVisit,
    Place,
    RecordingConsent,
    Resolution,
    Source,
    Turn,
    VisitOutcome,
)
from ivr.records.prompts import WHISPERED
from ivr.records.vocabulary import TEXT, EndCause

F = TypeVar("F", bound=Fact)

#: The prompt that the call beyond the capacity hears; it is answered, but not served.
REFUSAL = "capacity"


def fold(call_id: str, facts: Iterable[Fact], *, source: Source = "live") -> Call:
    """The record that `facts` tell. A call without an `Ended` ends with its last fact, by the system, cause app_lost
    or last_seen. Raises RecordsError where there is no fact at all."""
    story = in_order(facts)
    if not story:
        raise RecordsError(f"{call_id}: 没有任何事实")
    end = _end(story)
    agents = AgentFold(end.t)
    for fact in story:
        agents.take(fact)
    identity = _identity(call_id, story)
    return Call(
        call_id=clean(call_id),
        source=source,
        t_ended=end.t,
        hangup_by=cast(HangupBy, known(HangupBy, end.hangup_by, "system")),
        hangup_cause=str(end.cause),
        menu_visits=_menu_visits(story, end.t),
        turns=_turns(story),
        handoffs=agents.handoffs(),
        agent_legs=agents.agent_legs(),
        supervisions=agents.supervisions(),
        announcements_heard=_announcements(story),
        recording_consents=_consents(story),
        prompts_heard=() if identity["channel"] == TEXT else prompts_heard(story, seen=source == "live"),
        **identity,
        **_first_moments(story),
        **_flow(story),
        **business(story, end.t),
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
    if ends:
        return ends[0]
    last = story[-1].t
    seen = any(isinstance(fact, StillUp) and fact.t == last for fact in story)
    return Ended(last, "system", EndCause.LAST_SEEN if seen else EndCause.APP_LOST)


def _identity(call_id: str, story: Sequence[Fact]) -> dict[str, Any]:
    offers = _every(story, Offered)
    offered = offers[0] if offers else Offered(story[0].t, call_id, "in", "", None, "withheld")
    parents = [clean(fact.parent_call_id) for fact in _every(story, CallbackOf)]
    return {
        "linkedid": offered.linkedid,
        "parent_call_id": parents[0] if parents else None,
        "direction": cast(Direction, known(Direction, offered.direction, "in")),
        "channel": offered.channel,
        "did": offered.did,
        "caller_number": offered.caller_number,
        "caller_kind": cast(CallerKind, known(CallerKind, offered.caller_kind, "withheld")),
        "t_offered": offered.t,
        "drill": offered.drill or any(isinstance(fact, DrillJoined) for fact in story),
    }


def _first_moments(story: Sequence[Fact]) -> dict[str, Any]:
    answers = _every(story, Answered)
    prompts = [fact for fact in _every(story, PromptSpoken) if fact.kind != WHISPERED]
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


def _announcements(story: Sequence[Fact]) -> tuple[HeardAnnouncement, ...]:
    """Each announcement once a place, from when it was first heard."""
    heard: dict[tuple[str, str], list[AnnouncementHeard]] = {}
    for fact in _every(story, AnnouncementHeard):
        if fact.place in get_args(Place):
            heard.setdefault((fact.announcement, fact.place), []).append(fact)
    return tuple(
        HeardAnnouncement(
            clean(told[0].announcement), cast(Place, told[0].place), told[0].t, any(fact.whole for fact in told)
        )
        for told in heard.values()
    )


def _consents(story: Sequence[Fact]) -> tuple[RecordingConsent, ...]:
    """Each answer to the question whether the call may be recorded."""
    return tuple(
        RecordingConsent(fact.given, cast(ConsentHow, known(ConsentHow, fact.how, "none")), fact.t)
        for fact in _every(story, RecordingAnswered)
    )


def _turns(story: Sequence[Fact]) -> tuple[Turn, ...]:
    """What the caller said, each turn once."""
    told = {fact.turn_id: fact for fact in reversed(_every(story, CallerSpoke))}
    resolved = _resolutions(story)
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
            corrected=fact.corrected,
            resolution=resolved.get(fact.turn_id),
        )
        for fact in reversed(told.values())
    )


def _resolutions(story: Sequence[Fact]) -> Mapping[str, Resolution]:
    """What was said of the answers to questions in writing, by turn: the last word."""
    found: dict[str, Resolution] = {}
    for fact in story:
        match fact:
            case ResolutionAsked(turn_id=turn_id):
                found.setdefault(turn_id, "asked")
            case ResolutionGiven(turn_id=turn_id, resolved=resolved):
                found[turn_id] = "resolved" if resolved else "unresolved"
    return found


def _visit(menu: MenuEntered, outcome: str, key: str | None) -> MenuVisit:
    return MenuVisit(menu.menu_id, menu.level, menu.t, cast(VisitOutcome, known(VisitOutcome, outcome, "invalid")), key)
