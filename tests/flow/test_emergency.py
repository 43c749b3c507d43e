"""The emergency plan as it is read: what each phase does, whom a drill meets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow import load
from ivr.flow.emergency import Contact, Detector, EmergencyPlan, Measures, Others
from ivr.flow.model import Flow
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from tests.flow import small


def flow(tmp_path: Path) -> Flow:
    loaded = load(small.write(tmp_path))
    assert loaded.flow is not None
    return loaded.flow


def test_each_phase_does_what_is_written(tmp_path: Path) -> None:
    plan = flow(tmp_path).emergency
    handle = plan.measures(InForce(EmergencyKind.SURGE, "general", EmergencyPhase.HANDLE))
    assert handle == Measures(("emergency_surge",), (), frozenset({"elderly"}), Others.MENU, 20)
    assert handle.felt and handle.keeps("elderly") and not handle.keeps("general")
    warn = plan.measures(InForce(EmergencyKind.SURGE, "general", EmergencyPhase.WARN))
    assert warn.tell == ("lead",) and not warn.felt and warn.keeps("general")
    assert plan.contacts == {"lead": Contact("lead", "lead@bank.example")}
    assert plan.detectors == {"surge": Detector("surge", EmergencyKind.SURGE, "general", 100, ("lead",))}
    assert plan.drills.every_days == 90


def test_who_waits_hears_the_words_for_those_who_wait() -> None:
    assert Measures(("a",), ("b",)).for_waiting == ("b",)
    assert Measures(("a",)).for_waiting == ("a",)


def test_an_emergency_that_the_plan_does_not_know_changes_nothing(tmp_path: Path) -> None:
    plan = flow(tmp_path).emergency
    for unknown in (None, InForce(EmergencyKind.DATA_LEAK, "general", EmergencyPhase.WARN),
                    InForce(EmergencyKind.SURGE, "gone", EmergencyPhase.WARN)):  # fmt: skip
        assert plan.measures(unknown) == Measures()


def test_a_flow_without_a_plan_has_an_empty_one(tmp_path: Path) -> None:
    small.write(tmp_path)
    (tmp_path / "emergency.yaml").unlink()
    small.edit(tmp_path, "prompts.yaml", "  emergency_surge: {kind: notice, text: 目前来电较多。}\n", "")
    loaded = load(tmp_path)
    assert loaded.findings == () and loaded.flow is not None
    assert loaded.flow.emergency == EmergencyPlan()


def test_a_drill_meets_nobody_but_those_who_take_part(tmp_path: Path) -> None:
    plan = flow(tmp_path).emergency
    real = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND)
    drill = InForce(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND, drill=True)
    assert plan.met(real, "+8613800000007", "95000") == real
    assert plan.met(drill, "+8613800009999", "95000") == drill
    assert plan.met(drill, "+8613800000007", "95000") is None
    assert plan.met(drill, None, None) is None


def test_a_number_for_drills_is_one_of_the_hotline(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "emergency.yaml", 'callers: ["+8613800009999"]', 'numbers: ["95001"]')
    assert [finding.code for finding in load(tmp_path).findings] == ["F013"]
    small.edit(tmp_path, "hotline.yaml", '["95000"]', '["95000", "95001"]')
    assert load(tmp_path).findings == ()


@pytest.mark.parametrize(
    ("contact", "sound"),
    [
        ("mail: duty@bank.example", True),
        ("mail: 值班@bank.example", False),
        ("mail: duty@bank.example, x@y.example", False),
        ('webhook: "https://duty.bank.example/hotline"', True),
        ('webhook: "http://127.0.0.1:8080/hotline"', True),
        ('webhook: "http://duty.bank.example/hotline"', False),
        ('webhook: "http://127.0.0.1.evil.example/"', False),
        ('webhook: "https://user:secret@duty.bank.example/"', False),
        ('webhook: "https://duty.bank.example/?token=1"', False),
    ],
)
def test_a_contact_who_could_not_be_told_is_refused_before_it_is_needed(
    tmp_path: Path, contact: str, sound: bool
) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "emergency.yaml", "lead: {mail: lead@bank.example}", "lead: {" + contact + "}")
    assert (load(tmp_path).findings == ()) is sound
