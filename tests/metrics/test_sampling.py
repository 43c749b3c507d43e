"""Which turns are drawn to be labelled: fair within a layer, every layer seen, the worst first, the same for a seed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.labels.sampling import (
    METHOD,
    Candidate,
    candidate,
    candidates,
    coverage,
    draw,
    drawn,
    held_out,
    stratum,
)
from ivr.records.model import Handoff, MenuVisit, Turn
from ivr.records.sampling import Labelled, SamplingPlan
from tests.metrics.told import TEN, call


def spoken(turn_id: str = "t", at: int = TEN, **more: Any) -> Turn:
    """A turn that was understood well."""
    given: dict[str, Any] = {
        "asr_text": "挂失",
        "asr_conf": 0.9,
        "intent": "loss",
        "intent_score": 0.9,
        "action": "leaf:loss",
    }
    return Turn(turn_id, at, at + 500, **given | more)


@pytest.mark.parametrize(
    ("turn", "name"),
    [
        (spoken(), "loss 高分"),
        (spoken(intent_score=0.85), "loss 高分"),
        (spoken(intent_score=0.8499), "loss 中分"),
        (spoken(intent_score=0.4), "loss 中分"),
        (spoken(intent_score=0.39), "loss 低分"),
        (spoken(intent_score=None), "loss 无分"),
        (spoken(intent=None, intent_score=0.3, action="rephrase"), "拒识 低分"),
        (spoken(intent="fallback", intent_score=None, action=None), "拒识 无分"),
        (spoken(intent=None, action="repeat", intent_score=None), "通用词:repeat 无分"),
        (spoken(action="offer_agent"), "拒识 高分"),
        (spoken(intent=None, action="slot:card", intent_score=0.0), "通用词:slot 低分"),
    ],
)
def test_layers(turn: Turn, name: str) -> None:
    assert stratum(turn) == name


CONFIRM = spoken(action="confirm:loss", intent_score=0.5)
NO = spoken("n", TEN + 9000, intent=None, intent_score=0.0, action="no")
MISS = spoken("n", TEN + 9000, intent=None, intent_score=0.2, action="rephrase")


@pytest.mark.parametrize(
    ("turns", "more", "reasons"),
    [
        ([spoken()], {}, []),
        ([spoken(asr_conf=None)], {}, []),
        ([spoken(asr_conf=0.49)], {}, ["识别分低"]),
        ([spoken(intent_score=0.39)], {}, ["意图分低"]),
        ([spoken(action="which:loss,balance")], {}, ["问了是哪一个"]),
        ([spoken(action="which:loss,balance"), NO], {}, ["确认时客户说不对", "问了是哪一个"]),
        ([spoken(action="repeat", intent=None, intent_score=0.1)], {}, []),
        ([spoken(action="slot:card", intent=None), NO], {}, ["确认时客户说不对"]),
        ([spoken(intent=None, action="rephrase")], {}, ["没听懂"]),
        ([CONFIRM], {}, []),  # answered by key, or the caller hung up: nobody knows
        ([CONFIRM, spoken("n", TEN + 9000, action="yes")], {}, []),
        ([CONFIRM, NO], {}, ["确认时客户说不对"]),
        ([spoken(), NO], {}, []),
        ([spoken(), MISS], {}, ["之后又没听懂"]),
        ([CONFIRM, MISS], {}, ["之后又没听懂"]),
        ([spoken()], {"menu_visits": (MenuVisit("m", 1, TEN + 600, "invalid", "9"),)}, ["之后按错或没有按键"]),
        ([spoken()], {"menu_visits": (MenuVisit("m", 1, TEN + 600, "choice", "9"),)}, []),
        ([spoken()], {"menu_visits": (MenuVisit("m", 1, TEN - 600, "timeout"),)}, []),
        ([spoken()], {"handoffs": (Handoff(TEN + 900, "fallback", TEN + 999, "answered"),)}, ["之后转了人工"]),
        ([spoken()], {"handoffs": (Handoff(TEN + 900, "key", TEN + 999, "answered"),)}, []),
        ([spoken()], {"handoffs": (Handoff(TEN - 900, "fallback", TEN + 999, "answered"),)}, []),
    ],
)  # fmt: skip
def test_what_there_is_to_worry_about(turns: list[Turn], more: dict[str, Any], reasons: list[str]) -> None:
    found = candidate(call(turns=tuple(turns), **more), 0)
    assert list(found.reasons) == reasons
    assert (found.concern > 0) == bool(reasons)


def test_drills_and_personal_answers_and_ids_that_are_not_unique_are_not_drawn() -> None:
    calls = [
        call("a", turns=(spoken("1"), spoken("2"))),
        call("b", turns=(spoken("2"), spoken("3"))),
        call("c", turns=(spoken("4"),), drill=True),
        call("d", turns=(spoken("5"),), direction="out"),
        call("e", turns=(spoken("6", pii=True, asr_text=""), spoken("7", pii=True, asr_text="卡〔号码〕"))),
    ]
    assert [one.turn_id for one in candidates(calls)] == ["1", "3", "7"]


FOUND = st.lists(
    st.builds(
        Candidate,
        turn_id=st.text("abcdefgh", min_size=1, max_size=3),
        stratum=st.sampled_from(["拒识 低分", "loss 高分", "loss 中分", "balance 高分"]),
        concern=st.integers(0, 9),
        reasons=st.just(()),
        score=st.floats(0, 1),
    ),
    max_size=30,
    unique_by=lambda one: one.turn_id,
)


@given(FOUND, st.integers(0, 40), st.integers(0, 5), st.randoms(use_true_random=False))
def test_what_a_sample_is(found: list[Candidate], n: int, seed: int, mixed: Any) -> None:
    done = draw(found, n, seed)
    ids = [one.turn_id for one in done.drawn]
    assert len(ids) == len(set(ids)) == min(n, len(found)) and set(done.drawn) <= set(found)
    assert [one.concern for one in done.drawn] == sorted((one.concern for one in done.drawn), reverse=True)
    # the layers' counts are the period's and the sample's, and no layer goes without while another has two
    assert {one.name: one.turns for one in done.strata} == Counter(one.stratum for one in found)
    assert {one.name: one.drawn for one in done.strata if one.drawn} == Counter(one.stratum for one in done.drawn)
    most = max((one.drawn for one in done.strata), default=0)
    assert all(one.drawn >= most - 1 or one.drawn == one.turns for one in done.strata)
    again = list(found)
    mixed.shuffle(again)
    assert draw(again, n, seed) == done


def test_the_worst_layer_comes_first_where_not_every_layer_can_be_seen() -> None:
    found = [
        Candidate(f"{layer}{at}", layer, worry, (), 0.5) for layer, worry in (("好", 0), ("糟", 5)) for at in range(9)
    ]
    assert {one.stratum for one in draw(found, 1, 1).drawn} == {"糟"}
    assert Counter(one.stratum for one in draw(found, 5, 1).drawn) == {"糟": 3, "好": 2}


def test_within_a_layer_chance_decides_and_every_turn_may_come() -> None:
    found = [Candidate(f"t{at}", "x", at % 3, (), 0.5) for at in range(10)]
    times = Counter(one.turn_id for seed in range(400) for one in draw(found, 3, seed).drawn)
    assert sum(times.values()) == 1200 and all(80 < times[f"t{at}"] < 160 for at in range(10))  # 120 each, σ ≈ 9
    assert draw(found, 3, 1) != draw(found, 3, 2)


def test_a_figure_names_the_plans_behind_it() -> None:
    found = draw([Candidate(name, "x", 0, (), 0.5) for name in "1234"], 9, 1)

    def plan(name: str, t: int, *ids: str) -> SamplingPlan:
        kept = tuple(one for one in drawn(found) if one.turn_id in ids)
        return SamplingPlan(name, t, "2026-01-05", "2026-01-05", 9, 1, METHOD, found.strata, kept)

    newer, older, other = plan("新", 9, "1", "3"), plan("旧", 5, "1", "2"), plan("无", 4, "3")
    done = [Labelled("1", "95000", True), Labelled("2", "95000", False), Labelled("4", "95000", False)]
    covered = [(one.plan, one.labelled, one.without_audio) for one in coverage(done, (newer, older, other))]
    assert covered == [(newer, 1, 0), (older, 1, 1), (None, 1, 1)]
    assert coverage([], (newer,)) == []
    assert coverage(done, (newer,), frozenset({"95000"})) == []


@given(st.sets(st.text("abcdef", min_size=1, max_size=3), max_size=12), st.floats(0, 1), st.integers(0, 9))
def test_what_is_held_out_is_some_and_never_all(names: set[str], share: float, seed: int) -> None:
    found = held_out(names, share, seed)
    assert found <= names and found == held_out(sorted(names, reverse=True), share, seed)
    assert (0 < len(found) < len(names)) == (len(names) > 1)


def test_about_the_share_is_held_out_and_the_seed_decides_which() -> None:
    names = [str(number) for number in range(100)]
    assert len(held_out(names, 0.3, 1)) == 30
    assert held_out(names, 0.3, 1) != held_out(names, 0.3, 2)
    assert held_out(names * 3, 0.3, 1) == held_out(names, 0.3, 1)
