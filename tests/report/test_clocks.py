"""D5 keeps the stamps, not the nonsense: a time that cannot be is in no figure, counted beside it, and listed; by
definition and from roll-ups alike."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ivr.metrics.counted import Counted
from ivr.metrics.day import Config
from ivr.metrics.lists import KINDS
from ivr.records.exchange.lines import import_lines
from ivr.records.model import AgentLeg, AgentState, Call, Hold, Record
from ivr.records.store import Store
from ivr.report.build import Report, build
from ivr.report.definitions import open_store
from ivr.report.forms import to_json
from tests.metrics.told import DAY, TEN, abandoned, answered, call, leg

ODD = Path(__file__).parents[1] / "records" / "odd"
ODD_DAY = date(2026, 1, 5)
MS_DAY = 86_400_000


def both_ways(store: Store, day: date) -> Report:
    """The report of the day, the same both ways."""
    config = Config(rounds=0)
    kept, defined = build(store, day, day, config=config), build(store, day, day, config=config, recount=True)
    assert kept == defined
    return kept


def figure(report: Report, id_: str) -> Counted:
    return next(row.figure for row in report.whole.rows if row.indicator.id == id_)


def pair(report: Report, id_: str) -> tuple[object, object, int]:
    """Numerator, denominator, left out."""
    one = figure(report, id_)
    return one.numerator, one.denominator, dict(one.excluded).get("impossible", 0)


def clocked(report: Report) -> list[str]:
    (found,) = (one for one in report.lists if one.kind == "clock")
    assert found.count == len(found.items) == figure(report, "ours.clock_faults").numerator
    return [item.call_id for item in found.items]


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Store]:
    with closing(open_store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")) as made:
        made.migrate()
        yield made


def kept(store: Store, *records: Record) -> Report:
    store.save([one for one in records if isinstance(one, Call)])
    store.save_other([one for one in records if not isinstance(one, Call)])
    return both_ways(store, DAY)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("clock-back.jsonl", {"cba.avg_talk_time"}),
        ("clock-back-wait.jsonl", {"cba.service_level_20s", "hb.agent_connect_rate", "cba.asa"}),
    ],
)
def test_a_clock_that_stepped_back(store: Store, name: str, ids: set[str]) -> None:
    with (ODD / name).open("rb") as lines:
        assert import_lines(lines, store).taken == 1
    report = both_ways(store, ODD_DAY)
    for id_ in ids:
        assert pair(report, id_) == (0, 0, 1) and figure(report, id_).value is None
    assert len(clocked(report)) == 1
    given = to_json(report)
    assert "时间自相矛盾" in given


def test_calls_of_a_number_of_zeros_and_of_two_clocks(store: Store) -> None:
    with (ODD / "zeros.jsonl").open("rb") as lines:
        assert import_lines(lines, store).taken == 3
    report = both_ways(store, ODD_DAY)
    assert set(clocked(report)) == {"z1", "z2"}
    assert dict(figure(report, "cba.fcr_day").excluded) == {"withheld": 3}
    assert pair(report, "hb.ivr_connect_rate") == (1, 1, 2)
    assert pair(report, "hb.one_time_success")[2] == 2
    assert pair(report, "cba.asa") == (20_000 * 3, 3, 0)


SOUND = call("a", handoffs=(answered(2000),), agent_legs=(leg(talk=60_000),))


@pytest.mark.parametrize("ms", [-1, -120_000, MS_DAY + 1, 2**60])
def test_one_record_of_a_broken_clock_changes_no_average(store: Store, ms: int) -> None:
    at = TEN + 60_000
    wrong = call(
        "b", at, handoffs=(answered(ms, at, ring_ms_answering=0),),
        agent_legs=(AgentLeg("1001", at, at + ms, (Hold(at, at + ms),), acw_ms=max(ms, MS_DAY + 1)),),
    )  # fmt: skip
    report = kept(store, SOUND, wrong)
    for id_ in ("cba.asa", "cba.avg_talk_time", "cba.service_level_20s", "cba.avg_acw"):
        assert pair(report, id_)[1:] == (1, 1), id_
    assert figure(report, "cba.avg_talk_time").value == 60_000
    assert figure(report, "cba.asa").value == 2000
    assert pair(report, "hb.holds_over_30s") == (0, 0, 1)
    assert clocked(report) == ["b"]
    assert pair(report, "cba.agent_answer_rate") == (2, 2, 0)


@pytest.mark.parametrize(("ms", "out"), [(-1, 1), (0, 0), (5000, 0), (5001, 0), (MS_DAY, 0), (MS_DAY + 1, 1)])
def test_how_long_a_caller_waited_who_gave_up(store: Store, ms: int, out: int) -> None:
    report = kept(store, call("a", handoffs=(abandoned(ms),), t_ended=TEN + 1000))
    gone = int(5000 < ms <= MS_DAY)
    assert pair(report, "hb.abandon_rate") == (gone, 1 - out, out)
    assert pair(report, "hb.queue_abandon_rate") == (gone, 1 - out, out)
    assert pair(report, "hb.overall_response_rate")[2] == out
    assert clocked(report) == ["a"] * out


def test_a_callback_days_later_is_no_broken_clock(store: Store) -> None:
    promised = call("a", handoffs=(replace(abandoned(1000), outcome="callback"),))
    at = TEN + 3 * MS_DAY
    back = call("b", at, direction="out", parent_call_id="a", handoffs=(answered(0, at),))
    report = kept(store, promised, back)
    assert pair(report, "cba.service_level_20s") == (0, 1, 0)
    assert clocked(report) == []


def test_states_that_no_agent_can_have_been_in(store: Store) -> None:
    states = [
        AgentState("1001", "ready", TEN, TEN + 60_000),
        AgentState("1002", "talk", TEN, TEN - 60_000),
        AgentState("1003", "talk", TEN, TEN + 32 * MS_DAY),
        AgentState("1004", "pause", 1_767_571_200, TEN + 60_000),  # seconds: since 1970
    ]
    report = kept(store, *states)
    assert pair(report, "cba.agent_utilisation") == (60_000, 60_000, 2)


def test_the_list_has_a_title() -> None:
    assert KINDS["clock"].clause == "本系统，规则 D5"
