"""Four eyes for the operator's files: nobody publishes what he proposed, of two who race one wins and the other is
told, a rollback is a publication, and an emergency one waits visibly for a second person (CBA 四十三)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update

from ivr.call import flow_trials
from ivr.care.announcements import mark_as_emergency
from ivr.care.publishing import drafts, publication
from ivr.care.publishing.drafts import WorkingCopy
from ivr.care.publishing.review import Review, review, working_difference
from ivr.errors import ApprovalRefused, NotAllowed, PublishingRefused
from ivr.flow.findings import FlowRefused
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.flow.stored_files import load_texts
from ivr.people.actions import Action
from ivr.people.late_notices import late_notices
from ivr.people.roles import Role
from ivr.records.database.engine import writing
from ivr.records.database.publishing_tables import flow_draft
from ivr.records.days import DAY_MS, HOUR_MS, moment
from ivr.records.publishing.model import Draft, DraftState, Publication, Trial, packed
from ivr.records.store import Store
from tests.flow import small
from tests.people.registered import leave, register

NOW = 1_790_000_000_000
LOSS = "开户请带身份证。"


def trials(flow: Flow, folder: Path) -> Sequence[Trial]:
    return flow_trials.trials(flow, folder, NOW)


@dataclass
class Hotline:
    """A small hotline with people: zhang and li run menus, wu leads in emergencies, sun is a supervisor."""

    store: Store
    working: WorkingCopy

    @property
    def folder(self) -> Path:
        return self.working.folder

    def edit(self, text: str) -> None:
        """What the leaf `opening` says."""
        path = self.folder / "prompts.yaml"
        before = require(self.folder).prompts["opening_info"].texts["zh"]
        path.write_text(path.read_text(encoding="utf-8").replace(before, text), encoding="utf-8")

    def propose(self, person: str, now: int = NOW) -> Draft:
        permit = leave(self.store, person, Action.FLOW_PROPOSE, now)
        return drafts.propose(self.store, permit, self.working, "开户新规", now)

    def review(self, person: str, draft: int, now: int = NOW) -> Review:
        permit = leave(self.store, person, Action.FLOW_REVIEW, now)
        return review(self.store, permit, draft, self.folder, now)

    def publish(self, person: str, draft: int, now: int = NOW, *, looked: bool = True) -> Publication:
        if looked:
            self.review(person, draft, now)
        permit = leave(self.store, person, Action.FLOW_PUBLISH, now)
        return publication.publish(self.store, permit, draft, self.folder, now)

    def emergency(self, person: str, draft: int, now: int = NOW) -> Publication:
        permit = leave(self.store, person, Action.FLOW_PUBLISH_EMERGENCY, now, reason="利率播报有误")
        return publication.publish(self.store, permit, draft, self.folder, now, emergency=True)

    def confirm(self, person: str, number: int, now: int, *, agreed: bool = True, note: str = "") -> Publication:
        permit = leave(self.store, person, Action.FLOW_PUBLISH, now)
        return publication.confirm(self.store, permit, number, agreed, note, now)

    def served(self) -> Flow:
        """What is published now, loaded."""
        current = self.store.publishing.current()
        assert current is not None
        found = self.store.publishing.published(current.number)
        flow = load_texts(found.files, found.personal, self.folder).flow
        assert flow is not None
        return flow

    def says(self) -> str:
        return self.served().prompts["opening_info"].texts["zh"]

    def refused(self) -> tuple[str, str]:
        """Who was refused last by the trail, and why."""
        last = self.store.audit.list(limit=1)[0].entry
        assert not last.allowed
        return last.person, str(json.loads(last.detail or "{}").get("why"))


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Hotline]:
    with closing(Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as store:
        store.migrate()
        register(store, "zhang", Role.OPERATOR)
        register(store, "li", Role.OPERATOR)
        register(store, "wu", Role.EMERGENCY_LEAD)
        register(store, "sun", Role.SUPERVISOR)
        folder = small.write(tmp_path / "flows")
        revision = require(folder).revision
        store.publishing.adopt(revision.files, revision.personal, "开始", NOW - DAY_MS)
        yield Hotline(store, WorkingCopy(folder, trials))


def at(t: int) -> str:
    """A moment as the files write it."""
    return f"{moment(t):%Y-%m-%d %H:%M:%S}"


def announce(hotline: Hotline, publish_at: int, starts_at: int, more: str = "") -> None:
    """A maintenance notice in the working copy."""
    (hotline.folder / "announcements.yaml").write_text(
        "announcements:\n  net_bank:\n    kind: maintenance\n    systems: [net]\n    prompt: net_bank_notice\n"
        f"    publish_at: {at(publish_at)}\n    starts_at: {at(starts_at)}\n"
        f"    ends_at: {at(starts_at + 6 * HOUR_MS)}\n"
        f"    menu: true\n{more}",
        encoding="utf-8",
    )


# ---- the ordinary way


def test_one_proposes_another_reviews_and_publishes(hotline: Hotline) -> None:
    hotline.edit("开户请带身份证和手机。")
    draft = hotline.propose("zhang")
    assert hotline.says() == LOSS  # a draft changes nothing
    seen = hotline.review("li", draft.id)
    assert seen.ready
    assert next(str(change) for change in seen.difference.changes) == (
        "【改动】业务 开户须知 opening\n"
        "  - 播报 opening_info（信息）：开户请带身份证。\n"
        "  + 播报 opening_info（信息）：开户请带身份证和手机。"
    )
    assert "-  opening_info: 开户请带身份证。\n+  opening_info: 开户请带身份证和手机。\n" in seen.difference.text
    assert [(trial.name, trial.passed) for trial in seen.draft.trials] == [("按键走查", True)]
    made = hotline.publish("li", draft.id)
    assert (made.number, made.proposed_by, made.published_by, made.emergency) == (2, "zhang", "li", False)
    assert hotline.says() == "开户请带身份证和手机。"
    assert hotline.store.publishing.draft(draft.id).state is DraftState.PUBLISHED
    assert not hotline.store.audit.verify()
    entry = hotline.store.audit.list(limit=1)[0].entry
    assert (entry.person, entry.action, entry.target) == ("li", "flow.publish", "publication:2")


def test_whoever_proposed_can_never_publish(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    for _ in range(2):
        with pytest.raises(ApprovalRefused, match="另一个人"):
            hotline.publish("zhang", draft.id)
        who, why = hotline.refused()
        assert who == "zhang"
        assert "本人" in why
    assert hotline.says() == LOSS


def test_nobody_publishes_what_he_has_not_looked_at(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    with pytest.raises(PublishingRefused, match="还没有看过"):
        hotline.publish("li", draft.id, looked=False)
    hotline.review("sun", draft.id)  # somebody else's eyes do not count
    with pytest.raises(PublishingRefused, match="还没有看过"):
        hotline.publish("li", draft.id, looked=False)
    assert hotline.publish("sun", draft.id, looked=False).published_by == "sun"


def test_who_has_no_right_publishes_nothing(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    with pytest.raises(NotAllowed):
        hotline.publish("wu", draft.id)
    with pytest.raises(NotAllowed):
        hotline.propose("wu")


def test_what_was_refused_or_taken_back_is_not_published(hotline: Hotline) -> None:
    his, hers = (leave(hotline.store, person, Action.FLOW_PUBLISH, NOW) for person in ("zhang", "li"))
    hotline.edit("开户请带护照一。")
    one = hotline.propose("zhang")
    with pytest.raises(PublishingRefused, match="本人"):
        drafts.refuse(hotline.store, his, one.id, "措辞不清", NOW)
    with pytest.raises(PublishingRefused, match="原因"):
        drafts.refuse(hotline.store, hers, one.id, " ", NOW)
    assert drafts.refuse(hotline.store, hers, one.id, "措辞不清", NOW).state is DraftState.REFUSED
    hotline.edit("开户请带护照二。")
    two = hotline.propose("zhang")
    with pytest.raises(PublishingRefused, match="只有本人"):
        drafts.withdraw(hotline.store, hers, two.id, NOW)
    assert drafts.withdraw(hotline.store, his, two.id, NOW).state is DraftState.WITHDRAWN
    for draft in (one, two):
        with pytest.raises(PublishingRefused, match=r"已否决|已撤回"):
            hotline.publish("sun", draft.id)
    assert hotline.store.approvals.list() == ()


def test_what_is_broken_or_fails_a_test_is_no_draft(hotline: Hotline) -> None:
    good = (hotline.folder / "hotline.yaml").read_text(encoding="utf-8")
    small.edit(hotline.folder, "hotline.yaml", "leaf: opening}", "leaf: opning}")
    with pytest.raises(FlowRefused):
        hotline.propose("zhang")
    (hotline.folder / "hotline.yaml").write_text(good, encoding="utf-8")
    with pytest.raises(PublishingRefused, match="没有可提交的改动"):
        hotline.propose("zhang")
    hotline.edit("开户请带护照。")
    scripts = hotline.folder / flow_trials.SCRIPTS
    scripts.mkdir()
    (scripts / "opening.txt").write_text("at 2026-09-21 10:00\npress 11\nexpect 身份证\n", encoding="utf-8")
    with pytest.raises(PublishingRefused, match=r"opening\.txt：第 3 行"):
        hotline.propose("zhang")
    (scripts / "opening.txt").write_text("at 2026-09-21 10:00\npress 11\nexpect 护照\n", encoding="utf-8")
    draft = hotline.propose("zhang")
    assert [(trial.name, trial.passed) for trial in draft.trials] == [("opening.txt", True), ("按键走查", True)]
    assert flow_trials.has_scripts(draft.trials)


def test_what_is_proposed_needs_a_reason_and_is_proposed_once(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    permit = leave(hotline.store, "zhang", Action.FLOW_PROPOSE, NOW)
    with pytest.raises(PublishingRefused, match="原因"):
        drafts.propose(hotline.store, permit, hotline.working, " ", NOW)
    hotline.propose("zhang")
    with pytest.raises(PublishingRefused, match="zhang"):
        hotline.propose("li")


def test_a_draft_that_waited_for_a_month_was_checked_too_long_ago(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    with pytest.raises(ApprovalRefused, match="过期"):
        hotline.publish("li", draft.id, NOW + 30 * DAY_MS)
    assert hotline.publish("li", draft.id, NOW + 30 * DAY_MS - 1).number == 2


# ---- two at once


def test_of_two_that_race_one_wins_and_the_other_is_told(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    first = hotline.propose("zhang")
    hotline.edit("开户请带户口本。")
    second = hotline.propose("li")
    hotline.review("li", first.id)
    hotline.review("sun", second.id)
    start = threading.Barrier(2)
    won: dict[str, Publication] = {}
    lost: dict[str, str] = {}

    def race(person: str, draft: Draft) -> None:
        start.wait()
        try:
            won[person] = hotline.publish(person, draft.id, looked=False)
        except PublishingRefused as wrong:
            lost[person] = str(wrong)

    racers = [threading.Thread(target=race, args=one) for one in (("li", first), ("sun", second))]
    for one in racers:
        one.start()
    for one in racers:
        one.join(60)
    ((winner, made),) = won.items()
    ((loser, why),) = lost.items()
    assert {winner, loser} == {"li", "sun"}
    assert made.number == 2
    assert f"{winner} 已于" in why  # who
    assert "发布了 2" in why  # what
    assert made.proposed_by in why
    assert hotline.refused() == (loser, why)
    assert hotline.says() == ("开户请带护照。" if winner == "li" else "开户请带户口本。")
    assert [one.number for one in hotline.store.publishing.history()] == [2, 1]
    assert not hotline.store.audit.verify()


def test_whoever_was_overtaken_sees_so_in_the_review_and_proposes_again(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    first = hotline.propose("zhang")
    hotline.edit("开户请带户口本。")
    second = hotline.propose("li")
    hotline.publish("li", first.id)
    seen = hotline.review("sun", second.id)
    assert not seen.ready
    assert seen.overtaken is not None
    assert seen.overtaken.number == 2
    assert "- 播报 opening_info（信息）：开户请带护照。" in "\n".join(map(str, seen.difference.changes))
    with pytest.raises(PublishingRefused, match="重新提交"):
        hotline.publish("sun", second.id)
    drafts.withdraw(hotline.store, leave(hotline.store, "li", Action.FLOW_PROPOSE, NOW), second.id, NOW)
    third = hotline.propose("li")
    assert third.base == 2
    assert hotline.publish("sun", third.id).number == 3


def test_of_two_publishers_of_one_draft_one_wins(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    hotline.publish("li", draft.id)
    with pytest.raises(PublishingRefused, match=r"已发布（li，"):
        hotline.publish("sun", draft.id)


# ---- back again


def test_a_rollback_is_proposed_and_published_like_anything_else(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    hotline.publish("li", hotline.propose("zhang").id)
    permit = leave(hotline.store, "li", Action.FLOW_ROLLBACK, NOW, reason="护照不行")
    back = drafts.propose_again(hotline.store, permit, hotline.working, 1, "护照不行", NOW)
    assert back.again == 1
    assert "+ 播报 opening_info（信息）：开户请带身份证。" in "\n".join(
        map(str, hotline.review("zhang", back.id).difference.changes)
    )
    with pytest.raises(ApprovalRefused):
        hotline.publish("li", back.id)
    made = hotline.publish("zhang", back.id)
    assert (made.number, made.again) == (3, 1)
    assert hotline.says() == LOSS
    assert require(hotline.folder).prompts["opening_info"].texts["zh"] == "开户请带护照。"  # the working copy stays


def test_a_script_that_is_younger_than_what_is_brought_back_is_told_to_the_reviewer(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    scripts = hotline.folder / flow_trials.SCRIPTS
    scripts.mkdir()
    (scripts / "opening.txt").write_text("at 2026-09-21 10:00\npress 11\nexpect 护照\n", encoding="utf-8")
    hotline.publish("li", hotline.propose("zhang").id)
    permit = leave(hotline.store, "li", Action.FLOW_ROLLBACK, NOW, reason="护照不行")
    back = drafts.propose_again(hotline.store, permit, hotline.working, 1, "护照不行", NOW)
    assert [(one.name, one.passed) for one in hotline.review("zhang", back.id).draft.trials] == [
        ("opening.txt", False), ("按键走查", True),
    ]  # fmt: skip
    assert hotline.publish("zhang", back.id).number == 3


def test_what_was_tampered_with_is_not_brought_back(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    hotline.publish("li", hotline.propose("zhang").id)
    files = {**hotline.store.publishing.files(1)}
    files["prompts.yaml"] = files["prompts.yaml"].replace("身份证", "学生证")
    with writing(hotline.store._engine) as connection:
        connection.execute(update(flow_draft).where(flow_draft.c.id == 1).values(files=packed(files)))
    permit = leave(hotline.store, "li", Action.FLOW_ROLLBACK, NOW, reason="x")
    with pytest.raises(PublishingRefused, match="不一致"):
        drafts.propose_again(hotline.store, permit, hotline.working, 1, "", NOW)
    with pytest.raises(PublishingRefused, match="没有发布 9"):
        drafts.propose_again(hotline.store, permit, hotline.working, 9, "", NOW)


# ---- in an emergency


def test_an_emergency_publication_serves_at_once_and_waits_for_a_second_person(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    made = hotline.emergency("zhang", draft.id)
    assert hotline.says() == "开户请带护照。"
    assert (made.emergency, made.t_confirm, made.reason) == (True, NOW + 24 * HOUR_MS, "利率播报有误")
    waits = publication.waiting(hotline.store, NOW + 24 * HOUR_MS - 1)
    assert (waits.unconfirmed, waits.overdue, waits.drafts) == ((made,), (), ())
    assert [one.number for one in publication.waiting(hotline.store, NOW + 24 * HOUR_MS).overdue] == [made.number]
    with pytest.raises(ApprovalRefused, match="zhang"):
        hotline.confirm("zhang", made.number, NOW + HOUR_MS)
    assert hotline.refused()[0] == "zhang"
    confirmed = hotline.confirm("li", made.number, NOW + HOUR_MS)
    assert (confirmed.confirmed, confirmed.confirmed_by, confirmed.t_confirmed) == (True, "li", NOW + HOUR_MS)
    assert publication.waiting(hotline.store, NOW + 99 * DAY_MS).unconfirmed == ()
    with pytest.raises(ApprovalRefused, match="li"):
        hotline.confirm("sun", made.number, NOW + 2 * HOUR_MS)


def test_neither_who_proposed_nor_who_published_in_an_emergency_confirms(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    hotline.review("sun", draft.id)
    made = hotline.emergency("sun", draft.id)
    for person in ("zhang", "sun"):
        with pytest.raises(ApprovalRefused, match=person):
            hotline.confirm(person, made.number, NOW + 1)
    assert hotline.confirm("li", made.number, NOW + 1).confirmed


def test_a_second_person_who_comes_late_still_decides_and_a_no_stays_visible_until_something_else_serves(
    hotline: Hotline,
) -> None:
    hotline.edit("开户请带护照。")
    made = hotline.emergency("zhang", hotline.propose("zhang").id)
    late = NOW + 3 * DAY_MS
    with pytest.raises(PublishingRefused, match="原因"):
        hotline.confirm("li", made.number, late, agreed=False)
    refused = hotline.confirm("li", made.number, late, agreed=False, note="护照不行")
    assert (refused.confirmed, refused.note) == (False, "护照不行")
    assert json.loads(hotline.store.audit.list(limit=1)[0].entry.detail or "")["late"] is True
    assert publication.waiting(hotline.store, late).overdue == (refused,)
    permit = leave(hotline.store, "li", Action.FLOW_ROLLBACK, late, reason="护照不行")
    back = drafts.propose_again(hotline.store, permit, hotline.working, 1, "护照不行", late)
    hotline.publish("zhang", back.id, late)
    assert publication.waiting(hotline.store, late).unconfirmed == ()


def test_an_ordinary_publication_needs_no_confirmation(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    made = hotline.publish("li", hotline.propose("zhang").id)
    with pytest.raises(PublishingRefused, match="不是紧急发布"):
        hotline.confirm("sun", made.number, NOW)


# ---- customers


def test_lists_of_customers_are_in_no_row(hotline: Hotline) -> None:
    small.edit(hotline.folder, "elderly-callers.yaml", "+8613800000006", "+8613800000016")
    with pytest.raises(PublishingRefused, match="没有可提交的改动"):
        hotline.propose("zhang")  # the list is served as it is, without being published
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    assert draft.personal == ("elderly-callers.yaml",)
    assert "elderly-callers.yaml" not in hotline.store.publishing.files(draft.id)
    assert "13800000016" not in str(hotline.review("li", draft.id))


def test_the_working_copy_against_what_is_published(hotline: Hotline) -> None:
    assert working_difference(hotline.store, hotline.folder).changes == ()
    hotline.edit("开户请带护照。")
    assert len(working_difference(hotline.store, hotline.folder).changes) == 2
    small.edit(hotline.folder, "hotline.yaml", "leaf: opening}", "leaf: opning}")
    broken = working_difference(hotline.store, hotline.folder)
    assert broken.broken
    assert '+      - {key: "1", label: 开户须知, leaf: opning}' in broken.text


def test_two_people_are_needed_once_there_are_some_and_the_setting_says_so(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as store:
        store.migrate()
        assert not publication.in_force(store, True)
        register(store, "zhang", Role.OPERATOR)
        assert publication.in_force(store, True)
        assert not publication.in_force(store, False)


# ---- a maintenance notice is heard a day ahead (HB 4.5.9)


def test_a_notice_that_is_dated_back_is_late_by_when_it_is_published(hotline: Hotline) -> None:
    announce(hotline, NOW - DAY_MS, NOW + 23 * HOUR_MS)
    assert require(hotline.folder), "the file alone is in order"
    with pytest.raises(PublishingRefused, match="不足二十四小时"):
        hotline.propose("zhang")
    assert "不足二十四小时" in hotline.refused()[1]
    assert not hotline.store.publishing.drafts()


def test_a_draft_that_was_in_time_when_it_was_proposed_is_late_when_it_is_published_too_late(hotline: Hotline) -> None:
    announce(hotline, NOW, NOW + 25 * HOUR_MS)
    draft = hotline.propose("zhang")
    late = NOW + HOUR_MS + 1000
    seen = hotline.review("li", draft.id, late)
    assert not seen.ready and [one.announcement.id for one in seen.late] == ["net_bank"]
    with pytest.raises(PublishingRefused, match="不足二十四小时"):
        hotline.publish("li", draft.id, late, looked=False)
    with pytest.raises(PublishingRefused, match="不足二十四小时"):
        hotline.emergency("li", draft.id, late)
    assert hotline.publish("li", draft.id, NOW + HOUR_MS).number == 2


def test_a_notice_stays_published_in_time_through_later_publications_until_it_is_moved(hotline: Hotline) -> None:
    announce(hotline, NOW, NOW + 25 * HOUR_MS)
    hotline.publish("li", hotline.propose("zhang").id)
    hotline.edit("开户请带护照。")
    soon = NOW + 20 * HOUR_MS
    assert hotline.publish("li", hotline.propose("zhang", soon).id, soon).number == 3
    announce(hotline, NOW, NOW + 24 * HOUR_MS)  # the maintenance begins an hour sooner: another notice
    with pytest.raises(PublishingRefused, match="不足二十四小时"):
        hotline.propose("zhang", soon)


def test_only_the_leads_own_act_makes_a_late_notice_publishable(hotline: Hotline) -> None:
    starts = NOW + 2 * HOUR_MS
    forged = "    emergency: {by: wu, reason: 机房漏水}\n"
    announce(hotline, NOW, starts, forged)
    assert require(hotline.folder), "the file alone is in order"
    with pytest.raises(PublishingRefused, match="应急标注在审计里没有"):
        hotline.propose("zhang")
    announce(hotline, NOW - 2 * DAY_MS, starts)
    permit = leave(hotline.store, "wu", Action.ANNOUNCEMENTS_EMERGENCY, NOW, reason="机房漏水")
    mark_as_emergency(hotline.folder, hotline.store.audit, permit, "net_bank", NOW)
    assert hotline.publish("li", hotline.propose("zhang").id).number == 2
    assert not late_notices(hotline.store, hotline.served(), hotline.folder, NOW)
    # his leave was for this maintenance, and for no other that is given its name
    announce(hotline, NOW, starts + HOUR_MS, forged)
    with pytest.raises(PublishingRefused, match="应急标注在审计里没有"):
        hotline.propose("zhang")


def test_a_draft_that_nobody_published_in_thirty_days_is_refused_by_another_and_goes(hotline: Hotline) -> None:
    hotline.edit("开户请带护照。")
    draft = hotline.propose("zhang")
    late = NOW + 31 * DAY_MS
    with pytest.raises(ApprovalRefused, match="过期"):
        hotline.publish("li", draft.id, late)
    permit = leave(hotline.store, "li", Action.FLOW_PUBLISH, late)
    assert drafts.refuse(hotline.store, permit, draft.id, "太久了", late).state is DraftState.REFUSED
    assert not hotline.store.publishing.drafts() and hotline.propose("zhang", late).id != draft.id
