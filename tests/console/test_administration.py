"""People, audit, approvals, privacy as pages: who may, what is entered in the trail, what no address ever holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.people.access import access_of
from ivr.people.actions import Action
from ivr.people.approvals import request
from ivr.people.roles import Role
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.audit.file import verify_lines
from ivr.records.audit.model import AuditEntry
from ivr.records.privacy.model import Purpose
from tests.console.rig import Browser, visitor

NUMBER = "13800000006"


@pytest.fixture
def admin(tmp_path: Path) -> Browser:
    browser = visitor(tmp_path, Role.ADMINISTRATOR)
    # who can come at the command line keeps the last administrator
    assert browser.post("/people/tester/os-users", {"os_users": "root"}).status_code == 303
    return browser


def other(browser: Browser, *roles: Role, person: str = "second") -> Browser:
    return visitor(Path(), *roles, console=browser.console, person=person)


def test_a_person_is_registered_granted_a_role_and_leaves(admin: Browser) -> None:
    fields = {"id": "wang", "name": "王五", "role": ["analyst", "qa"], "until": "2027-12-31"}
    assert admin.post("/people", fields).headers["location"] == "/people/wang"
    text = admin.get("/people/wang").text
    assert "数据分析、测试" in text and "2027-12-31 23:59" in text
    admin.post("/people/wang/revoke", {"role": "qa"})
    admin.post("/people/wang/grant", {"role": "supervisor"})
    person = admin.console.store.people.get("wang")
    assert person is not None and set(person.roles(admin.console.clock())) == {"analyst", "supervisor"}
    admin.post("/people/wang/end")
    assert "wang" not in admin.get("/people").text and "wang" in admin.get("/people?all=1").text


def test_what_was_typed_is_still_there_after_a_refusal(admin: Browser) -> None:
    told = admin.post("/people", {"id": "Bad Id", "name": "王五", "role": ["qa"], "until": "nonsense"})
    assert told.status_code == 409 and 'value="王五"' in told.text and 'value="qa" checked' in told.text
    assert 'role="alert"' in told.text


def test_the_last_administrator_stays(admin: Browser) -> None:
    told = admin.post("/people/tester/revoke", {"role": "administrator"})
    assert told.status_code == 409 and "系统管理员" in told.text
    assert admin.post("/people/tester/end").status_code == 409


def test_a_link_signs_the_person_in_and_nobody_else(admin: Browser) -> None:
    admin.post("/people", {"id": "wang", "name": "王五", "role": ["analyst"]})
    shown = admin.post("/people/wang/link").text
    found = re.search(r"/sign-in/once/[\w-]+", shown)
    assert found is not None
    browser = Browser(admin.console)
    assert browser.post(found[0]).status_code == 303
    assert "wang" in browser.get("/account").text and browser.get("/people").status_code == 403


def test_a_link_for_somebody_else_is_noticed_by_him_and_named_in_the_trail(admin: Browser) -> None:
    second = other(admin, Role.ANALYST)
    assert admin.post("/people/second/link").status_code == 200
    assert second.get("/account").status_code == 401  # signed out
    assert Browser(admin.console).sign_in("second").status_code == 403  # and his password counts no more
    entries = [kept.entry for kept in admin.console.store.audit.list(target="person:second", action="people.manage")]
    assert any('"link":true' in (entry.detail or "") for entry in entries)
    assert admin.post("/people/tester/link").status_code == 409


def test_an_agent_notes_a_consent(admin: Browser) -> None:
    agent = other(admin, Role.AGENT)
    assert "登记同意或撤回" in agent.get("/privacy").text
    fields = {"number": NUMBER, "purpose": "recording", "word": "no", "how": "letter"}
    assert agent.post("/privacy/consent", fields).status_code == 303
    assert other(admin, Role.ANALYST, person="third").post("/privacy/consent", fields).status_code == 403


def test_the_trail_is_read_page_by_page_filtered_verified_and_taken_away(admin: Browser) -> None:
    for number in range(60):
        admin.post("/people/tester/os-users", {"os_users": f"root u{number}"})
    first = admin.get("/audit?action=people.manage").text
    onward = re.search(r'rel="next" href="([^"]+)"', first)
    assert onward is not None
    numbers = re.findall(r'<th scope="row">(\d+)</th>', first)
    later = re.findall(r'<th scope="row">(\d+)</th>', admin.get(onward[1].replace("&amp;", "&")).text)
    assert len(numbers) == 50 and later and not set(numbers) & set(later)
    assert "审计记录完整" in admin.get("/audit/verify").text
    whole = admin.post("/audit/verify")
    assert whole.status_code == 200 and "审计记录完整" in whole.text
    assert '"faults":0' in (admin.console.store.audit.list(target="audit-check")[0].entry.detail or "")
    exported = admin.get("/audit/file")
    assert not list(verify_lines(exported.content.splitlines(keepends=True), None))
    assert admin.get("/audit?below=x").status_code == 409


def test_who_asks_for_an_export_cannot_approve_it(admin: Browser) -> None:
    asks, decides = other(admin, Role.QUALITY, person="one"), other(admin, Role.QUALITY, person="two")
    store, now = admin.console.store, admin.console.clock()
    permit = access_of(store, "one", now).permit(Action.RECORDS_EXPORT, "records", "季度检查")
    asked = request(store, permit, ApprovalKind.EXPORT, "十月的通话", "digest", "季度检查", now + 1000, now)
    assert "要由另一个人决定" in asks.get("/approvals").text
    assert asks.post(f"/approvals/{asked.id}", {"decision": "approve"}).status_code == 409
    assert decides.post(f"/approvals/{asked.id}", {"decision": "refuse"}).status_code == 409  # without saying why
    assert decides.post(f"/approvals/{asked.id}", {"decision": "approve"}).status_code == 303
    assert store.approvals.get(asked.id).approved


def test_what_waits_is_told_in_words_and_leads_to_its_content(admin: Browser) -> None:
    looks, store, now = other(admin, Role.SUPERVISOR, person="boss"), admin.console.store, admin.console.clock()
    wanted = (
        (ApprovalKind.FLOW, "draft:4", "发布菜单：菜单草稿 4", "/menus/drafts/4"),
        (ApprovalKind.EMERGENCY_PUBLISH, "publication:2", "紧急发布的补审：发布 2", "/menus/publications/2"),
        (ApprovalKind.EXTENSION, "complaint:T-7", "投诉延期：投诉 T-7", "/complaints/T-7"),
        (ApprovalKind.PROMPT, "prompt:zh/elderly/keys.1", "提示语 keys.1（普通话，老年版）", "/menus/prompts/keys"),
    )
    for kind, target, _, _ in wanted:
        asked = Approval(kind, target, "d" * 64, "zhang", "国庆放假", now, now + 1000)
        store.approvals.request(asked, AuditEntry("zhang", "flow.propose", target))
    page = looks.get("/approvals").text
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert len(titles) == 4 and all("zhang：国庆放假" in title for title in titles)
    for _, target, words, content in wanted:
        assert sum(words in title for title in titles) == 1 and f'href="{content}"' in page
        assert f"：{target}" not in page
    unable = other(admin, Role.COMPLAINTS, person="desk").get("/approvals").text
    assert "菜单草稿 4" in unable and "/menus/drafts/4" not in unable and 'href="/complaints/T-7"' in unable


def test_a_customer_is_looked_up_with_a_reason_and_stands_in_no_trail(admin: Browser) -> None:
    browser = other(admin, Role.COMPLAINTS)
    without = browser.post("/privacy/customer", {"number": NUMBER})
    assert without.status_code == 403 and "须写明原因" in without.text
    assert "通话" in browser.post("/privacy/customer", {"number": NUMBER, "reason": "客户来信"}).text
    entries = [kept.entry for kept in admin.console.store.audit.list(action="privacy.show")]
    assert [entry.allowed for entry in entries] == [True, False]
    assert not any(NUMBER in str(kept) for kept in admin.console.store.audit.all())


def test_erasing_needs_the_last_four_digits(admin: Browser) -> None:
    browser = other(admin, Role.COMPLAINTS)
    fields = {"number": NUMBER, "reason": "客户要求"}
    assert browser.post("/privacy/erase", {**fields, "confirm": "1234"}).status_code == 409
    assert "删除 0 通" in browser.post("/privacy/erase", {**fields, "confirm": NUMBER[-4:]}).text


def test_a_consent_a_hold_and_its_release(admin: Browser) -> None:
    browser = other(admin, Role.COMPLAINTS)
    browser.post("/privacy/consent", {"number": NUMBER, "purpose": "marketing", "word": "yes", "how": "letter"})
    consents = admin.console.store.privacy.consents
    assert consents.allowed(f"+86{NUMBER}", Purpose.MARKETING, admin.console.clock())
    told = browser.post("/privacy/holds", {"kind": "number", "target": NUMBER, "reason": "诉讼"})
    assert told.status_code == 303
    assert browser.get("/privacy/holds").status_code == 403  # a reason first
    browser.post("/reason", {"action": "privacy.hold", "target": "holds", "reason": "检查", "next": "/privacy/holds"})
    shown = browser.get("/privacy/holds").text
    assert "诉讼" in shown and NUMBER not in shown
    assert browser.post("/privacy/holds/1/release", {"reason": "结案"}).status_code == 303
    assert browser.post("/privacy/holds/1/release", {"reason": "结案"}).status_code == 409


def test_the_purge_wants_a_word(admin: Browser) -> None:
    assert admin.post("/privacy/purge", {"confirm": "yes"}).status_code == 409
    assert "0 条记录" in admin.post("/privacy/purge", {"confirm": "清除"}).text
