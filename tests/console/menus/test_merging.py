"""An edit that was overtaken is merged with what was published since: shown, checked, chosen where both changed."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from tests.console.menus.editing import Editing, open_editing

#: Far from each other in prompts.yaml.
OPENING, GOODBYE = "开户请带身份证", "感谢您的来电"


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    return open_editing(tmp_path)


def published(editing: Editing, old: str, new: str) -> None:
    """li changes something in prompts.yaml, and zhang publishes it."""
    current = editing.console.store.publishing.current()
    assert current is not None
    text = editing.console.store.publishing.published(current.number).files["prompts.yaml"].replace(old, new)
    made = editing.propose("li", editing.base("li"), reason="李的改动", prompts=text).headers["location"]
    assert editing.person("zhang").get(made).status_code == 200
    assert editing.person("zhang").post(f"{made}/publish").status_code == 303


def texts(page: httpx2.Response, action: str) -> dict[str, str]:
    """What the form of a page that goes to `action` carries, as a browser sends it."""
    form = re.search(rf'<form method="post" action="{action}".*?</form>', page.text, re.S)
    assert form is not None, page.text
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
    areas = re.findall(r'<textarea name="([^"]+)"[^>]*>\n(.*?)</textarea>', form[0], re.S)
    fields = {**found, **{name: html.unescape(text) for name, text in areas}}
    return {name: text for name, text in fields.items() if name != "csrf"}


def merge(editing: Editing, fields: Mapping[str, str]) -> httpx2.Response:
    return editing.person("zhang").post("/menus/merge", fields)


def test_changes_that_do_not_touch_become_one_draft(editing: Editing) -> None:
    mine = {**editing.base("zhang"), "text:prompts.yaml": editing.text("prompts.yaml").replace(OPENING, "开户请带证件")}
    assert merge(editing, mine).status_code == 409  # nobody has published since
    published(editing, GOODBYE, "谢谢您的来电")
    refused = editing.person("zhang").post("/menus/propose", {**mine, "reason": "开户新规"})
    assert refused.status_code == 409 and 'formaction="/menus/merge"' in refused.text
    assert len(editing.console.store.publishing.drafts(open_only=False)) == 2  # nothing was proposed silently
    shown = merge(editing, mine)
    assert shown.status_code == 200 and "两边都改了的地方" not in shown.text
    assert "开户请带证件" in shown.text and "检查合并的结果" in shown.text
    result = texts(shown, "/menus/propose")
    assert "开户请带证件" in result["text:prompts.yaml"] and "谢谢您的来电" in result["text:prompts.yaml"]
    assert set(result) >= {"text:prompts.yaml"} and "text:hotline.yaml" not in result and result["base"] == "2"
    edit = editing.person("zhang").post("/menus/edit", texts(shown, "/menus/edit"))
    assert edit.status_code == 200 and "开户请带证件" in edit.text and 'data-before="prompts.yaml"' in edit.text
    assert len(editing.console.store.publishing.drafts(open_only=False)) == 2
    moved = editing.person("zhang").post("/menus/propose", {**result, "reason": "开户新规"})
    assert moved.status_code == 303
    made = editing.console.store.publishing.drafts()[0]
    files = editing.console.store.publishing.files(made.id)
    assert made.base == 2 and files["prompts.yaml"] == result["text:prompts.yaml"]


def test_what_both_changed_is_shown_side_by_side_and_chosen(editing: Editing) -> None:
    mine = {**editing.base("zhang"), "text:prompts.yaml": editing.text("prompts.yaml").replace(OPENING, "开户请带证件")}
    published(editing, OPENING, "开户请带户口本")
    shown = merge(editing, mine)
    assert "两边都改了的地方" in shown.text and "检查合并的结果" not in shown.text
    for words in (OPENING, "开户请带证件", "开户请带户口本"):
        assert f"opening_info: {words}" in shown.text
    carried = texts(shown, "/menus/merge")
    assert carried["published"] == "2"
    own = merge(editing, {**carried, "choose:prompts.yaml:0": "mine"})
    assert "开户请带证件" in texts(own, "/menus/propose")["text:prompts.yaml"]
    assert "没有要提交的" in merge(editing, {**carried, "choose:prompts.yaml:0": "theirs"}).text
    assert "检查合并的结果" not in merge(editing, {**carried, "choose:prompts.yaml:0": "both"}).text
    published(editing, "开户请带户口本", "开户请带护照")
    late = merge(editing, {**carried, "choose:prompts.yaml:0": "mine"})
    assert "又有人发布了" in late.text and "开户请带护照" in late.text and "检查合并的结果" not in late.text


def test_a_merge_that_breaks_the_menus_is_told_by_the_checker(editing: Editing) -> None:
    mine = editing.text("hotline.yaml").replace("leaf: balance}", "leaf: opening}")
    fields = {
        **editing.base("zhang"),
        "text:hotline.yaml": mine.replace(
            '"1", label: 开户须知, leaf: opening}', '"1", label: 开户须知, leaf: openng}', 1
        ),
    }
    published(editing, GOODBYE, "谢谢您的来电")
    shown = merge(editing, fields)
    assert "openng" in shown.text and "错误" in shown.text
    assert 'action="/menus/propose"' not in shown.text and 'action="/menus/edit"' in shown.text


def test_a_draft_that_was_overtaken_is_merged(editing: Editing) -> None:
    mine = editing.text("prompts.yaml").replace(OPENING, "开户请带证件")
    draft = editing.propose("zhang", editing.base("zhang"), prompts=mine).headers["location"].rsplit("/", 1)[-1]
    assert editing.person("zhang").get(f"/menus/merge?draft={draft}").status_code == 409
    published(editing, GOODBYE, "谢谢您的来电")
    assert f'href="/menus/merge?draft={draft}"' in editing.person("zhang").get(f"/menus/drafts/{draft}").text
    shown = editing.person("zhang").get(f"/menus/merge?draft={draft}")
    result = texts(shown, "/menus/propose")
    assert "开户请带证件" in result["text:prompts.yaml"] and "谢谢您的来电" in result["text:prompts.yaml"]
    assert "text:hotline.yaml" not in result  # who wrote it and why is nobody's change
    # a draft that is edited further: what has to be followed is what was published when that began
    for odd in ("", "x", "99"):
        assert editing.person("zhang").get(f"/menus/merge?draft={odd}").status_code == 409


def test_edits_go_from_the_editor_to_a_form_and_back(editing: Editing) -> None:
    mine = editing.text("prompts.yaml").replace(GOODBYE, "谢谢您的来电")
    page = editing.person("zhang").get("/menus/edit").text
    assert 'formaction="/menus/forms"' in page and '<option value="menu:accounts"' in page
    draft = {**editing.base("zhang"), "text:prompts.yaml": mine}
    form = editing.person("zhang").post("/menus/forms", {**draft, "place": "leaf:opening", "slot": "s1"})
    assert form.status_code == 200 and "谢谢您的来电" in form.text
    fields = {**draft, "slot": "s1", "prompt:opening_info:": "开户请带证件。"}
    applied = editing.person("zhang").post("/menus/forms/leaf:opening", fields)
    back = texts(applied, "/menus/edit")
    assert back["slot"] == "s1" and "开户请带证件" in back["text:prompts.yaml"]
    edit = editing.person("zhang").post("/menus/edit", back)
    areas = dict(re.findall(r'<textarea name="(text:[^"]+)"[^>]*>\n(.*?)</textarea>', edit.text, re.S))
    assert html.unescape(areas["text:prompts.yaml"]) == back["text:prompts.yaml"]
    began = dict(re.findall(r'<textarea data-before="([^"]+)"[^>]*>\n(.*?)</textarea>', edit.text, re.S))
    assert html.unescape(began["prompts.yaml"]) == editing.text("prompts.yaml")


def test_a_form_cannot_be_made_of_texts_with_errors_and_they_are_not_lost(editing: Editing) -> None:
    wrong = editing.text("hotline.yaml").replace("leaf: balance}", "leaf: balanse}")
    draft = {**editing.base("zhang"), "text:hotline.yaml": wrong, "place": "menu:main"}
    again = editing.person("zhang").post("/menus/forms", draft)
    assert again.status_code == 409 and "balanse" in again.text and "<menu-editor" in again.text
