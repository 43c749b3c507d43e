"""The report as a workbook, as a page, by hours and queues, and its lists."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ivr.metrics.day import Config
from ivr.metrics.indicators.registry import INDICATORS, told_of
from ivr.metrics.lists import KINDS
from ivr.records.exchange.lines import import_lines
from ivr.records.model import AgentState, Call, Hold, Recording, Transaction, Verification
from ivr.records.store import Store
from ivr.records.vocabulary import TransactionOutcome
from ivr.report.build import SHOWN, Report, build
from ivr.report.charts import charts
from ivr.report.definitions import open_store
from ivr.report.forms import local, to_csv, to_json, trend
from ivr.report.html import to_html
from ivr.report.xlsx import to_xlsx
from tests.metrics.told import DAY, TEN, abandoned, answered, call, complaint, leg, pair, turn

GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"
HOUR, DAY_MS = 3_600_000, 86_400_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


@pytest.fixture
def golden(store: Store) -> Store:
    with GOLDEN.open("rb") as lines:
        assert import_lines(lines, store).taken == 12
    return store


def told(report: Report) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(to_json(report))
    return given


def busy_days(store: Store, days: int = 3) -> None:
    """Every day two calls that asked for cards, one for nobody, one for a queue nobody wrote down."""
    calls = []
    for at in range(days):
        ten = TEN + at * DAY_MS
        cards = replace(answered(1000 * (at + 1), ten), queue="cards")
        calls += [
            call(f"a{at}", ten, handoffs=(cards,)),
            call(f"b{at}", ten + HOUR, handoffs=(replace(abandoned(6000, ten + HOUR), queue="cards"),)),
            call(f"c{at}", ten + 2 * HOUR),
            call(f"d{at}", ten, handoffs=(answered(25_000, ten),)),
        ]
    store.save(calls)


# ---- by hours and queues


def test_by_the_hour(store: Store) -> None:
    busy_days(store)
    given = told(build(store, DAY, DAY + timedelta(days=2), "hour"))
    assert [part["hour"] for part in given["periods"]] == ["10", "11", "12"]
    ten = given["periods"][0]["indicators"]
    assert ten.keys() == told_of("hour").keys()
    assert (ten["hb.ivr_connect_rate"]["denominator"], ten["cba.agent_answer_rate"]["numerator"]) == (6, 6)
    assert given["indicators"]["hb.ivr_connect_rate"]["denominator"] == 12


def test_by_queue_with_the_unknown_last(store: Store) -> None:
    busy_days(store)
    report = build(store, DAY + timedelta(days=1), DAY + timedelta(days=1), "queue")
    given = told(report)
    assert [part["queue"] for part in given["periods"]] == ["cards", ""]
    cards = given["periods"][0]["indicators"]
    level, before = cards["cba.service_level_20s"], cards["cba.asa"]
    assert (level["numerator"], level["denominator"], level["trend"]) == (1, 2, "same")
    assert (before["value"], before["previous"], before["trend"]) == (2000, 1000, "up")
    rows = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert {row["part"] for row in rows} == {"cards", ""}
    assert "cba.voice_diversion" not in {row["id"] for row in rows}


@pytest.mark.parametrize("by", ["hour", "queue"])
def test_parts_are_the_same_by_definition(store: Store, by: Any) -> None:
    busy_days(store)
    span = (DAY + timedelta(days=1), DAY + timedelta(days=2))
    assert told(build(store, *span, by)) == told(build(store, *span, by, recount=True))


# ---- lists


PROVED = Verification("pin", 3, "verified", TEN)
LOSS = Transaction("report_loss", TEN, TransactionOutcome.DONE)


def test_every_list_tells_who_when_and_how_long(store: Store) -> None:
    number = "+8613800001234"
    held = leg(hold=(Hold(TEN, TEN + 30_001), Hold(TEN, TEN + 30_000)))
    store.save([
        call("gone", handoffs=(abandoned(5001),), caller_number=number),
        call("short", handoffs=(abandoned(5000),)),
        call("late", handoffs=(answered(20_001),), caller_number=None, caller_kind="withheld"),
        call("held", handoffs=(answered(20_000),), agent_legs=(held,)),
        call("cut", hangup_by="system"),
        call("doubt", transactions=(Transaction("transfer_accept", TEN + 9, TransactionOutcome.IN_DOUBT),)),
        call("wrong", verifications=(Verification("pin", 5, "wrong", TEN),)),
        call("crowd", transactions=tuple(Transaction("a", TEN, TransactionOutcome.DONE) for _ in range(5)),
             recordings=(Recording("r", TEN, TEN),)),
        call("lost", transactions=(LOSS, replace(LOSS, operation="transfer_accept")),
             recordings=(Recording("r", TEN, TEN),)),
        *(call(f"tried{n}", verifications=(replace(PROVED, t=TEN + n),), customer_id="k") for n in range(3)),
    ])  # fmt: skip
    store.save_other(
        [complaint("open", TEN), complaint("done", TEN, decided_at=TEN), complaint("later", TEN, due=TEN + 10**9)]
    )
    lists = told(build(store, DAY, DAY, config=Config(as_of=TEN + DAY_MS)))["lists"]
    assert list(lists) == list(KINDS)
    assert {kind: [item["id"] for item in one["items"]] for kind, one in lists.items()} == {
        "abandoned": ["gone"], "late": ["late"], "holds": ["held"], "silent": ["cut"], "clock": [],
        "unrecorded": ["doubt"], "in_doubt": ["doubt"],
        "identity_of_number": ["wrong"], "identity_of_customer": ["tried2"], "many_transactions": ["crowd"],
        "loss_then_transfer": ["lost"], "overdue": ["open"],
    }  # fmt: skip
    assert lists["abandoned"]["items"][0] == {
        "id": "gone", "number": "**********1234", "at": "2026-01-05T10:00:00.000+08:00", "seconds": 5.001,
    }  # fmt: skip
    assert lists["late"]["items"][0]["number"] == "隐藏号码"
    assert lists["overdue"]["items"][0]["seconds"] == (DAY_MS - 2 * HOUR) / 1000


def test_a_list_is_bounded_and_says_how_many_more(store: Store) -> None:
    store.save([call(f"x{at:03}", handoffs=(abandoned(6000 + at),)) for at in range(SHOWN + 7)])
    report = build(store, DAY, DAY)
    abandons = told(report)["lists"]["abandoned"]
    assert (abandons["count"], len(abandons["items"]), abandons["more"]) == (SHOWN + 7, SHOWN, 7)
    assert abandons["items"][0]["id"] == f"x{SHOWN + 6:03}"
    assert "……另有 7 条" in to_html(report)


def test_a_moment_beyond_the_calendar_is_the_last_there_is() -> None:
    assert local(TEN) == datetime(2026, 1, 5, 10)
    assert local(2**63 - 1).year == 9999 and local(-(2**62)) == datetime(1970, 1, 1, 8)


# ---- xlsx


def workbook(report: Report) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(report)))


def test_the_workbook_has_numbers_as_numbers_and_dates_as_dates(golden: Store) -> None:
    sheet = workbook(build(golden, DAY, DAY))["指标"]
    rows: dict[Any, Any] = {row[3].value: row for row in sheet.iter_rows(min_row=2)}
    assert list(rows) == list(INDICATORS)
    level = rows["cba.service_level_20s"]
    assert (level[0].value, level[0].number_format) == (datetime(2026, 1, 5), "yyyy-mm-dd")
    assert [level[at].value for at in (6, 7, 8, 12, 13)] == [5, 8, 0.625, 0.85, "未达标"]
    assert (level[8].number_format, rows["cba.asa"][8].number_format) == ("0.00%", "0.000")
    assert (level[12].number_format, rows["hb.unannounced_hangups"][12].number_format) == ('"≥ "0.0%', '"≤ "0.0%')
    assert rows["cba.refused_handoffs"][8].number_format == "0"
    assert rows["cba.asa"][8].value == pytest.approx(51_001 / 6 / 1000)
    assert (rows["cba.staff_turnover"][6].value, rows["cba.staff_turnover"][8].value) == (None, None)
    assert "尚未导入" in rows["cba.staff_turnover"][17].value


def test_the_workbook_has_a_sheet_for_each_list_and_for_the_parts(golden: Store) -> None:
    book = workbook(build(golden, DAY, DAY, "hour"))
    assert book.sheetnames == ["指标", "分列", *(kind.title.partition("（")[0] for kind in KINDS.values())]
    hours: list[Any] = [row[2].value for row in book["分列"].iter_rows(min_row=2)]
    assert set(hours) == {"08:00", "09:00"}
    (row,) = book["客户放弃的来电"].iter_rows(min_row=3)
    assert (row[0].value, row[3].value, isinstance(row[2].value, datetime)) == ("c05", 5.001, True)


def test_nothing_a_caller_is_called_becomes_a_formula(store: Store) -> None:
    store.save(
        [call("=cmd|' /C calc'!A0", handoffs=(replace(abandoned(9000), queue="=1+1"),), caller_number="=HYPERLINK(1)")]
    )
    book = workbook(build(store, DAY, DAY, "queue"))
    for sheet in book.worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert book["客户放弃的来电"]["A3"].value == "=cmd|' /C calc'!A0"


# ---- html


class Page(HTMLParser):
    """What a page shows and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_holds_everything_itself(golden: Store) -> None:
    text = to_html(build(golden, DAY, DAY + timedelta(days=1), "day"))
    page = Page(text)
    assert "script" not in page.tags and page.tags.count("img") == 3
    assert all(address.startswith("data:image/svg+xml;base64,") for address in page.fetched)
    assert "url(" not in text and "@import" not in text
    shown = "".join(page.texts)
    for one in INDICATORS.values():
        assert one.id in shown and one.formula in shown and one.reading in shown and one.clause in shown
    assert "✗ 未达标" in shown and "c05" in shown and "2026-01-05 至 2026-01-06" in shown


