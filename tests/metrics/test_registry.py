"""The list of indicators: every id of requirements 2.3, each explained."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ivr.metrics.counted import Counted, ratio
from ivr.metrics.indicators.indicator import Indicator
from ivr.metrics.indicators.registry import INDICATORS

IDS = [
    "cba.agent_answer_rate",
    "cba.service_level_20s",
    "cba.service_level_20s_from_queue",
    "cba.avg_talk_time",
    "cba.agent_utilisation",
    "cba.calls_per_fte_day",
    "cba.asa",
    "cba.avg_acw",
    "cba.agent_csat",
    "cba.agent_csat_response_rate",
    "cba.fcr_day",
    "cba.fcr_day_all_calls",
    "cba.complaint_on_time",
    "cba.complaint_csat",
    "cba.quality_score",
    "cba.refused_handoffs",
    "cba.voice_diversion",
    "cba.voice_diversion_strict",
    "cba.voice_diversion_excl_elderly",
    "cba.voice_diversion_resolved_share",
    "cba.voice_diversion_early_hangup_share",
    "cba.text_diversion",
    "cba.text_diversion_strict",
    "cba.smart_diversion",
    "cba.text_recognition",
    "ours.voice_recognition",
    "cba.text_resolution",
    "cba.text_resolution_of_rated",
    "cba.asr_accuracy",
    "cba.asr_accuracy_hyp_denominator",
    "cba.intent_accuracy",
    "cba.interaction_accuracy",
    "cba.bot_csat",
    "cba.staff_satisfaction",
    "cba.staff_turnover",
    "hb.ivr_connect_rate",
    "hb.agent_connect_rate",
    "hb.overall_response_rate",
    "hb.abandon_rate",
    "hb.queue_abandon_rate",
    "hb.one_time_success",
    "hb.one_time_success_of_connected",
    "hb.phone_csat",
    "hb.complaint_rate",
    "hb.reply_on_time",
    "hb.handled_on_time",
    "hb.complaint_csat",
    "hb.first_prompt_10s",
    "hb.holds_over_30s",
    "hb.unannounced_hangups",
    "hb.agent_announced",
    "cba.elderly_service_level_20s",
    "cba.elderly_abandon_rate",
    "cba.elderly_share",
    "cba.elderly_agent_answer_rate",
    "cba.elderly_asa",
    "cba.elderly_resolved_share",
    "cba.elderly_csat",
    "cba.bot_csat_response_rate",
    "ours.identity_proved",
    "ours.transactions",
    "ours.transaction_calls_recorded",
    "ours.transactions_identified",
    "ours.callbacks_reached",
    "ours.supervised_calls",
    "ours.personal_turns_silent",
    "ours.flagged_calls",
    "ours.rebuilt_share",
    "ours.drill_calls",
    "ours.clock_faults",
]


def test_every_id_and_no_other() -> None:
    assert sorted(INDICATORS) == sorted(IDS)


@pytest.mark.parametrize("one", INDICATORS.values(), ids=lambda one: one.id)
def test_every_indicator_explains_itself(one: Indicator) -> None:
    assert one.name and one.formula and one.reading.endswith("。")
    assert one.clause.startswith(("CBA ", "HB ", "本系统"))
    assert "\n" not in one.name + one.clause + one.formula + one.reading
    assert set(one.companions) <= INDICATORS.keys() - {one.id}


@pytest.mark.parametrize("one", INDICATORS.values(), ids=lambda one: one.id)
def test_companions_stand_below_their_headline(one: Indicator) -> None:
    at = list(INDICATORS).index(one.id)
    near = list(INDICATORS)[at + 1 : at + 1 + len(one.companions)]
    assert set(one.companions) == set(near)


@pytest.mark.parametrize(
    ("id_", "bound"),
    [
        ("hb.ivr_connect_rate", 95), ("hb.agent_connect_rate", 85), ("cba.service_level_20s", 85),
        ("hb.overall_response_rate", 90), ("hb.first_prompt_10s", Fraction("99.9")), ("hb.agent_announced", 100),
    ],
)  # fmt: skip
def test_the_thresholds_of_the_standards(id_: str, bound: Fraction | int) -> None:
    threshold = INDICATORS[id_].threshold
    assert threshold is not None and 100 * threshold.bound == bound


@pytest.mark.parametrize(
    ("id_", "figure", "verdict"),
    [
        ("hb.agent_connect_rate", ratio(85, 100), "达标"),
        ("hb.agent_connect_rate", ratio(849_999, 1_000_000), "未达标"),
        ("hb.first_prompt_10s", ratio(999, 1000), "达标"),
        ("hb.agent_connect_rate", ratio(0, 0), "无数据"),
        ("hb.unannounced_hangups", ratio(0, 9), "达标"),
        ("hb.unannounced_hangups", ratio(1, 9), "未达标"),
        ("cba.agent_answer_rate", ratio(1, 9), "无阈值"),
        ("cba.agent_answer_rate", ratio(0, 0), "无数据"),
    ],
)
def test_verdicts_at_the_bound(id_: str, figure: Counted, verdict: str) -> None:
    assert INDICATORS[id_].verdict(figure) == verdict
