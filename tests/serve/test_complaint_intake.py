"""Complaints on the line: filed when told, or when the call is over, once, and never lost."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.call.clock_steps import wall_ms
from ivr.call.effects import CallContext
from ivr.care.complaints import progress
from ivr.care.complaints.handling import Handling
from ivr.errors import CallerGone, StoreError
from ivr.flow.complaint_policy import ComplaintKind, ComplaintPolicy
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.flow.steps.complaint_progress import STATES
from ivr.flow.steps.effects import (
    ComplaintProgress,
    Done,
    DropMessage,
    FileComplaint,
    FiledComplaint,
    FindComplaint,
    NoteComplaint,
    PlayMessage,
    Recorded,
    RecordMessage,
    Refused,
    Result,
    Unavailable,
)
from ivr.people.access import Permit
from ivr.people.actions import Action
from ivr.records.audit.model import AuditEntry
from ivr.records.complaints.model import Case, State, Via
from ivr.records.facts import Ended, Offered
from ivr.records.folding.fold import fold
from ivr.records.store import Store
from ivr.records.work.model import WorkKind
from ivr.serve.care import complaint_intake
from ivr.serve.care.complaint_drafts import FOLDER
from ivr.serve.care.complaint_intake import DAY_SECONDS, WRONG_PROOFS, ComplaintIntake
from ivr.serve.care.effects import CareEffects
from ivr.settings import Settings
from ivr.telephony.agi.fastagi import AgiCall
from ivr.telephony.events.queue_board import QueueBoard
from tests.serve.test_message_files import NUMBER, Line

OTHER = "+8613912345678"


@dataclass
class Desk:
    """A node's part that takes complaints, with one call in progress."""

    settings: Settings
    store: Store
    care: CareEffects
    complaints: ComplaintIntake
    call: str = "n-1.1"
    number: str | None = NUMBER
    drill: bool = False

    def do(self, effect: Any, line: Line | None = None) -> Result:
        context = CallContext(self.call, "x", self.number, cast(AgiCall, line or Line()), self.drill)

        async def done() -> Result:
            return await self.care.handlers[type(effect)](effect, context)

        return asyncio.run(done())

    def record(self, line: Line | None = None, instead_of: str = "") -> Recorded:
        result = self.do(RecordMessage("投诉", complaint=True, instead_of=instead_of), line)
        assert isinstance(result, Done) and isinstance(result.value, Recorded)
        return result.value

    def look(self, *live: str) -> None:
        self.complaints.follow(lambda: live, lambda _: ())
        asyncio.run(self.complaints.look())

    def cases(self) -> tuple[Case, ...]:
        return tuple(self.store.complaints.list())

    @property
    def drafts(self) -> list[Path]:
        return list((self.settings.state / FOLDER).glob("*"))

    @property
    def recordings(self) -> list[Path]:
        return list((self.settings.asterisk / "complaints").glob("*"))


