"""Figures of what the machine does by itself: identity, transactions and their recording, elderly callers, surveys; and
that a served leaf counts for self-service however it is served."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ivr.metrics.day import Config, days_of
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.lists import listed
from ivr.records.model import Call, Recording, Supervision, Survey, Transaction, Turn, Verification
from ivr.records.vocabulary import TransactionOutcome
from tests.metrics.told import DAY, TEN, abandoned, answered, call, figures, of, pair, refused, survey


def check(outcome: str, attempts: int = 1) -> Verification:
    return Verification("pin", attempts, outcome, TEN + 5000)


def deed(outcome: str = "done", t: int = TEN + 10_000) -> Transaction:
    return Transaction("report_loss", t, TransactionOutcome(outcome), "R1")


def test_identity_is_proved_where_one_check_of_the_call_proved_it() -> None:
    calls = [
        call("a", verifications=(check("wrong", 3),)),
        call("b", verifications=(check("unavailable"), check("identified"), check("wrong"))),
        call("c", verifications=(check("verified"),)),
        call("d", verifications=(check("wrong"), check("locked"))),
        call("e", verifications=(check("ok"),)),  # another system's word proves nothing here
        call("f"),
        call("g", drill=True, verifications=(check("verified"),)),
    ]
    done = figures(*calls)["ours.identity_proved"]
    assert pair(done) == (2, 5)
    assert dict(done.parts) == {"wrong": 1, "locked": 1, "unavailable": 0, "abandoned": 0}


def test_transactions_are_counted_one_by_one_by_what_became_of_them() -> None:
    one = call("a", transactions=(deed(), deed("refused"), deed("in_doubt")))
    done = figures(one, call("b", transactions=(deed(),)), call("c"))["ours.transactions"]
    assert pair(done) == (2, 4) and dict(done.parts) == {"refused": 1, "failed": 0, "in_doubt": 1}


@pytest.mark.parametrize(
    ("spans", "whole"),
    [
        ((), False),
        (((0, 10_000),), True),
        (((10_000, 20_000),), True),
        (((0, 9_999),), False),
        (((10_001, 20_000),), False),
        (((0, 1), (9_000, 11_000)), True),
    ],
)
def test_a_transaction_is_recorded_where_its_moment_is(spans: tuple[tuple[int, int], ...], whole: bool) -> None:
    recordings = tuple(Recording("r", TEN + start, TEN + end) for start, end in spans)
    one = call("a", transactions=(deed(),), recordings=recordings)
    done = figures(one, call("b"))["ours.transaction_calls_recorded"]
    assert pair(done) == (int(whole), 1) and dict(done.parts) == {"unrecorded": int(not whole)}
    assert INDICATORS["ours.transaction_calls_recorded"].verdict(done) == ("达标" if whole else "未达标")


def test_one_call_of_a_thousand_without_a_recording_is_not_enough_and_is_listed() -> None:
    whole = Recording("r", TEN, TEN + 60_000)
    calls = [call(f"c{n}", transactions=(deed(),), recordings=(whole,)) for n in range(999)]
    calls.append(call("missed", transactions=(deed(), deed("in_doubt"))))
    assert (
        INDICATORS["ours.transaction_calls_recorded"].verdict(figures(*calls)["ours.transaction_calls_recorded"])
        == "未达标"
    )
    lists = listed(days_of(calls, DAY, DAY, Config()))
    assert [item.call_id for item in lists["unrecorded"]] == ["missed"] * 2
    assert [(item.call_id, item.at, item.ms) for item in lists["in_doubt"]] == [("missed", TEN + 10_000, 10_000)]


SERVED = ("balance", "lost_debit_card", "branches")


@pytest.mark.parametrize("leaf", SERVED)
def test_a_leaf_served_by_the_machine_counts_for_self_service(leaf: str) -> None:
    """A query or a transaction as much as information; not where an agent was asked for as well."""
    served = call("a", completed_leaf=(leaf,), transactions=(deed(),))
    calls = [
        served,
        replace(served, call_id="b", handoffs=(answered(0),)),
        replace(served, call_id="c", handoffs=(refused(),)),
        replace(served, call_id="d", completed_leaf=()),
    ]
    assert of(calls, "cba.voice_diversion", "cba.voice_diversion_strict", "cba.voice_diversion_resolved_share") == [
        (3, 4), (2, 4), (1, 4),
    ]  # fmt: skip
    assert of(calls, "cba.smart_diversion") == [(3, 4)]


def elderly(name: str, **more: Any) -> Call:
    return call(name, entry="elderly_direct", **more)


def test_elderly_callers_have_figures_of_their_own() -> None:
    calls = [
        elderly("a", handoffs=(answered(3000),), surveys=(survey(1),)),
        elderly("b", handoffs=(abandoned(9000),)),
        elderly("c", completed_leaf=("balance",), surveys=(survey(3, "bot"),)),
        elderly("d", handoffs=(replace(answered(5000), t_queued=None),)),
        call("e", handoffs=(answered(30_000),), surveys=(survey(3),), completed_leaf=("balance",)),
        call("f", handoffs=(abandoned(9000),)),
    ]
    done = figures(*calls)
    assert pair(done["cba.elderly_share"]) == (4, 6)
    assert pair(done["cba.elderly_agent_answer_rate"]) == (2, 3)
    assert pair(done["cba.elderly_asa"]) == (3000, 1)
    assert pair(done["cba.elderly_resolved_share"]) == (1, 4)
    assert pair(done["cba.elderly_csat"]) == (1, 2)
    assert pair(done["cba.elderly_abandon_rate"]) == (1, 4)


def test_who_was_asked_and_who_answered_after_an_agent_and_after_the_machine() -> None:
    asked: tuple[list[Survey], ...] = (
        [survey(None, "bot")],
        [survey(1, "bot"), survey(3)],
        [survey(None)],
        [survey(2, "bot")],
        [],
    )
    calls = [call(str(n), surveys=tuple(given)) for n, given in enumerate(asked)]
    assert of(calls, "cba.bot_csat", "cba.bot_csat_response_rate") == [(2, 2), (2, 3)]
    assert of(calls, "cba.agent_csat", "cba.agent_csat_response_rate", "hb.phone_csat") == [(0, 1), (1, 2), (2, 3)]


def test_an_answer_whose_score_was_lost_is_in_no_satisfaction_but_in_the_response() -> None:
    lost = call("a", surveys=(Survey("bot", True, True, None),))
    done = figures(lost)
    assert pair(done["cba.bot_csat"]) == (0, 0) and dict(done["cba.bot_csat"].excluded) == {"without_score": 1}
    assert pair(done["cba.bot_csat_response_rate"]) == (1, 1)


@pytest.mark.parametrize(
    ("checks", "identified"),
    [
        ([], 0),
        ([("verified", 0)], 2),
        ([("identified", 0)], 2),
        ([("verified", 10_000)], 2),  # in the same millisecond
        ([("verified", 10_001)], 1),
        ([("wrong", 0), ("locked", 1), ("unavailable", 2), ("abandoned", 3), ("ok", 4)], 0),
        ([("wrong", 0), ("verified", 15_000)], 1),
        ([("verified", 20_001)], 0),
    ],
)
def test_a_transaction_is_identified_where_the_proof_came_before_it(
    checks: list[tuple[str, int]], identified: int
) -> None:
    proofs = tuple(Verification("pin", 1, outcome, TEN + at) for outcome, at in checks)
    one = call("a", verifications=proofs, transactions=(deed(), deed(t=TEN + 20_000)))
    assert of([one, call("b", verifications=proofs)], "ours.transactions_identified") == [(identified, 2)]


def test_a_promised_callback_is_kept_where_an_agent_and_the_customer_talked() -> None:
    promised = replace(abandoned(9000), outcome="callback")
    calls = [
        call("kept", handoffs=(promised,)),
        call("open", handoffs=(promised,)),
        call("vain", handoffs=(promised,)),
        call("refused", handoffs=(replace(promised, refused=True, why="closed"),)),
        call("other", handoffs=(abandoned(9000),)),
        call("back", TEN + 100_000, direction="out", parent_call_id="kept", handoffs=(answered(0, TEN + 100_000),)),
        call("no", TEN + 100_000, direction="out", parent_call_id="vain", handoffs=(abandoned(0, TEN + 100_000),)),
    ]
    assert of(calls, "ours.callbacks_reached") == [(1, 3)]


def test_what_was_said_of_a_number_leaves_no_sound() -> None:
    said = Turn("t", TEN, TEN, "", pii=True)
    turns = (said, replace(said, turn_id="u", audio_ref="u.wav"), replace(said, turn_id="v", pii=False, audio_ref="v"))
    assert of([call("a", turns=turns), call("b")], "ours.personal_turns_silent") == [(1, 2)]


@pytest.mark.parametrize(("end", "whole"), [(60_000, True), (59_999, False)])
def test_a_bank_that_answers_when_the_caller_has_gone_leaves_nothing_to_record(end: int, whole: bool) -> None:
    late = deed(t=TEN + 65_000)
    one = call("a", lasts=60_000, transactions=(late,), recordings=(Recording("r", TEN, TEN + end),))
    assert of([one], "ours.transaction_calls_recorded") == [(int(whole), 1)]


def test_every_way_in_which_a_supervisor_takes_part_is_told() -> None:
    took = Supervision("9001", "1001", "listen", TEN, TEN + 1)
    calls = [
        call("a", supervisions=(took, replace(took, how="join"), took)),
        call("b", supervisions=(replace(took, how="whisper"),)),
        call("c"),
        call("d", drill=True, supervisions=(took,)),
    ]
    done = figures(*calls)["ours.supervised_calls"]
    assert pair(done) == (2, 1) and dict(done.parts) == {"listen": 2, "whisper": 1, "join": 1}
