"""One call as a time line, beside the menu as it was then. Who may list calls sees what happened, without what
was said or who it was; the whole record, with the caller's words and number, is looked at for a reason (CBA 十三), and
so is the sound of single utterances heard that was kept for labelling, by who may hear it there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from ivr.care.quality.scoring import verdict, visible
from ivr.console.names import UNWRITTEN, leaves_words
from ivr.console.page import Visit, page
from ivr.flow.drawing.svg import Living, Note, svg
from ivr.flow.model import Flow
from ivr.metrics import rules
from ivr.people.actions import Action
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Call
from ivr.records.numbers import masked, shown
from ivr.report import record_words as words
from ivr.report.time_line import Moment, names_of, time_line
from ivr.speech.audio.peaks import Peaks


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording on the page: where its sound is, its outline, and where in it (s) moments are, by their number from 1
    on. `wrong`: why there is no outline."""

    name: str
    address: str
    outline: Peaks
    places: Mapping[int, float]
    wrong: str = ""

    @property
    def path(self) -> str:
        """The outline as the path of an SVG, 100 high, one unit wide for each part."""
        return "".join(
            f"M{at} {50 - max(0.5, 49 * level):.1f}V{50 + max(0.5, 49 * level):.1f}"
            for at, level in enumerate(self.outline.levels)
        )


@page("/calls/{call_id}", Action.RECORDS_LIST, title="一通电话", target="call:{call_id}")
def masked_call(visit: Visit) -> Response:
    """The call without personal data."""
    call = visit.store.get(visit.path["call_id"])
    return lost(visit) if call is None else shown_call(visit, call, whole=False)


@page("/calls/{call_id}/whole", Action.RECORDS_READ, title="完整的一通电话", target="call:{call_id}")
def whole_call(visit: Visit) -> Response:
    """The call with number and words."""
    call = visit.store.get(visit.path["call_id"])
    return lost(visit) if call is None else shown_call(visit, call, whole=True)


def lost(visit: Visit) -> Response:
    """There is no such call."""
    return visit.render("calls/lost.html", status=404)


def shown_call(
    visit: Visit,
    call: Call,
    *,
    whole: bool,
    sounds: Callable[[Sequence[Moment]], Sequence[Sound]] | None = None,
) -> Response:
    """The page of a call; `sounds` finds its recordings, where they may be heard here."""
    revision = visit.store.revision(call.flow_revision or "")
    flow = visit.console.flows.of(revision)
    moments = time_line(call, names_of(flow, call.language) if flow is not None else {})
    number = shown(call.caller_number, call.caller_kind)
    return visit.render(
        "calls/call.html",
        call=call,
        whole=whole,
        number=(number or "—") if whole else masked(number),
        revision=revision,
        moments=moments,
        picture=None if flow is None else _picture(flow, moments),
        sounds=None if sounds is None else sounds(moments),
        faults=rules.clock_faults(call),
        leaves=leaves_words(call, UNWRITTEN if flow is None else {**UNWRITTEN, **names_of(flow)}),
        **_utterances(visit, call),
        **_words_of(call),
        **_scores(visit, call),
    )


def _picture(flow: Flow, moments: Iterable[Moment]) -> Markup:
    """The menu of the call's revision; what the caller came to says at which steps, and leads to the first of them."""
    steps: dict[str, list[int]] = {}
    trouble = set()
    for at, one in enumerate(moments, 1):
        if one.place:
            steps.setdefault(one.place, []).append(at)
            trouble |= {one.place} if one.trouble else set()
    notes = {place: Note(f"第 {'、'.join(map(str, numbers))} 步", place in trouble) for place, numbers in steps.items()}
    return Markup(svg(flow, Living(notes, lambda place: f"#m{steps[place][0]}" if place in steps else "")))  # noqa: S704 - the drawing escapes all text


def _scores(visit: Visit, call: Call) -> dict[str, Any]:
    """Scores that the visitor may see, and the agents whose part he may score; others' scores only after his own."""
    if not (call.agent_legs and visit.may(Action.QUALITY_SCORE)):
        return {"scoring": False}
    scores = visit.store.quality.of_call(call.call_id)
    mine = {one.score.agent_id for one in scores if one.score.monitor == visit.person}
    agents = dict.fromkeys(leg.agent_id for leg in call.agent_legs)
    own = visit.access.agent_id
    to_score = [agent for agent in agents if agent not in mine and agent != own]
    return {"scoring": True, "scored": visible(scores, visit.person), "to_score": to_score, "verdict": verdict}


def _utterances(visit: Visit, call: Call) -> dict[str, Any]:
    """`kept`: the turns whose sound is there and may be heard by who visits; `asked`: he has yet to say why (CBA 十三),
    for this call, once in half an hour."""
    audio = Utterances(visit.settings.utterances)
    may = visit.may(Action.LABELS_LISTEN)
    kept = frozenset(turn.turn_id for turn in call.turns if may and audio.has(turn.audio_ref))
    session, target = visit.signed_in.session.id, f"call:{call.call_id}"
    reason = visit.store.console.reason(session, Action.LABELS_LISTEN.value, target, visit.now) if kept else None
    return {"kept": kept, "asked": bool(kept) and reason is None}


def _words_of(call: Call) -> dict[str, Any]:
    return {
        "entry": words.entry_words(call),
        "ended": words.hangup_words(call),
        "cause": words.words(words.CAUSE, call.hangup_cause or ""),
        "surveys": [words.survey_words(one) for one in call.surveys],
        "source": words.words(words.SOURCE, call.source),
        "channel": words.words(words.CHANNEL, call.channel),
    }
