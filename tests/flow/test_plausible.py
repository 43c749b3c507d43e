"""Values that nobody means: refused where they cannot serve, told where they hardly do, at their place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ivr.flow import load
from tests.flow import small

HOTLINE, HOURS, AGENTS, CALLERS = "hotline.yaml", "hours.yaml", "agents.yaml", "elderly-callers.yaml"
TODAY = date(2026, 11, 30)

#: File, what stood there, what stands there now, the part that is named, the code, a word of the finding.
VALUES = [
    (HOURS, "Asia/Shanghai", "Etc/GMT+8", "Etc/GMT+8", "F013", "西八区"),
    (HOURS, "Asia/Shanghai", "Etc/GMT-8", "Etc/GMT-8", "F013", "Asia/Shanghai"),
    (HOURS, "Asia/Shanghai", "UTC", "UTC", "F130", "世界标准时间"),
    (HOURS, "Asia/Shanghai", "Etc/UTC", "Etc/UTC", "F130", "世界标准时间"),
    (HOURS, '"08:30-18:00"', '"00:00-23:59"', '"00:00', "F130", "24:00"),
    (HOURS, '"08:30-18:00"', '"08:30-17:59"', '"08:30', "F130", "18:00"),
    (HOURS, '"08:30-18:00"', '"08:30-08:31"', '"08:30', "F130", "1 分钟"),
    (HOURS, "2026-10-01..2026-10-07", "2062-10-01", "2062", "F130", "2062"),
    (HOURS, "2026-10-01..2026-10-07", "0206-10-01", "0206", "F130", "206"),
    (CALLERS, "+8613800000006", "+86013800000006", '"+860', "F013", "不写 0"),
    (CALLERS, "+8613800000006", "+86010123456", '"+860', "F013", "不写 0"),
    (CALLERS, "+8613800000006", "+861380000000", '"+861', "F013", "11 位"),
    (CALLERS, "+8613800000006", "+86138000000066", '"+861', "F013", "11 位"),
    (CALLERS, "+8613800000006", "+8612300000006", '"+861', "F013", "电话号码"),
    (CALLERS, "1950-03-01", "2050-03-01", "2050", "F013", "将来"),
    (CALLERS, "1950-03-01", "1890-03-01", "1890", "F130", "岁"),
    (AGENTS, "ring: 15s", "ring: 0s", "0s", "F013", "不能是 0"),
    (AGENTS, "wait: 60s", "wait: 0s", "0s", "F013", "不能是 0"),
    (AGENTS, "announce: 30s", "announce: 0ms", "0ms", "F013", "不能是 0"),
    (AGENTS, "ring: 15s", "ring: 90s", "90s", "F130", "wait"),
    (AGENTS, "ring: 15s", "ring: 1s", "1s", "F130", "太短"),
    (AGENTS, "ring: 15s", "ring: 10m", "10m", "F130", "太长"),
    (AGENTS, "wait: 60s", "wait: 5h", "5h", "F130", "太长"),
    (HOTLINE, "no_input: 5s", "no_input: 0s", "0s", "F013", "不能是 0"),
    (HOTLINE, "no_input: 5s", "no_input: 5m", "5m", "F130", "太长"),
    (HOTLINE, "no_input: 5s", "no_input: 5ms", "5ms", "F130", "太短"),
    (HOTLINE, 'numbers: ["95000"]', 'numbers: ["95000", "95001", "95000"]', '"95000"]', "F131", "95000"),
    (HOTLINE, "languages: [zh]", "languages: [zh, zh]", "zh]", "F131", "zh"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "named", "code", "word"), VALUES)
def test_an_implausible_value_is_told_at_its_place(
    file: str, old: str, new: str, named: str, code: str, word: str, tmp_path: Path
) -> None:
    small.edit(small.write(tmp_path), file, old, new)
    loaded = load(tmp_path, TODAY)
    (found,) = loaded.findings
    assert (found.code, Path(found.file).name) == (code, file)
    assert word in found.text
    line = (tmp_path / file).read_text(encoding="utf-8").split("\n")[found.line - 1]
    assert line[found.column - 1 :].startswith(named)
    assert (loaded.flow is None) == (code == "F013")


@pytest.mark.parametrize(
    "number", ["+8613800000006", "+861012345678", "+862112345678", "+867551234567", "+8675512345678", "+85212345678"]
)
def test_numbers_that_can_call_are_taken(number: str, tmp_path: Path) -> None:
    small.edit(small.write(tmp_path), CALLERS, "+8613800000006", number)
    assert load(tmp_path, TODAY).findings == ()


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "PRC", "Europe/London"])
def test_zones_that_are_places_are_taken(zone: str, tmp_path: Path) -> None:
    small.edit(small.write(tmp_path), HOURS, "Asia/Shanghai", zone)
    assert load(tmp_path, TODAY).findings == ()
