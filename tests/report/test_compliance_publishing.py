"""The compliance report says whether two people are needed for an edit, and judges the flow that callers hear."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from ivr.care.publishing import drafts, publication
from ivr.care.publishing.drafts import WorkingCopy
from ivr.care.publishing.review import review
from ivr.flow.loader import require
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.days import DAY_MS, day_start
from ivr.records.publishing.model import Publication
from ivr.records.store import Store
from ivr.report.build import build
from ivr.report.compliance.evidence import gather
from ivr.report.compliance.judge import Judged, judge
from ivr.report.definitions import open_store
from tests.flow import small
from tests.people.registered import leave, register

DAY = date(2026, 11, 20)
NOW = day_start(DAY) + 10 * 3_600_000


@dataclass
class Bank:
    """A hotline whose report is asked for."""

    store: Store
    flows: Path

    def judged(self, *, four_eyes: bool = True, day: date = DAY, clause: str = "CBA 四十三") -> Judged:
        report = build(self.store, day, day)
        known = gather(self.flows, self.store, report, self.flows / "no-results", four_eyes=four_eyes)
        (found,) = (one for one in judge(report, known) if one.clause.id == clause)
        return found

    def told(self, *, four_eyes: bool = True, day: date = DAY) -> tuple[str, str]:
        """The verdict on publishing, and its figure."""
        (found,) = (one for one in self.judged(four_eyes=four_eyes, day=day).evidence if one.kind == "R")
        return found.verdict, found.figure

    def published(self, text: str, *, emergency: bool = False, now: int = NOW) -> Publication:
        small.edit(self.flows, "prompts.yaml", "opening_info: ", f"opening_info: {text}")
        working = WorkingCopy(self.flows, lambda flow, folder: ())
        made = drafts.propose(self.store, leave(self.store, "zhang", Action.FLOW_PROPOSE, now), working, "x", now)
        review(self.store, leave(self.store, "li", Action.FLOW_REVIEW, now), made.id, self.flows, now)
        action = Action.FLOW_PUBLISH_EMERGENCY if emergency else Action.FLOW_PUBLISH
        permit = leave(self.store, "li", action, now, reason="急")
        return publication.publish(self.store, permit, made.id, self.flows, now, emergency=emergency)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with closing(open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as store:
        store.migrate()
        yield Bank(store, small.write(tmp_path / "flows"))


@pytest.fixture
def registered(bank: Bank) -> Bank:
    for person in ("zhang", "li", "wu"):
        register(bank.store, person, Role.OPERATOR)
    revision = require(bank.flows).revision
    bank.store.publishing.adopt(revision.files, revision.personal, "x", NOW - DAY_MS)
    return bank


def test_without_people_there_is_no_second_one(bank: Bank) -> None:
    assert bank.told() == ("无证据", "尚未登记人员，菜单改动保存即生效")


def test_a_bank_that_does_not_want_this_reads_so(registered: Bank) -> None:
    verdict, figure = registered.told(four_eyes=False)
    assert verdict == "无证据"
    assert "four_eyes 为 false" in figure
    assert registered.judged(four_eyes=False).verdict != "达标"


def test_what_two_people_published_is_counted_in_its_days(registered: Bank) -> None:
    registered.published("一")
    registered.published("二")
    assert registered.told() == ("达标", "本期发布 2 次，都经检查和试走；2 次由另一个人复核后发布")
    assert registered.told(day=date(2026, 11, 21))[1].startswith("本期发布 0 次")


def test_an_emergency_that_nobody_confirmed_in_time_is_unmet(registered: Bank) -> None:
    made = registered.published("一", emergency=True, now=NOW - DAY_MS)
    yesterday = date(2026, 11, 19)
    verdict, figure = registered.told(day=yesterday)
    assert verdict == "达标"  # by the end of that day the second person still had time
    assert "1 次还没有补审，0 次没有" in figure
    registered.published("二")
    assert made.t_confirm is not None
    permit = leave(registered.store, "wu", Action.FLOW_PUBLISH, NOW)
    publication.confirm(registered.store, permit, made.number, True, "", made.t_confirm)
    verdict, figure = registered.told(day=yesterday)
    assert verdict == "未达标"
    assert "紧急 1 次，0 次还没有补审，1 次没有在一天之内补审通过" in figure


def test_an_emergency_that_was_confirmed_in_time_is_met(registered: Bank) -> None:
    made = registered.published("一", emergency=True)
    assert made.t_confirm is not None
    permit = leave(registered.store, "wu", Action.FLOW_PUBLISH, NOW)
    publication.confirm(registered.store, permit, made.number, True, "", made.t_confirm - 1)
    verdict, figure = registered.told()
    assert verdict == "达标"
    assert figure.endswith("0 次由另一个人复核后发布；紧急 1 次，0 次还没有补审，0 次没有在一天之内补审通过")


def test_what_is_judged_is_what_callers_hear(registered: Bank) -> None:
    small.edit(registered.flows, "hotline.yaml", "leaf: opening}", "leaf: opning}")
    report = build(registered.store, DAY, DAY)
    results = registered.flows / "no-results"
    assert gather(registered.flows, registered.store, report, results).checked
    assert not gather(registered.flows, registered.store, report, results, four_eyes=False).checked


def test_maintenance_notices_are_judged_by_when_they_were_published(
    registered: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(*, four_eyes: bool = True) -> tuple[str, str]:
        evidence = registered.judged(four_eyes=four_eyes, clause="HB 4.5.9").evidence
        (found,) = (one for one in evidence if one.kind == "R")
        return found.verdict, found.figure

    registered.published("甲")
    assert judged()[0] == "达标"
    assert judged(four_eyes=False) == ("仅列示", "1 条维护公告只按文件里写的时间和标注判断：没有双人复核发布")
    monkeypatch.setattr(publication, "refuse_late", lambda *_: None)
    monkeypatch.setattr(drafts, "refuse_late", lambda *_: None)
    mark = "publish_at: 2098-11-30 23:30\n    emergency: {by: li, reason: 急}"
    small.edit(registered.flows, "announcements.yaml", "publish_at: 2098-11-30 00:00", mark)
    registered.published("乙")
    verdict, figure = judged()
    assert verdict == "未达标" and "1 条按发布时间不足二十四小时" in figure
