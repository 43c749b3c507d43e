"""One time zone everywhere: the one that hours.yaml names."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.flow.reading.hours_file import timezone_of
from ivr.records import days
from ivr.serve import log_format
from tests.cli.conftest import Desk
from tests.flow.small import edit

GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    yield
    days.use(days.USUAL)


def moved(desk: Desk, zone: str) -> Desk:
    """The desk of a hotline in another zone."""
    edit(desk.folder / "flows", "hours.yaml", "timezone: Asia/Shanghai", f"timezone: {zone}")
    return desk


def offered(desk: Desk, *days_: str) -> int:
    """Calls that the report of these days counts."""
    first, last = days_[0], days_[-1]
    done = desk.ivr("report", "--from", first, "--to", last, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return int(json.loads(done.stdout)["indicators"]["hb.ivr_connect_rate"]["denominator"] or 0)


def listed(desk: Desk, day: str) -> str:
    return desk.ivr("records", "list", "--from", day, "--to", day).stdout


def test_records_reports_and_lists_move_with_the_zone_and_back(desk: Desk) -> None:
    assert desk.ivr("records", "import", str(GOLDEN)).exit_code == 0
    here = offered(desk, "2026-01-05")
    shanghai = listed(desk, "2026-01-05")
    assert here > 0 and "01-05 " in shanghai
    moved(desk, "America/New_York")
    # the same calls, by the wall clock of New York: what was a morning in Shanghai is the evening before
    assert offered(desk, "2026-01-04", "2026-01-05") == here
    assert offered(desk, "2026-01-05") < here
    assert "01-04 " in listed(desk, "2026-01-04")
    recounted = desk.ivr("report", "--from", "2026-01-04", "--to", "2026-01-05", "--format", "csv", "--recount").stdout
    assert recounted == desk.ivr("report", "--from", "2026-01-04", "--to", "2026-01-05", "--format", "csv").stdout
    assert (
        "America/New_York"
        in desk.ivr("report", "--from", "2026-01-04", "--to", "2026-01-05", "--format", "html").stdout
    )
    edit(desk.folder / "flows", "hours.yaml", "timezone: America/New_York", "timezone: Asia/Shanghai")
    assert (offered(desk, "2026-01-05"), listed(desk, "2026-01-05")) == (here, shanghai)


def test_the_simulator_and_a_call_shown_use_it(desk: Desk) -> None:
    desk.ivr("records", "import", str(GOLDEN))
    first = json.loads(GOLDEN.read_text(encoding="utf-8").splitlines()[0])
    days.use("America/New_York")
    there = f"{days.moment(first['t_offered']):%H:%M:%S}"
    assert there in moved(desk, "America/New_York").ivr("records", "show", first["call_id"]).stdout


@pytest.mark.parametrize(
    "text", ["", "timezone: [", "timezone: Asia/Nowhere", "timezone: {a: 1}", "- 1", "calendars: {}"]
)
def test_a_zone_that_cannot_be_read_is_the_usual_one(tmp_path: Path, text: str) -> None:
    assert timezone_of(tmp_path) == "Asia/Shanghai"
    (tmp_path / "hours.yaml").write_text(text, encoding="utf-8")
    assert timezone_of(tmp_path) == "Asia/Shanghai"


def test_logs_show_the_operators_time() -> None:
    days.use("America/New_York")
    record = logging.LogRecord("ivr", logging.INFO, __file__, 1, "", (), None)
    record.created = 1_767_600_000.0  # 2026-01-05 08:00 UTC
    form = logging.Formatter("%(asctime)s")
    form.converter = log_format.local_time
    assert form.format(record).startswith("2026-01-05 03:00:00")


def test_a_line_of_the_log_is_written_in_the_operators_time(capsys: pytest.CaptureFixture[str]) -> None:
    handler = log_format.log_handler()
    handler.emit(logging.LogRecord("ivr", logging.INFO, "", 0, "words", None, None))
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO ivr: words$", capsys.readouterr().err, re.M)
