"""Signing in: by password and by a link that works once; what is refused, and that nothing typed is lost."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from ivr.console.context import Console
from ivr.console.security.sessions import make_link
from ivr.people.roles import Role
from ivr.rate_limit import RateLimit
from ivr.records.console.model import IDLE_MS, LONGEST_MS
from tests.console.rig import ORIGIN, PASSWORD, Browser, Clock, open_console, register, visitor


@pytest.fixture
def console(tmp_path: Path) -> Console:
    return open_console(tmp_path)


def test_the_first_administrator_registers_himself_by_the_link(console: Console) -> None:
    secret = make_link(console.store, None, None, console.clock())
    browser = Browser(console)
    assert "登记第一位系统管理员" in browser.get(f"/sign-in/once/{secret}").text
    fields = {"person": "li", "name": "李四", "password": PASSWORD, "again": PASSWORD}
    done = browser.post(f"/sign-in/once/{secret}", fields)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    person = console.store.people.get("li")
    assert person is not None and person.roles(console.clock()) == (Role.ADMINISTRATOR,)
    assert "系统管理员" in browser.get("/account").text
    other = Browser(console)
    assert other.post(f"/sign-in/once/{secret}", {**fields, "person": "wang"}).status_code == 410
    assert console.store.people.get("wang") is None


def test_a_second_first_link_registers_nobody(console: Console) -> None:
    links = [make_link(console.store, None, None, console.clock()) for _ in range(2)]
    fields = {"person": "li", "name": "李四", "password": PASSWORD, "again": PASSWORD}
    assert Browser(console).post(f"/sign-in/once/{links[0]}", fields).status_code == 303
    assert Browser(console).post(f"/sign-in/once/{links[1]}", {**fields, "person": "wang"}).status_code == 410
    assert [one.id for one in console.store.people.all()] == ["li"]


def test_an_office_signs_in_from_one_address(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    for _ in range(35):
        assert Browser(console).sign_in("tester").status_code == 303


def test_an_address_that_tried_too_often_locks_nobody_else_out(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    console.tries_from_address = RateLimit(3, 300)
    for number in range(3):
        assert "编号或密码不对" in Browser(console).sign_in(f"nobody{number}", "wrong").text
    for _ in range(20):
        assert "次数太多" in Browser(console).sign_in("tester", "wrong").text
    console.tries_from_address = RateLimit(3, 300)  # from somewhere else
    assert Browser(console).sign_in("tester").status_code == 303


def test_every_value_of_a_field_goes_on_after_a_lost_session(tmp_path: Path) -> None:
    clock = Clock()
    browser = visitor(tmp_path, Role.ADMINISTRATOR, console=open_console(tmp_path, clock))
    clock.now += IDLE_MS
    lost = browser.post("/people", {"id": "wang", "name": "王五", "role": ["agent", "supervisor"]})
    hidden = re.findall(r'name="(kept\.\w+|act|next)" value="([^"]*)"', lost.text)
    assert [value for name, value in hidden if name == "kept.role"] == ["agent", "supervisor"]
    body = urlencode([*hidden, ("person", "tester"), ("password", PASSWORD)])
    headers = {"origin": ORIGIN, "content-type": "application/x-www-form-urlencoded"}
    shown = browser.client.post("/sign-in", content=body, headers=headers).text
    assert [shown.count(f'name="{name}"') for name in ("role", "name")] == [2, 1]


def test_an_open_browser_guesses_no_password(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    new = {"password": "another-long-password", "again": "another-long-password"}
    for _ in range(5):
        assert "原来的密码不对" in browser.post("/account/password", {**new, "old_password": "wrong"}).text
    assert "次数太多" in browser.post("/account/password", {**new, "old_password": PASSWORD}).text


def test_a_short_password_registers_nobody_and_the_link_stays(console: Console) -> None:
    secret = make_link(console.store, None, None, console.clock())
    browser = Browser(console)
    told = browser.post(f"/sign-in/once/{secret}", {"person": "li", "name": "李四", "password": "1", "again": "1"})
    assert told.status_code == 409 and "密码至少" in told.text and 'value="李四"' in told.text
    assert not console.store.people.any()
    assert browser.get(f"/sign-in/once/{secret}").status_code == 200


def test_a_link_ends_after_a_quarter_of_an_hour(tmp_path: Path) -> None:
    clock = Clock()
    console = open_console(tmp_path, clock)
    secret = make_link(console.store, None, None, clock.now)
    clock.now += 15 * 60_000
    assert Browser(console).get(f"/sign-in/once/{secret}").status_code == 410


@pytest.mark.parametrize(("person", "password"), [("tester", "wrong"), ("nobody", PASSWORD), ("x" * 5000, PASSWORD)])
def test_who_does_not_prove_who_he_is_learns_nothing(tmp_path: Path, person: str, password: str) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    browser = Browser(console)
    told = browser.sign_in(person, password)
    assert told.status_code == 403 and "编号或密码不对" in told.text
    assert browser.get("/account").status_code == 401
    assert [(e.entry.action, e.entry.allowed) for e in console.store.audit.list()][:1] == [("console.sign_in", False)]


def test_the_sixth_try_is_refused_even_with_the_right_password(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    browser = Browser(console)
    for _ in range(5):
        assert browser.sign_in("tester", "wrong").status_code == 403
    assert "次数太多" in browser.sign_in("tester").text


@pytest.mark.parametrize("passes", [IDLE_MS, LONGEST_MS])
def test_a_session_ends_and_what_was_typed_goes_on(tmp_path: Path, passes: int) -> None:
    clock = Clock()
    browser = visitor(tmp_path, Role.ANALYST, console=open_console(tmp_path, clock))
    assert browser.get("/account").status_code == 200
    clock.now += passes
    lost = browser.post("/account/password", {"note": "写了很久的字", "password": "not-shown-again"})
    assert lost.status_code == 401 and "写了很久的字" in lost.text and "not-shown-again" not in lost.text
    hidden = dict(re.findall(r'name="(kept\.\w+|act|next)" value="([^"]*)"', lost.text))
    back = browser.client.post(
        "/sign-in", data={**hidden, "person": "tester", "password": PASSWORD}, headers={"origin": ORIGIN}
    )
    assert back.status_code == 200 and 'action="/account/password"' in back.text and "写了很久的字" in back.text


def test_nothing_is_changed_for_another_site(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    for name, value in (("origin", "http://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")):
        assert browser.post("/account/sign-out-elsewhere", None, **{name: value}).status_code == 403
    without = browser.client.post("/account/sign-out-elsewhere", data={}, headers={"origin": ORIGIN})
    assert without.status_code == 403 and "页面已过期" in without.text
    silent = browser.client.post("/account/sign-out-elsewhere", data={})
    assert silent.status_code == 403
    assert browser.post("/account/sign-out-elsewhere").status_code == 303


def test_signing_out_ends_the_session_at_the_server(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    held = dict(browser.client.cookies)
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    browser.client.cookies.update(held)
    assert browser.get("/account").status_code == 401


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example", "/\\evil.example", "account"])
def test_signing_in_leads_nowhere_else(tmp_path: Path, next_: str) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    browser = Browser(console)
    found = browser.client.post(
        "/sign-in", data={"person": "tester", "password": PASSWORD, "next": next_}, headers={"origin": ORIGIN}
    )
    assert found.headers["location"] == "/"


@pytest.mark.parametrize(
    "next_", ["//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "x"]
)
def test_a_reason_leads_nowhere_else(tmp_path: Path, next_: str) -> None:
    browser = visitor(tmp_path, Role.QUALITY)
    fields = {"action": "records.read", "target": "call:1", "reason": "质检", "next": next_}
    assert browser.post("/reason", fields).headers["location"] == "/"


def test_only_our_own_names_are_answered(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    assert browser.get("/account", host="evil.example").status_code == 400


def test_every_answer_says_that_nothing_else_is_loaded(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    for path in ("/account", "/sign-in", "/nowhere", "/alive"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store" and headers["x-content-type-options"] == "nosniff"


def test_a_changed_password_ends_the_other_sessions(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    other = Browser(browser.console)
    assert other.sign_in("tester").status_code == 303
    new = "another-long-password"
    assert (
        browser.post("/account/password", {"old_password": PASSWORD, "password": new, "again": new}).status_code == 303
    )
    assert other.get("/account").status_code == 401 and browser.get("/account").status_code == 200
    told = browser.post("/account/password", {"old_password": "wrong", "password": new, "again": new})
    assert told.status_code == 409 and "原来的密码不对" in told.text
