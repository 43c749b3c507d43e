"""From a folder to a flow: values, defaults, places, several findings in one run, hostile folders."""

from __future__ import annotations

import json
import os
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import FlowError
from ivr.flow import Finding, FlowRefused, Severity, load, require
from ivr.flow.model import HandoffReason, LeafKind, Level, PromptKind, TargetKind
from tests.flow import small
from tests.flows_for_tests import reason_of

NIGHT = '  night: {weekly: {mon-sun: ["00:00-08:30", "18:00-24:00"]}}\n'


def found(folder: Path) -> list[str]:
    return [str(finding).removeprefix(f"{folder}/") for finding in load(folder).findings]


def test_everything_written_is_in_the_flow(tmp_path: Path) -> None:
    flow = require(small.write(tmp_path))
    assert (flow.bank, flow.numbers, flow.languages, flow.timezone) == (
        "示例银行",
        ("95000",),
        ("zh",),
        "Asia/Shanghai",
    )
    assert flow.keys.all() == {"#": "repeat", "*": "back", "0": "agent", "9": "elderly"}
    assert (flow.no_input_ms, flow.menus["main"].no_input_ms, flow.menus["accounts"].no_input_ms) == (5000, 5000, 8000)
    assert [(entry.hours, entry.menu, entry.closed) for entry in flow.entries] == [
        ("service", "main", False),
        (None, "closed", True),
    ]
    option = flow.menus["main"].options[2]
    assert (option.key, option.label, option.target.kind, option.target.id) == (
        "3",
        "综合服务",
        TargetKind.HANDOFF,
        "general",
    )
    leaf = flow.leaves["balance"]
    assert (leaf.kind, leaf.known, leaf.queue, reason_of(leaf)) == (
        LeafKind.QUERY,
        Level.IDENTIFIED,
        "general",
        HandoffReason.POLICY,
    )
    assert reason_of(flow.leaves["complaint"]) is HandoffReason.COMPLAINT
    assert (flow.leaves["opening"].queue, reason_of(flow.leaves["opening"])) == (None, None)
    assert flow.agents["1001"].queues == {"general": 0, "elderly": 1}
    queue = flow.queues["general"]
    assert (queue.hours, queue.wait_ms, queue.ring_ms, queue.wrapup_ms, queue.record) == (
        "service",
        60000,
        15000,
        5000,
        True,
    )
    assert (flow.queues["elderly"].hours, flow.queues["elderly"].priority, flow.queues["elderly"].record) == (
        None,
        10,
        False,
    )
    assert flow.elderly.callers == {"+8613800000006": date(1950, 3, 1)}
    assert (flow.elderly.age, flow.elderly.speed, flow.elderly.priority) == (60, 0.85, 10)


def test_hours_are_words_in_the_prompts_of_a_flow(tmp_path: Path) -> None:
    flow = require(small.write(tmp_path))
    said = flow.prompts["agents_closed"].texts["zh"]
    assert said == "人工服务时间为周一至周五八点三十分至十八点，周六、周日九点至十七点，节假日除外。"
    assert flow.prompts["queue_position"].texts["zh"] == "您前面还有{ahead:count}位客户，请稍候。"
    assert flow.prompts["opening_info"].kind is PromptKind.INFO


def test_a_revision_is_its_files(tmp_path: Path) -> None:
    first = require(small.write(tmp_path / "a")).revision
    again = require(small.write(tmp_path / "b")).revision
    assert first.id == again.id
    assert len(first.id) == 12
    assert set(first.files) == set(small.FILES) - {"elderly-callers.yaml"}
    assert (first.author, first.reason) == ("张三", "首次发布")
    small.edit(tmp_path / "b", "hotline.yaml", "author: 张三\nreason: 首次发布\n", "")
    other = require(tmp_path / "b").revision
    assert other.id != first.id
    assert (other.author, other.reason) == ("未填写", "未填写")


