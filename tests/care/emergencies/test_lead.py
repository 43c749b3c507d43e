"""Who leads an emergency, with what reason, in what order; what is told, and what the trail has of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.emergencies import lead
from ivr.care.emergencies.lead import Change
from ivr.errors import EmergencyChanged, EmergencyRefused, NotAllowed
from ivr.flow import load
from ivr.flow.model import Flow
from ivr.people.access import Permit, access_of
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.emergencies.model import DetectorId, Emergency, EmergencyWarning, Step
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store

FLOWS = Path(__file__).parents[3] / "flows"
T = 1_770_000_000_000
SURGE = InForce(EmergencyKind.SURGE, "major", EmergencyPhase.RESPOND)
DRILL = replace(SURGE, drill=True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A migrated store with a person of every role."""
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    for role in Role:
        grant = Grant(role.value, role.value, 0, None, "admin")
        person = Person(role.value, role.label, 0, None, (), grants=(grant,))
        made.people.add(person, AuditEntry("admin", "people.manage", f"person:{role}"), 1, lambda _: None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def flow() -> Flow:
    found = load(FLOWS).flow
    assert found is not None
    return found


def permit(
    store: Store, person: str = "emergency_lead", *, drill: bool = False, reason: str | None = "来电是平时的四倍"
) -> Permit:
    action = Action.EMERGENCY_DRILL if drill else Action.EMERGENCY_LEAD
    return access_of(store, person, T).permit(action, "emergency", reason)


def started(store: Store, flow: Flow, wanted: InForce = SURGE, now: int = T) -> Emergency:
    return lead.start(store.emergencies, flow, permit(store, drill=wanted.drill), wanted, now).emergency


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EMERGENCY_LEAD])
@pytest.mark.parametrize("action", [Action.EMERGENCY_LEAD, Action.EMERGENCY_DRILL])
def test_nobody_but_the_emergency_lead_is_given_leave(store: Store, role: Role, action: Action) -> None:
    with pytest.raises(NotAllowed, match="应急负责人"):
        access_of(store, role.value, T).permit(action, "emergency", "演习一下")
    refusal = store.audit.list(limit=1)[0].entry
    assert (refusal.person, refusal.action, refusal.allowed) == (role.value, action.value, False)


def test_without_a_reason_nothing_is_started(store: Store, flow: Flow) -> None:
    with pytest.raises(NotAllowed, match="原因"):
        permit(store, reason=None)
    for reason in (None, "", "  "):
        asked = permit(store, drill=True, reason=reason)
        with pytest.raises(EmergencyRefused, match="原因"):
            lead.start(store.emergencies, flow, asked, DRILL, T)
    assert store.emergencies.list() == ()


def test_leave_for_a_drill_starts_no_emergency_and_ends_none(store: Store, flow: Flow) -> None:
    with pytest.raises(EmergencyRefused, match="权限"):
        lead.start(store.emergencies, flow, permit(store, drill=True), SURGE, T)
    real = started(store, flow)
    with pytest.raises(EmergencyRefused, match="权限"):
        lead.end(store.emergencies, flow, permit(store, drill=True), real, T + 1)
    with pytest.raises(EmergencyRefused, match="权限"):
        lead.change(store.emergencies, flow, permit(store, drill=True), real, Change(level="general"), T + 1)
    assert store.emergencies.in_force() == SURGE


