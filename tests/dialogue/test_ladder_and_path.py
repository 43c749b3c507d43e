"""The two counters behind D2 and D3 by themselves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.dialogue.escalation import EscalationPolicy, EscalationStep, Miss
from ivr.dialogue.path import Path


@given(st.integers(-2, 6), st.lists(st.sampled_from(Miss), max_size=30))
def test_each_kind_climbs_its_own_ladder(rephrase: int, misses: list[Miss]) -> None:
    escalation = EscalationPolicy()
    counts = dict.fromkeys(Miss, 0)
    for kind in misses:
        counts[kind] += 1
        step = escalation.miss(kind, rephrase)
        if counts[kind] <= rephrase:
            assert step is EscalationStep.REPHRASE
        else:
            assert step is (EscalationStep.OFFER_AGENT if counts[kind] == rephrase + 1 else EscalationStep.HAND_OVER)
    escalation.reset()
    assert escalation.miss(Miss.NO_INPUT, 1) is EscalationStep.REPHRASE


@given(st.lists(st.one_of(st.sampled_from("abcde"), st.just("back"), st.just("home")), max_size=50))
def test_a_path_keeps_its_root_and_never_holds_a_menu_twice(transitions: list[str]) -> None:
    path = Path("root")
    for move in transitions:
        before = path.menus
        if move == "back":
            assert path.back() is (len(before) > 1)
            assert path.menus == (before[:-1] if len(before) > 1 else before)
        elif move == "home":
            path.home()
            assert path.menus == ("root",)
        else:
            path.enter(move)
            assert path.menu == move
        assert path.menus[0] == "root"
        assert len(set(path.menus)) == len(path.menus)
