"""One wrong value at a time: what the operator is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow import load, require
from ivr.flow.reading.values import days, duration
from tests.flow import small

H, T, A, P, C = "hotline.yaml", "hours.yaml", "agents.yaml", "prompts.yaml", "elderly-callers.yaml"
WEEKDAYS = '"08:30-18:00"'


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "words"),
    [
        (H, "no_input: 5s", "no_input: 25h", "F013", "不能超过 24h"),
        (H, "no_input: 5s", "no_input: 5", "F012", "应为时长"),
        (H, "no_input: 5s", "no_input: [5s]", "F012", "这里是列表"),
        (H, "no_input: 5s", "no_input:", "F012", "这里是空的"),
        (H, "rephrase: 1", "rephrase: 9", "F013", "0 到 5 的整数"),
        (H, "rephrase: 1", "rephrase: 1.5", "F012", "应为0 到 5 的整数，这里是小数"),
        (H, "age: 60", "age: 60, speed: .nan", "F013", "0.5 到 1.0"),
        (H, "age: 60", "age: 60, speed: .inf", "F013", "0.5 到 1.0"),
        (H, "closed: true", "closed: yes", "F012", "应为true 或 false"),
        (H, "bank: 示例银行", "bank: ' '", "F013", "不能是空白"),
        (H, "bank: 示例银行", "bank: true", "F012", "这里是真假值"),
        (H, "author: 张三", "author: |\n  张三\n  李四", "F013", "跨了行"),
        (H, 'repeat: "#"', 'repeat: "##"', "F013", "应为一个电话按键"),
        (H, '{key: "2", label: 投诉', '{key: "12", label: 投诉', "F013", "应为一个电话按键"),
        (H, '["95000"]', "[]", "F013", "至少要写 1 项"),
        (H, "kind: consult", "kind: [consult]", "F012", "这里是列表"),
        (H, "route: queue", "route: straight", "F013", "queue（直接转队列）"),
        (H, "prompt: main_menu", "prompt: 主菜单", "F013", "提示语的名字"),
        (H, "HB 7.1.4", "7.1.4", "F013", "标准条款"),
        (H, "elderly-callers.yaml", "../secret.yaml", "F013", "同一目录里的文件名"),
        (H, "misses: {rephrase: 1}", "misses: 1", "F012", "应为一组键值"),
        (T, WEEKDAYS, '"25:00-26:00"', "F080", "超出了一天"),
        (T, WEEKDAYS, '"00:00-24:30"', "F080", "超出了一天"),
        (T, WEEKDAYS, '"09:00-09:00"', "F080", "全天请写 00:00-24:00"),
        (T, WEEKDAYS, '"8点到18点"', "F080", "应为时间段"),
        (T, WEEKDAYS, '"08:30-18:00", "17:00-19:00"', "F080", "与 08:30–18:00 重叠"),
        (T, "mon-fri", "monday", "F013", "星期，例如 mon"),
        (T, "  service:", "  always:", "F013", "always 专指全天"),
        (T, "2026-10-01..2026-10-07", "2026-10-07..2026-10-01", "F082", "结束早于开始"),
        (T, "2026-10-01..2026-10-07", "2026-10-01..2028-10-01", "F082", "超过了 366 天"),
        (T, "date: 2026-10-10", "date: 2026-10-03", "F081", "2026-10-03"),
        (T, "as: mon", "as: montag", "F013", "mon（一）"),
        (T, "timezone: Asia/Shanghai", "timezone: Asia", "F084", "Asia"),
        (A, '"1001"', "李四", "F013", "工号"),
        (A, "wait: 60s", "wait: -60s", "F013", "应为时长"),
        (A, "record: true", "record: 1", "F012", "应为true 或 false"),
        (A, "priority: 10", "priority: -1", "F013", "0 到 1000"),
        (P, "开户请带身份证。", "[a, b]", "F012", "应为文字，这里是列表"),
        (P, "{kind: goodbye, text: 感谢您的来电，再见。}", "{kind: bye, text: 再见。}", "F013", "goodbye（结束语）"),
        (P, "您前面还有{ahead:count}位客户，请稍候。", "请稍候。", "F062", "缺少 {ahead:count}"),
        (P, "您前面还有{ahead:count}位", "您前面还有{ahead:number}位", "F062", "只能用 {ahead:count}"),
        (P, "您前面还有{ahead:count}位", "您前面还有{ahead}位", "F062", "{名字:类型}"),
        (P, '银行，人工服务时间为{hours:service}。"', '银行，{hours:service"', "F062", "花括号没有配对"),
        (P, '"人工服务时间为{hours:service}。"}\n  queue', '"人工服务时间见网站。"}\n  queue', "F067", "agents_closed"),
        (P, "继续等待请按1", "继续等待请按4", "F025", "请按「1」键"),
        (P, "结束通话请按3", "结束通话请按3，留言请按5", "F027", "「5」"),
        (P, "question, text: 人工服务请按0。", "question, text: 需要人工吗。", "F024", "人工服务请按「0」"),
        (P, "人工服务请按0，老年人专线请按9。", "人工服务请按9，老年人专线请按0。", "F026", "「0」键是「人工服务」"),
        (C, "+8613800000006", "13800000006", "F013", "E.164"),
        (C, "1950-03-01", "1850-03-01", "F013", "年份太早"),
        (C, "1950-03-01", "1950-13-01", "F013", "不是日历上的日期"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_explained(tmp_path: Path, file: str, old: str, new: str, code: str, words: str) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, file, old, new)
    found = [finding for finding in load(tmp_path).findings if finding.code == code]
    assert found, [str(finding) for finding in load(tmp_path).findings]
    assert any(words in finding.text for finding in found), [finding.text for finding in found]
    assert all(finding.file == str(tmp_path / file) for finding in found)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (H, '{key: "1"', "{key: 1"),
        (H, '["95000"]', "[95000, '+861095000']"),
        (H, "misses: {rephrase: 1}\n", ""),
        (H, "languages: [zh]\n", ""),
        (H, "no_input: 8s", "no_input: 1500ms"),
        (T, WEEKDAYS, '"8:30 - 12:00", "12:00-18:00"'),
        (T, "mon-fri:", "mon-thu: [], fri:"),
        (T, "{mon-fri:", "{sat-sun: [], mon-fri:"),
        (P, "开户请带身份证。", "{text: {zh: 开户请带身份证。}}"),
        (P, "开户请带身份证。", ">\n    开户请带\n    身份证。"),
        (C, "callers:\n", "callers:\n  # 名单\n"),
    ],
)
def test_other_ways_to_write_the_same_are_fine(tmp_path: Path, file: str, old: str, new: str) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, file, old, new)
    if "sat-sun: []" in new:
        small.edit(tmp_path, file, ', sat-sun: ["09:00-17:00"]', "")
    assert [str(finding) for finding in load(tmp_path).findings] == []


def test_hours_that_touch_are_one(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, T, WEEKDAYS, '"8:30 - 12:00", "12:00-18:00"')
    assert require(tmp_path).calendars["service"].weekly[0] == ((510, 1080),)


def test_a_second_language_is_held_to_its_own_words(tmp_path: Path) -> None:
    small.write(tmp_path)
    small.edit(tmp_path, P, "开户请带身份证。", '{text: {zh: 开户请带身份证。, en: "Open {hours:service}."}}')
    small.edit(tmp_path, H, "[zh]", "[zh, en]")
    found = {finding.code for finding in load(tmp_path).findings}
    assert found == {"F061", "F062"}


def test_durations_and_days() -> None:
    assert [duration(text) for text in ("500ms", "5s", "2m", "1h", "0s")] == [500, 5000, 120_000, 3_600_000, 0]
    assert (days("wed"), days("mon-wed"), days("sat-mon")) == ((2,), (0, 1, 2), (5, 6, 0))
