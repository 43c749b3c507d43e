"""`ivr emergency`: led by the emergency lead alone, with a reason, from start to the evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.cli.console.actions import identity
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.deliveries.model import DeliveryState
from ivr.records.emergencies.model import DetectorId, EmergencyWarning
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store
from tests.cli.conftest import Desk

START = ("emergency", "start", "surge", "general")


def store_of(desk: Desk) -> Store:
    """The desk's database."""
    (desk.folder / "run").mkdir(exist_ok=True)
    store = Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    store.migrate()
    return store


def registered(desk: Desk, role: Role) -> Store:
    """Whoever types is a person of this role."""
    store = store_of(desk)
    boss = Person("boss", "主管", 0, None, ("somebody-else",))
    zhao = Person("zhao", "赵", 0, None, (identity().os_user,), grants=(Grant("zhao", role.value, 0, None, "boss"),))
    for person in (boss, zhao):
        store.people.add(person, AuditEntry("boss", "people.manage", f"person:{person.id}"), 0, lambda _: None)
    return store


def test_the_emergency_lead_leads_it_from_start_to_evidence(desk: Desk) -> None:
    store = registered(desk, Role.EMERGENCY_LEAD)
    assert "原因" in desk.refused(*START) and store.emergencies.in_force() is None
    begun = desk.ivr(*START, "--reason", "来电是平时的四倍")
    assert begun.exit_code == 0 and begun.stdout.startswith("已启动（编号 1）：话务量激增（一般）响应阶段"), (
        begun.output
    )
    assert store.emergencies.in_force() == InForce(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND)
    assert "编号 1" in desk.refused(*START, "--reason", "再来一次")
    shown = desk.ivr("emergency", "status").stdout
    assert "应急执行中（编号 1）" in shown and "启动 zhao：来电是平时的四倍" in shown and "措施：" in shown
    assert "没有要变更的" in desk.refused("emergency", "change", "--reason", "看看")
    changed = desk.ivr("emergency", "change", "--phase", "handle", "--reason", "排队加长").stdout
    assert "处置阶段" in changed and "保留人工队列" in changed
    assert "原因" in desk.refused("emergency", "end")
    ended = desk.ivr("emergency", "end", "--reason", "恢复正常").stdout
    page = desk.folder / "run" / "evidence" / "emergency-1" / "index.html"
    assert f"证据：{page}" in ended and "排队加长" in page.read_text(encoding="utf-8")
    assert "没有应急在执行" in desk.refused("emergency", "end", "--reason", "再结束")
    assert "没有应急在执行" in desk.ivr("emergency", "status").stdout
    assert "话务量激增" in desk.ivr("emergency", "list").stdout
    assert "原因" in desk.refused("emergency", "evidence", "1")
    why = ("--reason", "补充数据")
    again = desk.ivr("emergency", "evidence", "1", "--output", str(desk.folder / "pack"), *why).stdout
    assert str(desk.folder / "pack" / "index.html") in again
    assert "没有编号为 9" in desk.refused("emergency", "evidence", "9", *why)
    entries = [kept.entry for kept in store.audit.list(target="emergency:1") if kept.entry.allowed]
    assert [entry.action for entry in entries] == ["emergency.lead"] * 4
    assert entries[0].reason == "补充数据" and "evidence" in (entries[0].detail or "")
    store.close()


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR, Role.OPERATOR, Role.QUALITY])
def test_another_role_is_refused_and_that_is_in_the_trail(desk: Desk, role: Role) -> None:
    store = registered(desk, role)
    for words in (START, (*START, "--drill"), ("emergency", "change", "--phase", "handle"), ("emergency", "end")):
        assert "这是应急负责人的权限" in desk.refused(*words, "--reason", "我来")
        last = store.audit.list(limit=1)[0].entry
        assert (last.person, last.allowed) == ("zhao", False) and last.action.startswith("emergency.")
    assert store.emergencies.list() == ()
    store.close()


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMINISTRATOR, Role.QUALITY])
def test_evidence_is_gathered_by_nobody_but_the_lead(desk: Desk, role: Role) -> None:
    store = registered(desk, role)
    refused = desk.refused("emergency", "evidence", "1", "--output", str(desk.folder / "pack"), "--reason", "看看")
    assert "这是应急负责人的权限" in refused and not (desk.folder / "pack").exists()
    store.close()


