"""What emergencies show of their clauses, and what they do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.flow import load
from ivr.flow.model import Flow
from ivr.records.days import local_day
from ivr.records.store import Store
from ivr.report.build import build
from ivr.report.compliance.emergencies import emergency_evidence
from ivr.report.compliance.judge import Evidence
from ivr.report.definitions import open_store
from tests.report import emergency_story as story


@pytest.fixture(scope="module")
def flow() -> Flow:
    found = load(Path(__file__).parents[2] / "flows").flow
    assert found is not None
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    yield made
    made.close()


def shown(store: Store) -> dict[str, tuple[Evidence, ...]]:
    day = local_day(story.T)
    return dict(emergency_evidence(store, build(store, day, day)))


def test_an_emergency_that_was_led_and_ended_is_shown(store: Store, flow: Flow) -> None:
    story.lived_through(store, flow)
    found = shown(store)
    assert found["CBA 三十三、三十四"][0].figure == "本期预警 1 次，应急 1 次"
    led, ended = found["CBA 三十八"]
    assert (led.figure, led.verdict) == ("4 次决定，其中不是应急负责人的 0 次，没有写明原因的 0 次", "达标")
    assert (ended.figure, ended.verdict) == ("结束 1 次，有指令 1 次", "达标")
    assert found["CBA 三十六、三十七"][0].figure == "发出 8 条，已送达 2 条"
    assert found["CBA 三十九"] == ()


def test_a_drill_is_shown_as_one_and_is_no_emergency(store: Store, flow: Flow) -> None:
    story.lived_through(store, flow, drill=True)
    found = shown(store)
    assert found["CBA 三十九"][0].figure == "1 天，最近 2026-01-15" and found["CBA 三十九"][0].verdict == "达标"
    assert found["CBA 三十三、三十四"][0].figure == "本期预警 1 次，应急 0 次"


def test_who_decided_without_being_the_lead_is_not_what_the_clause_asks_for(store: Store, flow: Flow) -> None:
    story.lived_through(store, flow, role=None)
    assert shown(store)["CBA 三十八"][0].verdict == "未达标"


def test_where_nothing_happened_nothing_is_claimed(store: Store) -> None:
    found = shown(store)
    assert {one.verdict for clause in ("CBA 三十八", "CBA 三十三、三十四") for one in found[clause]} == {"仅列示"}
    assert found["CBA 三十九"] == ()