def test_nothing_recorded_breaks_the_page(store: Store) -> None:
    name = "<script>alert(1)</script>&amp;"
    store.save([call(name, handoffs=(replace(abandoned(9000), queue=name),), caller_number='"><img src=x>')])
    page = Page(to_html(build(store, DAY, DAY, "queue")))
    assert "script" not in page.tags and "img" not in page.tags
    assert name in "".join(page.texts)


def test_charts_are_drawn_of_courses_alone(store: Store) -> None:
    busy_days(store)
    assert charts(build(store, DAY, DAY)) == []
    for by, many in ((None, 3), ("day", 3), ("hour", 3), ("queue", 1)):
        drawn = charts(build(store, DAY, DAY + timedelta(days=2), by))  # type: ignore[arg-type]
        assert len(drawn) == many
        for one in drawn:
            assert one.svg.startswith("<svg") and "<script" not in one.svg
            assert "<image" not in one.svg and "url(http" not in one.svg


def test_the_charts_library_leaves_imports_alone() -> None:
    assert not [finder for finder in sys.meta_path if type(finder).__module__.startswith("pygal")]
    assert importlib.util.find_spec("no_such_module_anywhere") is None


def test_the_interval_and_a_star_are_on_the_page(store: Store) -> None:
    store.save([call(str(at), turns=(turn("查余额", "查余额" if at % 2 else "嗯"),)) for at in range(4)])
    text = to_html(build(store, DAY, DAY, config=Config(as_of=TEN)))
    assert re.search(r"50\.00% \[\d", text) and "*</td>" in text


def test_trends() -> None:
    class Some:
        def __init__(self, now: int | None, before: int | None) -> None:
            self.figure, self.previous = (type("F", (), {"exact": one})() for one in (now, before))

    found = [trend(Some(*one)) for one in ((1, 2), (2, 1), (1, 1), (None, 1), (1, None))]  # type: ignore[arg-type]
    assert found == ["↓", "↑", "→", "", ""]


def test_states_and_a_day_with_one_call_have_their_page(store: Store) -> None:
    one: Call = call("one")
    store.save([one])
    store.save_other([AgentState("1", "talk", TEN, TEN + HOUR)])
    report = build(store, DAY, DAY, "hour")
    assert len(report.parts) == 1
    assert "10:00–10:59" in to_html(report)
    assert pair(next(row.figure for row in report.whole.rows if row.indicator.id == "cba.agent_utilisation")) == (
        HOUR,
        HOUR,
    )


def test_the_same_report_is_the_same_file(store: Store) -> None:
    busy_days(store)
    report = build(store, DAY, DAY + timedelta(days=2))
    assert to_html(report) == to_html(report)
