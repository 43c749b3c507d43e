"""The roles, by the posts of the standard (附件2), and the one matrix: who may do what. docs/roles.md is printed from
it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from ivr.people.actions import Action


class Role(StrEnum):
    """A post at the hotline. The value is kept in the database and never changes."""

    OPERATOR = "operator"
    KNOWLEDGE = "knowledge"
    QA = "qa"
    TRAINER = "trainer"
    SUPERVISOR = "supervisor"
    QUALITY = "quality"
    COMPLAINTS = "complaints"
    ANALYST = "analyst"
    EMERGENCY_LEAD = "emergency_lead"
    ADMINISTRATOR = "administrator"
    AGENT = "agent"

    @property
    def label(self) -> str:
        """The post's name."""
        return LABELS[self]


LABELS: Mapping[Role, str] = {
    Role.OPERATOR: "菜单运营",
    Role.KNOWLEDGE: "知识库管理",
    Role.QA: "测试",
    Role.TRAINER: "机器人训练师",
    Role.SUPERVISOR: "班长",
    Role.QUALITY: "质量管理",
    Role.COMPLAINTS: "工单管理",
    Role.ANALYST: "数据分析",
    Role.EMERGENCY_LEAD: "应急负责人",
    Role.ADMINISTRATOR: "系统管理员",
    Role.AGENT: "座席",
}

_COLUMNS: Mapping[str, Role] = {
    "op": Role.OPERATOR,
    "kn": Role.KNOWLEDGE,
    "qa": Role.QA,
    "tr": Role.TRAINER,
    "su": Role.SUPERVISOR,
    "ql": Role.QUALITY,
    "co": Role.COMPLAINTS,
    "an": Role.ANALYST,
    "em": Role.EMERGENCY_LEAD,
    "ad": Role.ADMINISTRATOR,
    "ag": Role.AGENT,
}

#: x: may; a point: may not. Open actions are not in it: nobody is asked.
_TABLE = """
                           op kn qa tr su ql co an em ad ag
flow.propose                x  x  .  .  .  .  .  .  .  .  .
flow.review                 x  x  x  .  x  x  .  .  x  .  .
flow.publish                x  .  .  .  x  .  .  .  .  .  .
flow.rollback               x  .  .  .  x  .  .  .  x  .  .
flow.publish_emergency      x  .  .  .  x  .  .  .  x  .  .
knowledge.edit              .  x  .  x  .  .  .  .  .  .  .
prompts.make                x  x  .  .  .  .  .  .  .  .  .
elderly.read                x  .  .  .  x  .  x  .  .  .  .
elderly.show                .  .  .  .  x  .  x  .  .  .  .
elderly.edit                x  .  .  .  x  .  .  .  .  .  .
records.list                x  .  x  .  x  x  x  x  x  .  .
records.read                .  .  .  .  x  x  x  .  .  .  .
records.import              .  .  .  .  .  .  .  .  .  x  .
records.export              .  .  .  .  .  x  .  x  .  .  .
records.recount             .  .  .  .  .  .  .  .  .  x  .
recordings.listen           .  .  .  .  x  x  x  .  .  .  .
transcripts.read            .  .  .  x  x  x  x  .  .  .  .
labels.read                 .  x  x  x  .  x  .  x  .  .  .
labels.write                .  .  .  x  .  x  .  .  .  .  .
labels.listen               .  .  .  x  .  x  .  .  .  .  .
labels.purge                .  .  .  x  .  .  .  .  .  x  .
models.train                .  .  .  x  .  .  .  .  .  .  .
models.install              .  .  .  .  .  .  .  .  .  x  .
score.run                   .  .  x  x  .  x  .  .  .  .  .
reports.read                x  x  x  x  x  x  x  x  x  x  .
status.read                 x  x  x  x  x  x  x  x  x  x  .
agents.read                 .  .  .  .  x  x  .  .  x  x  .
agents.desk                 .  .  .  .  x  .  .  .  .  .  x
agents.manage               .  .  .  .  x  .  .  .  .  .  .
agents.follow               .  .  .  .  x  .  .  .  .  .  x
agents.secrets              .  .  .  .  x  .  .  .  .  x  .
calls.supervise             .  .  .  .  x  x  .  .  .  .  .
hotline.try                 x  x  x  x  x  x  .  .  .  x  .
quality.score               .  .  .  .  x  x  .  .  .  .  .
work.list                   .  .  .  .  x  .  x  .  .  .  x
work.read                   .  .  .  .  x  .  x  .  .  .  x
work.close                  .  .  .  .  x  .  x  .  .  .  x
complaints.list             .  .  .  .  x  x  x  x  .  .  .
complaints.read             .  .  .  .  x  x  x  .  .  .  .
complaints.handle           .  .  .  .  .  .  x  .  .  .  .
complaints.decide           .  .  .  .  .  .  x  .  .  .  .
complaints.extend_approve   .  .  .  .  x  x  .  .  .  .  .
complaints.close            .  .  .  .  .  .  x  .  .  .  .
announcements.read          x  x  x  .  x  x  x  .  x  x  x
announcements.emergency     .  .  .  .  .  .  .  .  x  .  .
emergency.read              x  .  x  .  x  x  x  x  x  x  x
emergency.lead              .  .  .  .  .  .  .  .  x  .  .
emergency.drill             .  .  .  .  .  .  .  .  x  .  .
people.read                 .  .  .  .  .  x  .  .  x  x  .
people.manage               .  .  .  .  .  .  .  .  .  x  .
console.link                x  x  x  x  x  x  x  x  x  x  x
people.secret               x  x  x  x  x  x  x  x  x  x  x
audit.read                  .  .  .  .  .  x  .  .  .  x  .
audit.verify                .  .  .  .  .  x  .  .  .  x  .
privacy.register            .  .  .  .  x  x  x  .  .  x  x
privacy.show                .  .  .  .  .  x  x  .  .  .  .
privacy.erase               .  .  .  .  .  .  x  .  .  .  .
privacy.purge               .  .  .  .  .  .  .  .  .  x  .
privacy.hold                .  .  .  .  .  x  x  .  .  .  .
consents.note               .  .  .  .  x  x  x  .  .  .  x
exports.approve             .  .  .  .  x  x  .  .  .  .  .
approvals.read              x  .  .  .  x  x  x  x  x  .  .
backup.make                 .  .  .  .  .  .  .  .  .  x  .
backup.restore              .  .  .  .  .  .  .  .  .  x  .
keys.manage                 .  .  .  .  .  .  .  .  .  x  .
"""


def _matrix(table: str) -> dict[Action, frozenset[Role]]:
    head, *lines = table.strip("\n").splitlines()
    columns = [_COLUMNS[name] for name in head.split()]
    found = {}
    for line in lines:
        action, *cells = line.split()
        if len(cells) != len(columns) or Action(action) in found or not set(cells) <= {"x", "."}:
            raise ValueError(f"matrix of roles: {line}")
        found[Action(action)] = frozenset(role for role, cell in zip(columns, cells, strict=True) if cell == "x")
    return found


#: Action → the roles that may.
MATRIX: Mapping[Action, frozenset[Role]] = _matrix(_TABLE)


def may(role: str, action: Action) -> bool:
    """Whether somebody of this role may; nobody of an unknown role may anything but what is open."""
    return action.open or role in MATRIX[action]
