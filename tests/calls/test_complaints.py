"""Complaints on the line (CBA 四十九, 五十一(一), HB 10.1.2, 10.2.1): by key and by word to the number that is heard
and the row in the database; who hangs up in mid-sentence has complained too; how far it has come."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.care.complaints.intake import Received, receive
from ivr.flow.loader import require
from ivr.records.complaints.model import Case, State, Via
from ivr.records.store import Store
from ivr.text import numbers
from tests.calls.crowd import Caller, place_all, story
from tests.rig.heard import Heard
from tests.rig.hotline import Hotline, until
from tests.rig.steps import parse

pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("crowd")]

PIECE = "(piece)"
WORDS = "say fixtures/clean/complaint-1.wav"
#: To the tone, after which something is said.
TELLING = ["hear complaint_record", "wait 1500ms", WORDS]
#: It is taken as it is, the number that calls is right, and the first kind.
AGREED = ["wait 2s", "press 1", "wait 2500ms", "press 1", "wait 2500ms", "press 1"]


@pytest.fixture
def store(line: Hotline) -> Iterator[Store]:
    with_records = Store(line.environ["IVR_DATABASE_URL"])
    yield with_records
    with_records.close()


def told(heard: Sequence[Heard], prompt: str) -> str:
    """The words of a prompt as they were joined, its values included, until another prompt begins."""
    words, inside = "", False
    for one in heard:
        if not one.is_(PIECE):
            inside = one.is_(prompt)
        if inside:
            words += one.text
    return re.sub(r"\W", "", words)


def of_call(store: Store, call_id: object) -> Case:
    """The case of a call, once it is filed."""

    def found() -> Case | None:
        return next((one for one in store.complaints.list() if call_id in one.call_ids), None)

    case: Case = until("the complaint to be filed", found, 15)
    return case


def spoken_day(at: int, timezone: str) -> str:
    """A day as it is spoken."""
    return numbers.date(datetime.fromtimestamp(at / 1000, UTC).astimezone(ZoneInfo(timezone)).date().isoformat())


def earlier(store: Store, line: Hotline, number: str) -> Case:
    """A complaint that was made from this number before."""
    flow, now = require(line.flows), time.time_ns() // 1_000_000
    full = f"+86{number}"
    return receive(store, flow, Received(f"before-{now}", "", full, full, "fees", None, 0, "多扣了钱", Via.AGENT), now)


def test_by_key_hang_up_and_how_far_it_has_come(line: Hotline, store: Store, folder: Path) -> None:
    line.serve_flows(None)
    flow = require(line.flows)
    own = line.next_number()
    before = earlier(store, line, own)
    asks = ["dial", "wait 900ms", "press 55", "hear complaint_number", f"press {before.id}#", "wait 4s", "press 1"]
    steps = {
        "tells": [
            *("dial", "wait 900ms", "press 51", "wait 2s", "press 1"), *TELLING,
            *("wait 1500ms", "press #", "wait 2s", "press 2", "wait 6s"), *AGREED,
            *("hear complaint_filed", "wait 17s", "press #", "hear complaint_filed", "wait 24s", "hang up"),
        ],
        "leaves": ["dial", "wait 900ms", "press 51", "wait 2s", "press 1", *TELLING, "wait 500ms", "hang up"],
        "own": [*asks, "wait 20s", "hang up"],
        "other": [*asks, "hear complaint_last4", f"press {own[-4:]}", "wait 4s", "press 1", "wait 20s", "hang up"],
    }  # fmt: skip
    callers = [Caller(name, words, number=own if name == "own" else None, limit_s=150) for name, words in steps.items()]
    found = place_all(line, folder, callers, len(callers))
    stories = "".join(story(name, one) for name, one in found.items())

    record = found["tells"].record
    assert record is not None, stories
    case = of_call(store, record["call_id"])
    heard = found["tells"].heard
    names = [one.prompt for one in heard]
    assert names.count("complaint_filed") == 2, "and again on request" + stories
    assert told(heard, "complaint_filed").count(numbers.digits(case.id)) == 2, stories
    deadline = told(heard, "complaint_deadline")
    for at in (case.ack_due, case.due):
        assert spoken_day(at, flow.timezone) in deadline, stories
    assert (case.state, case.kind, case.via, case.missing) == (State.RECEIVED, "fees", Via.CALL, ())
    assert case.number == case.call_back_number == f"+86{record['caller_number']}".replace("+86+86", "+86")
    assert record["completed_leaf"] == ["complaint"] and record["handoffs"] == []
    assert case.audio is not None and (line.state / case.audio).stat().st_mode & 0o777 == 0o600
    assert 600 <= case.ms <= 6000, stories

    left = found["leaves"].record
    assert left is not None, stories
    unfinished = of_call(store, left["call_id"])
    assert unfinished.ms > 500 and set(unfinished.missing) == {"number", "kind"}, stories
    assert "complaint_filed" not in [one.prompt for one in found["leaves"].heard]
    asked_for = [item for item in store.work.items() if item.ref == f"complaint-{unfinished.id}"]
    assert len(asked_for) == 1, "what is missing is asked for"

    for name in ("own", "other"):
        names = [one.prompt for one in found[name].heard]
        assert ("complaint_last4" in names) is (name == "other"), stories
        assert spoken_day(before.ack_due, flow.timezone) in told(found[name].heard, "complaint_received"), stories


@pytest.mark.speech
def test_by_word_to_the_number_and_the_row(listening: Hotline, folder: Path) -> None:
    line, number = listening, listening.next_number()
    steps = ["dial", "wait 2500ms", WORDS, "wait 4s", "press 1", *TELLING, "wait 1500ms", "press #", *AGREED,
             "hear complaint_filed", "wait 20s", "hang up"]  # fmt: skip
    call, _ = line.place(folder, parse(steps), number=number, limit_s=120)
    record = line.record(number)
    heard = line.listen(call)
    print(record, [one.prompt for one in heard])
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        reference = of_call(store, record["call_id"]).id

        def transcribed() -> Case | None:
            now = store.complaints.get(reference)
            return now if now is not None and now.transcript is not None else None

        case: Case = until("what was said to be text", transcribed, 90)
    finally:
        store.close()
    words = [one.prompt for one in heard]
    assert numbers.digits(case.id) in told(heard, "complaint_filed"), words
    assert (case.kind, case.missing) == ("fees", ()), words
    assert record["entry"] == "bot", words
    assert "投诉" in str(case.transcript)
