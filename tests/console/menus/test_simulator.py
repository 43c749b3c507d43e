"""Trying out: the served menus and a draft that nobody has saved are walked through by keys and words, and told for a
moment; calls that are tried do not pile up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivr.console.pages.menus.simulations import LONGEST_MS, MOST_OF_ONE, simulations
from tests.console.menus.editing import Editing, open_editing
from tests.console.rig import Clock

OLD, NEW = "开户请带身份证", "开户请带身份证原件"
OPEN, CLOSED = "2026-11-20T10:00", "2026-10-02T10:00"


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    return open_editing(tmp_path)


def begun(editing: Editing, **fields: str) -> str:
    answer = editing.person("zhang").post("/menus/try/begin", {"at": OPEN, "caller": "plain", **fields})
    assert answer.status_code == 200, answer.text
    return answer.text


def moved(editing: Editing, page: str, move: str) -> str:
    where = re.search(r'action="(/menus/try/[^"]+)"', page)
    assert where, page
    return editing.person("zhang").post(where[1], {"move": move}).text


def test_an_unsaved_draft_is_walked_through(editing: Editing) -> None:
    new = editing.text("prompts.yaml").replace(OLD, NEW)
    page = begun(editing, **editing.base("zhang"), **{"text:prompts.yaml": new})
    assert "加没有提交的改动" in page and "MenuEntered" not in page
    assert NEW in moved(editing, page, "11") and not editing.console.store.publishing.drafts()
    served = moved(editing, begun(editing), "11")
    assert OLD in served and NEW not in served


def test_words_and_what_cannot_be_done(editing: Editing) -> None:
    page = begun(editing)
    assert "听到　" in moved(editing, page, "我要投诉")
    page = begun(editing, keys_only="1")
    assert "只收按键" in moved(editing, page, "我要投诉")
    assert "不是电话上的按键" in moved(editing, page, "abc")
    over = moved(editing, page, "h")
    assert "通话结束" in over and '<form method="post" action="/menus/try/' not in over


def test_a_draft_with_errors_cannot_be_tried(editing: Editing) -> None:
    wrong = editing.text("hotline.yaml").replace("leaf: balance}", "leaf: balanse}")
    answer = editing.person("zhang").post("/menus/try/begin", {**editing.base("zhang"), "text:hotline.yaml": wrong})
    assert answer.status_code == 409 and "balanse" in answer.text


def test_what_would_be_heard_at_two_moments(editing: Editing) -> None:
    page = editing.person("zhang").get(f"/menus/heard?at={OPEN}&also={CLOSED}").text
    assert "欢迎致电示例银行" in page and "人工服务时间为" in page
    old = editing.person("zhang").get(f"/menus/heard?at={OPEN}&caller=old").text
    assert "老年人专线" in old
    new = editing.text("prompts.yaml").replace("您好，欢迎致电示例银行", "您好，这里是示例银行")
    draft = {**editing.base("zhang"), "text:prompts.yaml": new, "at": OPEN}
    assert "这里是示例银行" in editing.person("zhang").post("/menus/heard", draft).text


@pytest.mark.parametrize("at", ["gestern", "1600-01-01 10:00", "9999-99-99T10:00", "2026-02-30T10:00"])
def test_moments_that_cannot_be_are_told(editing: Editing, at: str) -> None:
    assert editing.person("zhang").get(f"/menus/heard?at={at}").status_code == 409
    assert editing.person("zhang").post("/menus/try/begin", {"at": at}).status_code == 409


def test_tried_calls_do_not_pile_up_and_are_ones_own(editing: Editing) -> None:
    first = begun(editing, keys_only="1")
    where = re.search(r'action="(/menus/try/[^"]+)"', first)
    assert where and editing.person("li").post(where[1], {"move": "1"}).status_code == 409
    for _ in range(MOST_OF_ONE):
        last = begun(editing, keys_only="1")
    assert len(simulations(editing.console)) == MOST_OF_ONE
    assert "已经结束" in moved(editing, first, "1")
    clock = editing.console.clock
    assert isinstance(clock, Clock)
    for _ in range(2):
        clock.now += LONGEST_MS // 2 + 1
        assert editing.person("zhang").get("/account").status_code == 200  # whoever does something stays signed in
    assert "放得太久" in moved(editing, last, "1")


def choices(page: str, name: str) -> dict[str, str]:
    """What a field of a page lets one choose."""
    found = re.search(rf'<select id="{name}" name="{name}">(.*?)</select>', page, re.S)
    assert found, page
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)', found[1]))


def test_any_revision_can_be_picked_beside_the_unsaved_text(editing: Editing) -> None:
    base, new = editing.base("zhang"), editing.text("prompts.yaml").replace(OLD, NEW)
    draft = editing.propose("zhang", base, prompts=new).headers["location"].rsplit("/", 1)[-1]
    for page in ("/menus/try", "/menus/heard"):
        offered = choices(editing.person("zhang").get(page).text, "source")
        assert (
            list(offered) == ["", f"draft:{draft}", "publication:1", "files"]
            and "开户新规" in offered[f"draft:{draft}"]
        )
    third = editing.text("prompts.yaml").replace(OLD, "开户请带护照")
    unsaved = {**base, "text:prompts.yaml": third}
    assert "" in choices(editing.person("zhang").get("/menus/edit").text, "revision")
    for picked, said, words in (
        ("", "加没有提交的改动", "开户请带护照"),
        (f"draft:{draft}", f"草稿 {draft}", NEW),
        ("publication:1", "发布 1", f"{OLD}。"),
        ("files", "flows/ 的文件", f"{OLD}。"),
    ):
        page = begun(editing, **unsaved, revision=picked)
        assert said in page and words in moved(editing, page, "11"), picked
    assert NEW in moved(editing, begun(editing, source=f"draft:{draft}"), "11")
    for odd in ("draft:99", "publication:0", "nothing"):
        assert editing.person("zhang").post("/menus/try/begin", {"at": OPEN, "source": odd}).status_code == 409


def test_an_emergency_is_chosen_by_its_words(editing: Editing) -> None:
    offered = choices(editing.person("zhang").get("/menus/try").text, "emergency")
    assert offered.pop("") == "没有" and offered
    for value, words in offered.items():
        assert re.search(r"（.+）(预警|响应|处置|恢复)阶段", words), words
        assert "模拟通话" in begun(editing, emergency=value)


def test_what_a_draft_would_say_on_a_holiday_that_it_adds(editing: Editing) -> None:
    at = "2027-02-06T10:00"
    hours = editing.text("hours.yaml").replace(
        "name: 国庆节, open: []}]", "name: 国庆节, open: []}, {date: 2027-02-05..2027-02-11, name: 春节, open: []}]"
    )
    served = editing.person("zhang").get(f"/menus/heard?at={at}").text
    assert "欢迎致电示例银行" in served and "人工服务时间为" not in served
    draft = {**editing.base("zhang"), "text:hours.yaml": hours, "at": at}
    with_holiday = editing.person("zhang").post("/menus/heard", draft).text
    assert "人工服务时间为" in with_holiday and "2027-02-06 10:00" in with_holiday
    moved_id = editing.propose("zhang", editing.base("zhang"), hours=hours).headers["location"].rsplit("/", 1)[-1]
    assert "人工服务时间为" in editing.person("zhang").get(f"/menus/heard?at={at}&source=draft:{moved_id}").text
    assert "人工服务时间为" not in editing.person("zhang").get(f"/menus/heard?at={at}&source=publication:1").text
    walked = begun(editing, at=at, source=f"draft:{moved_id}")
    assert "人工服务时间为" in walked and "开户请带身份证" in moved(editing, walked, "1")


@pytest.mark.parametrize(
    ("caller", "said"), [("plain", "主叫：+86138"), ("withheld", "主叫：不显示号码"), ("old", "老年")]
)
def test_each_kind_of_caller_can_call(editing: Editing, caller: str, said: str) -> None:
    page = begun(editing, caller=caller)
    assert said in page, page