@functools.cache
def flow() -> Flow:
    shipped = require(Path(__file__).parents[2] / "flows")
    kinds = {one: ComplaintKind(one, one) for one in ("fees", "service")}
    return replace(shipped, complaints=ComplaintPolicy(kinds=kinds))


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them: made once."""
    file = tmp_path_factory.mktemp("empty") / "ivr.sqlite"
    store = Store(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file


def made(folder: Path, empty: Path) -> Desk:
    settings = replace(Settings(), state=folder / "run")
    settings.asterisk.mkdir(parents=True)
    store = Store(f"sqlite:///{shutil.copy(empty, folder)}")
    care = CareEffects(settings, store, QueueBoard(), flow, lambda: None)
    return Desk(settings, store, care, care.complaints)


@pytest.fixture
def desk(tmp_path: Path, empty: Path) -> Iterator[Desk]:
    one = made(tmp_path, empty)
    yield one
    one.store.close()


def test_what_was_told_is_a_case_with_its_number_and_terms(desk: Desk) -> None:
    recorded = desk.record()
    assert desk.cases() == (), "not before the caller has told everything"
    desk.do(NoteComplaint(recorded.ref, "13912345678"))
    filed = desk.do(FileComplaint(recorded.ref, "fees", "13912345678"))
    assert isinstance(filed, Done) and isinstance(filed.value, FiledComplaint)
    (case,) = desk.cases()
    assert (case.id, case.kind, case.via, case.missing) == (filed.value.reference, "fees", Via.CALL, ())
    assert (case.number, case.call_back_number, case.call_ids) == (NUMBER, OTHER, ("n-1.1",))
    assert filed.value.ack_due < filed.value.due and case.audio is not None and case.ms == recorded.ms
    assert [desk.settings.state / case.audio] == desk.recordings
    assert stat.S_IMODE(desk.recordings[0].stat().st_mode) == 0o600
    assert desk.drafts == []
    desk.look()
    assert len(desk.cases()) == 1, "and not again when the call is over"


def test_its_number_is_digits_alone(desk: Desk) -> None:
    filed = desk.do(FileComplaint(desk.record().ref, "fees", NUMBER))
    assert isinstance(filed, Done) and isinstance(filed.value, FiledComplaint)
    assert filed.value.reference.isdecimal() and 6 <= len(filed.value.reference) <= 16


def test_who_hangs_up_in_the_middle_of_a_sentence_has_complained(desk: Desk) -> None:
    with pytest.raises(CallerGone):
        desk.do(RecordMessage("投诉", complaint=True), Line(hangs_up=True))
    desk.look("n-1.1")
    assert desk.cases() == (), "while the call is not over"
    desk.look()
    (case,) = desk.cases()
    assert case.audio is not None and 2000 <= case.ms <= 2700
    assert set(case.missing) == {"number", "kind"}, "which somebody asks for"
    assert [item.ref for item in desk.store.work.items()] == [f"complaint-{case.id}"]
    assert desk.drafts == []


def test_who_hangs_up_before_a_word_has_not(desk: Desk) -> None:
    with pytest.raises(CallerGone):
        desk.do(RecordMessage("投诉", complaint=True), Line(speaks_ms=0, hangs_up=True))
    desk.look()
    assert desk.cases() == () and desk.drafts == [] and desk.recordings == []


def test_what_was_told_before_the_call_ended_is_in_the_case(desk: Desk) -> None:
    desk.do(NoteComplaint(desk.record().ref, "13912345678"))
    desk.look()
    (case,) = desk.cases()
    assert (case.call_back_number, case.missing) == (OTHER, ("kind",))


def test_a_recording_made_anew_takes_the_place_of_the_one_before(desk: Desk) -> None:
    first = desk.record()
    second = desk.record(Line(speaks_ms=4000), instead_of=first.ref)
    assert second.ref != first.ref and len(desk.recordings) == 1
    desk.look()
    (case,) = desk.cases()
    assert case.ms == second.ms


@pytest.mark.parametrize(("speaks_ms", "longest"), [(4000, True), (0, False)])
def test_who_hangs_up_while_he_says_it_anew_leaves_one_complaint(desk: Desk, speaks_ms: int, longest: bool) -> None:
    first = desk.record()
    with pytest.raises(CallerGone):
        desk.do(RecordMessage("投诉", complaint=True, instead_of=first.ref), Line(speaks_ms, hangs_up=True))
    desk.look()
    (case,) = desk.cases()
    assert (case.ms > first.ms) is longest
    assert desk.drafts == [] and len(desk.recordings) == 1


def test_what_the_caller_does_not_want_is_gone(desk: Desk) -> None:
    desk.do(DropMessage(desk.record().ref))
    desk.look()
    assert desk.cases() == () and desk.drafts == [] and desk.recordings == []


def test_he_hears_his_own_recording(desk: Desk) -> None:
    line = Line()
    recorded = desk.record(line)
    desk.do(PlayMessage(recorded.ref), line)
    assert line.played == ["beep", recorded.ref]


def away(*_: object, **__: object) -> None:
    raise StoreError("the database is away")


def test_what_the_database_cannot_take_now_is_filed_when_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = desk.record()
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.store.complaints), "add", away)
        assert isinstance(desk.do(FileComplaint(recorded.ref, "fees", NUMBER)), Unavailable)
        desk.look()
        assert len(desk.drafts) == 1
    desk.look()
    (case,) = desk.cases()
    assert (case.kind, case.call_back_number, case.missing) == ("fees", NUMBER, ())


def test_one_that_cannot_be_filed_keeps_no_other_from_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    refs = []
    for call in ("n-1.1", "n-2.1", "n-3.1"):
        desk.call = call
        refs.append(desk.record().ref)
    adding = desk.store.complaints.add

    def all_but_the_first(_self: object, day: str, ref: str, *more: Any) -> Case:
        if ref == refs[0]:
            away()
        return adding(day, ref, *more)

    with monkeypatch.context() as patched:
        patched.setattr(type(desk.store.complaints), "add", all_but_the_first)
        desk.look()
        assert {case.ref for case in desk.cases()} == set(refs[1:])
        assert "the database is away" in caplog.text and len(desk.drafts) == 1
    desk.look()
    assert {case.ref for case in desk.cases()} == set(refs)


def test_one_that_cannot_be_measured_keeps_no_other_from_it_and_takes_its_place_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.record()
    with pytest.raises(CallerGone):
        desk.do(RecordMessage("投诉", complaint=True, instead_of=first.ref), Line(4000, hangs_up=True))
    desk.call = "n-2.1"
    other = desk.record()

    def full(*_: object) -> int:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(type(desk.complaints.files), "finish", full)
        desk.look()
        assert [case.ref for case in desk.cases()] == [other.ref]
    desk.look()
    assert len(desk.cases()) == 2 and first.ref not in {case.ref for case in desk.cases()}
    assert desk.drafts == []


def made_before(path: Path, ms: int) -> int:
    """As if the file had been written so long ago; when that was, epoch ms."""
    at = path.stat().st_mtime_ns - ms * 1_000_000
    os.utime(path, ns=(at, at))
    return at // 1_000_000


def test_its_clock_begins_when_it_was_told_and_not_when_it_is_filed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = int(datetime(2026, 3, 2, 23, 59, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
    monkeypatch.setattr("ivr.serve.care.complaint_intake.wall_ms", lambda: told)
    recorded = desk.record()
    desk.complaints.follow(tuple, lambda _: (Offered(1, "n-2.1", "in", "95000", NUMBER, "normal"),))
    with monkeypatch.context() as patched, pytest.raises(StoreError):
        patched.setattr(type(desk.store.complaints), "add", away)
        asyncio.run(desk.complaints.taken_down("n-2.1", "1001"))
    monkeypatch.setattr("ivr.serve.care.complaint_intake.wall_ms", lambda: told + 3 * 86_400_000)
    desk.look()
    cases = {case.ref: case for case in desk.cases()}
    assert len(cases) == 2 and {case.received_at for case in cases.values()} == {told}
    assert cases[recorded.ref].id.startswith("260302")


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_damaged_draft_came_in_when_its_recording_was_made(desk: Desk, hangs_up: bool) -> None:
    with pytest.raises(CallerGone) if hangs_up else contextlib.nullcontext():
        desk.do(RecordMessage("投诉", complaint=True), Line(hangs_up=hangs_up))
    (file,), (sound,) = desk.drafts, desk.recordings
    file.write_text("{", encoding="utf-8")
    at = made_before(sound, 2 * 86_400_000)
    desk.look()
    assert [case.received_at for case in desk.cases()] == [at]


def test_a_new_application_files_what_the_one_before_has_left(desk: Desk) -> None:
    recorded = desk.record()
    after = ComplaintIntake(desk.settings, desk.store, flow)
    asyncio.run(after.look())
    (case,) = desk.cases()
    assert case.ref == recorded.ref


def test_a_recording_that_cannot_be_read_is_a_case_and_no_silence(desk: Desk) -> None:
    with pytest.raises(CallerGone):
        desk.do(RecordMessage("投诉", complaint=True), Line(hangs_up=True))
    (file,) = desk.recordings
    file.write_bytes(b"no sound")
    desk.look()
    (case,) = desk.cases()
    assert desk.settings.state / str(case.audio) == file


def test_a_damaged_draft_loses_no_recording(desk: Desk) -> None:
    desk.record()
    (file,) = desk.drafts
    file.write_text("{", encoding="utf-8")
    desk.look()
    (case,) = desk.cases()
    assert case.call_ids == ("n-1.1",) and case.ms > 0 and case.audio is not None


def test_a_draft_is_for_its_owner_alone_and_says_no_number_in_the_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.record()
    (file,) = desk.drafts
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text(encoding="utf-8"))["number"] == NUMBER
    desk.look()
    assert NUMBER not in caplog.text


# ---- how far it has come


@pytest.fixture
def filed(desk: Desk) -> str:
    result = desk.do(FileComplaint(desk.record().ref, "fees", "13912345678"))
    assert isinstance(result, Done) and isinstance(result.value, FiledComplaint)
    return result.value.reference


@pytest.mark.parametrize(
    ("caller", "last4", "told"),
    [
        (NUMBER, None, True),
        (OTHER, None, True),
        (None, None, False),
        ("+8613700000000", None, False),
        ("+8613700000000", "0001", True),
        ("+8613700000000", "5678", True),
        (None, "5678", True),
        ("+8613700000000", "9999", False),
    ],
)
def test_only_who_complained_hears_of_it(
    desk: Desk, filed: str, caller: str | None, last4: str | None, told: bool
) -> None:
    desk.number = caller
    found = desk.do(FindComplaint(filed, last4))
    if told:
        assert isinstance(found, Done) and isinstance(found.value, ComplaintProgress)
        assert found.value.state == "received"
    else:
        assert found == Refused("prove")


def test_the_digits_are_not_found_by_trying(desk: Desk, filed: str) -> None:
    now = [0.0]
    desk.complaints._clock = lambda: now[0]
    wrong = [f"{at:04d}" for at in range(10, 10 + WRONG_PROOFS)]
    for at, last4 in enumerate(wrong):
        desk.call, desk.number = f"n-2.{at}", None if at % 2 else "+8613700000000"  # in writing, by telephone
        assert desk.do(FindComplaint(filed, last4)) == Refused("prove")
    assert desk.do(FindComplaint(filed, "5678")) == Refused("prove"), "right, and too late"
    desk.number = NUMBER
    assert isinstance(desk.do(FindComplaint(filed)), Done), "who calls from his own telephone tries nothing"
    desk.number = None
    other = desk.do(FileComplaint(desk.record().ref, "fees", "13700001234"))
    assert isinstance(other, Done) and isinstance(other.value, FiledComplaint)
    assert isinstance(desk.do(FindComplaint(other.value.reference, "1234")), Done), "of another, nothing was tried"
    now[0] += DAY_SECONDS
    assert isinstance(desk.do(FindComplaint(filed, "5678")), Done)


def test_a_drill_is_told_a_number_and_leaves_nothing(desk: Desk) -> None:
    desk.drill = True
    result = desk.do(FileComplaint(desk.record().ref, "fees", "13912345678"))
    assert isinstance(result, Done) and isinstance(result.value, FiledComplaint) and result.value.due
    assert result.value.reference[6:9] == "000"
    desk.record()  # and one that he does not finish
    desk.look()
    assert desk.cases() == () and desk.drafts == [] and desk.recordings == [] and desk.store.work.items() == ()


def test_what_an_agent_takes_down_in_a_drill_is_no_case(desk: Desk) -> None:
    offered = Offered(1, desk.call, "in", "95000", NUMBER, "normal", drill=True)
    desk.complaints.follow(lambda: (desk.call,), lambda _: (offered,))
    assert asyncio.run(desk.complaints.taken_down(desk.call, "1001"))[6:9] == "000"
    desk.look()
    assert desk.cases() == () and desk.drafts == []


def test_who_left_one_that_was_merged_hears_of_the_one_that_goes_on(desk: Desk, filed: str) -> None:
    desk.number = "+8613700000000"
    other = desk.do(FileComplaint(desk.record().ref, "fees", "13700000000"))
    assert isinstance(other, Done) and isinstance(other.value, FiledComplaint)
    permit = Permit(Action.COMPLAINTS_HANDLE, AuditEntry("wang", "complaints.handle", "complaint"))
    Handling(desk.store, flow(), permit, wall_ms()).merge(other.value.reference, filed, "同一件事")
    assert isinstance(desk.do(FindComplaint(other.value.reference)), Done), "by his own reference"
    assert desk.do(FindComplaint(filed)) == Refused("prove"), "but not by that of another"
    desk.number = "+8613711111111"
    assert desk.do(FindComplaint(other.value.reference)) == Refused("prove")


def test_a_number_with_a_slip_in_it_is_nobodys(desk: Desk, filed: str) -> None:
    slip = f"{filed[:-1]}{(int(filed[-1]) + 1) % 10}"
    assert desk.do(FindComplaint(slip)) == Refused("unknown")


@pytest.mark.parametrize(
    ("state", "over", "word"),
    [
        (State.RECEIVED, "ack_due", "received"),
        (State.ACCEPTED, "ack_due", "received"),
        (State.ACKNOWLEDGED, "due", "in_work"),
        (State.PASSED_ON, "due", "in_work"),
        (State.DECIDED, "due", "decided"),
        (State.CLOSED, "due", "closed"),
    ],
)
def test_no_deadline_that_has_passed_is_promised(desk: Desk, filed: str, state: State, over: str, word: str) -> None:
    (case,) = desk.cases()
    case = replace(case, state=state)
    due = int(getattr(case, over))
    late = word if word in ("decided", "closed") else f"{word}_late"
    assert [progress.told(case, now) for now in (due - 1, due, due + 1)] == [word, word, late]
    assert late in STATES and "due" not in STATES[late][2]


def test_an_extended_term_is_what_is_promised(desk: Desk, filed: str) -> None:
    (case,) = desk.cases()
    extended = replace(case, state=State.IN_WORK, extended_to=case.due + 1000)
    assert extended.effective_due == case.due + 1000
    assert progress.told(extended, case.due + 1000) == "in_work"


def test_who_calls_too_late_hears_no_day(desk: Desk, filed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = desk.cases()
    monkeypatch.setattr(complaint_intake, "wall_ms", lambda: case.ack_due + 1)
    found = desk.do(FindComplaint(filed))
    assert isinstance(found, Done) and isinstance(found.value, ComplaintProgress)
    assert found.value.state == "received_late"


# ---- a reference number that could not be said


def test_who_was_promised_his_number_is_called_once_it_is_filed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = desk.record()
    with monkeypatch.context() as patched:
        patched.setattr(type(desk.store.complaints), "add", away)
        assert isinstance(desk.do(FileComplaint(recorded.ref, "fees", NUMBER)), Unavailable)
        assert desk.do(NoteComplaint(recorded.ref, NUMBER, later=True)) == Done()
    assert not desk.store.work.items()
    desk.look()
    desk.look()
    (case,) = desk.cases()
    assert not case.missing
    (item,) = desk.store.work.items()
    assert (item.kind, item.number, item.about) == (WorkKind.COMPLAINT, NUMBER, f"把投诉编号 {case.id} 告知客户")
    assert item.t_due <= case.ack_due and not desk.drafts


def test_a_number_that_came_too_late_to_be_said_is_told_by_somebody(desk: Desk) -> None:
    """The database answered after the caller had been told that his number comes later."""
    recorded = desk.record()
    assert isinstance(desk.do(FileComplaint(recorded.ref, "fees", NUMBER)), Done)
    assert not desk.store.work.items(), "who has heard his number is not called"
    assert desk.do(NoteComplaint(recorded.ref, NUMBER, later=True)) == Done()
    (item,) = desk.store.work.items()
    assert desk.cases()[0].id in item.about


# ---- from agents


def test_what_an_agent_takes_down_is_a_case_once(desk: Desk) -> None:
    desk.complaints.follow(tuple, lambda _: (Offered(1, "n-1.1", "in", "95000", NUMBER, "normal"),))
    first = asyncio.run(desk.complaints.taken_down("n-1.1", "1001", "service"))
    again = asyncio.run(desk.complaints.taken_down("n-1.1", "1002"))
    assert first == again and desk.drafts == []
    (case,) = desk.cases()
    assert (case.id, case.via, case.kind, case.call_ids) == (first, Via.AGENT, "service", ("n-1.1",))
    assert case.number == case.call_back_number == NUMBER and case.missing == ("statement",)


def test_the_number_of_a_call_that_is_over_is_in_its_record(desk: Desk) -> None:
    facts = (Offered(1, "n-1.1", "in", "95000", NUMBER, "normal"), Ended(9, "caller", "16"))
    desk.store.save([fold("n-1.1", facts)])
    asyncio.run(desk.complaints.taken_down("n-1.1", "1001"))
    assert [case.number for case in desk.cases()] == [NUMBER]


def test_a_withheld_number_is_not_found_out_by_complaining(desk: Desk) -> None:
    desk.complaints.follow(tuple, lambda _: (Offered(1, "n-1.1", "in", "95000", NUMBER, "withheld"),))
    asyncio.run(desk.complaints.taken_down("n-1.1", "1001"))
    assert [case.number for case in desk.cases()] == [None]


def test_what_an_agent_took_down_waits_for_the_database(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(StoreError):
        patched.setattr(type(desk.store.complaints), "add", away)
        asyncio.run(desk.complaints.taken_down("n-1.1", "1001", "fees"))
    desk.look("n-1.1")
    assert [case.kind for case in desk.cases()] == ["fees"]


# ---- whatever happens

MOVES = ("record", "again", "silent", "gone", "note", "file", "drop", "look", "over")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.sampled_from(MOVES), max_size=12))
def test_there_is_one_case_for_what_stands_and_none_for_what_does_not(
    tmp_path_factory: pytest.TempPathFactory, empty: Path, moves: list[str]
) -> None:
    """However recordings, hang-ups and looks follow one another: in the end there is a case for each recording that
    stands, with its file, and no file or draft of any other."""
    desk = made(tmp_path_factory.mktemp("moves"), empty)
    standing: list[str] = []
    filed: list[str] = []
    for serial, move in enumerate(moves):
        last = standing[-1] if standing and standing[-1] not in filed else ""
        match move:
            case "record" | "again":
                recorded = desk.record(instead_of=last if move == "again" else "")
                if move == "again" and last:
                    standing.remove(last)
                standing.append(recorded.ref)
            case "silent":
                desk.record(Line(speaks_ms=0), instead_of=last)
            case "gone":
                with pytest.raises(CallerGone):
                    desk.do(RecordMessage("投诉", complaint=True), Line(hangs_up=True))
                standing.append(f"{desk.call}-*")
                desk.look()
                filed += [one for one in standing if one not in filed]
                desk.call = f"n-1.{serial + 2}"
            case "note" if last:
                assert isinstance(desk.do(NoteComplaint(last, NUMBER)), Done)
            case "file" if last:
                assert isinstance(desk.do(FileComplaint(last, "fees", NUMBER)), Done)
                filed.append(last)
            case "drop" if last:
                desk.do(DropMessage(last))
                standing.remove(last)
            case "look":
                desk.look(desk.call)
            case "over":
                desk.look()
                filed += [one for one in standing if one not in filed]
                desk.call = f"n-1.{serial + 2}"
            case _:
                continue
    desk.look()
    cases = desk.cases()
    assert len(cases) == len(standing)
    assert {case.ref for case in cases} >= {ref for ref in standing if not ref.endswith("*")}
    assert {desk.settings.state / str(case.audio) for case in cases} == set(desk.recordings)
    assert desk.drafts == []
    desk.store.close()
