"""`ivr messages`: what callers left is listed by its time, heard, and closed once by somebody who is named."""

from __future__ import annotations

import json

import pytest

from ivr.records.complaints.model import Via
from ivr.records.store import Store
from ivr.records.work.model import WorkItem, WorkKind
from tests.cli.conftest import Desk

HOUR = 3_600_000
LEFT = WorkItem(
    "m-1", WorkKind.MESSAGE, "n-1.1", "general", "+8613800000001", "综合业务", 1_795_000_000_000,
    1_795_000_000_000 + HOUR, "asterisk/messages/m-1.wav", 4200, False,
)  # fmt: skip
MISSED = WorkItem(
    "callback-n-1.2", WorkKind.CALLBACK, "n-1.2", "cards", None, "信用卡", 1_795_000_000_000,
    4_000_000_000_000,
)  # fmt: skip


@pytest.fixture
def kept(desk: Desk) -> Desk:
    """A desk with a message that is late and a callback that failed."""
    store = Store(f"sqlite:///{desk.folder / 'run' / 'ivr.sqlite'}")
    store.migrate()
    for item in (MISSED, LEFT):
        store.work.add(item)
    store.close()
    return desk


def test_what_is_due_first_comes_first_and_numbers_are_masked(kept: Desk) -> None:
    shown = kept.ivr("messages", "list").stdout
    assert shown.index("留言") < shown.index("回电未果")
    assert "逾期（未确认）" in shown and "4s" in shown and "0001" in shown and "1380000" not in shown
    rows = [json.loads(line) for line in kept.ivr("messages", "list", "--format", "json").stdout.splitlines()]
    assert [(row["kind"], row["about"]) for row in rows] == [("message", "综合业务"), ("callback", "信用卡")]
    assert "1380000" not in json.dumps(rows)


def test_who_sees_to_it_sees_the_whole_number(kept: Desk) -> None:
    shown = kept.ivr("messages", "show", "2").stdout
    assert "客户号码：+8613800000001" in shown and "未确认" in shown and "n-1.1" in shown


def test_the_recording_is_found_or_said_to_be_gone(kept: Desk) -> None:
    gone = kept.ivr("messages", "play", "2")
    assert gone.exit_code == 1 and "不在了" in gone.stderr
    path = kept.folder / "run" / "asterisk" / "messages" / "m-1.wav"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"RIFF")
    assert kept.ivr("messages", "play", "2").stdout.strip() == str(path)
    none = kept.ivr("messages", "play", "1")
    assert none.exit_code == 1 and "没有录音" in none.stderr


def test_an_item_is_closed_once_by_somebody(kept: Desk) -> None:
    done = kept.ivr("messages", "done", "2", "--by", "1001 李静", "--note", "已回电，客户满意")
    assert done.exit_code == 0 and "已办结 2" in done.stdout
    again = kept.ivr("messages", "done", "2", "--by", "1002")
    assert again.exit_code == 1 and "已由 1001 李静 办结" in again.stderr
    assert "办理人：1001 李静" in (shown := kept.ivr("messages", "show", "2").stdout) and "备注：已回电" in shown
    assert "m-1" not in kept.ivr("messages", "list", "--format", "json").stdout
    everything = kept.ivr("messages", "list", "--all").stdout
    assert "已办结 1001 李静" in everything


def test_a_message_that_complains_becomes_a_complaint_once(kept: Desk) -> None:
    told = kept.ivr("messages", "complaint", "2")
    assert told.exit_code == 0 and "已登记投诉" in told.stdout, told.output
    assert kept.ivr("messages", "complaint", "2").stdout == told.stdout
    store = Store(f"sqlite:///{kept.folder / 'run' / 'ivr.sqlite'}")
    (case,) = store.complaints.list()
    store.close()
    assert case.id in told.stdout and (case.audio, case.ms, case.ref) == (LEFT.audio, LEFT.ms, LEFT.ref)
    assert (case.number, case.via, case.call_ids) == (LEFT.number, Via.MESSAGE, (LEFT.call_id,))
    assert f"备注：转投诉 {case.id}" in kept.ivr("messages", "show", "2").stdout, "and it is closed as a message"


def test_what_is_no_message_is_no_complaint(kept: Desk) -> None:
    told = kept.ivr("messages", "complaint", "1")
    assert told.exit_code == 1 and "不是客户留言" in told.stderr
    told = kept.ivr("messages", "complaint", "2", "--kind", "weather")
    assert told.exit_code == 1 and "没有投诉类别「weather」" in told.stderr


@pytest.mark.parametrize("words", [("show", "9"), ("play", "9"), ("done", "9")])
def test_what_there_is_not_is_said_so(kept: Desk, words: tuple[str, ...]) -> None:
    told = kept.ivr("messages", *words)
    assert told.exit_code == 1 and "没有待办 9" in told.stderr and told.stdout == ""


def test_a_note_is_one_line(kept: Desk) -> None:
    told = kept.ivr("messages", "done", "2", "--note", "a\nb")
    assert told.exit_code == 2 and "一行文字" in told.stderr
