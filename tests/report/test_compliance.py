"""The compliance report: every clause, its evidence, nothing invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ivr.flow.codes import CODES
from ivr.flow.findings import Finding
from ivr.metrics.registry import INDICATORS
from ivr.records.exchange import import_lines
from ivr.records.store import Store
from ivr.report.build import Report, build
from ivr.report.clauses import CLAUSES
from ivr.report.compliance import ORDER, Judged, Known, codes_of, judge
from ivr.report.compliance_forms import compliance_html, compliance_json, summary
from tests.metrics.told import DAY

TOP = Path(__file__).parents[2]
GOLDEN = TOP / "tests" / "records" / "golden-day.jsonl"
NOTHING = Known((), True, {}, {})


@pytest.fixture
def golden(tmp_path: Path) -> Iterator[Report]:
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    with GOLDEN.open("rb") as lines:
        import_lines(lines, store)
    yield build(store, DAY, DAY)
    store.close()


def of(judged: tuple[Judged, ...], clause: str) -> Judged:
    (found,) = (one for one in judged if one.clause.id == clause)
    return found


def finding(code: str) -> Finding:
    one = CODES[code]
    return Finding("hotline.yaml", 1, 1, one.severity, code, one.meaning, one.clause)


# ---- the table of clauses


def test_every_clause_is_there_once() -> None:
    ids = [one.id for one in CLAUSES]
    assert len(set(ids)) == len(ids)
    for must in ("CBA 七", "CBA 二十二", "CBA 四十四", "HB 7.2.3", "HB 7.5.2", "HB 10.2.2", "CBA 十七(一)", "HB 7.4.4"):
        assert must in ids


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda one: one.id)
def test_what_a_clause_names_is_there(clause: Any) -> None:
    assert clause.requirement
    assert set(clause.indicators) <= INDICATORS.keys()
    assert all((TOP / "tests" / name).exists() for name in clause.tests)
    assert not clause.indicators or "R" in clause.kinds
    assert not clause.tests or "T" in clause.kinds
    assert not clause.dates or "P" in clause.kinds


def test_every_indicator_with_a_threshold_is_some_clauses_evidence() -> None:
    named = {id_ for clause in CLAUSES for id_ in clause.indicators}
    assert {one.id for one in INDICATORS.values() if one.threshold} <= named


def test_clauses_of_codes_are_read_with_their_standard_said_once() -> None:
    assert "F022" in codes_of("HB 7.2.4") and "F022" in codes_of("CBA 十九") and "F022" in codes_of("CBA 二十二")
    assert codes_of("CBA 二十一") == () or all("二十一" in CODES[code].clause for code in codes_of("CBA 二十一"))
    assert "F034" in codes_of("CBA 十(4)") and codes_of("CBA 十") == ()


# ---- verdicts


def test_figures_decide(golden: Report) -> None:
    judged = judge(golden, NOTHING)
    assert of(judged, "HB 7.5.1").standing == "未达标"
    (figure,) = of(judged, "HB 7.5.1").evidence
    assert (figure.kind, figure.figure) == ("R", "83.33%（10/12），阈值 ≥ 95%")
    assert of(judged, "HB 10.2.1").standing == "无数据"
    assert of(judged, "HB 10.3.1").standing == "无数据"
    announced = of(judged, "HB 7.1.3")
    assert (announced.standing, [one.standing for one in announced.evidence]) == ("达标", ["达标", "有试验", "有试验"])


def test_findings_decide(golden: Report) -> None:
    clean, broken = judge(golden, NOTHING), judge(golden, replace(NOTHING, findings=(finding("F030"), finding("F068"))))
    assert of(clean, "HB 7.2.3").standing == "达标"
    assert of(broken, "HB 7.2.3").standing == "未达标"
    assert "1 个错误，0 个提醒" in {one.figure for one in of(broken, "HB 7.2.3").evidence}
    # a warning is told and breaks nothing
    assert (of(broken, "HB 7.4.2").standing, of(broken, "HB 7.4.2").evidence[0].figure) == (
        "达标",
        "0 个错误，1 个提醒",
    )


def test_a_check_that_stopped_early_is_no_evidence(golden: Report) -> None:
    judged = judge(golden, replace(NOTHING, findings=(finding("F004"),), checked=False))
    assert of(judged, "HB 7.1.2").standing == "无证据"
    assert of(judged, "HB 7.2.3").standing == "证据不全"


def test_tags_and_dates_are_evidence(golden: Report) -> None:
    assert of(judge(golden, NOTHING), "CBA 十(6)").standing == "无证据"
    known = replace(NOTHING, tags={"CBA 十(6)": 3}, dates={"revisions": [date(2026, 1, 2), date(2026, 1, 1)]})
    judged = judge(golden, known)
    assert of(judged, "CBA 十(6)").evidence[0].figure == "3 项业务标注了本条"
    assert (of(judged, "CBA 五").standing, of(judged, "CBA 五").evidence[0].figure) == ("达标", "2 天，最近 2026-01-02")
    assert of(judge(golden, NOTHING), "CBA 五").standing == "无证据"


def test_where_nothing_can_be_shown_that_is_said(golden: Report) -> None:
    judged = judge(golden, NOTHING)
    assert of(judged, "CBA 三十二").standing == "无证据"
    assert of(judged, "HB 7.3.1").standing == "依赖文件说明" and of(judged, "HB 7.3.1").evidence == ()
    assert of(judged, "CBA 十七(二)").standing == "有试验"
    assert of(judged, "CBA 二十一").standing == "证据不全"


def test_the_unmet_come_first_and_documents_last(golden: Report) -> None:
    places = [ORDER.index(one.standing) for one in judge(golden, NOTHING)]
    assert places == sorted(places) and (places[0], places[-1]) == (0, len(ORDER) - 1)


# ---- forms


def test_json_and_page(golden: Report) -> None:
    judged = judge(golden, NOTHING)
    given = json.loads(compliance_json(golden, judged))
    assert [one["clause"] for one in given["clauses"]] == [one.clause.id for one in judged]
    assert given["clauses"][0]["verdict"] == "未达标" and (given["from"], given["to"]) == ("2026-01-05", "2026-01-05")
    text = compliance_html(golden, judged)
    assert all(one.clause.requirement in text for one in judged)
    assert "<script" not in text and not re.search(r"(src|href)=", text)
    assert summary(judged) in text and summary(judged).startswith("未达标 ")
