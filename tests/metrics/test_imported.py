"""Figures from outside: the CSV form, and that nothing is invented."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import MetricsError
from ivr.metrics.imported import KINDS, ImportedFigure, read_imported
from tests.metrics.told import DAY, TEN, complaint, figures, pair

HEAD = "id,from,to,numerator,denominator,source"


def lines(*rows: str) -> list[str]:
    return [HEAD, *rows]


def test_the_documented_form() -> None:
    given_ = lines(
        "business_count,2026-01-05,2026-01-05,20000,,核心系统日报",
        "",
        "cba.staff_satisfaction,2026-01-01,2026-01-31,91.5,100,人力资源部",
    )
    assert read_imported(given_) == (
        ImportedFigure("business_count", DAY, DAY, 20_000, 1, "核心系统日报"),
        ImportedFigure(
            "cba.staff_satisfaction", date(2026, 1, 1), date(2026, 1, 31), Fraction(183, 2), 100, "人力资源部"
        ),
    )
    assert read_imported([]) == read_imported([HEAD]) == ()


def test_the_example_of_the_manual_can_be_imported() -> None:
    manual = Path(__file__).parents[2] / "docs" / "imported.md"
    text = manual.read_text(encoding="utf-8")
    example = text.split("```csv\n")[1].split("```")[0]
    assert len(read_imported(example.splitlines())) == 4
    assert all(f"`{id_}`" in text for id_ in KINDS)


def test_columns_in_any_order_with_the_mark_that_spreadsheets_write() -> None:
    rows = ["\ufeffsource, id ,from,to,denominator,numerator", '"甲,乙",business_count,2026-01-05,2026-01-06,,7']
    (one,) = read_imported(rows)
    assert (one.source, one.numerator, one.until) == ("甲,乙", 7, DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("x,2026-01-05,2026-01-05,1,,甲", "第 2 行：不认识的指标"),
        ("cba.agent_answer_rate,2026-01-05,2026-01-05,1,1,甲", "不认识的指标"),  # ours is counted, never typed in
        ("business_count,2026-13-05,2026-01-05,1,,甲", "不是日期"),
        ("business_count,昨天,2026-01-05,1,,甲", "不是日期"),
        ("business_count,2026-01-06,2026-01-05,1,,甲", "to 早于 from"),
        ("business_count,2026-01-05,2026-01-05,,,甲", "不是数字"),
        ("business_count,2026-01-05,2026-01-05,-1,,甲", "不是数字"),
        ("business_count,2026-01-05,2026-01-05,1e9,,甲", "不是数字"),
        ("business_count,2026-01-05,2026-01-05,１,,甲", "不是数字"),
        ("business_count,2026-01-05,2026-01-05,nan,,甲", "不是数字"),
        ("business_count,2026-01-05,2026-01-05,1,5,甲", "没有分母"),
        ("business_count,2026-01-05,2026-01-05,1,,", "source 不能为空"),
        ("business_count,2026-01-05,2026-01-05,1,", "应有 6 列"),
        ("business_count,2026-01-05,2026-01-05,1,,甲,乙", "应有 6 列"),
        ('business_count,"2026', "第 2 行：不是正确的 CSV"),
    ],
)
def test_a_wrong_line_is_named(row: str, why: str) -> None:
    with pytest.raises(MetricsError, match=why):
        read_imported(lines(row))


def test_a_file_without_its_head_is_refused() -> None:
    with pytest.raises(MetricsError, match="第一行应为列名"):
        read_imported(["business_count,2026-01-05,2026-01-05,1,,甲"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("business_count,2026-01-01,2026-01-31,9,,甲", "business_count,2026-01-31,2026-02-01,9,,甲"),
        ("business_count,2026-01-31,2026-02-01,9,,甲", "business_count,2026-01-01,2026-01-31,9,,甲"),
        ("cba.staff_turnover,2026-01-01,2026-01-31,1,9,甲", "cba.staff_turnover,2026-01-01,2026-01-31,1,9,甲"),
    ],
)
def test_nothing_is_imported_twice(first: str, second: str) -> None:
    with pytest.raises(MetricsError, match=r"第 3 行：.*重叠"):
        read_imported(lines(first, second))


def test_a_month_and_its_quarter_may_both_be_told() -> None:
    rows = ("cba.staff_turnover,2026-01-01,2026-01-31,1,9,甲", "cba.staff_turnover,2026-01-01,2026-03-31,2,9,甲")
    assert len(read_imported(lines(*rows))) == 2


@given(st.lists(st.text(max_size=30), max_size=5))
def test_whatever_the_file_holds_the_answer_is_ours(rows: list[str]) -> None:
    try:
        read_imported(lines(*rows))
    except MetricsError as wrong:
        assert "第" in str(wrong)


# ---- into the figures


def test_complaints_per_ten_thousand_transactions() -> None:
    business = read_imported(lines("business_count,2026-01-05,2026-01-05,20000,,核心"))
    done = figures(complaint("a"), complaint("b"), complaint("c", TEN - 86_400_000), imported=business)
    figure = done["hb.complaint_rate"]
    assert (pair(figure), figure.value, figure.unit) == ((20_000, 20_000), 1.0, "per_10000")
    assert figure.parts == (("complaints", 2),)


def test_no_business_count_no_rate() -> None:
    figure = figures(complaint())["hb.complaint_rate"]
    assert (figure.value, figure.reason, figure.parts) == (None, "数据来自热线之外，尚未导入", (("complaints", 1),))


@pytest.mark.parametrize(
    ("spans", "value"),
    [
        ([(5, 6)], 5.0),
        ([(5, 5), (6, 6)], 2.5),
        ([(5, 5)], None),  # half of the period
        ([(4, 6)], None),
        ([(5, 5), (6, 7)], None),
        ([(1, 4), (5, 6), (7, 9)], 5.0),
        ([(4, 4)], None),
    ],
)
def test_a_business_count_covers_the_period_exactly(spans: list[tuple[int, int]], value: float | None) -> None:
    rows = lines(*(f"business_count,2026-01-0{a},2026-01-0{b},2000,,甲" for a, b in spans))
    done = figures(complaint(), until=DAY + timedelta(days=1), imported=read_imported(rows))["hb.complaint_rate"]
    assert done.value == value
    assert (done.reason is None) == (value is not None)


def test_a_gap_between_two_periods_is_no_coverage() -> None:
    rows = lines("business_count,2026-01-05,2026-01-05,9,,甲", "business_count,2026-01-07,2026-01-07,9,,甲")
    done = figures(until=DAY + timedelta(days=2), imported=read_imported(rows))["hb.complaint_rate"]
    assert done.reason == "导入数据的统计期与报表期不一致"


def test_the_staff_figures_are_taken_as_given_and_never_added() -> None:
    rows = lines("cba.staff_turnover,2026-01-05,2026-01-05,3,60,甲", "cba.staff_turnover,2026-01-06,2026-01-06,4,60,甲")
    given_ = read_imported(rows)
    assert pair(figures(imported=given_)["cba.staff_turnover"]) == (3, 60)
    both = figures(until=DAY + timedelta(days=1), imported=given_)["cba.staff_turnover"]
    assert (both.value, both.reason) == (None, "导入数据的统计期与报表期不一致")


def test_the_text_channel_is_added_over_its_periods() -> None:
    rows = lines(
        "cba.text_diversion,2026-01-05,2026-01-05,80,100,甲", "cba.text_diversion,2026-01-06,2026-01-06,10,100,甲"
    )
    done = figures(until=DAY + timedelta(days=1), imported=read_imported(rows))
    assert pair(done["cba.text_diversion"]) == (90, 200)


def test_what_was_not_imported_is_not_invented() -> None:
    done = figures()
    for id_ in KINDS.keys() - {"business_count"}:
        reason = "统计期内没有文字对话，也没有导入其他文本渠道的数据" if "text" in id_ else "数据来自热线之外，尚未导入"
        assert (done[id_].value, done[id_].reason) == (None, reason)
