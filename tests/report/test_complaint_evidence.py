"""What complaints show of their clauses: nothing is taken for granted, and what is wrong is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ivr.care.complaints.handling import Handling
from ivr.care.complaints.intake import Received, receive
from ivr.care.complaints.steps import CalledBack, Elements
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, Cause, Decision, Via
from ivr.records.store import Store
from ivr.report.build import build
from ivr.report.compliance.clauses import CLAUSES
from ivr.report.compliance.complaints import complaint_evidence
from ivr.report.definitions import open_store
from tests.care.complaints.policies import policy_flow
from tests.flows_for_tests import local

DAY, NOON = date(2026, 3, 2), local("2026-03-02 12:00")
NUMBER = "+8613800000001"
LEFT = Received("c-1", "n-1.1", NUMBER, NUMBER, "fee", "complaints/c-1.wav", 9000, None, Via.CALL)
PERMIT = Permit(Action.COMPLAINTS_HANDLE, AuditEntry("wang", Action.COMPLAINTS_HANDLE.value, "complaint"))
FLOW = policy_flow()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


def shown(store: Store, as_of: int | None = None) -> Mapping[str, tuple[str, str]]:
    report = build(store, DAY, DAY)
    found = complaint_evidence(store, report if as_of is None else replace(report, as_of=as_of))
    return {clause: (evidence[0].figure, evidence[0].verdict) for clause, evidence in found.items()}


def decided(store: Store, ref: str = "c-1") -> Case:
    case = receive(store, FLOW, replace(LEFT, ref=ref), NOON)
    work = Handling(store, FLOW, PERMIT, NOON)
    work.accept(case.id, Elements())
    work.acknowledge(case.id, None)
    work.assign(case.id, "zhao")
    return work.decide(case.id, Decision("甲", "乙", "丙", "丁"), Cause.PROCESS)


def test_without_complaints_there_is_nothing_to_show(store: Store) -> None:
    found = shown(store)
    assert {verdict for clause, (_, verdict) in found.items() if clause not in ("CBA 四十七、四十八", "HB 10.2.2")} == {
        "无数据"
    }
    assert set(found) <= {clause.id for clause in CLAUSES}


def test_what_was_done_is_shown(store: Store) -> None:
    case = decided(store)
    work = Handling(store, FLOW, PERMIT, NOON)
    work.notify(case.id, "电话")
    work.call_back(case.id, CalledBack(True, True))
    work.close(case.id)
    found = shown(store)
    assert found["CBA 五十一(一)"] == ("本期 1 件，录音 1 件，要素不全且过了答复期限 0 件", "达标")
    assert found["CBA 五十一(三)(四)"][1] == found["CBA 五十二"][1] == found["HB 10.1.1"][1] == "达标"
    assert found["HB 10.3.1"] == ("结案 1 件，其中没有回访 0 件，接通 1 件", "达标")
    assert found["HB 10.2.1"] == ("答复受理 1 件，没有告知联系方式 0 件", "达标")


def test_what_is_wrong_is_unmet(store: Store) -> None:
    receive(store, FLOW, replace(LEFT, kind=None), NOON)
    case = receive(store, FLOW, replace(LEFT, ref="c-2"), NOON)
    work = Handling(store, FLOW, PERMIT, NOON)
    work.accept(case.id, Elements())
    work.acknowledge(case.id, None)
    work.pass_on(case.id, "branch")
    soon, late = NOON + 3_600_000, NOON + 30 * 86_400_000
    assert shown(store, soon)["CBA 五十一(二)"] == ("工单 1 张，有回执 0 张，超过 24 小时没有回执 0 张", "达标")
    assert shown(store, late)["CBA 五十一(二)"][1] == "未达标"
    assert shown(store, soon)["CBA 五十一(一)"][1] == "达标"
    assert shown(store, late)["CBA 五十一(一)"] == ("本期 2 件，录音 2 件，要素不全且过了答复期限 1 件", "未达标")
