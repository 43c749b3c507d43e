"""Monitors score agents: once each, blind, every criterion; the figures have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.care.quality.form import STANDARD
from ivr.care.quality.scoring import score_of
from ivr.console.context import Console
from ivr.people.roles import Role
from ivr.records.model import QualityScore
from tests.console.rig import Browser, open_console, visitor
from tests.console.test_calls import served

FULL = {one.id: str(one.most) for one in STANDARD.criteria}
PATH = "/calls/c-1/score/1001"


@pytest.fixture
def console(tmp_path: Path) -> Console:
    found = open_console(tmp_path)
    found.store.save([served()])
    return found


@pytest.fixture
def browser(console: Console, tmp_path: Path) -> Browser:
    return visitor(tmp_path, Role.QUALITY, console=console)


def scores(console: Console) -> list[QualityScore]:
    return [one for one in console.store.others() if isinstance(one, QualityScore)]


def test_a_score_is_given_once_and_stays(console: Console, browser: Browser) -> None:
    assert PATH in browser.get("/calls/c-1").text
    assert browser.post(PATH, {**FULL, "manner": "5"}).status_code == 303
    (kept,) = scores(console)
    assert (kept.call_id, kept.agent_id, kept.form_id, kept.monitor, kept.score) == (
        "c-1", "1001", STANDARD.id, "tester", 90.0
    )  # fmt: skip
    again = browser.post(PATH, FULL)
    assert again.status_code == 409 and "不能修改" in again.text and scores(console) == [kept]
    told = browser.get("/calls/c-1").text
    assert "<strong>90.0</strong> 分，优良" in told and PATH not in told
    entry = next(e.entry for e in console.store.audit.list() if e.entry.action == "quality.score" and e.entry.allowed)
    assert entry.target == "call:c-1" and '"score":90.0' in (entry.detail or "")


def test_others_scores_are_seen_only_after_ones_own(console: Console, browser: Browser, tmp_path: Path) -> None:
    assert browser.post(PATH, FULL).status_code == 303
    other = visitor(tmp_path, Role.SUPERVISOR, console=console, person="other")
    assert "100.0" not in other.get("/calls/c-1").text
    assert other.post(PATH, {**FULL, "identity": "0"}).status_code == 303
    told = other.get("/calls/c-1").text
    assert "100.0" in told and "<strong>0.0</strong> 分，须辅导" in told and len(scores(console)) == 2


@pytest.mark.parametrize("wrong", ["", "-1", "16", "1.5", "x", "٣", "9999999"])
def test_an_answer_that_is_none_is_refused_and_nothing_typed_is_lost(
    console: Console, browser: Browser, wrong: str
) -> None:
    told = browser.post(PATH, {**FULL, "manner": wrong})
    assert told.status_code == 409 and "应为 0 到 15 分" in told.text and 'value="30"' in told.text
    assert scores(console) == []


def test_who_may_not_or_was_not_there(console: Console, browser: Browser, tmp_path: Path) -> None:
    assert "没有接这通电话" in browser.post("/calls/c-1/score/1002", FULL).text
    assert browser.get("/calls/c-9/score/1001").status_code == 404
    qa = visitor(tmp_path, Role.QA, console=console, person="qa")
    assert qa.post(PATH, FULL).status_code == 403 and qa.get(PATH).status_code == 403
    assert "质量评分" not in qa.get("/calls/c-1").text
    own = visitor(tmp_path, Role.SUPERVISOR, console=console, person="own", agent_id="1001")
    assert "不能给自己的通话评分" in own.post(PATH, FULL).text and scores(console) == []


def test_the_score_is_the_share_of_all_points() -> None:
    assert score_of(STANDARD, {one.id: one.most for one in STANDARD.criteria}) == 100
    assert score_of(STANDARD, {one.id: 1 for one in STANDARD.criteria}) == 7.0
    assert score_of(STANDARD, {one.id: 0 if one.vital else one.most for one in STANDARD.criteria}) == 0
