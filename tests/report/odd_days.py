"""Days as they should not happen but do: clocks that run backwards, calls across midnight, callbacks days later,
requests out of order, nobody known by name, nothing at all."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from ivr.records.model import AgentState, Call, Complaint, MenuVisit, QualityScore, Record, Survey
from tests.metrics.drawn import DAY_MS, OFFERED, records
from tests.metrics.told import TEN, answered

NUMBERS = st.sampled_from(["+861", "+862", None])
QUEUES = st.sampled_from(["general", "cards", "", None])
SCORES = st.sampled_from([1, 2, 3, None])
#: Ends that lie before the beginning, days after it, or exactly at the bounds of the hour.
ENDS = st.sampled_from([-5_000_000, -1, 0, 1, 4_999, 3_599_999, 3_600_000, 2 * DAY_MS, 40 * DAY_MS])
SHIFTS = st.sampled_from([-9_000, -1, 0, 0, 0, 1, 20_001])


@st.composite
def _odd_call(draw: st.DrawFn, one: Call) -> Call:
    handoffs = tuple(
        replace(
            handoff,
            queue=draw(QUEUES),
            t_requested=handoff.t_requested + draw(SHIFTS),
            t_queued=draw(st.sampled_from([handoff.t_queued, None, handoff.t_requested])),
            reason=draw(st.sampled_from(["key", "elderly_key", "intent", "policy"])),
            refused=draw(st.sampled_from([handoff.refused, handoff.refused, True, False])),
        )
        for handoff in draw(st.permutations(one.handoffs))
    )
    visits = st.builds(
        MenuVisit,
        st.just("main"),
        st.just(1),
        st.just(one.t_offered),
        st.just("choice"),
        st.sampled_from([None, "", "1"]),
    )
    surveys = st.builds(Survey, st.sampled_from(["agent", "bot", "complaint"]), st.booleans(), st.booleans(), SCORES)
    return replace(
        one,
        handoffs=handoffs,
        surveys=tuple(draw(st.lists(surveys, max_size=3))),
        menu_visits=tuple(draw(st.lists(visits, max_size=2))),
        customer_id=draw(st.sampled_from([None, None, "k1", ""])),
        caller_number=draw(NUMBERS),
        caller_kind=draw(st.sampled_from(["normal", "normal", "withheld"])),
        did=draw(st.sampled_from(["95000", "95000", "95000", "test"])),
        channel=draw(st.sampled_from(["voice", "voice", "video"])),
        parent_call_id=draw(st.sampled_from([None, "0", "1", "2", "nobody"])),
        turns=one.turns if draw(st.booleans()) else (),
        t_ended=one.t_offered + draw(ENDS) if draw(st.booleans()) else one.t_ended,
    )


@st.composite
def _again(draw: st.DrawFn, one: Call, name: str) -> Call:
    """A call of the same customer about an hour after the end of another, or its callback."""
    at = one.t_ended + draw(st.sampled_from([-1, 0, 1, 3_599_999, 3_600_000, DAY_MS]))
    late = replace(one, call_id=name, linkedid=name, t_offered=at, t_ended=at + draw(ENDS), handoffs=(), agent_legs=())
    if draw(st.booleans()):
        return replace(late, direction="in", parent_call_id=None, turns=())
    back = replace(late, direction="out", parent_call_id=one.call_id, drill=draw(st.integers(0, 9)) == 0, turns=())
    return replace(back, handoffs=(answered(draw(st.sampled_from([0, 5000])), at),))


@st.composite
def odd_records(draw: st.DrawFn) -> list[Record]:
    """Up to a dozen records of a few days, in any order."""
    found: list[Record] = []
    for record in draw(records()):
        match record:
            case Call():
                found.append(draw(_odd_call(record)))
            case Complaint():
                ties = draw(st.lists(st.sampled_from(["0", "1", "nobody"]), max_size=2, unique=True))
                found.append(replace(record, call_ids=tuple(ties)))
            case _:
                found.append(record)
    calls = [one for one in found if isinstance(one, Call)]
    for at, one in enumerate(calls[: draw(st.integers(0, 3))]):
        found.append(draw(_again(one, f"again{at}")))
    if draw(st.booleans()):
        start = draw(OFFERED)
        end = start + draw(st.integers(-1000, 3 * DAY_MS))
        found.append(AgentState("nobody", draw(st.sampled_from(["ring", "acw", "offline"])), start, end))
        found.append(QualityScore(draw(st.sampled_from(["0", "1", "none"])), "1001", "f2", 0.1, "钱七", start))
    return draw(st.permutations(found))


#: Moments at which a report may be made; None decides everything.
MOMENTS = st.none() | st.integers(TEN - DAY_MS, TEN + 3 * DAY_MS)
