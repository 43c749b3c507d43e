"""The report's content and its JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from ivr.metrics.counted import Counted, nothing, ratio
from ivr.metrics.day import Config
from ivr.metrics.imported import ImportedFigure
from ivr.metrics.indicators.indicator import Threshold
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.exchange.lines import import_lines
from ivr.records.model import AgentState, Call, QualityScore
from ivr.records.store import Store
from ivr.report.build import Report, build, spans
from ivr.report.definitions import open_store
from ivr.report.forms import bound, number, shown, to_csv, to_json, why_none
from tests.metrics.told import DAY, MIDNIGHT, TEN, abandoned, answered, call, complaint, turn

GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"
DAY_MS = 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def golden(store: Store) -> Store:
    with GOLDEN.open("rb") as lines:
        assert import_lines(lines, store).taken == 12
    return store


def told(report: Report) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(to_json(report))
    return given


# ---- the golden day through the store


def test_the_golden_day_as_json(golden: Store) -> None:
    given = told(build(golden, DAY, DAY))
    assert (given["from"], given["to"], given["as_of"], given["normalisation"]) == (
        "2026-01-05", "2026-01-05", None, "norm_v1",
    )  # fmt: skip
    assert list(given["indicators"]) == list(INDICATORS)
    level = given["indicators"]["cba.service_level_20s"]
    assert {name: level[name] for name in ("numerator", "denominator", "value", "unit", "verdict", "previous")} == {
        "numerator": 5, "denominator": 8, "value": 0.625, "unit": "ratio", "verdict": "未达标", "previous": None,
    }  # fmt: skip
    assert level["threshold"] == {"kind": "at_least", "value": 0.85, "clause": "HB 7.5.2（CBA 未定数值）"}
    assert given["indicators"]["cba.asa"]["value"] == 51_001 / 6
    silent = given["indicators"]["cba.staff_turnover"]
    assert (silent["value"], silent["verdict"], silent["reason"]) == (None, "无数据", "数据来自热线之外，尚未导入")
    assert "periods" not in given


def test_the_golden_day_as_csv(golden: Store) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(build(golden, DAY, DAY)))))
    assert [row["id"] for row in rows] == list(INDICATORS)
    (level,) = (row for row in rows if row["id"] == "cba.service_level_20s")
    assert (level["numerator"], level["denominator"], level["value"], level["verdict"], level["threshold"]) == (
        "5", "8", "0.625", "未达标", "≥ 85%",
    )  # fmt: skip
    assert "20 秒内" in level["formula"] and level["from"] == level["to"] == "2026-01-05"
    assert next(row for row in rows if row["id"] == "cba.agent_csat")["value"] == ""


def test_the_day_after_is_compared_with_the_day_before(golden: Store) -> None:
    given = told(build(golden, DAY + timedelta(days=1), DAY + timedelta(days=1)))["indicators"]
    assert (given["cba.voice_diversion"]["value"], given["cba.voice_diversion"]["previous"]) == (None, 3 / 11)


# ---- what the report takes from the store


def test_a_repeat_and_a_callback_beyond_the_edge_are_read(store: Store) -> None:
    late = call("a", MIDNIGHT + DAY_MS - 1000, lasts=900_000, handoffs=(answered(0),))
    again = call("b", late.t_ended + 3_599_999, caller_number=late.caller_number)
    promised = call("p", handoffs=(replace(abandoned(1000), outcome="callback"),))
    back = call("q", TEN + DAY_MS, direction="out", parent_call_id="p", handoffs=(answered(0, TEN + DAY_MS),))
    store.save([late, again, promised, back])
    given = told(build(store, DAY, DAY))["indicators"]
    assert given["hb.one_time_success_of_connected"]["numerator"] == 1  # p; a was repeated
    assert (given["cba.agent_answer_rate"]["numerator"], given["cba.agent_answer_rate"]["denominator"]) == (2, 2)


def test_a_late_score_counts_in_its_calls_month_alone(store: Store) -> None:
    old, drill = call("old", TEN - 40 * DAY_MS), call("d", TEN - 40 * DAY_MS, drill=True)
    store.save([old, drill])
    store.save_other([QualityScore(name, "1001", "f", 90.0, "赵六", TEN) for name in ("old", "d", "gone")])
    now, then = build(store, DAY, DAY), build(store, DAY - timedelta(days=40), DAY - timedelta(days=40))
    assert told(now)["indicators"]["cba.quality_score"]["denominator"] == 1  # the call that nobody knows
    assert told(then)["indicators"]["cba.quality_score"]["denominator"] == 1


def test_complaints_and_states_come_along(store: Store) -> None:
    states = [AgentState("1", "talk", TEN, TEN + 60_000), AgentState("1", "talk", TEN + 9 * DAY_MS, TEN + 10 * DAY_MS)]
    store.save([call("d", TEN - 9 * DAY_MS, drill=True)])
    store.save_other([*states, complaint("a", decided_at=TEN), complaint("b", call_ids=("d",), decided_at=TEN)])
    business = ImportedFigure("business_count", DAY, DAY, 10_000, 1, "核心")
    given = told(build(store, DAY, DAY, config=Config(imported=(business,), as_of=TEN + DAY_MS)))
    assert given["indicators"]["cba.complaint_on_time"]["denominator"] == 1  # b is a drill's
    assert given["indicators"]["hb.complaint_rate"]["value"] == 1.0
    assert given["indicators"]["cba.agent_utilisation"]["denominator"] == 60_000
    assert given["as_of"] == "2026-01-06T02:00:00+00:00"


def test_an_empty_store_has_a_report(store: Store) -> None:
    given = told(build(store, DAY, DAY))["indicators"]
    assert {one["verdict"] for one in given.values()} == {"无数据", "无阈值"}


def test_the_days_are_given_the_right_way_round(store: Store) -> None:
    with pytest.raises(ValueError, match="before"):
        build(store, DAY, DAY - timedelta(days=1))


# ---- parts


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("day", [("2026-01-30", "2026-01-30"), ("2026-01-31", "2026-01-31"), ("2026-02-01", "2026-02-01"),
                 ("2026-02-02", "2026-02-02")]),
        ("week", [("2026-01-30", "2026-02-01"), ("2026-02-02", "2026-02-02")]),
        ("month", [("2026-01-30", "2026-01-31"), ("2026-02-01", "2026-02-02")]),
    ],
)  # fmt: skip
def test_parts_follow_the_calendar(by: Any, expected: list[tuple[str, str]]) -> None:
    found = spans(date(2026, 1, 30), date(2026, 2, 2), by)
    assert [(since.isoformat(), until.isoformat()) for since, until in found] == expected


def test_a_week_over_new_year_is_one_week() -> None:
    assert len(spans(date(2026, 12, 28), date(2027, 1, 3), "week")) == 1


def test_parts_add_up_to_the_whole(store: Store) -> None:
    calls: list[Call] = [call(str(at), TEN + at * DAY_MS // 2, handoffs=(answered(at * 3000),)) for at in range(14)]
    store.save(calls)
    report = build(store, DAY, DAY + timedelta(days=6), "day")
    given = told(report)
    assert (given["by"], len(given["periods"])) == ("day", 7)
    for id_, whole in given["indicators"].items():
        assert sum(part["indicators"][id_]["numerator"] for part in given["periods"]) == whole["numerator"]
    first, second = (part["indicators"]["cba.asa"] for part in given["periods"][:2])
    assert second["previous"] == first["value"]
    assert len(list(csv.DictReader(io.StringIO(to_csv(report))))) == 7 * len(INDICATORS)


def test_the_interval_is_told(store: Store) -> None:
    store.save([call(str(at), turns=(turn("查余额", "查余额" if at % 2 else "嗯"),)) for at in range(20)])
    report = build(store, DAY, DAY)
    low, high = told(report)["indicators"]["cba.asr_accuracy"]["interval"]
    assert low < 0.5 < high
    (row,) = (row for row in csv.DictReader(io.StringIO(to_csv(report))) if row["id"] == "cba.asr_accuracy")
    assert (float(row["interval_low"]), float(row["interval_high"])) == (low, high)
    assert "hits=30" in row["parts"]


# ---- numbers as people read them


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (ratio(3, 11), "27.27%"),
        (ratio(-2, 1), "-200.00%"),
        (ratio(-1, 1000), "-0.10%"),
        (ratio(1, 1), "100.00%"),
        (ratio(0, 0), "—"),
        (nothing("ratio", "没有"), "—"),
        (Counted(51_001, 6, "ms"), "8.500 秒"),
        (Counted(1, 1, "ms"), "0.001 秒"),
        (Counted(12, 1, "count", bare=True), "12"),
        (Counted(7, Fraction(3), "count"), "2.33"),
        (Counted(30_000, 20_000, "per_10000"), "1.50 /万笔"),
        (Counted(175, 2, "score"), "87.50 分"),
    ],
)
def test_values_as_they_are_read(figure: Counted, text: str) -> None:
    assert shown(figure) == text


@pytest.mark.parametrize(
    ("threshold", "text"),
    [
        (None, "—"),
        (Threshold(Fraction(999, 1000), ""), "≥ 99.9%"),
        (Threshold(Fraction(0), "", at_most=True), "≤ 0%"),
    ],
)
def test_thresholds_as_they_are_read(threshold: Threshold | None, text: str) -> None:
    assert bound(threshold) == text


def test_numbers_as_they_are_read() -> None:
    assert (number(711_999), number(Fraction(7, 3)), number(Fraction(-1, 8))) == ("711999", "2.3333", "-0.1250")


def test_why_there_is_none() -> None:
    assert why_none(ratio(1, 2)) == ""
    assert why_none(ratio(0, 0)) == "期内没有可计的记录（分母为 0）"
    assert why_none(nothing("ratio", "没有")) == "没有"


def test_fractions_are_numbers_in_json(store: Store) -> None:
    store.save_other([AgentState("1", "talk", TEN, TEN + 3_600_000)])
    store.save([call(handoffs=(answered(1),))])
    given = told(build(store, DAY, DAY))["indicators"]["cba.calls_per_fte_day"]
    assert (given["numerator"], given["denominator"], given["value"]) == (1, 0.125, 8.0)
