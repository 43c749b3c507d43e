"""What a browser keeps of a form until the console has it, and what a page asks about the end of its session."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.console.pages.registry import pages
from ivr.people.roles import Role
from ivr.records.console.model import IDLE_MS, LONGEST_MS, SEEN_MS
from ivr.settings import Settings
from tests.console.rig import PASSWORD, Browser, Clock, open_console, visitor
from tests.flow import small

KEPT = "3f2b8e0a-1111-4222-8333-944455556666"
WHY = {"action": "labels.listen", "target": "labels", "reason": "标注", "next": "/labels", "kept": KEPT}


@pytest.fixture
def trainer(tmp_path: Path) -> Browser:
    settings = replace(Settings(), flows=small.write(tmp_path / "flows"))
    console = open_console(tmp_path, Clock(), settings)
    return visitor(tmp_path, Role.TRAINER, console=console, person="root")


def taken(page: str) -> list[str]:
    """The forms that a page says have arrived."""
    found = re.search(r'<meta name="forms-taken" content="([^"]*)">', page)
    return found[1].split() if found else []


def left(browser: Browser) -> tuple[int, int]:
    told = browser.get("/session").json()
    return told["idle"], told["longest"]


def test_a_form_that_arrived_is_told_once_and_one_that_was_refused_is_not(trainer: Browser) -> None:
    refused = trainer.post("/reason", {**WHY, "reason": "两\n行"})
    assert refused.status_code == 409 and taken(refused.text) == [] and "<dt>kept" not in refused.text
    assert taken(trainer.get("/labels").text) == []
    assert trainer.post("/reason", WHY).status_code == 303
    assert taken(trainer.get("/labels").text) == [KEPT]
    assert taken(trainer.get("/labels").text) == []


@pytest.mark.parametrize("odd", ['"><script>', KEPT.upper(), KEPT + "0", ""])
def test_only_names_of_ours_are_told(trainer: Browser, odd: str) -> None:
    assert trainer.post("/reason", {**WHY, "kept": odd}).status_code == 303
    assert taken(trainer.get("/labels").text) == []


def test_what_is_sent_after_the_session_ended_arrives_through_signing_in(trainer: Browser) -> None:
    clock = trainer.console.clock
    assert isinstance(clock, Clock)
    clock.now += IDLE_MS + SEEN_MS
    asked = trainer.post("/reason", WHY)
    carried = dict(re.findall(r'name="(kept\.[^"]+)" value="([^"]*)"', asked.text))
    assert asked.status_code == 401 and carried["kept.reason"] == "标注"
    fields = {"person": "root", "password": PASSWORD, "act": "/reason", **carried}
    on = trainer.post("/sign-in", fields)
    assert on.status_code == 200 and "<dt>kept" not in on.text
    again = dict(re.findall(r'<textarea hidden name="([^"]+)"[^>]*>\n(.*?)</textarea>', on.text))
    assert trainer.post("/reason", again).status_code == 303
    assert taken(trainer.get("/labels").text) == [KEPT]


def test_a_page_that_asks_how_long_keeps_nobody_signed_in(trainer: Browser) -> None:
    clock = trainer.console.clock
    assert isinstance(clock, Clock)
    page = trainer.get("/account").text
    assert (
        f'name="session-left" content="{IDLE_MS - SEEN_MS}"' in page and '<meta name="person" content="root">' in page
    )
    began = clock.now
    clock.now += 26 * 60_000
    assert left(trainer) == (IDLE_MS - 26 * 60_000, LONGEST_MS - 26 * 60_000) == left(trainer)
    stayed = trainer.post("/session")
    assert stayed.status_code == 200 and stayed.json()["idle"] == IDLE_MS - SEEN_MS
    assert left(trainer)[0] == IDLE_MS
    for _ in range(50):
        clock.now = min(clock.now + IDLE_MS - SEEN_MS, began + LONGEST_MS - 180_000)
        trainer.get("/account")
    assert f'content="{180_000}"' in trainer.get("/account").text and left(trainer)[1] == 180_000
    clock.now += 180_000
    assert trainer.get("/session").status_code == 401 == trainer.post("/session").status_code
    assert Browser(trainer.console).get("/session").status_code == 401


def test_another_site_cannot_keep_a_session_alive(trainer: Browser) -> None:
    assert trainer.post("/session", origin="https://evil.example").status_code == 403


def test_forms_that_are_kept_go_where_something_is_done_and_hold_no_secret() -> None:
    acts = [spec.path.split("/") for _, spec in pages() if spec.method == "POST"]
    templates = Path(__file__).parents[2] / "ivr" / "console" / "templates"
    seen = 0
    for path in templates.rglob("*.html"):
        for form in re.findall(r"<form[^>]* data-keep.*?</form>", path.read_text("utf-8"), re.S):
            seen += 1
            action = re.search(r'action="([^"]*)"', form)
            assert action is not None
            parts = re.sub(r"\{\{.*?\}\}", "{}", action[1]).split("/")
            assert any(_fits(parts, one) for one in acts), (path, action[1])
            assert 'type="password"' not in form and "number" not in re.findall(r'name="([^"]*)"', form), path
    assert seen >= 20


def _fits(parts: list[str], act: list[str]) -> bool:
    same = (one == other or "{" in one or "{" in other for one, other in zip(parts, act, strict=False))
    return len(parts) == len(act) and all(same)
