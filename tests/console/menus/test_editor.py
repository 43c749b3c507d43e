"""Editing: what is typed is checked as it would be served, becomes a draft of its base, and is never lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.people.roles import Role
from tests.console.menus.editing import Editing, open_editing

OLD, NEW = "开户请带身份证", "开户请带身份证原件"


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    return open_editing(tmp_path)


def test_findings_are_told_at_their_place_and_nothing_is_kept(editing: Editing) -> None:
    base = editing.base("zhang")
    wrong = editing.text("hotline.yaml").replace("leaf: balance}", "leaf: balanse}")
    answer = editing.person("zhang").post("/menus/check", {**base, "text:hotline.yaml": wrong}).json()
    found = next(one for one in answer["findings"] if "balanse" in one["text"])
    assert found["file"] == "hotline.yaml" and found["severity"] == "error"
    line = wrong.splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 :].startswith("balanse")
    assert answer["changed"] == ["hotline.yaml"] and not editing.console.store.publishing.drafts()
    right = editing.person("zhang").post("/menus/check", base).json()
    assert not [one for one in right["findings"] if one["severity"] == "error"] and right["changed"] == []
    assert "opening" in right["names"]["leaf"]


def test_a_form_without_script_changes_no_line_end(editing: Editing) -> None:
    base = editing.base("zhang")
    as_sent = {f"text:{name}": editing.text(name).replace("\n", "\r\n") for name in ("hotline.yaml", "prompts.yaml")}
    assert editing.person("zhang").post("/menus/check", {**base, **as_sent}).json()["changed"] == []


def test_texts_become_a_draft_that_another_person_publishes(editing: Editing) -> None:
    new = editing.text("prompts.yaml").replace(OLD, NEW)
    moved = editing.propose("zhang", editing.base("zhang"), prompts=new)
    assert moved.headers["location"] == "/menus/drafts/2"
    store = editing.console.store
    assert store.publishing.files(2)["prompts.yaml"] == new
    head = (
        editing.text("hotline.yaml")
        .replace("author: 张三", 'author: "zhang"')
        .replace("reason: 首次发布", "reason: 开户新规")
    )
    assert store.publishing.files(2)["hotline.yaml"] == head
    own = editing.person("zhang").get("/menus/drafts/2").text
    assert "撤回" in own and '/menus/drafts/2/publish"' not in own
    refused = editing.person("zhang").post("/menus/drafts/2/publish")
    assert refused.status_code == 409 and store.publishing.current().number == 1  # type: ignore[union-attr]
    blind = editing.person("li").post("/menus/drafts/2/publish")
    assert blind.status_code == 409 and "没有看过" in blind.text
    seen = editing.person("li").get("/menus/drafts/2").text
    assert NEW in seen and "按键走查" in seen
    assert editing.person("li").post("/menus/drafts/2/publish").headers["location"] == "/menus/publications/2"
    assert store.publishing.published(2).files["prompts.yaml"] == new


@pytest.mark.parametrize("json", [False, True])
def test_who_is_overtaken_keeps_his_text(editing: Editing, json: bool) -> None:
    base = editing.base("zhang")
    editing.propose("li", editing.base("li"), prompts=editing.text("prompts.yaml").replace(OLD, "带证件"))
    editing.person("zhang").get("/menus/drafts/2")
    assert editing.person("zhang").post("/menus/drafts/2/publish").status_code == 303
    mine = editing.text("prompts.yaml").replace(OLD, NEW)
    accept = {"accept": "application/json"} if json else {}
    late = editing.person("zhang").post("/menus/propose", {**base, "text:prompts.yaml": mine, "reason": "晚"}, **accept)
    assert late.status_code == 409
    if json:
        assert "发布了 2" in late.json()["why"]
    else:
        assert "发布了 2" in late.text and NEW in late.text and "晚" in late.text
    assert not editing.console.store.publishing.drafts()


def test_errors_and_failed_tests_make_no_draft_and_lose_no_text(editing: Editing) -> None:
    base = editing.base("zhang")
    wrong = editing.text("hotline.yaml").replace("leaf: balance}", "leaf: balanse}")
    refused = editing.propose("zhang", base, hotline=wrong)
    assert refused.status_code == 409 and "balanse" in refused.text and "F0" in refused.text
    (editing.folder / "tests").mkdir()
    (editing.folder / "tests" / "opening.txt").write_text(f"按 11\n应听到 {OLD}\n", encoding="utf-8")
    failed = editing.propose("zhang", base, prompts=editing.text("prompts.yaml").replace(OLD, "带证件"))
    assert failed.status_code == 409 and "试走没有全部通过" in failed.text and "带证件" in failed.text
    unreasoned = editing.propose("zhang", base, " ", prompts=editing.text("prompts.yaml").replace(OLD, NEW))
    assert unreasoned.status_code == 409 and "原因" in unreasoned.text and NEW in unreasoned.text
    assert not editing.console.store.publishing.drafts()


def test_a_paste_that_is_far_too_long_is_refused_in_words(editing: Editing) -> None:
    base = editing.base("zhang")
    pasted = editing.text("prompts.yaml") + "# pasted\n" * 120_000
    answer = editing.person("zhang").post("/menus/check", {**base, "text:prompts.yaml": pasted})
    assert answer.status_code == 409 and "误粘贴" in answer.json()["why"]
    million = editing.person("zhang").post("/menus/check", {**base, "text:prompts.yaml": "# pasted\n" * 1_000_000})
    assert million.status_code in (403, 413) and "太大" in million.text


def test_a_working_copy_that_changed_meanwhile_is_told(editing: Editing) -> None:
    base = editing.base("zhang", "files")
    (editing.folder / "prompts.yaml").write_text(editing.text("prompts.yaml").replace(OLD, "带证件"), encoding="utf-8")
    answer = editing.person("zhang").post("/menus/check", base)
    assert answer.status_code == 409 and "在你修改期间变了" in answer.json()["why"]
    fresh = editing.person("zhang").get("/menus/edit?source=files").text
    assert "带证件" in fresh
    assert "flows/ 里有还没有提交的改动" in editing.person("zhang").get("/menus").text


@pytest.mark.parametrize("source", ["draft:99", "publication:99", "draft:x", "draft:１", "../../etc", "publication:"])
def test_what_is_not_there_is_told(editing: Editing, source: str) -> None:
    assert editing.person("zhang").get(f"/menus/edit?source={source}").status_code == 409


def test_lists_of_customers_and_other_files_are_not_taken(editing: Editing) -> None:
    for name in ("elderly-callers.yaml", "../../evil.yaml", "evil.txt"):
        answer = editing.person("zhang").post("/menus/check", {**editing.base("zhang"), f"text:{name}": "x: 1\n"})
        assert answer.status_code == 409 and "不能在这里修改" in answer.json()["why"], name


def test_who_may_not_edit_sees_no_texts(editing: Editing) -> None:
    assert editing.person("agent", Role.AGENT).get("/menus/edit").status_code == 403
    assert editing.person("agent", Role.AGENT).post("/menus/propose", {"reason": "x"}).status_code == 403
    qa = editing.person("qa", Role.QA)
    assert qa.get("/menus/edit").status_code == 200
    assert qa.post("/menus/propose", {**editing.base("zhang"), "reason": "x"}).status_code == 403
