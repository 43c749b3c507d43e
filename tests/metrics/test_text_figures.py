"""Conversations in writing: their three figures of CBA 附件1, and that no figure of the telephone counts them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.imported import read_imported
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.model import Call, Turn
from tests.metrics.told import TEN, abandoned, answered, call, figures, leg, of, pair, refused, survey
from tests.records.drawn import CALLS

TEXT_FIGURES = {one.id for one in INDICATORS.values() if one.channel == "text"}
HEAD = "id,from,to,numerator,denominator,source"


def written(name: str = "t", *turns: Turn, **more: Any) -> Call:
    return call(name, **{"channel": "text", "turns": turns, "caller_kind": "withheld", "caller_number": None} | more)


def said(action: str, resolution: Any = None) -> Turn:
    return Turn("t1", TEN, TEN, "问题", action=action, resolution=resolution)


def test_who_asks_for_a_person_in_writing_is_not_diverted() -> None:
    asked = written("b", handoffs=(abandoned(2_000),))
    closed = written("c", handoffs=(refused(),))
    ids = ("cba.text_diversion", "cba.text_diversion_strict", "cba.smart_diversion", "cba.voice_diversion")
    assert of([written("a"), asked, closed, call("v")], *ids) == [(2, 3), (1, 3), (3, 4), (1, 1)]


@pytest.mark.parametrize(
    ("actions", "recognised", "asked"),
    [
        (["leaf:card_loss"], 1, 1),
        (["answer:rates", "menu:cards", "queue:general", "complaint"], 4, 4),
        (["rephrase", "offer_agent", "hand_over"], 0, 3),
        (["confirm:rates", "yes"], 1, 1),
        (["confirm:rates", "no"], 0, 1),
        (["confirm:rates", "rephrase"], 0, 2),
        (["which:a,b", "no", "leaf:a"], 1, 2),
        (["confirm:rates"], 1, 1),
        (["agent", "back", "home", "repeat", "slot:amount", "confirmed:amount", "yes", "no", "wait", "leave"], 0, 0),
    ],
)
def test_a_question_is_recognised_or_not(actions: list[str], recognised: int, asked: int) -> None:
    turns = [said(action) for action in actions]
    assert of([written("t", *turns)], "cba.text_recognition") == [(recognised, asked)]


def test_what_was_not_rated_stays_in_the_denominator_and_is_told() -> None:
    turns = [said("leaf:a", "asked"), said("leaf:b", "resolved"), said("leaf:c", "unresolved"), said("rephrase")]
    done = figures(written("t", *turns))
    assert pair(done["cba.text_resolution"]) == (2, 3)
    assert dict(done["cba.text_resolution"].parts) == {"not_rated": 1, "resolved": 1, "unresolved": 1}
    assert pair(done["cba.text_resolution_of_rated"]) == (1, 2)


def test_the_same_records_by_telephone_are_no_text_figures() -> None:
    spoken = call("v", turns=(said("leaf:a", "unresolved"),))
    done = figures(spoken)
    assert all(done[id_].denominator == 0 for id_ in TEXT_FIGURES)


def test_another_text_channel_is_added_where_it_was_imported() -> None:
    rows = read_imported([HEAD, "cba.text_diversion,2026-01-05,2026-01-05,80,100,甲"])
    done = figures(written("a"), written("b", handoffs=(abandoned(1),)), imported=rows)
    assert pair(done["cba.text_diversion"]) == (81, 102)
    short = read_imported([HEAD, "cba.text_diversion,2026-01-05,2026-01-06,80,100,甲"])
    assert figures(written("a"), imported=short)["cba.text_diversion"].reason == "导入数据的统计期与报表期不一致"


def test_what_a_customer_writes_is_no_repeat_of_his_call() -> None:
    one = call("a", handoffs=(answered(2000),), agent_legs=(leg(),))
    again = written("b", t_offered=one.t_ended, caller_kind="normal", caller_number=one.caller_number)
    ids = ("hb.one_time_success", "cba.fcr_day_all_calls")
    assert of([one, again], *ids) == [(1, 1), (1, 1)]


def test_a_test_in_writing_counts_nowhere() -> None:
    plain, tested = figures(call("a")), figures(call("a"), written("t", said("rephrase"), drill=True))
    assert tested == plain


@given(st.lists(CALLS, max_size=4))
def test_no_figure_of_the_telephone_counts_what_is_written(drawn: list[Call]) -> None:
    """Whatever stands in their records."""
    day = [call("a", handoffs=(answered(2000),), agent_legs=(leg(),), surveys=(survey(1),)), call("b")]
    texts = [
        replace(one, call_id=f"t{at}", channel="text", direction="in", t_offered=TEN, verifications=(), transactions=())
        for at, one in enumerate(drawn)
    ]
    before, after = figures(*day), figures(*day, *texts)
    changed = {id_ for id_, figure in after.items() if figure != before[id_]}
    assert changed <= TEXT_FIGURES | {"cba.smart_diversion"}
