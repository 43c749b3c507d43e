"""The golden day of requirements 2.4: twelve calls, every indicator of the table."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from ivr.metrics.counted import Counted
from ivr.metrics.indicators.registry import INDICATORS
from ivr.metrics.window import window
from ivr.records.exchange.lines import Fault, read

FILE = Path(__file__).parents[1] / "records" / "golden-day.jsonl"
DAY = date(2026, 1, 5)


@pytest.fixture(scope="module")
def golden() -> dict[str, Counted]:
    with FILE.open(encoding="utf-8") as lines:
        items = list(read(lines))
    assert len(items) == 12
    return window([item.record for item in items if not isinstance(item, Fault)], DAY, DAY)


@pytest.mark.parametrize(
    ("id_", "numerator", "denominator", "percent"),
    [
        ("hb.ivr_connect_rate", 10, 12, 83.33),
        ("hb.first_prompt_10s", 10, 11, 90.91),
        ("cba.voice_diversion", 3, 11, 27.27),
        ("cba.agent_answer_rate", 6, 8, 75.00),
        ("cba.service_level_20s", 5, 8, 62.50),
        ("hb.agent_connect_rate", 5, 8, 62.50),
        ("hb.overall_response_rate", 6, 7, 85.71),
        ("hb.abandon_rate", 1, 11, 9.09),
        ("hb.queue_abandon_rate", 1, 8, 12.50),
        ("hb.one_time_success", 5, 12, 41.67),
        ("hb.one_time_success_of_connected", 5, 6, 83.33),
        ("cba.fcr_day", 4, 6, 66.67),
        ("cba.fcr_day_all_calls", 8, 10, 80.00),
        ("cba.voice_diversion_strict", 3, 11, 27.27),
        ("cba.voice_diversion_excl_elderly", 3, 10, 30.00),
        ("cba.voice_diversion_resolved_share", 3, 11, 27.27),
        ("cba.voice_diversion_early_hangup_share", 0, 11, 0.00),
        ("cba.smart_diversion", 3, 11, 27.27),
        ("cba.service_level_20s_from_queue", 5, 8, 62.50),
        ("cba.elderly_service_level_20s", 1, 1, 100.00),
        ("cba.elderly_abandon_rate", 0, 1, 0.00),
        ("hb.agent_announced", 6, 6, 100.00),
        ("ours.rebuilt_share", 0, 12, 0.00),
    ],
)
def test_every_rate_of_the_table(
    golden: dict[str, Counted], id_: str, numerator: int, denominator: int, percent: float
) -> None:
    figure = golden[id_]
    assert (figure.numerator, figure.denominator, figure.unit) == (numerator, denominator, "ratio")
    assert figure.exact == Fraction(numerator, denominator)
    assert round(100 * (figure.value or 0), 2) == percent


@pytest.mark.parametrize(
    ("id_", "numerator", "denominator", "unit"),
    [
        ("cba.asa", 51_001, 6, "ms"),
        ("cba.avg_talk_time", 711_999, 6, "ms"),
        ("cba.avg_acw", 0, 6, "ms"),
        ("cba.refused_handoffs", 0, 1, "count"),
        ("ours.drill_calls", 0, 1, "count"),
    ],
)
def test_every_other_figure_of_the_day(
    golden: dict[str, Counted], id_: str, numerator: int, denominator: int, unit: str
) -> None:
    figure = golden[id_]
    assert (figure.numerator, figure.denominator, figure.unit) == (numerator, denominator, unit)
    assert figure.value == numerator / denominator


def test_what_the_day_says_nothing_about_has_no_value(golden: dict[str, Counted]) -> None:
    silent = {id_ for id_, figure in golden.items() if figure.value is None}
    assert silent == {
        "cba.agent_utilisation", "cba.calls_per_fte_day", "cba.agent_csat", "cba.agent_csat_response_rate",
        "cba.complaint_on_time", "cba.complaint_csat", "cba.quality_score", "cba.text_diversion",
        "cba.text_recognition", "ours.voice_recognition", "cba.text_resolution", "cba.asr_accuracy",
        "cba.asr_accuracy_hyp_denominator", "cba.intent_accuracy", "cba.interaction_accuracy", "cba.bot_csat",
        "cba.staff_satisfaction", "cba.staff_turnover", "hb.phone_csat", "hb.unannounced_hangups",
        "hb.holds_over_30s", "hb.complaint_rate", "hb.reply_on_time", "hb.handled_on_time", "hb.complaint_csat",
        "cba.bot_csat_response_rate", "cba.elderly_csat", "ours.identity_proved", "ours.transactions",
        "ours.transaction_calls_recorded", "ours.transactions_identified", "ours.callbacks_reached",
        "ours.personal_turns_silent", "cba.text_diversion_strict", "cba.text_resolution_of_rated",
    }  # fmt: skip


def test_the_verdicts_of_the_day(golden: dict[str, Counted]) -> None:
    told = {id_: one.verdict(golden[id_]) for id_, one in INDICATORS.items() if one.threshold}
    assert told == {
        "cba.service_level_20s": "未达标",
        "cba.complaint_on_time": "无数据",
        "hb.ivr_connect_rate": "未达标",
        "hb.first_prompt_10s": "未达标",
        "hb.agent_connect_rate": "未达标",
        "hb.overall_response_rate": "未达标",
        "hb.agent_announced": "达标",
        "hb.unannounced_hangups": "无数据",
        "hb.reply_on_time": "无数据",
        "ours.transaction_calls_recorded": "无数据",
        "ours.transactions_identified": "无数据",
        "ours.personal_turns_silent": "无数据",
    }