def test_from_start_to_end_every_decision_is_kept_told_and_in_the_trail(store: Store, flow: Flow) -> None:
    one = started(store, flow)
    assert store.emergencies.in_force() == SURGE and one.id > 0
    then = lead.change(store.emergencies, flow, permit(store), one, Change(phase=EmergencyPhase.HANDLE), T + 60_000)
    assert store.emergencies.in_force() == replace(SURGE, phase=EmergencyPhase.HANDLE)
    lead.end(store.emergencies, flow, permit(store, reason="来电恢复正常"), then.emergency, T + 3_600_000)
    assert store.emergencies.in_force() is None
    assert store.emergencies.get(one.id) == replace(
        then.emergency, t_ended=T + 3_600_000, t_changed=T + 3_600_000, version=3
    )

    told = store.emergencies.decisions(one.id)
    assert [(each.number, each.step, each.phase.value, each.person, each.role) for each in told] == [
        (1, Step.START, "respond", "emergency_lead", "emergency_lead"),
        (2, Step.CHANGE, "handle", "emergency_lead", "emergency_lead"),
        (3, Step.END, "handle", "emergency_lead", "emergency_lead"),
    ]
    assert [each.reason for each in told] == ["来电是平时的四倍", "来电是平时的四倍", "来电恢复正常"]
    trail = store.audit.list(target=one.target)
    assert [json.loads(kept.entry.detail or "")["step"] for kept in trail] == ["end", "change", "start"]
    assert {kept.entry.action for kept in trail} == {"emergency.lead"} and store.audit.verify() == ()

    sent = store.deliveries.about(one.target)
    assert {each.target for each in sent} == {"emergency-lead@bank.example", "hotline-duty@bank.example"}
    assert len(sent) == 6 and len({each.key for each in sent}) == 6
    first = next(each for each in sent if each.key == f"{one.target}:1:lead:mail")
    assert first.subject == "【应急】话务量激增（重大）进入响应阶段"
    assert first.body is not None and "决定人：emergency_lead" in first.body and "原因：来电是平时的四倍" in first.body
    assert "保留人工队列" in first.body and "约定回电" in first.body


def test_what_is_told_to_systems_can_be_read_by_them(store: Store, flow: Flow) -> None:
    one = started(store, flow, InForce(EmergencyKind.SYSTEMS_LOST, "major", EmergencyPhase.WARN))
    posted = [each for each in store.deliveries.about(one.target) if each.channel == "webhook"]
    assert [each.target for each in posted] == ["https://duty.bank.example/hotline"]
    facts = json.loads(posted[0].body or "")
    assert facts["event"] == "emergency.start" and facts["kind"] == "systems_lost" and facts["drill"] is False


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (InForce(EmergencyKind.SURGE, "huge", EmergencyPhase.WARN), "general（一般）、major（重大）"),
        (InForce(EmergencyKind.SITE_LOST, "general", EmergencyPhase.WARN), "major（重大）"),
    ],
)
def test_what_the_plan_does_not_know_is_refused_with_what_it_knows(
    store: Store, flow: Flow, wanted: InForce, words: str
) -> None:
    with pytest.raises(EmergencyRefused, match=words):
        started(store, flow, wanted)
    one = started(store, flow)
    with pytest.raises(EmergencyRefused, match="general（一般）、major（重大）"):
        lead.change(store.emergencies, flow, permit(store), one, Change(level="huge"), T)


def test_one_is_in_force_at_a_time(store: Store, flow: Flow) -> None:
    one = started(store, flow)
    for wanted in (SURGE, DRILL, replace(SURGE, kind=EmergencyKind.SITE_LOST)):
        with pytest.raises(EmergencyRefused, match=f"编号 {one.id}"):
            started(store, flow, wanted, T + 1)
    assert len(store.emergencies.list()) == 1


def test_a_drill_gives_way_to_an_emergency(store: Store, flow: Flow) -> None:
    drill = started(store, flow, DRILL)
    with pytest.raises(EmergencyRefused):
        started(store, flow, DRILL)
    real = started(store, flow, SURGE, T + 5)
    assert store.emergencies.in_force() == SURGE
    ended = store.emergencies.get(drill.id)
    assert ended is not None and ended.t_ended == T + 5 and store.emergencies.last_drill() == T + 5
    assert "真实应急启动" in store.emergencies.decisions(drill.id)[-1].reason
    assert [kept.entry.target for kept in store.audit.list(limit=2)] == [real.target, drill.target]


