"""Where each call stands, from its facts alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.flow.loader import require
from ivr.flow.model import TargetKind
from ivr.records.facts import (
    Answered,
    CallerSpoke,
    Connected,
    DrillJoined,
    Ended,
    Fact,
    FlowChosen,
    HandoffLeft,
    HandoffRequested,
    HoldEnded,
    HoldStarted,
    MenuEntered,
    MenuKey,
    Offered,
    Queued,
    Released,
    Ringing,
    SupervisionBegan,
    SupervisionEnded,
)
from ivr.report.monitoring.calls_now import CallNow, CallsNow, Stage
from ivr.report.monitoring.live_view import LiveView, view_from_json, view_to_json

FLOW = require(Path(__file__).parents[2] / "flows")
NUMBER = "+8613800000007"
MENU, KEY, LEAF = next(
    (menu.id, option.key, option.target.id)
    for menu in FLOW.menus.values()
    for option in menu.options
    if option.target.kind is TargetKind.LEAF
)


def offered(t: int, *, drill: bool = False) -> Offered:
    return Offered(t, "l", "in", "95000", NUMBER, "normal", drill)


def after(*facts: Fact) -> CallNow | None:
    """The one call after these facts."""
    found = CallsNow(FLOW.leaf_of)
    for fact in (offered(1_000), *facts):
        found.take("a", fact)
    return next(iter(found.calls()), None)


SPOKE = CallerSpoke(2_000, "a-t1", 2_500, "", 0.9, "card_loss", 1.0, f"leaf:{LEAF}", False)
WAITS: tuple[Fact, ...] = (HandoffRequested(5_000, "key", "general"), Queued(5_100, "general"))
TALKS: tuple[Fact, ...] = (*WAITS, Ringing(6_000, "1001"), Connected(7_000, "1001", 1_000))


@pytest.mark.parametrize(
    ("facts", "stage", "since"),
    [
        ((), Stage.ARRIVING, 1_000),
        ((Answered(1_100),), Stage.ARRIVING, 1_000),
        ((MenuEntered(2_000, "main", 1),), Stage.MENU, 2_000),
        ((MenuEntered(2_000, MENU, 1), MenuKey(3_000, "choice", KEY)), Stage.LEAF, 3_000),
        ((MenuEntered(2_000, MENU, 1), MenuKey(3_000, "repeat", "#")), Stage.MENU, 2_000),
        ((MenuEntered(2_000, "main", 1), SPOKE), Stage.LEAF, 2_500),
        (WAITS, Stage.QUEUE, 5_100),
        (TALKS[:-1], Stage.RINGING, 6_000),
        (TALKS, Stage.TALKING, 7_000),
        ((*TALKS, HoldStarted(8_000, "1001")), Stage.HELD, 8_000),
        ((*TALKS, HoldStarted(8_000, "1001"), HoldEnded(9_000, "1001")), Stage.TALKING, 9_000),
        ((*TALKS, Released(9_000, "1001")), Stage.AFTER, 9_000),
        ((*WAITS, HandoffLeft(9_000, "timeout")), Stage.MENU, 9_000),
    ],
)
def test_the_stage_of_a_call(facts: tuple[Fact, ...], stage: Stage, since: int) -> None:
    call = after(*facts)
    assert call is not None and (call.stage, call.stage_since, call.since) == (stage, since, 1_000)


def test_what_stands_beside_the_stage() -> None:
    waiting = after(*WAITS)
    assert waiting is not None and (waiting.queue, waiting.waiting_since, waiting.agent) == ("general", 5_100, None)
    ringing = after(*TALKS[:-1])
    assert ringing is not None and (ringing.agent, ringing.waiting_since) == ("1001", 5_100)
    talking = after(*TALKS)
    assert talking is not None and (talking.agent, talking.waiting_since) == ("1001", None)
    over = after(*TALKS, Released(9_000, "1001"))
    assert over is not None and over.agent is None
    leaf = after(MenuEntered(2_000, MENU, 1), MenuKey(3_000, "choice", KEY))
    assert leaf is not None and leaf.leaf == LEAF
    back = after(MenuEntered(2_000, MENU, 1), MenuKey(3_000, "choice", KEY), MenuEntered(4_000, "main", 1))
    assert back is not None and (back.leaf, back.menu) == (None, "main")
    elderly = after(FlowChosen(1_500, "r1", "elderly_direct", "zh"))
    assert elderly is not None and elderly.entry == "elderly_direct"


def test_supervisors_come_and_go() -> None:
    began = (SupervisionBegan(8_000, "1006", "1001", "listen"), SupervisionBegan(8_100, "1007", "1001", "join"))
    both = after(*TALKS, *began)
    assert both is not None and both.supervisors == ("1006", "1007")
    one = after(*TALKS, *began, SupervisionEnded(9_000, "1006"))
    assert one is not None and one.supervisors == ("1007",)


def test_tests_are_marked_and_what_is_over_is_gone() -> None:
    joined = after(DrillJoined(2_000))
    assert joined is not None and joined.test
    assert after(Ended(3_000, "caller", "16")) is None
    assert after(Ended(3_000, "caller", "16"), MenuEntered(3_001, "main", 1)) is None
    found = CallsNow(FLOW.leaf_of)
    found.take("b", MenuEntered(1, "main", 1))
    assert found.calls() == ()


_T = st.integers(0, 10**6)
_FACTS = st.one_of(
    st.builds(offered, _T, drill=st.booleans()),
    st.builds(MenuEntered, _T, st.sampled_from([MENU, "main", "gone"]), st.just(1)),
    st.builds(MenuKey, _T, st.sampled_from(["choice", "repeat"]), st.sampled_from([KEY, "8", None])),
    st.builds(HandoffRequested, _T, st.just("key"), st.just("general"), st.booleans()),
    st.builds(Queued, _T, st.just("general")),
    st.builds(Ringing, _T, st.sampled_from(["1001", "1002"])),
    st.builds(Connected, _T, st.just("1001"), st.just(0)),
    st.builds(HoldStarted, _T, st.just("1001")),
    st.builds(Released, _T, st.just("1001")),
    st.builds(HandoffLeft, _T, st.just("timeout")),
    st.builds(Ended, _T, st.just("caller"), st.just("16")),
)


@given(st.lists(st.tuples(st.sampled_from("abc"), _FACTS), max_size=60))
def test_whatever_happens_can_be_sent_and_read_and_holds_no_number(facts: list[tuple[str, Fact]]) -> None:
    found = CallsNow(FLOW.leaf_of)
    for call, fact in facts:
        found.take(call, fact)
    for call_now in found.calls():
        assert (call_now.agent is not None) == (call_now.stage in (Stage.RINGING, Stage.TALKING, Stage.HELD))
        assert call_now.waiting_since is None or call_now.stage in (Stage.QUEUE, Stage.RINGING)
        assert (call_now.leaf is not None) == (call_now.stage is Stage.LEAF)
    view = LiveView(1, 2, "n", 3, "r", calls=found.calls())
    assert view_from_json(view_to_json(view)) == view
    assert NUMBER not in str(view)
