"""Monitors score agents by the bank's form: once each, blind, every item; a score keeps its form; the figures have
it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from ivr.care.quality.scoring import form_of, score_of
from ivr.console.context import Console
from ivr.flow import require
from ivr.flow.quality_form import STANDARD, QualityForm
from ivr.people.roles import Role
from ivr.records.database.engine import writing
from ivr.records.database.migrate import downgrade, upgrade
from ivr.records.database.quality_tables import quality_answer
from ivr.records.days import local_day
from ivr.records.model import QualityScore
from ivr.report.build import build
from ivr.settings import Settings
from tests.console.rig import Browser, open_console, visitor
from tests.console.test_calls import T, served
from tests.flow import small

PATH = "/calls/c-1/score/1001"


def filled(form: QualityForm = STANDARD, **other: str) -> Mapping[str, str]:
    """The whole form with full points, but for these items."""
    answers = {one.id: str(one.most) for one in form.items} | other
    return {"form": form.version, **{f"{form.version}.{id}": answer for id, answer in answers.items()}}


FULL = filled()


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
    assert browser.post(PATH, filled(manner="5")).status_code == 303
    (kept,) = scores(console)
    assert (kept.call_id, kept.agent_id, kept.form_id, kept.monitor, kept.score) == (
        "c-1", "1001", STANDARD.version, "tester", 90.0
    )  # fmt: skip
    again = browser.post(PATH, FULL)
    assert again.status_code == 409 and "不能修改" in again.text and scores(console) == [kept]
    told = browser.get("/calls/c-1").text
    assert "<strong>90.0</strong> 分，优良" in told and ">评分</a>" not in told and f'{PATH}">各项得分' in told
    entry = next(e.entry for e in console.store.audit.list() if e.entry.action == "quality.score" and e.entry.allowed)
    assert entry.target == "call:c-1" and '"score":90.0' in (entry.detail or "")


def test_others_scores_are_seen_only_after_ones_own(console: Console, browser: Browser, tmp_path: Path) -> None:
    assert browser.post(PATH, FULL).status_code == 303
    other = visitor(tmp_path, Role.SUPERVISOR, console=console, person="other")
    assert "100.0" not in other.get("/calls/c-1").text
    assert other.post(PATH, filled(identity="0")).status_code == 303
    told = other.get("/calls/c-1").text
    assert "100.0" in told and "<strong>0.0</strong> 分，须辅导" in told and len(scores(console)) == 2


@pytest.mark.parametrize("wrong", ["", "-1", "16", "1.5", "x", "٣", "9999999"])
def test_an_answer_that_is_none_is_refused_and_nothing_typed_is_lost(
    console: Console, browser: Browser, wrong: str
) -> None:
    told = browser.post(PATH, filled(manner=wrong))
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


def test_the_score_is_all_points_together() -> None:
    assert score_of(STANDARD, {one.id: one.most for one in STANDARD.items}) == 100
    assert score_of(STANDARD, {one.id: 1 for one in STANDARD.items}) == 7.0
    assert score_of(STANDARD, {one.id: 0 if one.critical else one.most for one in STANDARD.items}) == 0


# ---- the bank's own form


@pytest.fixture
def own(tmp_path: Path) -> Console:
    """A console whose folder has the small form."""
    settings = replace(Settings(), flows=small.write(tmp_path / "flows"))
    found = open_console(tmp_path, settings=settings)
    found.store.save([served(), served("c-2")])
    return found


def form_in(console: Console) -> QualityForm:
    return require(console.settings.flows).quality


def test_the_page_is_the_banks_form(own: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=own)
    told = browser.get(PATH).text
    for words in ("<legend>红线</legend>", "没有承诺收益", "答否则总分为 0", "主动报工号（20 分）", "接通后三秒内",
                  "礼貌用语（0–30 分）", "得 0 分则总分为 0", "85 分起优良，不到 70 分须辅导"):  # fmt: skip
        assert words in told
    assert "听懂并确认客户的需要" not in told
    form = form_in(own)
    assert browser.post(PATH, filled(form, number="0", manner="5")).status_code == 303
    (kept,) = scores(own)
    assert (kept.score, kept.form_id) == (55.0, form.version)
    told = browser.get(PATH).text
    assert "您已评 55.0 分，须辅导" in told and "否，0 / 20" in told and "5 / 30" in told and "50 / 50" in told
    assert "<dt>没有承诺收益</dt><dd>是</dd>" in told and "提交评分" not in told


@pytest.mark.parametrize(("item", "answer"), [("promise", ""), ("promise", "2"), ("number", "20"), ("number", "是")])
def test_a_question_is_answered_with_yes_or_no(own: Console, tmp_path: Path, item: str, answer: str) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=own)
    told = browser.post(PATH, filled(form_in(own), **{item: answer}, manner="29"))
    assert told.status_code == 409 and "应选是或否" in told.text and 'value="29"' in told.text
    assert scores(own) == []


def test_a_veto_without_points_makes_it_nothing(own: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=own)
    assert browser.post(PATH, filled(form_in(own), promise="0")).status_code == 303
    assert [one.score for one in scores(own)] == [0.0] and "0.0 分，须辅导" in browser.get(PATH).text


def test_an_earlier_score_says_what_it_said_when_the_form_changes(own: Console, tmp_path: Path) -> None:
    browser, before = visitor(tmp_path, Role.QUALITY, console=own), form_in(own)
    assert browser.post(PATH, filled(before, manner="26")).status_code == 303
    browser.get("/calls/c-1")  # tells once that it was scored
    there = browser.get(PATH).text
    folder = own.settings.flows
    small.edit(folder, "quality.yaml", "礼貌用语, points: 30", "语气亲切, points: 10")
    small.edit(folder, "quality.yaml", "points: 50", "points: 70")
    small.edit(folder, "quality.yaml", "good: 85", "good: 99")
    after = form_in(own)
    assert browser.get(PATH).text == there and "礼貌用语" in there and "26 / 30" in there and "优良" in there
    assert "<strong>96.0</strong> 分，优良" in browser.get("/calls/c-1").text
    assert browser.post("/calls/c-2/score/1001", filled(after, manner="6")).status_code == 303
    told = browser.get("/calls/c-2/score/1001").text
    assert "语气亲切" in told and "6 / 10" in told and "您已评 96.0 分，合格" in told
    forms = [form_of(one) for id in ("c-1", "c-2") for one in own.store.quality.of_call(id)]
    assert forms == [before, after]
    day = local_day(T)
    rows = build(own.store, day, day).whole.rows
    (figure,) = [one.figure for one in rows if one.indicator.id == "cba.quality_score"]
    assert (figure.numerator, figure.denominator) == (192, 2)


def test_a_part_is_scored_once_by_whatever_form(own: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=own)
    assert browser.post(PATH, filled(form_in(own))).status_code == 303
    other = visitor(tmp_path, Role.SUPERVISOR, console=own, person="other")
    small.edit(own.settings.flows, "quality.yaml", "title: 通话质量", "title: 新的表")
    again = browser.post(PATH, filled(form_in(own), answer="49"))
    assert again.status_code == 409 and "不能修改" in again.text
    assert "100.0" not in other.get("/calls/c-1").text
    assert other.post(PATH, filled(form_in(own), answer="48")).status_code == 303
    told = other.get("/calls/c-1").text
    assert "100.0" in told and "98.0" in told and len({one.form_id for one in scores(own)}) == 2


def test_what_was_filled_in_by_a_form_that_changed_meanwhile_is_not_taken(own: Console, tmp_path: Path) -> None:
    browser, before = visitor(tmp_path, Role.QUALITY, console=own), form_in(own)
    small.edit(own.settings.flows, "quality.yaml", "words: 礼貌用语", "words: 没有打断客户")
    told = browser.post(PATH, filled(before))
    assert told.status_code == 409 and "评分表刚刚改过" in told.text and "没有打断客户" in told.text
    assert scores(own) == [] and form_in(own).version in told.text and before.version not in told.text


def test_a_folder_without_the_file_has_the_standard_form(own: Console, tmp_path: Path) -> None:
    (own.settings.flows / "quality.yaml").unlink()
    browser = visitor(tmp_path, Role.QUALITY, console=own)
    assert "听懂并确认客户的需要" in browser.get(PATH).text
    assert browser.post(PATH, FULL).status_code == 303 and [one.score for one in scores(own)] == [100.0]


def test_scores_of_before_there_were_own_forms_and_from_elsewhere(own: Console, tmp_path: Path) -> None:
    browser = visitor(tmp_path, Role.QUALITY, console=own)
    old = [
        QualityScore(call, "1001", form, 80.0, "tester", 9) for call, form in (("c-1", "standard-1"), ("c-2", "x-9"))
    ]
    with writing(own.store._engine) as connection:
        downgrade(connection, "0024")
    own.store.save_other(old)
    given = {"call_id": "c-1", "agent_id": "1001", "form_id": "standard-1", "monitor": "tester"}
    with writing(own.store._engine) as connection:
        connection.execute(insert(quality_answer), [{**given, "criterion": "answer", "points": 10}])
        upgrade(connection)
    told = browser.get(PATH).text
    assert (
        "您已评 80.0 分，合格" in told and "业务回答正确、完整" in told and "10 / 30" in told and "礼貌用语、" in told
    )
    assert "80.0</strong> 分，合格" in browser.get("/calls/c-1").text
    assert "您已评 80.0 分，x-9" in browser.get("/calls/c-2/score/1001").text
    assert "80.0</strong> 分，x-9" in browser.get("/calls/c-2").text
