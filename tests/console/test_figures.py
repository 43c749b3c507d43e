"""The figures as pages: what they show, where they lead, and what is refused."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest

from ivr.metrics.indicators.registry import INDICATORS
from ivr.people.roles import Role
from ivr.records.days import local_day
from ivr.records.exchange.lines import import_lines
from tests.console.rig import Browser, visitor

GOLDEN = Path(__file__).parents[1] / "records" / "golden-day.jsonl"


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    browser = visitor(tmp_path, Role.QUALITY)
    with GOLDEN.open("rb") as lines:
        assert import_lines(lines, browser.console.store).faults == ()
    return browser


@pytest.fixture
def days(browser: Browser) -> str:
    found = [local_day(call.t_offered) for call in browser.console.store.all()]
    return f"from={min(found)}&to={max(found)}"


def test_every_indicator_is_there_and_leads_to_its_page(browser: Browser, days: str) -> None:
    text = browser.get(f"/figures?{days}").text
    shown = set(re.findall(r'href="/figures/of/([^?"]+)\?', text))
    assert shown >= set(INDICATORS)
    assert "两项标准对照" in text


@pytest.mark.parametrize(
    "id_", ["cba.service_level_20s", "cba.voice_diversion", "cba.fcr_day", "cba.complaint_on_time"]
)
def test_an_indicator_shows_its_formula_its_clause_and_its_calls(browser: Browser, days: str, id_: str) -> None:
    one = INDICATORS[id_]
    text = browser.get(f"/figures/of/{id_}?{days}").text
    assert one.name in text and one.clause in text
    assert (f"/figures/of/{id_}/calls?" in text) == (one.call is not None or one.customer is not None)


def test_numbers_lead_to_calls_with_masked_numbers(browser: Browser, days: str) -> None:
    text = browser.get(f"/figures/of/cba.agent_answer_rate/calls?{days}&side=numerator").text
    assert re.search(r'href="/calls/[^"]+"', text)
    for call in browser.console.store.all():
        assert call.caller_number is None or call.caller_number not in text


def test_who_may_not_list_calls_sees_figures_only(browser: Browser, days: str) -> None:
    trainer = visitor(Path(), Role.TRAINER, console=browser.console, person="trainer")
    assert trainer.get(f"/figures/of/cba.agent_answer_rate?{days}").status_code == 200
    assert "/calls?" not in trainer.get(f"/figures/of/cba.agent_answer_rate?{days}").text
    assert trainer.get(f"/figures/of/cba.agent_answer_rate/calls?{days}").status_code == 403


@pytest.mark.parametrize("by", ["", "day", "week", "month", "hour", "queue"])
def test_divided_by_anything(browser: Browser, days: str, by: str) -> None:
    assert browser.get(f"/figures?{days}&by={by}").status_code == 200


def test_taken_away_as_a_file(browser: Browser, days: str) -> None:
    found = browser.get(f"/figures/file/xlsx?{days}")
    assert "attachment" in found.headers["content-disposition"]
    assert "指标" in openpyxl.load_workbook(io.BytesIO(found.content)).sheetnames
    assert browser.get(f"/figures/file/csv?{days}").text.startswith("\ufefffrom,")
    assert browser.get(f"/figures/compliance/file/json?{days}").json()["clauses"]


def test_figures_from_outside_count_for_one_view(browser: Browser, days: str) -> None:
    since, until = re.findall(r"\d{4}-\d\d-\d\d", days)
    fields = {"from": since, "to": until, "form": ""}
    told = browser.client.post(
        "/figures", data={**fields, "csrf": csrf(browser)}, headers={"origin": "http://127.0.0.1:8470"},
        files={"imported": ("x.csv", b"\xff\xfe\x00nonsense", "text/csv")},
    )  # fmt: skip
    assert told.status_code == 409 and "不是 UTF-8" in told.text


def csrf(browser: Browser) -> str:
    found = re.search(r'name="csrf" content="([0-9a-f]+)"', browser.get("/account").text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("query", ["from=2026-13-01", "from=x&to=y", "from=2026-02-02&to=2026-01-01", "from=1990-01-01",
                                   "from=2020-01-01&to=2026-01-01"])  # fmt: skip
def test_days_that_are_none_are_said_in_words(browser: Browser, query: str) -> None:
    told = browser.get(f"/figures?{query}")
    assert told.status_code == 409 and 'role="alert"' in told.text


def test_the_compliance_report_leads_to_the_figures(browser: Browser, days: str) -> None:
    text = browser.get(f"/figures/compliance?{days}").text
    assert "CBA 十五" in text and "/figures/of/cba." in text
    unmet = browser.get(f"/figures/compliance?{days}&verdict=无证据").text
    assert len(unmet) < len(text)


def test_pictures_carry_no_script(browser: Browser, days: str) -> None:
    found = browser.get(f"/figures/of/cba.agent_answer_rate/course?{days}")
    assert found.headers["content-type"].startswith("image/svg+xml") and "<script" not in found.text
    assert browser.get(f"/figures/chart/99?{days}").status_code == 409