def test_a_drill_is_told_as_one(store: Store, flow: Flow) -> None:
    one = started(store, flow, DRILL)
    told = store.deliveries.about(one.target)
    assert told and all(each.subject.startswith("【演练】") and "不是真实事件" in str(each.body) for each in told)


PHASES = tuple(EmergencyPhase)
BACK_ALLOWED = {("recover", "respond"), ("recover", "handle")}


@pytest.mark.parametrize("first", PHASES)
@pytest.mark.parametrize("then", PHASES)
def test_phases_go_on_and_never_back_but_from_recovery(
    store: Store, flow: Flow, first: EmergencyPhase, then: EmergencyPhase
) -> None:
    one = started(store, flow, replace(SURGE, phase=first))
    allowed = PHASES.index(then) > PHASES.index(first) or (first.value, then.value) in BACK_ALLOWED
    if allowed:
        lead.change(store.emergencies, flow, permit(store), one, Change(phase=then), T + 1)
        assert store.emergencies.in_force() == replace(SURGE, phase=then)
        return
    with pytest.raises(EmergencyRefused, match="没有要变更的" if first is then else "退回"):
        lead.change(store.emergencies, flow, permit(store), one, Change(phase=then), T + 1)
    assert store.emergencies.in_force() == replace(SURGE, phase=first)


def test_of_two_leads_one_decides_and_the_other_is_told(store: Store, flow: Flow) -> None:
    one = started(store, flow)
    lead.change(store.emergencies, flow, permit(store, reason="升级"), one, Change(phase=EmergencyPhase.HANDLE), T + 1)
    with pytest.raises(EmergencyChanged, match="emergency_lead 变更（升级）"):
        lead.change(store.emergencies, flow, permit(store), one, Change(level="general"), T + 2)
    with pytest.raises(EmergencyChanged):
        lead.end(store.emergencies, flow, permit(store), one, T + 2)
    assert len(store.emergencies.decisions(one.id)) == 2 and len(store.audit.list(target=one.target)) == 2


def test_of_many_who_start_it_at_once_one_does(store: Store, flow: Flow) -> None:
    gate, outcomes = threading.Barrier(6), list[str]()

    def begin() -> None:
        asked = permit(store)
        gate.wait()
        try:
            lead.start(store.emergencies, flow, asked, SURGE, T)
            outcomes.append("started")
        except EmergencyRefused:
            outcomes.append("refused")

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["started"] and len(store.emergencies.list()) == 1


def test_an_ended_one_is_ended(store: Store, flow: Flow) -> None:
    one = started(store, flow)
    ended = lead.end(store.emergencies, flow, permit(store), one, T + 9).emergency
    with pytest.raises(EmergencyChanged):
        lead.end(store.emergencies, flow, permit(store), replace(ended, t_ended=None), T + 10)
    assert store.emergencies.get(one.id) == ended


def test_a_contact_who_cannot_be_told_holds_nothing_up(store: Store, flow: Flow) -> None:
    contacts = dict(flow.emergency.contacts)
    contacts["duty"] = replace(contacts["duty"], mail="值班@bank.example")
    del contacts["lead"]
    plan = replace(flow.emergency, contacts=contacts)
    decided = lead.start(store.emergencies, replace(flow, emergency=plan), permit(store), SURGE, T)
    assert store.emergencies.in_force() == SURGE
    assert [told.split("：")[0] for told in decided.untold] == ["lead", "duty"]


def test_a_detector_starts_the_first_phase_in_the_name_of_the_hotline(store: Store, flow: Flow) -> None:
    warning = EmergencyWarning("node1", DetectorId.BANK, T, EmergencyKind.SYSTEMS_LOST, "major", 31)
    lead.start_by_itself(store.emergencies, flow, warning, T)
    assert store.emergencies.in_force() == InForce(EmergencyKind.SYSTEMS_LOST, "major", EmergencyPhase.WARN)
    (kept,) = store.audit.list(action="emergency.lead")
    assert kept.entry.person == "system" and "自动启动" in str(kept.entry.reason)
