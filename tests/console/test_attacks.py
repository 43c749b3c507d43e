"""What an outsider and an agent who wants more would try; docs/security.md lists it. Each attempt is made, and leaves
nothing changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.console.page import PageSpec
from ivr.console.pages.registry import pages
from ivr.console.security.body_limit import LARGEST
from ivr.people.roles import Role, may
from ivr.records.audit.model import AuditEntry
from tests.console.rig import ORIGIN, PASSWORD, Browser, open_console, register, visitor

ACTS = [spec for _, spec in pages() if spec.method == "POST" and not spec.action.open]


def path_of(spec: PageSpec) -> str:
    return re.sub(r"\{[^}]*\}", "1", spec.path)


# ---- an outsider


@pytest.mark.parametrize("secret", ["", "x", "A" * 43, "A" * 5000, "../../etc/passwd", "a b", '"', "%00"])
def test_a_made_up_cookie_opens_nothing(tmp_path: Path, secret: str) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    browser.client.cookies.clear()
    assert browser.get("/account", cookie=f"ivr-8470={secret}").status_code == 401


def test_what_the_database_holds_of_a_session_opens_nothing(tmp_path: Path) -> None:
    """Who could read the database holds hashes, and no cookie."""
    browser = visitor(tmp_path, Role.ANALYST)
    kept = browser.console.store.console.of("tester", browser.console.clock())
    assert kept
    browser.client.cookies.clear()
    assert browser.get("/account", cookie=f"ivr-8470={kept[0].id}").status_code == 401


def test_a_cookie_that_was_planted_before_signing_in_is_none_afterwards(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    browser = Browser(console)
    browser.client.cookies.set("ivr-8470", "planted-by-somebody-else")
    signed_in = browser.sign_in("tester")
    given = re.search(r"ivr-8470=([^;]+)", signed_in.headers["set-cookie"])
    assert given and given[1] != "planted-by-somebody-else" and len(given[1]) >= 40
    other = Browser(console)
    assert other.get("/account", cookie="ivr-8470=planted-by-somebody-else").status_code == 401


@pytest.mark.parametrize(
    "path",
    ["/static/../context.py", "/static/%2e%2e/context.py", "/static/..%2fcontext.py", "/static/%2e%2e%2f%2e%2e%2fcli",
     "/static//etc/passwd", "/static/assets/../../../settings/model.py", "/static/.git/config"],
)  # fmt: skip
def test_no_file_beside_the_built_ones_is_handed_out(tmp_path: Path, path: str) -> None:
    answer = visitor(tmp_path, Role.ANALYST).get(path)
    assert answer.status_code in (400, 401, 404) and "import" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "CONNECT"])
def test_no_other_method_does_anything(tmp_path: Path, method: str) -> None:
    browser = visitor(tmp_path)
    assert browser.client.request(method, "/account").status_code in (404, 405)


def test_forms_of_any_size_are_refused_and_break_nothing(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    many = browser.post("/account/sign-out-elsewhere", {f"f{at}": "x" for at in range(2_000)})
    assert many.status_code == 403 and "太大或不完整" in many.text
    csrf = browser.csrf
    large = browser.client.post(
        "/account/sign-out-elsewhere", data={"csrf": csrf}, files={"note": ("a", b"x" * (LARGEST + 1))},
        headers={"origin": ORIGIN},
    )  # fmt: skip
    assert large.status_code == 413 and "太大" in large.text
    torn = browser.client.post(
        "/account/sign-out-elsewhere", content=b"--x\r\nnonsense", headers={
            "origin": ORIGIN, "content-type": "multipart/form-data; boundary=x", "x-csrf": csrf},
    )  # fmt: skip
    assert torn.status_code in (303, 403)
    assert browser.post("/account/sign-out-elsewhere").status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/account/password", "/people", "/nowhere"])
def test_nobody_fills_memory_or_disk_from_outside(tmp_path: Path, path: str) -> None:
    """Counted as it comes, whatever its header says, before anybody is asked who he is."""
    browser = Browser(open_console(tmp_path))

    def endless() -> Iterator[bytes]:
        yield b'--x\r\ncontent-disposition: form-data; name="f"; filename="f"\r\n\r\n'
        for _ in range(16):
            yield b"x" * (1 << 20)

    headers = {"origin": ORIGIN, "content-type": "multipart/form-data; boundary=x"}
    answer = browser.client.post(path, content=endless(), headers=headers)
    assert answer.status_code in (404, 405, 413)


def test_who_is_registered_is_not_to_be_found_out(tmp_path: Path) -> None:
    console = open_console(tmp_path)
    register(console.store, "tester", [Role.ANALYST], console.clock())
    told = [Browser(console).sign_in(person, "wrong").text for person in ("tester", "nobody")]
    assert told[0].replace("tester", "nobody") == told[1]


# ---- an agent who wants more


@pytest.mark.parametrize("spec", ACTS, ids=lambda spec: spec.path)
def test_no_act_beyond_ones_roles_is_done(tmp_path: Path, spec: PageSpec) -> None:
    """With a session, a token and a reason of his own: everything but the right."""
    browser = visitor(tmp_path, Role.AGENT, agent_id="1001")
    if may(Role.AGENT.value, spec.action):
        return
    refused = browser.post(path_of(spec), {"reason": "想试试", "role": "administrator", "id": "tester", "name": "我"})
    assert refused.status_code == 403, refused.text
    person = browser.console.store.people.get("tester")
    assert person is not None and person.roles(browser.console.clock()) == (Role.AGENT,)
    last = browser.console.store.audit.list()[0].entry
    assert (last.person, last.action, last.allowed) == ("tester", spec.action.value, False)


def test_anothers_token_is_no_token(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.AGENT)
    register(browser.console.store, "other", [Role.AGENT], browser.console.clock())
    other = Browser(browser.console)
    other.sign_in("other")
    page = other.get("/account").text
    stolen = re.search(r'name="csrf" value="([^"]+)"', page)
    assert stolen
    assert browser.post("/account/sign-out-elsewhere", {"csrf": stolen[1]}).status_code == 403


def test_a_reason_for_what_he_may_not_gives_no_right(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.AGENT)
    fields = {"action": "records.read", "target": "call:1", "next": "/calls/1/whole", "reason": "好奇"}
    assert browser.post("/reason", fields).status_code == 403
    assert browser.get("/calls/1/whole").status_code == 403


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_a_reason_leads_nowhere_else(tmp_path: Path, next_: str) -> None:
    browser = visitor(tmp_path, Role.QUALITY)
    fields = {"action": "records.read", "target": "call:1", "next": next_, "reason": "抽查"}
    done = browser.post("/reason", fields)
    assert done.status_code in (303, 403, 409) and "evil" not in done.headers.get("location", "")
    assert "javascript" not in done.headers.get("location", "")


def test_a_right_that_was_taken_away_ends_with_the_next_click(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ADMINISTRATOR)
    assert browser.get("/people").status_code == 200
    store, now = browser.console.store, browser.console.clock()
    store.people.end("tester", now - 1, AuditEntry("system", "people.manage", "person:tester"), now, lambda _: None)
    assert browser.get("/people").status_code == 401


def test_a_script_that_says_it_is_a_page_of_ours_gets_nothing_without_a_session(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    browser.client.cookies.clear()
    for headers in ({"hx-request": "true"}, {"sec-fetch-site": "same-origin"}, {"authorization": "Basic dGVzdGVyOng="}):
        assert browser.get("/account", **headers).status_code == 401


def test_a_password_is_in_no_answer_and_in_no_entry(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.AGENT)
    told = browser.post("/account/password", {"old_password": PASSWORD, "password": "short", "again": "short"})
    assert told.status_code == 409 and PASSWORD not in told.text and 'value="short"' not in told.text
    assert all(PASSWORD not in f"{one.entry}" for one in browser.console.store.audit.list())
