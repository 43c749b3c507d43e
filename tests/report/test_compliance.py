"""The compliance report: every clause, its evidence, nothing invented."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from ivr.errors import MetricsError
from ivr.flow.codes import CODES
from ivr.flow.findings import Finding
from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.audit.model import AuditEntry
from ivr.records.days import day_start
from ivr.records.exchange.lines import import_lines
from ivr.records.people.model import Grant, Person
from ivr.report.build import Report, build
from ivr.report.compliance.clauses import CLAUSES
from ivr.report.compliance.documents import document_evidence
from ivr.report.compliance.forms import compliance_html, compliance_json, summary
from ivr.report.compliance.judge import ORDER, Evidence, Judged, Known, codes_of, judge
from ivr.report.compliance.people import people_evidence
from ivr.report.compliance.results import read_results
from ivr.report.definitions import open_store
from tests import clauses
from tests.metrics.told import DAY

TOP = Path(__file__).parents[2]
GOLDEN = TOP / "tests" / "records" / "golden-day.jsonl"
NOTHING = Known((), True, {}, {})


@pytest.fixture
def golden(tmp_path: Path) -> Iterator[Report]:
    store = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
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
    assert not clause.indicators or "R" in clause.kinds
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
    assert of(judged, "HB 7.5.1").verdict == "未达标"
    (figure,) = of(judged, "HB 7.5.1").evidence
    assert (figure.kind, figure.figure) == ("R", "83.33%（10/12），阈值 ≥ 95%")
    assert of(judged, "HB 10.2.1").verdict == "无数据"
    assert of(judged, "HB 10.3.1").verdict == "无数据"
    announced = of(judged, "HB 7.1.3")
    assert (announced.verdict, [one.verdict for one in announced.evidence]) == ("未验证", ["达标", "未验证"])


def test_findings_decide(golden: Report) -> None:
    clean, broken = judge(golden, NOTHING), judge(golden, replace(NOTHING, findings=(finding("F030"), finding("F068"))))
    assert of(clean, "HB 7.2.3").evidence[0].verdict == "达标"
    assert of(broken, "HB 7.2.3").verdict == "未达标"
    assert "1 个错误，0 个提醒" in {one.figure for one in of(broken, "HB 7.2.3").evidence}
    # a warning is told and breaks nothing
    found = of(broken, "HB 7.4.2").evidence[0]
    assert (found.verdict, found.figure) == ("达标", "0 个错误，1 个提醒")


def test_a_check_that_stopped_early_is_no_evidence(golden: Report) -> None:
    judged = judge(golden, replace(NOTHING, findings=(finding("F004"),), checked=False))
    assert of(judged, "HB 7.1.2").verdict == "无证据"
    assert of(judged, "HB 7.2.3").verdict == "证据不全"


def test_tags_and_dates_are_evidence(golden: Report) -> None:
    assert of(judge(golden, NOTHING), "CBA 十(6)").verdict == "无证据"
    known = replace(NOTHING, tags={"CBA 十(6)": 3}, dates={"revisions": [date(2026, 1, 2), date(2026, 1, 1)]})
    judged = judge(golden, known)
    assert of(judged, "CBA 十(6)").evidence[0].figure == "3 项业务标注了本条"
    assert (of(judged, "CBA 五").verdict, of(judged, "CBA 五").evidence[0].figure) == ("达标", "2 天，最近 2026-01-02")
    assert of(judge(golden, NOTHING), "CBA 五").verdict == "无证据"


JUNIT = """<testsuites><testsuite name="pytest" timestamp="2026-11-29T23:10:00.123456+08:00">
<testcase classname="tests.calls" name="test_scenario[agent-key]">
  <properties>
    <property name="clause" value="HB 7.1.3"/><property name="clause" value="HB 7.4.3"/></properties></testcase>
<testcase classname="tests.calls" name="test_scenario[agent-passes-on]"><properties>
  <property name="clause" value="HB 7.1.3"/></properties>{outcome}</testcase>
