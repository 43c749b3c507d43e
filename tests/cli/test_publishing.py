"""`ivr flow` and `ivr approvals`: what is told on the way from an edit to its publication, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from ivr.cli.console.actions import identity
from ivr.flow.loader import require
from ivr.people.roles import Role
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.audit.model import AuditEntry
from ivr.records.store import Store
from tests.cli.conftest import Desk
from tests.flow import small
from tests.people.registered import register

OLD, NEW = "开户请带身份证。", "开户请带护照。"


@dataclass
class Office:
    """Two operators, a supervisor and an analyst at one desk."""

    desk: Desk
    store: Store

    def by(self, person: str, *words: str) -> str:
        """What is told where all is well."""
        result = self.desk.ivr(*words, IVR_PERSON=person)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, person: str, *words: str) -> str:
        return self.desk.refused(*words, IVR_PERSON=person)

    def edit(self, old: str = OLD, new: str = NEW) -> None:
        small.edit(self.desk.folder / "flows", "prompts.yaml", old, new)


@pytest.fixture
def office(desk: Desk) -> Iterator[Office]:
    with closing(Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")) as store:
        store.migrate()
        me = identity().os_user
        register(store, "zhang", Role.OPERATOR, os_user=me)
        register(store, "li", Role.OPERATOR, os_user=me)
        register(store, "sun", Role.SUPERVISOR, os_user=me)
        register(store, "an", Role.ANALYST, os_user=me)
        revision = require(desk.folder / "flows").revision
        store.publishing.adopt(revision.files, revision.personal, "开始", 1_790_000_000_000)
        yield Office(desk, store)


def test_from_an_edit_to_its_publication(office: Office) -> None:
    office.edit()
    told = office.by("zhang", "flow", "propose", "--reason", "监管新规")
    assert "已提交草稿 2（基于发布 1）" in told
    assert "✓ 按键走查：" in told
    seen = office.by("li", "flow", "review", "2")
    for words in (
        "zhang 提交：监管新规　待复核",
        "【改动】业务 开户须知 opening\n  - 播报 opening_info（信息）：开户请带身份证。\n",
        "  + 播报 opening_info（信息）：开户请带护照。\n",
        "-  opening_info: 开户请带身份证。",
        "检查：\n  没有问题\n试走：\n  ✓ 按键走查",
        "没有试走脚本",
    ):
        assert words in seen
    assert "本人提出" in office.refused("zhang", "flow", "publish", "2")
    assert office.by("li", "flow", "publish", "2") == "已发布 2\n"
    listed = office.by("sun", "flow", "history").splitlines()
    assert listed[0].startswith("发布 2　")
    assert listed[0].endswith("zhang 提交，li 发布：监管新规　← 当前")
    assert listed[1].endswith("system 提交，system 发布：开始")
    assert "播报 opening_info" in office.by("sun", "flow", "diff", "2", "--no-text")
    assert office.by("sun", "flow", "diff") == "客户听到的不同（与发布 2相比）：\n  没有\n"


def test_who_may_not_is_told_whose_right_it_is(office: Office) -> None:
    office.edit()
    assert "菜单运营" in office.refused("an", "flow", "propose", "--reason", "x")
    assert "原因" in office.refused("zhang", "flow", "propose")


def test_an_emergency_and_its_second_person(office: Office) -> None:
    office.edit()
    office.by("zhang", "flow", "propose", "--reason", "监管新规")
    assert "--reason" in office.refused("zhang", "flow", "publish", "2", "--emergency")
    told = office.by("zhang", "flow", "publish", "2", "--emergency", "--reason", "播报有误")
    assert "由另一个人补审：ivr flow confirm 2" in told
    assert "紧急发布，待补审（" in office.by("li", "flow", "history")
    assert "紧急发布的补审" in office.by("li", "approvals", "list")
    assert "zhang" in office.refused("zhang", "flow", "confirm", "2")
    assert "ivr flow confirm" in office.refused("sun", "approvals", "approve", "2")
    assert office.by("li", "flow", "confirm", "2") == "发布 2 补审通过\n"
    assert "紧急发布，li 补审通过" in office.by("li", "flow", "history")


def test_a_rollback_and_the_working_copy(office: Office) -> None:
    office.edit()
    office.by("zhang", "flow", "propose", "--reason", "监管新规")
    office.by("li", "flow", "review", "2")
    office.by("li", "flow", "publish", "2")
    assert "已提交草稿 3" in office.by("zhang", "flow", "rollback", "1", "--reason", "新规推迟")
    assert "退回到发布 1" in office.by("li", "flow", "review", "3")
    office.by("li", "flow", "publish", "3")
    assert "退回到发布 1　← 当前" in office.by("li", "flow", "history")
    prompts = office.desk.folder / "flows" / "prompts.yaml"
    assert NEW in prompts.read_text(encoding="utf-8")
    office.by("li", "flow", "checkout")
    assert OLD in prompts.read_text(encoding="utf-8")
    office.edit(OLD, "开户请带户口本。")
    assert "没提交的改动" in office.refused("li", "flow", "checkout")
    office.by("li", "flow", "checkout", "2", "--discard")
    assert NEW in prompts.read_text(encoding="utf-8")


def test_an_emergency_rollback_is_served_at_once(office: Office) -> None:
    office.edit()
    office.by("zhang", "flow", "propose", "--reason", "监管新规")
    office.by("li", "flow", "review", "2")
    office.by("li", "flow", "publish", "2")
    assert "已发布 3" in office.by("li", "flow", "rollback", "1", "--emergency", "--reason", "播报有误")


def test_a_draft_is_refused_with_a_reason_or_withdrawn(office: Office) -> None:
    office.edit()
    office.by("zhang", "flow", "propose", "--reason", "一")
    assert office.by("li", "flow", "refuse", "2", "--note", "措辞") == "草稿 2 已否决\n"
    office.edit(NEW, "开户请带户口本。")
    office.by("zhang", "flow", "propose", "--reason", "二")
    assert "草稿 3" in office.by("li", "flow", "history")
    assert office.by("zhang", "flow", "withdraw", "3") == "草稿 3 已撤回\n"
    assert "草稿" not in office.by("li", "flow", "history")


def test_without_people_or_with_the_setting_edits_are_served_as_they_are_saved(desk: Desk, office: Office) -> None:
    (desk.folder / "ivr.toml").write_text("[publishing]\nfour_eyes = false\n", encoding="utf-8")
    assert "four_eyes 为 false" in office.refused("zhang", "flow", "propose", "--reason", "x")


def test_without_anybody_registered_there_is_nothing_to_publish(desk: Desk) -> None:
    assert "还没有登记人员" in desk.refused("flow", "propose", "--reason", "x")


def test_requests_are_listed_and_decided_by_somebody_else(office: Office) -> None:
    assert office.by("sun", "approvals", "list") == "没有等待批准的事项\n"
    wanted = Approval(ApprovalKind.EXPORT, "export", "d" * 64, "an", "季度核对", 1_790_000_000_000, 4_000_000_000_000)
    office.store.approvals.request(wanted, AuditEntry("an", "records.export", "export"))
    assert "1　导出　export　an 于 " in office.by("sun", "approvals", "list")
    assert "批准导出" in office.refused("li", "approvals", "approve", "1")
    assert "已批准（sun）" in office.by("sun", "approvals", "approve", "1")
    assert "没有等待" in office.by("sun", "approvals", "list")
    assert "已批准（sun）" in office.by("sun", "approvals", "list", "--all")
    assert "没有申请 9" in office.refused("sun", "approvals", "refuse", "9", "--reason", "x")
