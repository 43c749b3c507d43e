"""The matrix, every cell, against a second one that was written by hand: action by action, who may."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.errors import NotAllowed
from ivr.people.access import access_of
from ivr.people.actions import ABOUT, Action
from ivr.people.document import roles_markdown
from ivr.people.roles import LABELS, MATRIX, Role, may
from ivr.records.audit.model import AuditEntry
from ivr.records.people.model import Grant, Person
from ivr.records.store import Store

TOP = Path(__file__).parents[2]

EVERYBODY = "operator knowledge qa trainer supervisor quality complaints analyst emergency_lead administrator agent"
OFFICE = "operator knowledge qa trainer supervisor quality complaints analyst emergency_lead administrator"
OPEN = "help console.sign_in console.serve flow.read flow.try node.serve node.check bank.demo"

HAND = {
    "console.link": EVERYBODY,
    "flow.propose": "operator knowledge",
    "flow.review": "operator knowledge qa supervisor quality emergency_lead",
    "flow.publish": "operator supervisor",
    "flow.rollback": "operator supervisor emergency_lead",
    "flow.publish_emergency": "operator supervisor emergency_lead",
    "knowledge.edit": "knowledge trainer",
    "prompts.make": "operator knowledge",
    "elderly.read": "operator supervisor complaints",
    "elderly.show": "supervisor complaints",
    "elderly.edit": "operator supervisor",
    "records.list": "operator qa supervisor quality complaints analyst emergency_lead",
    "records.read": "supervisor quality complaints",
    "records.import": "administrator",
    "records.export": "quality analyst",
    "records.recount": "administrator",
    "recordings.listen": "supervisor quality complaints",
    "transcripts.read": "trainer supervisor quality complaints",
    "labels.read": "knowledge qa trainer quality analyst",
    "labels.write": "trainer quality",
    "labels.listen": "trainer quality",
    "labels.purge": "trainer administrator",
    "models.train": "trainer",
    "models.install": "administrator",
    "score.run": "qa trainer quality",
    "reports.read": OFFICE,
    "status.read": OFFICE,
    "agents.read": "supervisor quality emergency_lead administrator",
    "agents.desk": "supervisor agent",
    "agents.manage": "supervisor",
    "agents.follow": "supervisor agent",
    "agents.secrets": "supervisor administrator",
    "calls.supervise": "supervisor quality",
    "hotline.try": "operator knowledge qa trainer supervisor quality administrator",
    "quality.score": "supervisor quality",
    "work.list": "supervisor complaints agent",
    "work.read": "supervisor complaints agent",
    "work.close": "supervisor complaints agent",
    "complaints.list": "supervisor quality complaints analyst",
    "complaints.read": "supervisor quality complaints",
    "complaints.handle": "complaints",
    "complaints.decide": "complaints",
    "complaints.extend_approve": "supervisor quality",
    "complaints.close": "complaints",
    "announcements.read": "operator knowledge qa supervisor quality complaints emergency_lead administrator agent",
    "announcements.emergency": "emergency_lead",
    "emergency.read": "operator qa supervisor quality complaints analyst emergency_lead administrator agent",
    "emergency.lead": "emergency_lead",
    "emergency.drill": "emergency_lead",
    "people.read": "quality emergency_lead administrator",
    "people.manage": "administrator",
    "people.secret": EVERYBODY,
    "audit.read": "quality administrator",
    "audit.verify": "quality administrator",
    "privacy.register": "supervisor quality complaints administrator agent",
    "privacy.show": "quality complaints",
    "privacy.erase": "complaints",
    "privacy.purge": "administrator",
    "privacy.hold": "quality complaints",
    "consents.note": "supervisor quality complaints agent",
    "exports.approve": "supervisor quality",
    "approvals.read": "operator supervisor quality complaints analyst emergency_lead",
    "backup.make": "administrator",
    "backup.restore": "administrator",
    "keys.manage": "administrator",
}
#: What shows a full number, a recording or somebody's words, or does what cannot be taken back.
REASONS = {
    "flow.rollback",
    "flow.publish_emergency",
    "elderly.show",
    "records.read",
    "records.export",
    "recordings.listen",
    "transcripts.read",
    "labels.listen",
    "work.read",
    "complaints.read",
    "complaints.extend_approve",
    "announcements.emergency",
    "emergency.lead",
    "privacy.show",
    "privacy.erase",
    "privacy.hold",
    "backup.restore",
}


def test_the_tables_have_every_action_and_the_standard_s_posts() -> None:
    assert set(HAND) | set(OPEN.split()) == {action.value for action in Action} == {action.value for action in ABOUT}
    assert set(MATRIX) == {Action(name) for name in HAND}
    assert set(LABELS) == set(Role)
    assert {"班长", "质量管理", "机器人训练师", "知识库管理", "工单管理"} <= set(LABELS.values())  # 附件2


@pytest.mark.parametrize("action", HAND)
@pytest.mark.parametrize("role", Role)
def test_every_cell(action: str, role: Role) -> None:
    assert may(role, Action(action)) == (role in HAND[action].split())


@pytest.mark.parametrize("action", Action)
def test_nobody_of_no_known_role_may_anything_but_what_is_open(action: Action) -> None:
    assert may("root", action) == action.open == (action.value in OPEN.split())


def test_a_reason_is_asked_for_where_somebody_s_data_is_shown() -> None:
    assert {action.value for action in Action if action.needs_reason} == REASONS


def test_every_cell_is_what_people_of_the_role_get_and_refusals_are_counted(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ivr.db'}")
    store.migrate()
    for role in Role:
        person = Person(role.value, role.label, 0, grants=(Grant(role.value, role.value, 0),))
        store.people.add(person, AuditEntry("boss", "people.manage", "x"), 0, lambda _: None)
    refused = 0
    for role in Role:
        rights = access_of(store, role.value, 1000)
        for name, roles in HAND.items():
            if role in roles.split():
                assert rights.permit(Action(name), "x", "核对").entry.role == role
            else:
                refused += 1
                with pytest.raises(NotAllowed):
                    rights.permit(Action(name), "x", "核对")
    assert len(store.audit.list(refused=True)) == refused > 300
    store.close()


def test_the_document_is_printed_from_the_matrix() -> None:
    assert (TOP / "docs" / "roles.md").read_text(encoding="utf-8") == roles_markdown()
