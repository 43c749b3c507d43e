"""A drill that is due is reminded, once a week (CBA 三十九)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.care.emergencies import drills
from ivr.flow import load
from ivr.flow.emergency import EmergencyPlan
from ivr.flow.model import Flow
from ivr.records.days import DAY_MS

T = 1_770_000_000_000


@pytest.fixture(scope="module")
def flow() -> Flow:
    found = load(Path(__file__).parents[3] / "flows").flow
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("after_ms", "due"), [(0, False), (180 * DAY_MS - 1, False), (180 * DAY_MS, True), (999 * DAY_MS, True)]
)
def test_a_drill_is_due_so_many_days_after_the_last(flow: Flow, after_ms: int, due: bool) -> None:
    assert drills.due(flow, T, T + after_ms) is due
    assert bool(list(drills.reminders(flow, T, T + after_ms, []))) is due


def test_who_never_held_one_is_reminded_at_once(flow: Flow) -> None:
    assert drills.due(flow, None, T)
    told = list(drills.reminders(flow, None, T, []))
    assert {each.target for each in told} == {
        "emergency-lead@bank.example", "hotline-duty@bank.example", "it-duty@bank.example",
        "https://duty.bank.example/hotline",
    }  # fmt: skip
    mail = next(each for each in told if each.channel == "mail")
    assert mail.subject == "【提醒】应急演练到期" and "从未演练" in str(mail.body) and "--drill" in str(mail.body)


def test_it_is_told_once_a_week(flow: Flow) -> None:
    keys = [frozenset(each.key for each in drills.reminders(flow, None, T + day * DAY_MS, [])) for day in range(28)]
    assert len(set(keys)) in (4, 5)


def test_where_there_is_no_plan_there_is_no_drill(flow: Flow) -> None:
    bare = replace(flow, emergency=EmergencyPlan())
    assert not drills.due(bare, None, T) and list(drills.reminders(bare, None, T, [])) == []
