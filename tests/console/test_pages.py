"""Every page: it names its action, the matrix decides, and no page holds anything inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.console.navigation import PLACES
from ivr.console.page import PageSpec
from ivr.console.pages.registry import pages
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from tests.console.rig import Browser, open_console, register, visitor

TEMPLATES = sorted((Path(__file__).parents[2] / "ivr" / "console" / "templates").rglob("*.html"))
PAGES = list(pages())


def test_every_route_is_there_once() -> None:
    routes = [(spec.method, spec.path) for _, spec in PAGES]
    assert len(routes) == len(set(routes)) and routes
    assert {place.path for place in PLACES} <= {spec.path for _, spec in PAGES if spec.method == "GET"}


@pytest.mark.parametrize("spec", [spec for _, spec in PAGES], ids=lambda spec: f"{spec.method} {spec.path}")
def test_who_has_no_role_sees_nothing_that_is_not_open(tmp_path: Path, spec: PageSpec) -> None:
    console = open_console(tmp_path)
    register(console.store, "admin", [Role.ADMINISTRATOR], console.clock())
    register(console.store, "nobody", [], console.clock())
    browser = Browser(console)
    path = re.sub(r"\{[^}]*\}", "1", spec.path)
    asked = browser.get(path) if spec.method == "GET" else browser.post(path)
    assert asked.status_code == 401
    browser.sign_in("nobody")
    asked = browser.get(path) if spec.method == "GET" else browser.post(path, {"reason": "试"})
    if not spec.action.open:
        assert asked.status_code == 403, asked.text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_script_or_style(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"(?:src|href|action)=\"https?:", text)
    assert "| safe" not in text.replace("""' aria-current="page"' | safe""", "")


def test_a_person_who_left_is_signed_out(tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.ANALYST)
    console = browser.console
    console.store.people.end(
        "tester", console.clock() - 1, AuditEntry("system", "people.manage", "person:tester"), console.clock(),
        lambda _people: None,
    )  # fmt: skip
    assert browser.get("/account").status_code == 401
    assert console.store.console.of("tester", console.clock()) == ()