def test_a_flow_is_read_anew_whenever_a_file_was_written_and_no_sooner_within_the_minute(tmp_path: Path) -> None:
    folder = small.write(tmp_path)
    while True:
        first, again = require(folder), require(folder)
        if first is again:  # else a minute passed in between
            break
    file = folder / "hotline.yaml"
    file.write_bytes(file.read_bytes() + b"# a word\n")
    assert require(folder).revision.id != first.revision.id
    file.write_text("menus: [", encoding="utf-8")
    with pytest.raises(FlowRefused):
        require(folder)


def test_several_slips_in_one_run_each_at_its_place(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "label: 投诉, leaf", "lable: 投诉, leaf")
    small.edit(tmp_path, "hotline.yaml", "leaf: opening}", "leaf: openning}")
    small.edit(tmp_path, "hotline.yaml", "no_input: 8s", "no_input: soon")
    small.edit(tmp_path, "hours.yaml", "08:30-18:00", "18:30-18:00")
    small.edit(tmp_path, "prompts.yaml", "，再见。}\n  capacity", "。}\n  capacity")
    assert found(tmp_path) == [
        "hotline.yaml:20:20: error F010 不认识「lable」，是不是「label」？",
        "hotline.yaml:24:15: error F013 「no_input」的值「soon」不对：应为时长，例如 5s、500ms、2m",
        "hotline.yaml:27:39: error F015 没有名叫「openning」的业务，是不是「opening」？ (HB 7.1.2)",
        "hours.yaml:4:24: error F080 时间段「18:30-18:00」结束早于开始；过了午夜请拆成两段，第二段写到后一天 (CBA 七)",
        "prompts.yaml:29:34: error F066 提示语「goodbye」是结束语，却没有「再见」 (CBA 十一, HB 7.4.3)",
    ]


def test_a_finding_for_people_and_for_machines() -> None:
    finding = Finding("flows/hotline.yaml", 3, 5, Severity.WARNING, "F029", "太多", "CBA 二十")
    assert str(finding) == "flows/hotline.yaml:3:5: warning F029 太多 (CBA 二十)"
    assert json.loads(json.dumps(finding.as_json())) == {
        "file": "flows/hotline.yaml",
        "line": 3,
        "column": 5,
        "severity": "warning",
        "code": "F029",
        "text": "太多",
        "clause": "CBA 二十",
    }
    assert str(Finding("f", 1, 1, Severity.ERROR, "F004", "错", "")) == "f:1:1: error F004 错"


def test_require_raises_with_every_finding(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "menu: accounts}", "menu: acounts}")
    with pytest.raises(FlowRefused) as caught:
        require(tmp_path)
    assert isinstance(caught.value, FlowError)
    assert [finding.code for finding in caught.value.findings] == ["F015"]
    assert "hotline.yaml:19:39: error F015" in str(caught.value)


def test_a_folder_that_is_not_there_is_one_finding(tmp_path: Path) -> None:
    assert [line.split()[2] for line in found(tmp_path / "nowhere")] == ["F001"]
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    assert [line.split()[2] for line in found(file)] == ["F001"]


def test_an_empty_folder_lists_the_files_it_lacks(tmp_path: Path) -> None:
    names = ["hotline.yaml", "hours.yaml", "agents.yaml", "prompts.yaml", "banned-words.yaml"]
    assert found(tmp_path) == [f"{name}:1:1: error F001 缺少文件 {name}" for name in names]


@pytest.mark.parametrize("name", small.FILES)
@pytest.mark.parametrize("text", ["", "[]", "just words", "5", "null", "a: 1", "- a", "{}", "prompts: []", "menus: 3"])
def test_files_of_nonsense_are_findings(tmp_path: Path, name: str, text: str) -> None:
    small.write(tmp_path)
    (tmp_path / name).write_text(text, encoding="utf-8")
    loaded = load(tmp_path)
    assert loaded.flow is None
    assert loaded.findings


