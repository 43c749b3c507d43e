"""A day by its hours and queues."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.metrics.counted import add_days
from ivr.metrics.day import Config, Day, days_of
from ivr.metrics.indicators.indicator import Part
from ivr.metrics.indicators.registry import INDICATORS, told_of
from ivr.metrics.parts import part_of
from ivr.records.model import Call
from tests.metrics.told import DAY, MIDNIGHT, TEN, abandoned, answered, call, refused

HOUR = 3_600_000


def day(*calls: Call) -> Day:
    return days_of(calls, DAY, DAY, Config(rounds=0))[0]


@pytest.mark.parametrize(("at", "hour"), [(0, "0"), (HOUR - 1, "0"), (HOUR, "1"), (24 * HOUR - 1, "23")])
def test_an_hour_begins_with_its_first_millisecond(at: int, hour: str) -> None:
    assert list(part_of(day(call(at=MIDNIGHT + at)), "hour")) == [hour]


def test_a_call_is_in_the_queue_it_asked_for_first() -> None:
    first = replace(abandoned(1000, TEN), queue="cards", outcome="timeout")
    second = replace(answered(0, TEN + 60_000), queue="loans")
    parts = part_of(day(call(handoffs=(second, first))), "queue")
    assert list(parts) == ["cards"]


def test_a_refused_request_counts_where_nothing_was_entered() -> None:
    early = replace(refused(TEN), queue="cards")
    late = replace(refused(TEN + 1), queue="loans")
    calls = call("a", handoffs=(late, early)), call("b", handoffs=(early, replace(answered(0, TEN + 5), queue="loans")))
    parts = part_of(day(*calls), "queue")
    assert {name: [case.call.call_id for case in part.cases] for name, part in parts.items()} == {
        "cards": ["a"], "loans": ["b"],
    }  # fmt: skip
    assert INDICATORS["cba.refused_handoffs"].compute(parts["cards"]).value == 1


def test_who_asked_for_nobody_is_in_no_queue_and_an_unknown_queue_has_no_name() -> None:
    parts = part_of(day(call("a"), call("b", handoffs=(answered(0),))), "queue")
    assert {name: len(part.cases) for name, part in parts.items()} == {"": 1}


def test_the_whole_day_is_a_part_without_calls_too() -> None:
    assert list(part_of(day(), "day")) == [""]
    assert part_of(day(), "hour") == part_of(day(), "queue") == {}


@pytest.mark.parametrize("part", ["day", "hour", "queue"])
def test_companions_come_along(part: Part) -> None:
    told = told_of(part).keys()
    # 机器人文本问题识别率 is never of a part, its voice companion is of hours
    assert all(set(INDICATORS[id_].companions) <= told for id_ in told)


def test_the_hours_add_up_to_the_day() -> None:
    whole = day(*(call(str(at), MIDNIGHT + at * 7 * HOUR // 2, handoffs=(answered(at * 9000),)) for at in range(7)))
    told = told_of("hour")
    hours = [{id_: INDICATORS[id_].compute(part) for id_ in told} for part in part_of(whole, "hour").values()]
    assert len(hours) > 3
    assert add_days(hours) == {id_: INDICATORS[id_].compute(whole) for id_ in told}
