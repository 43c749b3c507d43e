"""`ivr report` as managers type it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from ivr.metrics.indicators.registry import INDICATORS
from ivr.records.days import local_day
from tests.cli.conftest import Desk

GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"
DAY = ("--from", "2026-01-05", "--to", "2026-01-05")


@pytest.fixture
def golden(desk: Desk) -> Desk:
    assert desk.ivr("records", "import", str(GOLDEN)).exit_code == 0
    return desk


def test_the_golden_day_in_a_table(golden: Desk) -> None:
    result = golden.ivr("report", *DAY)
    assert result.exit_code == 0 and result.stderr == ""
    lines = {tuple(line.split()) for line in result.stdout.splitlines()}
    assert ("服务水平", "cba.service_level_20s", "5", "8", "62.50%", "—", "≥", "85%", "未达标") in lines
    assert ("员工满意度", "cba.staff_satisfaction", "—", "—", "—", "—", "—", "无数据") in lines
    assert all(id_ in result.stdout for id_ in INDICATORS)
    assert "数据来自热线之外，尚未导入：员工满意度" in result.stdout
    assert "公式：" not in result.stdout


def test_formulas_and_readings_on_request(golden: Desk) -> None:
    said = golden.ivr("report", *DAY, "--explain").stdout
    assert said.count("公式：") == said.count("读法：") == len(INDICATORS)


def test_the_golden_day_as_json(golden: Desk) -> None:
    given = json.loads(golden.ivr("report", *DAY, "--format", "json").stdout)
    assert given["indicators"]["cba.voice_diversion"]["numerator"] == 3
    assert given["as_of"] is not None


def test_csv_by_day(golden: Desk) -> None:
    words = ("report", "--from", "2026-01-04", "--to", "2026-01-05", "--by", "day", "--format", "csv")
    lines = golden.ivr(*words).stdout.splitlines()
    assert len(lines) == 1 + 2 * len(INDICATORS)
    assert lines[0].startswith("from,to,id,name,clause,numerator,denominator,value,unit")


def test_a_table_for_each_week(golden: Desk) -> None:
    said = golden.ivr("report", "--from", "2026-01-04", "--to", "2026-01-05", "--by", "week").stdout
    assert [line.strip() for line in said.splitlines() if line.startswith("2026")] == [
        "2026-01-04", "2026-01-05", "2026-01-04 至 2026-01-05",
    ]  # fmt: skip


def test_what_comes_from_outside_is_imported(golden: Desk) -> None:
    outside = golden.folder / "outside.csv"
    row = "cba.staff_turnover,2026-01-05,2026-01-05,3,60,人力"
    outside.write_text(f"id,from,to,numerator,denominator,source\n{row}\n", encoding="utf-8")
    given = json.loads(golden.ivr("report", *DAY, "--format", "json", "--imported", str(outside)).stdout)
    assert given["indicators"]["cba.staff_turnover"]["value"] == 0.05


def test_a_test_number_is_a_drill(golden: Desk) -> None:
    words = ("report", *DAY, "--format", "json", "--test-did", "95000")
    given = json.loads(golden.ivr(*words).stdout)["indicators"]
    assert (given["ours.drill_calls"]["value"], given["hb.ivr_connect_rate"]["value"]) == (12, None)


OFFERED = 1_767_571_200_000


def spoken_call(name: str, said: str, at: int = OFFERED) -> dict[str, object]:
    """A call on which the recogniser heard 余额."""
    note = {"turn_id": "t", "annotator": "甲", "ref_text": said, "valid": True, "t": at}
    turn = {"turn_id": "t", "t_start": at, "t_end": at, "asr_text": "余额", "annotations": [note]}
    return {
        "call_id": name, "linkedid": name, "direction": "in", "did": "9", "caller_kind": "normal",
        "t_offered": at, "t_ended": at, "hangup_by": "caller", "turns": [turn],
    }  # fmt: skip


def test_annotated_speech_shows_its_interval_and_open_calls_a_star(desk: Desk) -> None:
    now = time.time_ns() // 1_000_000
    lines = [spoken_call("a", "余额"), spoken_call("b", "挂失"), spoken_call("c", "挂失", now)]
    assert desk.ivr("records", "import", typed="\n".join(map(json.dumps, lines))).exit_code == 0
    assert "50.00% [0.00, 100.00]" in desk.ivr("report", *DAY).stdout
    said = desk.ivr("report", "--from", "2026-01-05", "--to", str(local_day(now))).stdout
    assert any("hb.one_time_success " in line and "0.00%*" in line for line in said.splitlines())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--to", "2026-01-05"), "请用 --from 和 --to 写明起止日"),
        (("--from", "2026-01-06", "--to", "2026-01-05"), "--to：早于起始日"),
        ((*DAY, "--standard-hours", "0"), "--standard-hours：应大于 0，不超过 24"),
        ((*DAY, "--standard-hours", "八"), "--standard-hours：八 不是小时数"),
        ((*DAY, "--standard-hours", "1/0"), "--standard-hours：1/0 不是小时数"),
        ((*DAY, "--format", "pdf"), "没有 pdf 这种"),
        (("--from", "昨天", "--to", "2026-01-05"), "看不懂日期"),
    ],
)
def test_a_slip_is_told_in_a_line(desk: Desk, words: tuple[str, ...], why: str) -> None:
    assert why in desk.refused("report", *words, status=2)


def test_a_wrong_import_is_told_in_a_line(desk: Desk) -> None:
    (desk.folder / "x.csv").write_bytes(b"\xff\xfe")
    assert "不是 UTF-8 文本" in desk.refused("report", *DAY, "--imported", "x.csv")
    (desk.folder / "x.csv").write_text("a,b\n", encoding="utf-8")
    assert "第一行应为列名" in desk.refused("report", *DAY, "--imported", "x.csv")
    assert "没有这个文件或目录" in desk.refused("report", *DAY, "--imported", "y.csv")


@pytest.mark.parametrize(
    ("form", "begins"),
    [("html", "<!DOCTYPE html>"), ("xlsx", "PK"), ("csv", "from,to"), ("json", "{"), ("table", "2026-01-05")],
)
def test_every_form_goes_to_a_file_or_a_pipe(golden: Desk, form: str, begins: str) -> None:
    piped = golden.ivr("report", *DAY, "--format", form)
    assert piped.exit_code == 0 and piped.stdout_bytes.lstrip().startswith(begins.encode())
    kept = golden.folder / f"report.{form}"
    said = golden.ivr("report", *DAY, "--format", form, "--output", str(kept))
    assert (said.exit_code, said.stdout) == (0, "")
    assert kept.read_bytes().lstrip().startswith(begins.encode())


def test_what_to_look_at_stands_below_the_table(golden: Desk) -> None:
    said = golden.ivr("report", *DAY).stdout
    assert "客户放弃的来电（等待超过 5 秒）（HB 附录 A 呼叫放弃率）：1 条" in said
    assert "c05" in said and "*********0005" in said and "+8613800000005" not in said


def test_both_ways_say_the_same(golden: Desk) -> None:
    one, two = (
        json.loads(golden.ivr("report", *DAY, "--format", "json", *more).stdout) for more in ((), ("--recount",))
    )
    one.pop("as_of"), two.pop("as_of")
    assert one == two


def test_by_hour_in_tables(golden: Desk) -> None:
    said = golden.ivr("report", *DAY, "--by", "hour").stdout
    assert "2026-01-05　08:00–08:59" in said


def test_clause_by_clause(golden: Desk) -> None:
    said = golden.ivr("report", "compliance", *DAY).stdout
    assert said.startswith("合规报告　2026-01-05　未达标 ")
    assert "HB 7.5.1" in said and "依赖文件说明" in said
    given = json.loads(golden.ivr("report", "compliance", *DAY, "--format", "json").stdout)
    by_clause = {one["clause"]: one for one in given["clauses"]}
    # the small hotline of this desk tags its leaves and passes the check
    assert by_clause["HB 7.2.3"]["evidence"][0]["verdict"] == "达标"
    kept = golden.folder / "c.html"
    assert golden.ivr("report", "compliance", *DAY, "--format", "html", "--output", str(kept)).stdout == ""
    assert "客户服务热线合规报告" in kept.read_text(encoding="utf-8")
    assert "请用 --from 和 --to 写明起止日" in golden.refused("report", "compliance", status=2)


MIDNIGHT = 1_767_542_400_000


def odd_lines() -> list[str]:
    """Seven good records and four lines that are none."""

    def record(name: str, at: int, ended: int | None, **more: object) -> str:
        given = {"call_id": name, "linkedid": name, "direction": "in", "did": "9", "caller_kind": "normal",
                 "caller_number": f"+86{name}", "t_offered": at, "t_ended": ended, "hangup_by": "caller"}  # fmt: skip
        return json.dumps({key: value for key, value in (given | more).items() if value is not None})

    day = 86_400_000
    up = {"t_answered": MIDNIGHT + 5000, "t_first_prompt": MIDNIGHT + 4000}
    return [
        record("open", MIDNIGHT, None),  # 1: nobody said when it ended
        record("across", MIDNIGHT - 1000, MIDNIGHT + 60_000, t_answered=MIDNIGHT - 500),  # over midnight and the edge
        record("backwards", MIDNIGHT + 9000, MIDNIGHT + 1000, **up),
        record("last", MIDNIGHT + day - 1, MIDNIGHT + day + 60_000),
        record("after", MIDNIGHT + day, MIDNIGHT + day + 1),
        "{",  # 6
        record("last", MIDNIGHT, MIDNIGHT + 1),  # 7: said already
        json.dumps(
            {
                "type": "agent_state",
                "agent_id": "nobody knows",
                "state": "talk",
                "t_from": MIDNIGHT - 1000,
                "t_to": MIDNIGHT + 1000,
            }
        ),
        json.dumps(
            {
                "type": "quality_score",
                "call_id": "gone",
                "agent_id": "nobody knows",
                "form_id": "f",
                "score": 1.5,
                "monitor": "m",
                "t": MIDNIGHT,
            }
        ),
        json.dumps({"type": "agent_state", "agent_id": "1", "state": "asleep", "t_from": 1, "t_to": 2}),  # 10
        record("one", MIDNIGHT + 1, MIDNIGHT + 2),
    ]


def test_a_file_with_bad_lines_gives_the_figures_of_the_good_ones(desk: Desk) -> None:
    result = desk.ivr("records", "import", typed="\n".join(odd_lines()))
    assert result.exit_code == 1 and "导入 7 条，4 行有问题" in result.stdout
    told = result.stderr.splitlines()
    assert [line.split("：")[0] for line in told] == ["第 1 行", "第 6 行", "第 7 行", "第 10 行"]
    assert "t_ended" in told[0]
    given = json.loads(desk.ivr("report", *DAY, "--format", "json").stdout)["indicators"]
    # last and one; the call over the edge belongs to the day before, its agent's second to this one; what the clock of
    # the one that ran backwards says counts for nothing
    assert given["hb.ivr_connect_rate"]["denominator"] == 2
    assert (given["ours.clock_faults"]["value"], given["hb.ivr_connect_rate"]["excluded"]) == (1, {"impossible": 1})
    assert (given["cba.agent_utilisation"]["denominator"], given["cba.quality_score"]["value"]) == (1000, 1.5)
    both = desk.ivr("report", "--from", "2026-01-04", "--to", "2026-01-06", "--format", "json").stdout
    assert json.loads(both)["indicators"]["hb.ivr_connect_rate"]["denominator"] == 4


def test_the_same_file_twice_changes_no_figure(desk: Desk) -> None:
    def told() -> dict[str, object]:
        desk.ivr("records", "import", typed="\n".join(odd_lines()))
        given: dict[str, object] = json.loads(desk.ivr("report", *DAY, "--format", "json", "--by", "hour").stdout)
        given.pop("as_of")
        return given

    assert told() == told()


def test_a_late_call_corrects_the_report_that_was_made(golden: Desk) -> None:
    def level() -> tuple[int, int]:
        one = json.loads(golden.ivr("report", *DAY, "--format", "json").stdout)["indicators"]
        return one["hb.one_time_success"]["numerator"], one["hb.one_time_success"]["denominator"]

    assert level() == (5, 12)
    # the customer of c02, whose call ended at 1767571400000, calls again within the hour
    late = {"call_id": "c02b", "linkedid": "c02b", "direction": "in", "did": "95000", "caller_kind": "normal",
            "caller_number": "+8613800000002", "t_offered": 1767571400000 + 3_599_999, "t_ended": 1767575100000,
            "hangup_by": "caller"}  # fmt: skip
    assert golden.ivr("records", "import", typed=json.dumps(late)).exit_code == 0
    assert level() == (4, 13)


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "1999-12-31", "2200-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    "words",
    [
        ("report",),
        ("report", "--by", "hour"),
        ("report", "compliance"),
        ("records", "list"),
        ("records", "export"),
        ("label", "sample", "--n", "1"),
        ("label", "export"),
    ],
)
def test_a_day_that_no_record_can_have_is_refused_in_words(desk: Desk, words: tuple[str, ...], day: str) -> None:
    for at in ("--from", "--to"):
        other = "--to" if at == "--from" else "--from"
        result = desk.ivr(*words, at, day, other, "2026-01-05")
        assert result.exit_code == 2
        assert "日期应在 2000-01-01 到 2199-12-31 之间" in result.stderr and day in result.stderr


def test_a_report_over_all_days_there_are_is_refused_in_words(desk: Desk) -> None:
    result = desk.ivr("report", "--from", "2000-01-01", "--to", "2199-12-31")
    assert result.exit_code == 2 and "相隔超过 3660 天" in result.stderr
