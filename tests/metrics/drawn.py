"""Hypothesis draws a few days as they may happen: several customers who call again, agents, drills, complaints."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ivr.records.model import (
    AgentLeg,
    AgentState,
    Call,
    Complaint,
    Handoff,
    Hold,
    QualityScore,
    Record,
    Recording,
    Survey,
    Transaction,
    Verification,
)
from ivr.records.vocabulary import TransactionOutcome
from tests.metrics.told import MIDNIGHT, call, turn

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
#: The same few examples every time, however busy the machine is.
few = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
#: Times crowd around the bounds of rule D4, and a day's last hour around midnight.
WAITS = st.one_of(
    st.integers(0, 60_000), st.sampled_from([4_999, 5_000, 5_001, 19_999, 20_000, 20_001, 30_000, 30_001])
)
OFFERED = st.one_of(
    st.integers(MIDNIGHT - DAY_MS, MIDNIGHT + 3 * DAY_MS),
    st.builds(lambda day, off: MIDNIGHT + day * DAY_MS + off, st.integers(0, 2), st.integers(-2_000_000, 2_000_000)),
)


@st.composite
def _handoff(draw: st.DrawFn, at: int) -> Handoff:
    wait = draw(WAITS)
    asked = Handoff(
        at, "key", at + wait, draw(st.sampled_from(["abandoned", "timeout", "full", "callback"])), t_queued=at
    )
    match draw(st.integers(0, 4)):
        case 0:
            return replace(asked, outcome="closed", refused=True, t_left=at, t_queued=None)
        case 1 | 2:
            ring = draw(st.integers(0, wait))
            told = draw(st.none() | st.integers(at + wait, at + wait + 4000))
            return replace(
                asked, outcome="answered", t_connected=at + wait, ring_ms_answering=ring, agent_id="1001",
                agent_id_announced_at=told,
            )  # fmt: skip
        case _:
            return asked


def checks(at: int) -> st.SearchStrategy[Verification]:
    """Proofs of identity in a call that came in at `at`."""
    outcomes = st.sampled_from(["verified", "identified", "wrong", "locked", "unavailable", "abandoned", "ok"])
    return st.builds(Verification, st.just("pin"), st.integers(0, 3), outcomes, moments(at))


def transactions(at: int) -> st.SearchStrategy[Transaction]:
    """Transactions in a call that came in at `at`."""
    operations = st.sampled_from(["report_loss", "transfer_accept", "instalment_accept"])
    return st.builds(Transaction, operations, moments(at), st.sampled_from(TransactionOutcome))


def moments(at: int) -> st.SearchStrategy[int]:
    """Moments of a call that came in at `at`, and some that cannot be (D5)."""
    after = st.sampled_from([-1, 0, 1, 1000, 2000, 2001, HOUR_MS - 1, HOUR_MS, DAY_MS - 1, DAY_MS, DAY_MS + 1])
    return after.map(lambda ms: at + ms)


@st.composite
def calls(draw: st.DrawFn, name: str) -> Call:
    """One inbound or outbound call with everything that may hang on it."""
    at = draw(OFFERED)
    one = call(name, at, caller_number=draw(st.sampled_from(["+861", "+862", "+863", None])))
    up = at + draw(WAITS)
    one = replace(one, t_answered=up, t_first_prompt=draw(st.none() | st.integers(up, up + 12_000)), t_ended=up)
    if draw(st.integers(0, 5)) == 0:
        return replace(one, t_answered=None, t_first_prompt=None, hangup_by=draw(st.sampled_from(["caller", "system"])))
    now, handoffs, legs = up, [], []
    for _ in range(draw(st.integers(0, 3))):
        handoff = draw(_handoff(now + draw(st.integers(0, 9000))))
        handoffs.append(handoff)
        now = handoff.t_left
        if handoff.outcome == "answered":
            hold = Hold(now, now + draw(WAITS), draw(st.booleans()))
            passed_on = draw(st.sampled_from([None, None, "1002"]))
            legs.append(AgentLeg("1001", now, hold.t_end + 1000, (hold,), passed_on, draw(st.integers(0, 9000))))
            now = hold.t_end + 1000
            break
    words = st.sampled_from(["查余额", "挂失", "转人工", "嗯", ""])
    spoken = [
        turn(draw(words), draw(words), valid=draw(st.booleans()), intent_ok=draw(st.sampled_from([None, True, False])),
             interaction_ok=draw(st.sampled_from([None, True, False])), intent=draw(st.sampled_from([None, "loss"])))
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    asked = st.builds(
        Survey, st.sampled_from(["agent", "bot"]), st.just(True), st.just(True), st.sampled_from([1, 2, 3])
    )
    return replace(
        one,
        handoffs=tuple(handoffs), agent_legs=tuple(legs), turns=tuple(spoken),
        surveys=tuple(draw(st.lists(asked, max_size=2))),
        t_ended=now + draw(st.integers(0, 9000)),
        direction=draw(st.sampled_from(["in", "in", "in", "out"])),
        entry=draw(st.sampled_from(["menu", "menu", "elderly_direct"])),
        drill=draw(st.integers(0, 9)) == 0,
        source=draw(st.sampled_from(["live", "live", "rebuilt"])),
        completed_leaf=draw(st.sampled_from([(), ("balance",)])),
        verifications=tuple(draw(st.lists(checks(at), max_size=2))),
        transactions=tuple(draw(st.lists(transactions(at), max_size=3))),
        recordings=draw(st.sampled_from([(), (Recording("r", at, at + 2000),)])),
        parent_call_id=draw(st.sampled_from([None, "0", "1"])),
        hangup_by=draw(st.sampled_from(["caller", "system"])),
        last_prompt_kind=draw(st.sampled_from([None, "menu", "goodbye"])),
    )  # fmt: skip


@st.composite
def complaints(draw: st.DrawFn, name: str) -> Complaint:
    """A complaint somewhere on its way."""
    at = draw(OFFERED)
    later = st.none() | st.integers(at, at + 2 * DAY_MS)
    return Complaint(
        name, at, at, at + draw(st.integers(0, DAY_MS)), at + draw(st.integers(0, DAY_MS)), draw(later),
        draw(st.sampled_from([None, "王五"])), draw(later), draw(later), draw(later), draw(later),
        draw(st.sampled_from([None, True, False])), draw(st.sampled_from([None, True, False])),
    )  # fmt: skip


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Some days' records in any order."""
    found: list[Record] = [draw(calls(str(at))) for at in range(draw(st.integers(0, 8)))]
    found += [draw(complaints(f"k{at}")) for at in range(draw(st.integers(0, 2)))]
    start = draw(OFFERED)
    for state in ("ready", "talk", "pause"):
        end = start + draw(st.integers(0, DAY_MS))
        found.append(AgentState("1001", state, start, end))
        start = end
    found += [QualityScore("1", "1001", "f1", draw(st.floats(0, 100)), "赵六", start)]
    return draw(st.permutations(found))
