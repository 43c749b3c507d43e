"""Forms for the common edits: what is filled in changes those bytes of the unsaved draft, and nothing that breaks."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from ivr.people.roles import Role
from tests.console.menus.editing import Editing, open_editing


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    return open_editing(tmp_path)


EMPTY: Mapping[str, str] = {}


def texts(page: httpx2.Response) -> dict[str, str]:
    """The draft that a page carries on, as a browser would send it."""
    first = page.text.split("<h2>检查", 1)[1].split("</form>")[0]
    found = re.findall(r'<textarea name="(text:[^"]*)"[^>]*>\r?\n(.*?)</textarea>', first, re.S)
    return {name: html.unescape(text) for name, text in found}


def fill(editing: Editing, place: str, draft: Mapping[str, str] = EMPTY, **typed: str) -> httpx2.Response:
    fields = {name.replace("__", ":"): value for name, value in typed.items()}
    return editing.person("zhang").post(f"/menus/forms/{place}", {**editing.base("zhang"), **draft, **fields})


def test_where_an_option_leads_has_its_title_beside_the_id(editing: Editing) -> None:
    browser = editing.person("zhang")
    page = browser.get("/menus/forms/menu:main").text
    for title, target in (("账户服务", "menu:accounts"), ("投诉", "leaf:complaint"), ("综合业务", "handoff:general")):
        assert re.search(f'data-label="去向">{title} <small class="muted">{target}</small>', page), target
    assert "用表单改菜单 主菜单（main）" in page
    choices = dict(re.findall(r'<option value="((?:menu|leaf|handoff|queue):[^"]*)"[^>]*>([^<]*)<', page))
    assert choices["menu:accounts"] == "菜单 账户服务（accounts）" and choices["menu:main"] == "菜单 主菜单（main）"
    for kind, words in (("leaf", "业务"), ("handoff", "人工队列"), ("queue", "人工队列")):
        shown = {value: text for value, text in choices.items() if value.startswith(f"{kind}:")}
        assert shown and all(re.fullmatch(f"{words} .+（{value.partition(':')[2]}）", shown[value]) for value in shown)
    there = browser.get("/menus/places/menu:main").text
    assert "<h1>菜单 主菜单（main）</h1>" in there and "账户服务 <small>menu:accounts</small>" in there


def test_two_keys_are_swapped_with_the_prompt_and_proposed(editing: Editing) -> None:
    assert 'value="开户须知"' in editing.person("zhang").get("/menus/forms/menu:accounts").text
    said = "余额查询请按1，开户须知请按2。"
    done = fill(
        editing, "menu:accounts", key__1="2", key__2="1", label__1="开户须知", label__2="余额查询",
        prompt__accounts_menu__=said,
    )  # fmt: skip
    assert done.status_code == 200, done.text
    assert "key: &#34;2&#34;, label: 开户须知" in done.text and "文件逐行的差别" in done.text and "检查" in done.text
    draft = texts(done)
    hotline = editing.text("hotline.yaml")
    head, tail = hotline.split("  accounts:\n", 1)
    swapped = tail.replace('"1"', "@", 1).replace('"2"', '"1"', 1).replace("@", '"2"', 1)
    assert draft["text:hotline.yaml"] == f"{head}  accounts:\n{swapped}"
    assert draft["text:prompts.yaml"] == editing.text("prompts.yaml").replace("开户须知请按1，余额查询请按2。", said)
    assert not editing.console.store.publishing.drafts()
    proposed = editing.person("zhang").post("/menus/propose", {**editing.base("zhang"), **draft, "reason": "换键"})
    assert proposed.headers["location"] == "/menus/drafts/2"
    assert editing.console.store.publishing.files(2)["prompts.yaml"] == draft["text:prompts.yaml"]


def test_what_breaks_the_menus_is_refused_in_the_checkers_words(editing: Editing) -> None:
    earlier = texts(fill(editing, "leaf:opening", label="开户说明"))
    refused = fill(editing, "menu:accounts", earlier, key__1="2")
    assert refused.status_code == 409 and "hotline.yaml:" in refused.text and re.search(r"F\d{3}", refused.text)
    assert texts(refused) == earlier  # nothing that was done before is lost
    assert 'name="key:1" aria-label="按键 1" value="2"' in refused.text
    reserved = fill(editing, "menu:accounts", new_key="0", new_label="投诉", new_target="leaf:complaint")
    assert reserved.status_code == 409 and "hotline.yaml:" in reserved.text
    for typed in ({}, {"new_key": "3", "new_label": "投诉"}, {"new_key": "3", "new_target": "leaf:complaint"}):
        assert fill(editing, "menu:accounts", typed).status_code == 409


def test_an_option_comes_and_another_goes(editing: Editing) -> None:
    orphaned = fill(
        editing, "menu:accounts", remove__2="1", new_key="2", new_label="投诉", new_target="leaf:complaint",
        prompt__accounts_menu__="开户须知请按1，投诉请按2。",
    )  # fmt: skip
    assert orphaned.status_code == 409 and "F031" in orphaned.text and "balance" in orphaned.text
    gone = fill(editing, "menu:main", remove__3="1", prompt__main_menu__="账户服务请按1，投诉请按2。")
    option = '      - {key: "3", label: 综合服务, handoff: general}\n'
    assert texts(gone)["text:hotline.yaml"] == editing.text("hotline.yaml").replace(option, "")
    added = fill(
        editing, "menu:accounts", new_key="3", new_label="投诉", new_target="leaf:complaint",
        prompt__accounts_menu__="开户须知请按1，余额查询请按2，投诉请按3。",
    )  # fmt: skip
    assert added.status_code == 200, added.text
    line = '      - {key: "2", label: 余额查询, leaf: balance}\n'
    wanted = editing.text("hotline.yaml").replace(line, line + '      - {key: "3", label: 投诉, leaf: complaint}\n')
    assert texts(added)["text:hotline.yaml"] == wanted


def test_names_hours_and_holidays(editing: Editing) -> None:
    leaf = fill(editing, "leaf:opening", label="开户说明", prompt__opening_info__="开户请带身份证原件。")
    draft = texts(leaf)
    assert draft["text:hotline.yaml"] == editing.text("hotline.yaml").replace(
        "opening: {label: 开户须知", "opening: {label: 开户说明"
    )
    elsewhere = editing.person("zhang").post(
        "/menus/forms", {**editing.base("zhang"), **draft, "place": "hours:service"}
    )
    assert texts(elsewhere) == draft and 'value="08:30-18:00"' in elsewhere.text
    assert "周一至周五</label>" in elsewhere.text and ">mon-fri<" not in elsewhere.text
    opened = {"open:mon-fri": "09:00-18:00", "open:sat-sun": "09:00-17:00"}
    changed = fill(
        editing, "hours:service", {**draft, **opened}, new_date="2027-05-01", new_last="2027-05-03", new_name="劳动节"
    )
    assert changed.status_code == 200, changed.text
    hours = editing.text("hours.yaml").replace("08:30-18:00", "09:00-18:00")
    holiday = "name: 国庆节, open: []}, {date: 2027-05-01..2027-05-03, name: 劳动节, open: []}]"
    assert texts(changed) == {**draft, "text:hours.yaml": hours.replace("name: 国庆节, open: []}]", holiday)}
    wrong = fill(editing, "hours:service", {**opened, "open:mon-fri": "18:00-09:00"})
    assert wrong.status_code == 409 and "hours.yaml:" in wrong.text
    queue = fill(editing, "queue:general", label="综合服务台")
    assert "综合服务台" in texts(queue)["text:agents.yaml"]


def test_an_announcement_has_other_times_and_another_comes(editing: Editing) -> None:
    at = {"publish_at": "2098-11-29T00:00", "starts_at": "2098-12-01T00:00", "ends_at": "2098-12-01T08:00"}
    moved = fill(editing, "announcement:net_bank", at)
    assert moved.status_code == 200, moved.text
    old = editing.text("announcements.yaml")
    wanted = old.replace("2098-11-30 00:00", "2098-11-29 00:00").replace("2098-12-01 06:00", "2098-12-01 08:00")
    assert texts(moved) == {"text:announcements.yaml": wanted}
    new = fill(editing, "announcement:", at, id="fraud", kind="warning", prompt="net_bank_notice", leaf="opening")
    assert new.status_code == 200, new.text
    assert texts(new)["text:announcements.yaml"].startswith(old) and "leaves: [opening]" in new.text
    again = fill(editing, "announcement:", at, id="net_bank", kind="warning", prompt="net_bank_notice")
    assert again.status_code == 409 and "已经有公告" in again.text


def test_who_may_and_what_is_not_there(editing: Editing) -> None:
    assert editing.person("agent", Role.AGENT).get("/menus/forms/menu:main").status_code == 403
    for place in ("menu:nowhere", "queue:", "x", "prompt:greeting"):
        assert editing.person("zhang").get(f"/menus/forms/{place}").status_code == 409
    qa = editing.person("qa", Role.QA).post("/menus/forms/leaf:opening", {**editing.base("zhang"), "label": "开户说明"})
    assert qa.status_code == 200 and 'action="/menus/propose"' not in qa.text
    assert "/menus/forms/menu:main" in editing.person("zhang").get("/menus/places/menu:main").text
    assert "/menus/forms/hours:service" in editing.person("zhang").get("/menus").text
