"""Edits by their intent: what is meant changes, and every byte outside its place stays, whatever the layout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.errors import FlowError
from ivr.flow.edits import announcements, hours, menus
from ivr.flow.kinds import Target, TargetKind
from tests.flow import small

FLOWS = Path(__file__).parents[2] / "flows"
SHIPPED = {path.name: path.read_bytes().decode() for path in FLOWS.glob("*.yaml")}

BLOCK = """\
# 菜单
menus:
  main:   # 第一层
    prompt: main_menu
    options:
      # 从这里开始
      - key: "1"   # 一
        label: 账户   # 账户的
        leaf: accounts
      - key: '2'
        label: "挂失"

        menu: loss   # 最后
  # 末尾
"""
FLOW = """\
menus: {main: {prompt: main_menu,   # 甲
  options: [ {key: "1", label: 账户,   leaf: accounts},
             {key: "2", label: "挂失", menu: loss} ]}}   # 乙
"""
LISTED = """\
menus:
  main:
    options:
    - {key: "1", label: 账户, leaf: accounts}   # 一
    # 中间
    - {key: "2", label: '挂失',
       menu: loss}   # 二

leaves: {}"""
LAYOUTS = [text for each in (BLOCK, FLOW, LISTED) for text in (each, each.replace("\n", "\r\n"), f"\ufeff{each}")]


def outside(before: str, after: str) -> tuple[str, str]:
    """What is different, cut out of what is the same before and behind it."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[start : len(before) - end], after[start : len(after) - end]


@pytest.mark.parametrize("text", LAYOUTS)
def test_keys_are_swapped_in_their_places(text: str) -> None:
    after = menus.move_keys(text, "main", {"1": "2", "2": "1"})
    options = yaml.safe_load(after)["menus"]["main"]["options"]
    assert [(one["key"], one["label"]) for one in options] == [("2", "账户"), ("1", "挂失")]
    assert menus.move_keys(after, "main", {"1": "2", "2": "1"}) == text.replace("'2'", '"2"')


@pytest.mark.parametrize("text", LAYOUTS)
def test_an_option_comes_at_the_end_and_goes_again(text: str) -> None:
    after = menus.add_option(text, "main", "3", "还款", Target(TargetKind.LEAF, "card_payment"))
    was, now = (yaml.safe_load(one)["menus"]["main"]["options"] for one in (text, after))
    assert now == [*was, {"key": "3", "label": "还款", "leaf": "card_payment"}]
    gone, new = outside(text, after)
    assert not gone and '{key: "3", label: 还款, leaf: card_payment}' in new
    assert menus.remove_option(after, "main", "3") == text
    assert ("\r\n" in after) == ("\r\n" in text) and after.count("\n") - after.count("\r\n") in (0, after.count("\n"))


@pytest.mark.parametrize("text", LAYOUTS)
def test_an_option_that_goes_takes_nothing_else_with_it(text: str) -> None:
    after = menus.remove_option(text, "main", "1")
    assert [one["key"] for one in yaml.safe_load(after)["menus"]["main"]["options"]] == ["2"]
    assert outside(text, after)[1] == ""
    with pytest.raises(FlowError, match="只有这一个选项"):
        menus.remove_option(after, "main", "2")


_GAP = "menus: {main: {options: [{key: '1'}, # 甲\n {key: '2'}]}}"
NOT_THERE: list[Callable[[], str]] = [
    lambda: menus.set_option_label(BLOCK, "main", "7", "新"),
    lambda: menus.set_option_label(BLOCK, "other", "1", "新"),
    lambda: menus.set_label(BLOCK, "leaves", "x", "新"),
    lambda: menus.set_prompt_text("prompts: {a: [b]}", "a", "新"),
    lambda: menus.move_keys("menus: [", "main", {"1": "2"}),
    lambda: menus.move_keys("menus: {main: {options: [{key: '\ud800'}]}}", "main", {"1": "2"}),
    lambda: menus.set_prompt_text("prompts: {a: 一, b: !!int x}", "a", "新"),
    lambda: menus.move_keys("", "main", {"1": "2"}),
    lambda: menus.remove_option(_GAP, "main", "1"),
]


@pytest.mark.parametrize("edit", NOT_THERE)
def test_what_is_not_there_or_would_lose_a_comment_is_refused(edit: Callable[[], str]) -> None:
    with pytest.raises(FlowError):
        edit()