def test_pipes_links_and_huge_files_are_not_read(tmp_path: Path) -> None:
    small.write(tmp_path)
    (tmp_path / "hours.yaml").unlink()
    os.mkfifo(tmp_path / "hours.yaml")
    (tmp_path / "agents.yaml").unlink()
    (tmp_path / "agents.yaml").symlink_to(tmp_path / "agents.yaml")
    with (tmp_path / "prompts.yaml").open("ab") as opened:
        opened.truncate(9 * 1024 * 1024)
    lines = found(tmp_path)
    assert [line.split()[2] for line in lines] == ["F002", "F002", "F002"]
    assert "不是普通文件" in lines[0]
    assert "超过 8 MB" in lines[2]


def test_a_languages_texts_must_all_be_there(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "[zh]", "[zh, en]")
    missing = {line.split()[3] for line in found(tmp_path)}
    assert len(missing) == small.PROMPTS.count("\n") - 1
    assert all("F061" in line and "「en」" in line for line in found(tmp_path))


def test_a_greeting_of_two_prompts_greets_once(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "greeting: [greeting]", "greeting: [greeting, agent_service]")
    assert found(tmp_path) == []


def test_gaps_are_named(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "hours: always", "hours: night")
    small.edit(tmp_path, "hours.yaml", "calendars:\n", f"calendars:\n{NIGHT}")
    (line,) = found(tmp_path)
    assert "周六、周日 08:30–09:00、17:00–18:00；2026-10-01 至 2026-10-07 08:30–18:00没有" in line
    assert "F039" in line


def test_a_slip_in_one_option_hides_no_other_and_makes_no_other(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", ", leaf: complaint}", "}")  # the only way to a complaint from main
    small.edit(tmp_path, "hotline.yaml", "menu: accounts}", "meun: accounts}")
    assert [line.split()[2] for line in found(tmp_path)] == ["F010", "F014"]


def test_a_quote_that_is_never_closed_is_found_where_it_opens(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", "author: 张三", 'author: "张三')
    assert any(line.startswith("hotline.yaml:4:9: error F013") and "收尾的引号" in line for line in found(tmp_path))


def test_a_placeholder_without_quotes_is_explained(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "prompts.yaml", '"您前面还有{ahead:count}位客户，请稍候。"', "{ahead:count}位客户。")
    (line,) = found(tmp_path)
    assert line.startswith("prompts.yaml:19:")
    assert "加引号" in line


def test_a_bare_hash_is_explained(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, "hotline.yaml", 'repeat: "#"', "repeat: #")
    (line,) = found(tmp_path)
    assert "井号键" in line


def test_a_hundred_thousand_findings_do_not_take_minutes(tmp_path: Path) -> None:
    small.write(tmp_path)
    lines = "".join(f"  m{number}: {{promt: x{number}, options: [{{kee: 1}}]}}\n" for number in range(3000))
    small.edit(tmp_path, "hotline.yaml", "menus:\n", "menus:\n" + lines)
    assert len(load(tmp_path).findings) > 10_000


def changed(text: str, seed: int) -> str:
    draw = random.Random(seed)
    for _ in range(draw.randint(1, 4)):
        at, length = draw.randrange(len(text) + 1), draw.randint(0, 12)
        new = draw.choice(["", "", " ", "\n", "- ", ": ", "[", "}", '"', "*", "0", "menu", "，", text[at : at + 30]])
        text = text[:at] + new + text[at + length :]
    return text


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(small.FILES)), st.integers(0, 2**32))
def test_any_edit_gives_a_flow_or_errors(tmp_path: Path, name: str, seed: int) -> None:
    small.write(tmp_path)
    (tmp_path / name).write_text(changed(small.FILES[name], seed), encoding="utf-8")
    loaded = load(tmp_path)
    assert (loaded.flow is None) == any(finding.severity is Severity.ERROR for finding in loaded.findings)


@pytest.mark.parametrize("name", small.FILES)
def test_a_file_cut_at_any_line_is_no_traceback(tmp_path: Path, name: str) -> None:
    small.write(tmp_path)
    lines = small.FILES[name].splitlines(keepends=True)
    for count in range(len(lines)):
        (tmp_path / name).write_text("".join(lines[:count]), encoding="utf-8")
        loaded = load(tmp_path)
        assert loaded.flow is None or name in ("hours.yaml", "knowledge.yaml", "announcements.yaml", "emergency.yaml")
