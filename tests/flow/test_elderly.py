"""No flow is served in which elderly callers reach a person later than by one key, not at every hour, or not at all
(CBA 十二, 二十二)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ivr.flow import load
from tests.flow import small

HOTLINE, HOURS, AGENTS, PROMPTS = "hotline.yaml", "hours.yaml", "agents.yaml", "prompts.yaml"
Edit = tuple[str, str, str]

ALWAYS_ELDERLY = "{label: 老年人专线, hours: always, priority: 10}"
#: The agents of the general queue, at all the hours at which `service` is closed.
NIGHT = """\
  night:
    weekly: {mon-fri: ["00:00-08:30", "18:00-24:00"], sat-sun: ["00:00-09:00", "17:00-24:00"]}
    holidays: [{date: 2026-10-01..2026-10-07, name: 国庆节, open: ["00:00-24:00"]}]
    workdays: [{date: 2026-10-10, name: 国庆节调休, as: mon}]
"""
SHORT = """\
menus:
  short:
    prompt: short_menu
    options: [{key: "1", label: 人工, handoff: elderly}, {key: "2", label: 投诉, leaf: complaint}]
"""
SHORT_MENU: list[Edit] = [
    (HOTLINE, "route: queue", "route: menu, menu: short"),
    (HOTLINE, "menus:\n", SHORT),
    (PROMPTS, "prompts:\n", "prompts:\n  short_menu: {kind: menu, text: 人工请按1，投诉请按2。}\n"),
]


def found(folder: Path, edits: Sequence[Edit]) -> list[tuple[str, str]]:
    """The codes and texts of the findings of the edited hotline; with an error among them it is not served."""
    small.write(folder)
    for edit in edits:
        small.edit(folder, *edit)
    loaded = load(folder)
    return [(finding.code, str(finding)) for finding in loaded.findings]


HOSTILE: dict[str, tuple[str, list[Edit]]] = {
    "the queue closes": ("F091", [(AGENTS, "hours: always", "hours: service")]),
    "the queue has no agents": ("F050", [(AGENTS, "general: 0, elderly: 1", "general: 0")]),
    "there is no such queue": ("F016", [(HOTLINE, "elderly: {queue: elderly", "elderly: {queue: nobody")]),
    "the key is two keys": ("F037", [(HOTLINE, 'elderly: "9"', 'elderly: "90"')]),
    "there is no key": ("F022", [(HOTLINE, ', elderly: "9"}', "}")]),
    "an option takes the key": ("F020", [(HOTLINE, '{key: "3", label: 综合', '{key: "9", label: 综合')]),
    "another reserved key takes it": ("F023", [(HOTLINE, 'agent: "0"', 'agent: "9"')]),
    "it answers a question": ("F094", [(HOTLINE, 'elderly: "9"', 'elderly: "3"')]),
    "the keys do not name it": ("F024", [(PROMPTS, "，老年人专线请按9", "")]),
    "the announcement names another key": (
        "F024",
        [(PROMPTS, "prompts:\n", "prompts:\n  elderly_key: {kind: menu, text: 老年客户请按8，}\n")],
    ),
    "everybody must be eighty": ("F092", [(HOTLINE, "age: 60", "age: 80")]),
    "the short menu is missing": ("F011", [(HOTLINE, "route: queue", "route: menu")]),
    "the short menu does not exist": ("F015", [(HOTLINE, "route: queue", "route: menu, menu: nothing")]),
    "the short menu leads to a menu": (
        "F037",
        [*SHORT_MENU, (HOTLINE, "label: 投诉, leaf: complaint}]", "label: 投诉, menu: accounts}]")],
    ),
    "there is no elderly service": (
        "F011",
        [(HOTLINE, "elderly: {queue: elderly, age: 60, route: queue, callers: elderly-callers.yaml}\n", "")],
    ),
    "the list is missing": ("F001", [(HOTLINE, "callers: elderly-callers.yaml", "callers: lost.yaml")]),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_flow_that_keeps_elderly_callers_from_a_person_is_refused(what: str, tmp_path: Path) -> None:
    code, edits = HOSTILE[what]
    findings = found(tmp_path, edits)
    (first, *_) = [text for name, text in findings if name == code] or [""]
    assert ": error" in first, findings
    assert load(tmp_path).flow is None
    if code in ("F037", "F091", "F092", "F094"):
        assert "CBA" in first and "二十二" in first


def test_the_hours_without_anybody_are_told(tmp_path: Path) -> None:
    (only,) = found(tmp_path, [(AGENTS, "hours: always", "hours: service")])
    assert "周一至周五 00:00–08:30、18:00–24:00" in only[1] and "2026-10-01 至 2026-10-07" in only[1]
    assert "agents.yaml:3:" in only[1] and "改为 always" in only[1]


@pytest.mark.parametrize(
    "edits",
    [
        [(AGENTS, "hours: service", "hours: always"), (AGENTS, "人专线, hours: always", "人专线, hours: service")],
        [(HOURS, "  service:", f"{NIGHT}  service:"), (AGENTS, ALWAYS_ELDERLY, "{label: 老年人专线, hours: night}")],
        [(HOURS, "  service:", "  whole: {weekly: {mon-sun: [\"00:00-24:00\"]}}\n  service:"),
         (AGENTS, "hours: always", "hours: whole")],
    ],
    ids=["the others are there for them", "in turns", "all hours, written out"],
)  # fmt: skip
def test_somebody_at_every_minute_is_enough(edits: list[Edit], tmp_path: Path) -> None:
    assert "F091" not in dict(found(tmp_path, edits))
    assert load(tmp_path).flow is not None


@pytest.mark.parametrize(("age", "refused"), [(50, False), (60, False), (65, False), (66, True), (100, True)])
def test_nobody_of_sixty_five_is_left_out(age: int, refused: bool, tmp_path: Path) -> None:
    assert ("F092" in dict(found(tmp_path, [(HOTLINE, "age: 60", f"age: {age}")]))) == refused


@pytest.mark.parametrize(
    ("plain", "means"),
    [("speed: 1", "语速"), ("timeout_factor: 1", "等待按键"), ("extra_misses: 0", "机会"), ("priority: 0", "优先")],
)
def test_a_profile_without_patience_is_told(plain: str, means: str, tmp_path: Path) -> None:
    (only,) = found(tmp_path, [(HOTLINE, "age: 60", f"age: 60, {plain}")])
    assert only[0] == "F093" and ": warning" in only[1] and means in only[1] and "CBA 十二" in only[1]
    assert load(tmp_path).flow is not None


def test_the_short_menu_is_a_choice(tmp_path: Path) -> None:
    assert found(tmp_path, SHORT_MENU) == []


def test_where_the_short_menu_is_heard_the_key_is_named_in_time(tmp_path: Path) -> None:
    late = "您好，欢迎致电示例银行，我们随时为您服务，感谢您一直以来的支持。"
    edits = [*SHORT_MENU, (PROMPTS, "您好，欢迎致电示例银行，老年人请按9。", late)]
    texts = [text for code, text in found(tmp_path, edits) if code == "F074"]
    assert any("「short」" in text for text in texts) and any("「main」" in text for text in texts)


def test_a_number_in_a_finding_is_not_shown(tmp_path: Path) -> None:
    twice = 'callers:\n  - {number: "+8613800000006", born: 1950-03-01}\n'
    (only,) = found(tmp_path, [("elderly-callers.yaml", "callers:\n", twice)])
    assert only[0] == "F090" and "0006 在第 2 行" in only[1] and "1380000" not in only[1]