PROMPTS = """\
prompts:
  a: 您好   # 一
  b: {kind: menu, text: "账户按1，",}   # 二
  c:
    kind: info
    text: |
      长的
      话

  # 三
  d: {text: {zh: 你好, en: 'hello'}}
  e: 很长的
    一句   # 四
"""


@pytest.mark.parametrize("text", [PROMPTS, PROMPTS.replace("\n", "\r\n")])
@pytest.mark.parametrize(("prompt", "old"), [
    ("a", "您好"), ("b", '"账户按1，"'), ("c", "|\n      长的\n      话"), ("d", "你好"), ("e", "很长的\n    一句"),
])  # fmt: skip
def test_a_prompt_says_something_else(text: str, prompt: str, old: str) -> None:
    after = menus.set_prompt_text(text, prompt, "早上好", "zh")
    line = "\r\n" if "\r\n" in text else "\n"
    assert after == text.replace(old.replace("\n", line), "早上好", 1)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from("abcde"), WORDS, st.booleans())
def test_any_words_can_be_said_and_every_other_byte_stays(prompt: str, words: str, crlf: bool) -> None:
    text = PROMPTS.replace("\n", "\r\n") if crlf else PROMPTS
    places = {"a": "您好", "b": '"账户按1，"', "c": "|\n      长的\n      话", "d": "你好", "e": "很长的\n    一句"}
    head, tail = text.split(places[prompt].replace("\n", "\r\n") if crlf else places[prompt], 1)
    try:
        after = menus.set_prompt_text(text, prompt, words, "zh")
    except FlowError:  # what YAML cannot write
        assert any(not char.isprintable() for char in words)
        return
    assert after.startswith(head) and after.endswith(tail)
    assert yaml.safe_load(after[len(head) : len(after) - len(tail)] or "''") is not None


_MENUS = yaml.safe_load(SHIPPED["hotline.yaml"])["menus"]
_PLACES = [(menu, option["key"]) for menu, found in _MENUS.items() for option in found["options"]]
_WORD = st.from_regex(r"\A[一-龥a-z #:\"']{1,8}\Z")


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(_PLACES), _WORD, st.booleans())
def test_on_the_shipped_menus_every_byte_outside_the_place_stays(place: tuple[str, str], word: str, crlf: bool) -> None:
    text = SHIPPED["hotline.yaml"].replace("\n", "\r\n") if crlf else SHIPPED["hotline.yaml"]
    menu, key = place
    _stays(text, menus.set_option_label(text, menu, key, word))
    added = menus.add_option(text, menu, "8", word, Target(TargetKind.MENU, "main"))
    assert outside(text, added)[0] == ""
    assert menus.remove_option(added, menu, "8") == text
    _stays(text, menus.move_keys(text, menu, {key: "8"}))
    if len(_MENUS[menu]["options"]) > 1:
        gone, new = outside(text, menus.remove_option(text, menu, key))
        assert new == "" and gone.count("\n") == 1 and "label" in gone


def _stays(before: str, after: str) -> None:
    """One line is different, by one scalar."""
    old, new = before.split("\n"), after.split("\n")
    assert len(old) == len(new)
    differing = [(one, other) for one, other in zip(old, new, strict=True) if one != other]
    assert len(differing) <= 1
    for one, other in differing:
        assert one.count(",") <= other.count(",") and other.endswith(one[one.rindex("}") :])


HOURS = """\
calendars:
  service:   # 人工
    weekly:
      mon-fri: ["08:30-18:00"]   # 一天可以写几段
      sat: [ '09:00-12:00', "13:00-17:00" ]
      sun:
        - "09:00-17:00"   # 周日
    holidays:
      # 2026
      - {date: 2026-10-01, name: 国庆节, open: []}   # 休
      # 2027
      - {date: 2027-10-01, name: 国庆节, open: []}
  night: {weekly: {mon-sun: []}}
"""
TIME = st.builds(
    lambda a, b: f"{min(a, b) // 60:02}:{min(a, b) % 60:02}-{max(a, b) // 60:02}:{max(a, b) % 60:02}",
    st.integers(0, 1439), st.integers(0, 1439),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([("service", "mon-fri"), ("service", "sat"), ("service", "sun"), ("night", "mon-sun")]),
    st.lists(TIME, min_size=1, max_size=3),
    st.booleans(),
)
def test_times_are_other_and_every_other_line_stays(place: tuple[str, str], open: list[str], crlf: bool) -> None:
    text = HOURS.replace("\n", "\r\n") if crlf else HOURS
    calendar, days = place
    after = hours.set_opening(text, calendar, days, open)
    was, now = yaml.safe_load(text), yaml.safe_load(after)
    was["calendars"][calendar]["weekly"][days] = open
    assert now == was
    for comment in ("# 人工", "# 一天可以写几段", "# 周日", "# 2026", "# 休", "# 2027"):
        assert comment in after
    gone, new = outside(text, after)
    assert gone.count("\n") <= 1 and not {"#", "{"} & set(gone + new) - ({"#"} if days == "sun" else set())


