"""The journal's disk is full, the database is locked: calls go on, the operator is told, nothing is lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.calls.faults.eyes import (
    assert_in_order,
    dial,
    log_since,
    log_size,
    only_record,
    records,
    wait_log,
    wait_over,
)
from tests.rig.disk import fill, tiny_disk
from tests.rig.hotline import Hotline, until

pytestmark = pytest.mark.calls

WALK = ("wait 6s", "press 5", "wait 3s", "press 3", "wait 3s", "hang up")
KEYS = ["5", "3"]


def trouble(line: Hotline) -> str:
    """What the operator reads of the hotline's state."""
    return (line.state / "trouble").read_text(encoding="utf-8").strip()


def test_a_full_disk_while_journalling(whole: Hotline, folder: Path) -> None:
    journal = whole.state / "journal"
    since = log_size(whole)
    whole.stop_app()
    with tiny_disk(journal):
        whole.start_app()
        whole.wait_linked()
        ballast = fill(journal)

        def no_room(number: str) -> None:
            wait_log(whole, "the journal cannot be written", since)
            until("the operator to be told", lambda: "通话日志写不进磁盘" in trouble(whole))
            wait_over(whole, number)

        story = dial(whole, folder, *WALK, meanwhile=no_room)
        record = only_record(whole, story.number)
        assert_in_order(story, "greeting", "main_menu", "service_menu", "branch_hours_info")
        assert [visit["key"] for visit in record["menu_visits"]] == KEYS, story.text(record)
        assert record["hangup_by"] == "caller"
        assert story.silence() <= 2, story.text(record)
        ballast.unlink()
        until("the trouble to be over", lambda: trouble(whole) == "")
        assert "the journal can be written again" in log_since(whole, since)
        assert "Traceback" not in log_since(whole, since)
        assert whole.stop_app() == 0
    whole.start_app()
    assert only_record(whole, story.number) == record


def test_a_locked_database(whole: Hotline, folder: Path) -> None:
    """Somebody holds the database for longer than anybody waits for it, over the end of a call and a restart."""
    file = whole.environ["IVR_DATABASE_URL"].removeprefix("sqlite:///")
    since = log_size(whole)
    numbers: list[str] = []
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        story = dial(whole, folder, *WALK, meanwhile=numbers.append)
        assert_in_order(story, "greeting", "main_menu", "service_menu", "branch_hours_info")
        wait_log(whole, "the store cannot be written", since)
        until("the operator to be told", lambda: "通话记录写不进数据库" in trouble(whole))
        other.execute("COMMIT")
    record = only_record(whole, story.number)
    assert [visit["key"] for visit in record["menu_visits"]] == KEYS, story.text(record)
    until("the trouble to be over", lambda: trouble(whole) == "")
    assert "Traceback" not in log_since(whole, since)
    assert len(records(whole, story.number)) == 1


def test_the_application_dies_with_a_record_that_the_database_would_not_take(whole: Hotline, folder: Path) -> None:
    file = whole.environ["IVR_DATABASE_URL"].removeprefix("sqlite:///")
    since = log_size(whole)
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        story = dial(whole, folder, "wait 5s", "press 5", "wait 1s", "hang up")
        wait_log(whole, "the store cannot be written", since)
        whole.kill_app()
        other.execute("COMMIT")
    assert records(whole, story.number) == []
    whole.start_app()
    record = only_record(whole, story.number, 2)
    assert [visit["key"] for visit in record["menu_visits"]] == ["5", None], story.text(record)
    assert (record["source"], record["hangup_by"]) == ("live", "caller")