<testcase classname="tests.text" name="test_of_nothing"/>
</testsuite></testsuites>"""


def results(folder: Path, outcome: str = "") -> Known:
    (folder / "calls.xml").write_text(JUNIT.format(outcome=outcome), encoding="utf-8")
    return replace(NOTHING, results=read_results(folder))


def test_the_results_of_tests_decide(golden: Report, tmp_path: Path) -> None:
    announced = of(judge(golden, results(tmp_path)), "HB 7.1.3")
    assert (announced.verdict, announced.evidence[1].figure) == ("达标", "2 项通过，0 项失败，2026-11-29")
    failed = of(judge(golden, results(tmp_path, "<failure message='no'>why</failure>")), "HB 7.1.3")
    assert (failed.verdict, failed.evidence[1].figure) == ("未达标", "1 项通过，1 项失败，2026-11-29")
    assert failed.evidence[1].what == "test_scenario[agent-passes-on]"
    skipped = of(judge(golden, results(tmp_path, "<skipped/>")), "HB 7.1.3")
    assert skipped.evidence[1].figure == "1 项通过，0 项失败，2026-11-29"
    assert of(judge(golden, results(tmp_path)), "CBA 十七(二)").evidence[0].what == "结果中没有本条的试验"


@pytest.mark.parametrize(
    ("later", "verdict"), [("2026-11-29T23:20:00+08:00", "达标"), ("2026-11-29T15:05:00+00:00", "未达标")]
)
def test_of_a_test_that_was_run_again_the_last_result_counts(
    golden: Report, tmp_path: Path, later: str, verdict: str
) -> None:
    again = JUNIT.format(outcome="").replace("2026-11-29T23:10:00.123456+08:00", later)
    (tmp_path / "alone.xml").write_text(again, encoding="utf-8")
    announced = of(judge(golden, results(tmp_path, "<failure message='no'>why</failure>")), "HB 7.1.3")
    assert announced.verdict == verdict
    assert announced.evidence[1].figure.endswith("失败，2026-11-29")
    passed, failed = (2, 0) if verdict == "达标" else (1, 1)
    assert announced.evidence[1].figure.startswith(f"{passed} 项通过，{failed} 项失败")


def test_without_results_nothing_is_verified(golden: Report, tmp_path: Path) -> None:
    assert read_results(tmp_path) is None and read_results(tmp_path / "none.xml") is None
    tested = [one for one in judge(golden, NOTHING) if "T" in one.clause.kinds]
    assert tested and all(one.verdict not in ("达标", "仅列示") for one in tested)


@pytest.mark.parametrize("text", ["", "{}", "<a>", "<testsuite><testcase/></testsuite>"])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    with pytest.raises(MetricsError, match="不是测试结果"):
        read_results(tmp_path)


@pytest.mark.parametrize(("clause", "names"), clauses.CLAUSES.items())
def test_what_shows_a_clause_is_there(clause: str, names: tuple[str, ...]) -> None:
    (found,) = (one for one in CLAUSES if one.id == clause)
    assert "T" in found.kinds and names
    assert all((TOP / "tests" / name).exists() for name in names)


def test_this_very_test_names_no_clause_and_the_monitoring_does(request: pytest.FixtureRequest) -> None:
    assert not [value for name, value in request.node.user_properties if name == "clause"]
    item = mock.Mock(path=TOP / "tests" / "report" / "test_monitoring.py", callspec=None, user_properties=[])
    clauses.mark(item)
    shown = ["CBA 十(5)", "CBA 三十三、三十四", "CBA 四十四"]
    assert item.user_properties == [("clause", clause) for clause in shown]
    call = mock.Mock(path=TOP / "tests" / "calls" / "test_scenarios.py", user_properties=[])
    call.callspec.params = {"path": TOP / "tests" / "calls" / "speech" / "noise"}
    clauses.mark(call)
    assert call.user_properties == [("clause", "CBA 十七(二)")]


def test_where_nothing_can_be_shown_that_is_said(golden: Report) -> None:
    judged = judge(golden, NOTHING)
    assert of(judged, "CBA 三十二").verdict == "无证据"
    assert of(judged, "HB 7.3.1").verdict == "依赖文件说明" and of(judged, "HB 7.3.1").evidence == ()
    assert of(judged, "CBA 十七(二)").verdict == "未验证"
    assert of(judged, "CBA 二十一").verdict == "证据不全"


def test_the_unmet_come_first_and_documents_last(golden: Report) -> None:
    places = [ORDER.index(one.verdict) for one in judge(golden, NOTHING)]
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


# ---- people and the trail


def test_what_people_and_the_trail_show(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    report = build(store, DAY, DAY)

    def shown(clause: str) -> dict[str, tuple[str, str]]:
        return {one.what: (one.figure, one.verdict) for one in people_evidence(store, report)[clause]}

    assert shown("CBA 四十二")["人员与角色"] == ("尚未登记人员，任何人都可以做任何事", "无证据")
    noon, audit = day_start(DAY) + 43_200_000, AuditEntry("boss", "people.manage", "person:boss")
    boss = Person("boss", "主管", 0, None, ("root",), grants=(Grant("boss", "administrator", 0),))
    agents = [
        Person(f"a{n}", "x", 0, None, grants=(Grant(f"a{n}", "agent", 0, None if n else noon),)) for n in range(3)
    ]
    wang = Person("wang", "王", 0, None, grants=(Grant("wang", "supervisor", 0, day_start(DAY) + 86_400_000),))
    for person in (boss, wang, *agents):
        store.people.add(person, audit, 1, lambda _: None)
    assert shown("CBA 四十二")["人员与角色"] == ("5 人，4 项授权有效，其中 1 项有期限", "达标")
    assert "座席 2，班长 1，质量管理 0" in shown("CBA 五十九")["岗位角色 docs/roles.md"][0]
    read = AuditEntry("wang", "records.read", "call:1", reason="核对", role="supervisor")
    for entry in (
        read,
        replace(read, allowed=False, reason=None),
        replace(read, action="calls.supervise", reason=None),
    ):
        store.audit.note(entry, noon)
    assert shown("CBA 十三")["查看客户资料的审计记录"] == ("本期查看客户资料 1 次，其中没有写明原因 0 次", "达标")
    assert shown("CBA 四十二")["审计记录"] == ("本期 3 条，其中拒绝 1 条", "仅列示")
    assert shown("HB 7.3.3") == {"监听、密语、强插的审计记录": ("本期 1 次，其中拒绝 0 次", "仅列示")}
    assert shown("CBA 十三")["审计记录核验"] == ("8 条，0 处问题", "达标")
    store.close()


def test_what_records_show_stands_beside_the_rest(golden: Report) -> None:
    shown = Evidence("R", "人员与角色", "3 人", "达标")
    known = replace(NOTHING, records={"CBA 四十二": (shown,), "CBA 十三": (shown,)})
    judged = judge(golden, known)
    assert shown in of(judged, "CBA 四十二").evidence and of(judged, "CBA 四十二").verdict == "未验证"  # no tests yet
    assert of(judged, "CBA 十三").evidence[-1] == shown
    assert [one.verdict for one in of(judge(golden, NOTHING), "CBA 四十二").evidence] == ["无证据", "未验证"]


# ---- documents


def test_a_document_is_named_for_what_only_a_document_shows(tmp_path: Path, golden: Report) -> None:
    file = tmp_path / "documents.toml"
    assert document_evidence(file)["CBA 四十五"][0].what == "没有写明（documents.toml）"
    file.write_text('"CBA 四十五" = "风险培训制度 2026-03 号"\n"CBA 三十九" = "演练计划"\n', encoding="utf-8")
    judged = judge(golden, replace(NOTHING, records=document_evidence(file)))
    assert [one.what for one in of(judged, "CBA 四十五").evidence] == ["风险培训制度 2026-03 号"]
    assert of(judged, "CBA 四十五").verdict == of(judged, "CBA 二十三").verdict == "依赖文件说明"
    drills = of(judged, "CBA 三十九")
    assert drills.evidence[-1].what == "演练计划" and drills.verdict != "达标"  # a plan is no drill


@pytest.mark.parametrize("text", ['"CBA 四五" = "x"', '"CBA 四十五" = ""', '"CBA 四十五" = 3', "[", "x"])
def test_what_names_no_document_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "documents.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(MetricsError, match="documents"):
        document_evidence(file)