def test_a_day_is_closed_and_opened_again() -> None:
    closed = hours.set_opening(HOURS, "service", "mon-fri", [])
    assert closed == HOURS.replace('mon-fri: ["08:30-18:00"]', "mon-fri: []")
    assert hours.set_opening(closed, "service", "mon-fri", ["08:30-18:00"]) == HOURS


@pytest.mark.parametrize(("calendar", "date", "behind"), [
    ("service", "2026-12-31", "open: []}   # 休\n"),
    ("service", "2028-01-01", "2027-10-01, name: 国庆节, open: []}\n"),
    ("service", "2026-01-01..2026-01-03", "# 2026\n"),
    ("night", "2026-01-01", "weekly: {mon-sun: []}"),
])  # fmt: skip
def test_a_holiday_comes_behind_those_before_it(calendar: str, date: str, behind: str) -> None:
    for text in (HOURS, HOURS.replace("\n", "\r\n")):
        after = hours.add_holiday(text, calendar, date, "新假", ["09:00-12:00"])
        assert outside(text, after)[0] == ""
        before = after[: after.index("新假")].replace("\r\n", "\n")
        assert before.rpartition(behind)[2].strip(" -,{[") in (
            f"date: {date}, name:",
            f"holidays: [{{date: {date}, name:",
        )
        listed = yaml.load(after, yaml.BaseLoader)["calendars"][calendar]["holidays"]
        assert {"date": date, "name": "新假", "open": ["09:00-12:00"]} in listed


def test_the_shipped_hours_take_every_edit() -> None:
    text = SHIPPED["hours.yaml"]
    after = hours.add_holiday(text, "service", "2027-05-03", "劳动节", [])
    assert outside(text, after) == ("", outside(text, after)[1]) and outside(text, after)[1].count("\n") == 1
    changed = hours.set_opening(text, "service", "mon-fri", ["09:00-18:00"])
    assert changed == text.replace('mon-fri: ["08:30-18:00"]  ', 'mon-fri: ["09:00-18:00"]  ', 1)


ONE: dict[str, str | bool | Sequence[str]] = {
    "kind": "warning", "prompt": "fraud_notice", "publish_at": "2026-12-01 09:00", "ends_at": "2026-12-05 00:00",
    "leaves": ["transfer_limits"], "menu": True,
}  # fmt: skip
NOTICES = [
    SHIPPED["announcements.yaml"],
    small.ANNOUNCEMENTS,
    "",
    "# 公告\nannouncements:  # 没有\n",
    "announcements: {a: {kind: change}}",
]


@pytest.mark.parametrize("text", [text for each in NOTICES for text in (each, each.replace("\n", "\r\n"))])
def test_an_announcement_comes_at_the_end(text: str) -> None:
    after = announcements.add_announcement(text, "fraud", ONE)
    now = yaml.load(after, yaml.BaseLoader)["announcements"]
    assert now["fraud"] == {**ONE, "menu": "true"}
    assert outside(text, after)[0].strip() in ("", "{}")
    assert [line for line in after.splitlines() if "#" in line] == [line for line in text.splitlines() if "#" in line]
    with pytest.raises(FlowError, match="已经有公告"):
        announcements.add_announcement(after, "fraud", ONE)


@pytest.mark.parametrize("crlf", [False, True])
def test_an_announcement_has_other_times(crlf: bool) -> None:
    text = (
        "announcements:\n  a:\n    publish_at: 2026-12-01 09:00   # 起\n    ends_at: '2026-12-02 00:00'  # 止\n  # 完\n"
    )
    text = text.replace("\n", "\r\n") if crlf else text
    line = "\r\n" if crlf else "\n"
    after = announcements.set_times(text, "a", {"publish_at": "2026-12-01 10:00", "starts_at": "2026-12-01 12:00"})
    wanted = text.replace("09:00", "10:00").replace("# 止", f"# 止{line}    starts_at: 2026-12-01 12:00")
    assert after == wanted
    with pytest.raises(FlowError):
        announcements.set_times(text, "b", {"publish_at": "2026-12-01 10:00"})