def test_a_drill_is_one_from_the_beginning_to_its_end(desk: Desk) -> None:
    store = registered(desk, Role.EMERGENCY_LEAD)
    assert "应急演练到期：从未演练" in desk.ivr("emergency", "status").stdout
    begun = desk.ivr(*START, "--drill", "--reason", "半年一次")
    assert begun.exit_code == 0 and (now := store.emergencies.in_force()) is not None and now.drill
    assert "演练执行中" in desk.ivr("emergency", "status").stdout
    assert desk.ivr("emergency", "change", "--phase", "handle", "--reason", "下一步").exit_code == 0
    assert "证据" in desk.ivr("emergency", "end", "--reason", "演练完毕").stdout
    html = (desk.folder / "run" / "evidence" / "emergency-1" / "index.html").read_text(encoding="utf-8")
    assert "这是演练，不是真实事件" in html
    assert {kept.entry.action for kept in store.audit.list(target="emergency:1")} == {"emergency.drill"}
    assert "下次演练最晚" in desk.ivr("emergency", "status").stdout
    store.close()


def test_what_the_plan_does_not_know_is_told_with_what_it_knows(desk: Desk) -> None:
    assert "有：general（一般）" in desk.refused("emergency", "start", "surge", "huge", "--reason", "很多")
    (desk.folder / "flows" / "emergency.yaml").unlink()
    # the announcement that only the plan speaks is one too many then, which is no error
    assert "emergency.yaml 没有写" in desk.refused(*START, "--reason", "很多")
    assert "没有应急预案" in desk.ivr("emergency", "status").stdout


def test_warnings_that_stand_are_shown(desk: Desk) -> None:
    store = store_of(desk)
    warning = EmergencyWarning("node1", DetectorId.BANK, 1_770_000_000_000, EmergencyKind.SYSTEMS_LOST, "major", 31)
    store.emergencies.warn(warning)
    assert "银行系统已 31 秒没有应答" in desk.ivr("emergency", "status").stdout
    store.emergencies.warn(replace(warning, t_over=1_770_000_100_000))
    assert "银行系统" not in desk.ivr("emergency", "status").stdout
    store.close()


def test_what_was_not_delivered_is_listed_with_its_reason_and_sent_again(desk: Desk) -> None:
    store = registered(desk, Role.EMERGENCY_LEAD)
    assert "没有未送达" in desk.ivr("emergency", "deliveries").stdout
    desk.ivr(*START, "--phase", "warn", "--reason", "来电很多")
    (told,) = store.deliveries.about("emergency:1")
    held = store.deliveries.hold(told.key, told.t_asked, told.t_asked + 1)
    assert held is not None
    refused = replace(held, state=DeliveryState.REFUSED, trouble="邮件服务器答复 550", t_done=told.t_asked, t_held=0)
    store.deliveries.settle(held, refused)
    listed = desk.ivr("emergency", "deliveries").stdout
    assert "对方拒收 mail lead@bank.example emergency:1:1:lead:mail 邮件服务器答复 550" in listed
    assert "会在几秒内重发" in desk.ivr("emergency", "deliveries", "--again", told.key).stdout
    assert store.deliveries.due(9_999_999_999_999) == (told.key,)
    assert "没有要重发的" in desk.refused("emergency", "deliveries", "--again", told.key)
    assert "等待送达" in desk.ivr("emergency", "deliveries", "--all").stdout
    last = store.audit.list(target=f"delivery:{told.key}")
    assert len(last) == 1 and last[0].entry.person == "zhao"
    store.close()
