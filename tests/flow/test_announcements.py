"""Announcements as they are read: when each is heard, where, and what keeps one from being served."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import load
from ivr.flow.announcements import Announcement, AnnouncementKind, EmergencyMark, System, heard_at
from tests.flow import small


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)


def edited(tmp_path: Path, old: str, new: str) -> list[str]:
    small.write(tmp_path)
    small.edit(tmp_path, "announcements.yaml", old, new)
    return [finding.code for finding in load(tmp_path).findings]


def test_a_maintenance_notice_is_read_in_local_time(tmp_path: Path) -> None:
    loaded = load(small.write(tmp_path))
    assert loaded.flow is not None
    assert loaded.flow.announcements == (
        Announcement(
            "net_bank", AnnouncementKind.MAINTENANCE, "net_bank_notice",
            ms("2098-11-30 00:00"), ms("2098-12-01 00:00"), ms("2098-12-01 06:00"),
            (System.NET,), menu=True, queues=frozenset({"general", "elderly"}),
        ),
    )  # fmt: skip


def test_it_is_heard_from_its_first_millisecond_until_its_last(tmp_path: Path) -> None:
    flow = load(small.write(tmp_path)).flow
    assert flow is not None
    (one,) = flow.announcements
    moments = (one.publish_at - 1, one.publish_at, one.ends_at - 1, one.ends_at)
    assert [one.heard_at(t) for t in moments] == [False, True, True, False]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50))), st.integers(0, 110))
def test_those_heard_keep_the_order_in_which_they_are_written(spans: list[tuple[int, int]], t: int) -> None:
    every = tuple(
        Announcement(str(number), AnnouncementKind.CHANGE, "p", begin, begin, begin + length)
        for number, (begin, length) in enumerate(spans)
    )
    found = list(heard_at(every, t))
    assert found == [one for one in every if one.publish_at <= t < one.ends_at]


def test_a_day_to_the_minute_is_enough_and_a_minute_less_is_not(tmp_path: Path) -> None:
    assert edited(tmp_path, "publish_at: 2098-11-30 00:00", "publish_at: 2098-11-29 23:59") == []
    assert edited(tmp_path, "publish_at: 2098-11-30 00:00", "publish_at: 2098-11-30 00:01") == ["F181"]


def test_the_mark_of_the_emergency_lead_lets_a_maintenance_begin_sooner(tmp_path: Path) -> None:
    mark = "publish_at: 2098-11-30 23:00\n    emergency: {by: 周慧, reason: 机房漏水}"
    assert edited(tmp_path, "publish_at: 2098-11-30 00:00", mark) == []
    flow = load(tmp_path).flow
    assert flow is not None
    assert flow.announcements[0].emergency == EmergencyMark("周慧", "机房漏水")


def test_other_kinds_may_be_told_at_once(tmp_path: Path) -> None:
    new = "kind: warning\n    prompt: net_bank_notice\n    publish_at: 2098-11-30 23:59\n    ends_at: 2098-12-31 00:00"
    old = small.ANNOUNCEMENTS.partition("net_bank:\n    ")[2].partition("\n    queues")[0]
    assert edited(tmp_path, old, new) == []


def test_what_is_over_is_said_as_of_the_day(tmp_path: Path) -> None:
    small.write(tmp_path)
    for day, over in ((1, False), (2, True)):
        assert ("F184" in {finding.code for finding in load(tmp_path, date(2098, 12, day)).findings}) == over


def test_a_day_that_is_not_in_the_calendar_is_told(tmp_path: Path) -> None:
    assert edited(tmp_path, "2098-12-01 06:00", "2098-02-30 06:00") == ["F013"]


def test_what_has_a_place_of_its_own_is_not_heard_before_the_menu_unless_it_says_so(tmp_path: Path) -> None:
    assert edited(tmp_path, "    queues: true\n    menu: true\n", "    leaves: [opening]\n") == ["F185"]
    flow = load(tmp_path).flow
    assert flow is not None
    assert not flow.announcements[0].menu and flow.announcements[0].leaves == {"opening"}
    assert edited(tmp_path, "    queues: true\n    menu: true\n", "") == []
