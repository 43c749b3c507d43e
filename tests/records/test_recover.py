"""After a crash: never lost, never twice, and honest about what nobody saw."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from ivr.errors import RecordRefused, StoreError
from ivr.records.cel.facts import call_facts
from ivr.records.exchange.lines import import_lines
from ivr.records.facts import Fact
from ivr.records.folding.fold import fold
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.recovery import SILENCE_MS, rebuild_missing, recover
from ivr.records.journal.refused import NAME, RefusedRecords
from ivr.records.journal.segments import UNREADABLE
from ivr.records.model import Call, Turn
from ivr.records.store import Store
from ivr.telephony.events.cel import by_call, parse
from tests.records.told import BASE, told

CEL = Path(__file__).with_name("cel")
LINK = "node1-1795285744.0"
OFFERED = 1795285744044
ENDED = OFFERED + 16008

WHOLE = """
    0     Offered     link in 95000 +8613800000001 normal
    1000  Answered
    2000  MenuEntered main 1
    9000  Ended       caller 16
"""


def cel(*names: str) -> list[str]:
    return [line for name in names for line in (CEL / f"{name}.csv").read_text(encoding="utf-8").splitlines()]


def crash(folder: Path, calls: dict[str, list[Fact]]) -> None:
    """Leave a journal as a killed node leaves it."""
    with closing(Journal(folder)) as journal:
        for call_id, facts in calls.items():
            for fact in facts:
                journal.append(call_id, fact)


def early(ms: int = 7000) -> list[Fact]:
    """What the application had written of the real call of `caller-hangs-up` when it died."""
    return told(
        """
        0    Offered     node1-1795285744.0 in 95000 +8613800000011 normal
        2    Answered
        2    FlowChosen  rev1 menu zh
        9    FirstPrompt
        3000 MenuEntered main 1
        """,
        OFFERED,
    )


def test_a_finished_call_that_missed_the_store_is_saved_once(store: Store, tmp_path: Path) -> None:
    crash(tmp_path / "j", {"c": told(WHOLE)})
    recovery = recover(tmp_path / "j", store, now=BASE + 10_000)
    assert (recovery.saved, recovery.pending, recovery.faults) == (1, (), ())
    assert list(store.all()) == [fold("c", told(WHOLE))]
    assert recover(tmp_path / "j", store, now=BASE + 10_000).saved == 0
    assert store.count() == 1
    assert list((tmp_path / "j").glob("journal-*")) == []


def test_a_call_in_progress_is_closed_honestly_where_nobody_saw_more(store: Store, tmp_path: Path) -> None:
    crash(tmp_path / "j", {"c": told(WHOLE)[:3]})
    assert recover(tmp_path / "j", store, now=BASE + 10_000).saved == 1
    (call,) = store.all()
    assert (call.t_ended - BASE, call.hangup_by, call.hangup_cause) == (2000, "system", "app_lost")
    assert [visit.outcome for visit in call.menu_visits] == ["hangup"]


def test_a_call_in_progress_is_completed_from_cel(store: Store, tmp_path: Path) -> None:
    crash(tmp_path / "j", {LINK: early()})
    lines = cel("caller-hangs-up")
    assert recover(tmp_path / "j", store, lines, now=ENDED + 1).saved == 1
    (call,) = store.all()
    assert (call.source, call.flow_revision, call.t_first_prompt) == ("live", "rev1", OFFERED + 9)
    assert (call.t_ended, call.hangup_by, call.hangup_cause) == (ENDED, "caller", "16")
    assert [(h.reason, h.outcome, h.agent_id) for h in call.handoffs] == [("fallback", "answered", "1001")]
    assert [visit.outcome for visit in call.menu_visits] == ["hangup"]
    # And CEL does not make it a second time.
    assert rebuild_missing(store, lines, ENDED + 60_000) == 0
    assert store.count() == 1


def test_a_call_that_still_goes_on_stays_in_the_journal_until_it_ends(store: Store, tmp_path: Path) -> None:
    lines = cel("caller-hangs-up")
    crash(tmp_path / "j", {LINK: early()})
    with closing(Journal(tmp_path / "j")) as journal:
        assert recover(journal, store, lines[:10], now=OFFERED + 9900).pending == (LINK,)
        assert rebuild_missing(store, lines[:10], OFFERED + 60_000) == 0
        assert store.count() == 0
        assert recover(journal, store, lines, now=ENDED + 1).saved == 1
        assert recover(journal, store, lines, now=ENDED + 1).saved == 0
    assert [call.t_ended for call in store.all()] == [ENDED]


def test_asterisk_knows_better_than_silence(store: Store, tmp_path: Path) -> None:
    unfinished = cel("caller-hangs-up")[:10]
    crash(tmp_path / "j", {LINK: early()})
    with closing(Journal(tmp_path / "j")) as journal:
        assert recover(journal, store, unfinished, now=OFFERED + SILENCE_MS * 9, alive={LINK}).pending == (LINK,)
        # Asterisk died as well: the call is over, though CEL never saw its end.
        assert recover(journal, store, unfinished, now=OFFERED + 9900, alive=()).saved == 1
    (call,) = store.all()
    assert (call.hangup_by, call.hangup_cause) == ("system", "last_seen")
    assert [(leg.agent_id, leg.t_released) for leg in call.agent_legs] == [("1001", call.t_ended)]


def test_after_long_silence_a_call_is_over(store: Store, tmp_path: Path) -> None:
    unfinished = cel("caller-hangs-up")[:10]
    crash(tmp_path / "j", {LINK: early()})
    assert recover(tmp_path / "j", store, unfinished, now=OFFERED + SILENCE_MS + 60_000).saved == 1


def test_a_call_that_comes_back_to_the_application_is_one_call(store: Store, tmp_path: Path) -> None:
    crash(tmp_path / "j", {LINK: early()})
    unfinished = cel("caller-hangs-up")[:10]
    assert recover(tmp_path / "j", store, unfinished, now=OFFERED + 9900).pending == (LINK,)
    journal = Journal(tmp_path / "j")
    with closing(Recorder(journal, store)) as recorder:
        for fact in told("10000 Answered\n10100 MenuEntered main 1\n16008 Ended caller 16", OFFERED):
            recorder.fact(LINK, fact)
        # The recorder has it now; recovery keeps its hands off.
        assert recover(journal, store, cel("caller-hangs-up"), now=ENDED + 1).saved == 0
        recorder.finish(LINK)
        assert recorder.drain(10)
        assert rebuild_missing(store, cel("caller-hangs-up"), ENDED + 60_000) == 0
    (call,) = store.all()
    assert (call.t_offered, call.t_ended, call.flow_revision) == (OFFERED, ENDED, "rev1")
    assert [visit.t_enter - OFFERED for visit in call.menu_visits] == [3000, 10100]
    assert recover(tmp_path / "j", store).saved == 0


def test_a_locked_database_loses_nothing(store: Store, tmp_path: Path) -> None:
    class Locked:
        def save(self, calls: Iterable[Call]) -> int:
            raise StoreError("数据库正被占用")

        def get(self, call_id: str) -> Call | None:
            return None

        def known(self, linkedids: object) -> set[str]:
            raise StoreError("数据库正被占用")

    crash(tmp_path / "j", {"c": told(WHOLE)})
    with pytest.raises(StoreError):
        recover(tmp_path / "j", Locked(), now=BASE + 10_000)
    with pytest.raises(StoreError):
        rebuild_missing(Locked(), cel("abandoned"), ENDED + 10**9)
    assert recover(tmp_path / "j", store, now=BASE + 10_000).saved == 1


def test_one_call_the_database_never_takes_does_not_hold_up_the_others(store: Store, tmp_path: Path) -> None:
    class Picky(Store):
        def save(self, calls: Iterable[Call]) -> int:
            calls = list(calls)
            if any(call.call_id == "b" for call in calls):
                raise RecordRefused("数据库不接受这条记录")
            return store.save(calls)

    crash(tmp_path / "j", {call_id: told(WHOLE) for call_id in ("a", "b", "c")})
    with closing(Picky(f"sqlite:///{tmp_path / 'unused.sqlite'}")) as picky:
        picky.migrate()
        recovery = recover(tmp_path / "j", picky, now=BASE + 10_000)
    assert recovery.saved == 2 and len(recovery.faults) == 1
    assert {call.call_id for call in store.all()} == {"a", "c"}
    # It is set aside, and not tried again at every start.
    assert recover(tmp_path / "j", store, now=BASE + 10_000).saved == 0
    crash(tmp_path / "j", {"b": told("20000 WrappedUp 1001 5000")})
    assert recover(tmp_path / "j", store, now=BASE + 30_000).pending == ("b",)
    with (tmp_path / "j" / NAME).open("rb") as lines:
        assert import_lines(lines, store).taken == 1
    assert recover(tmp_path / "j", store, now=BASE + 30_000).pending == ()
    assert store.get("b") == fold("b", told(WHOLE))


def test_a_rebuilt_call_that_the_database_never_takes_is_set_aside_once(store: Store, tmp_path: Path) -> None:
    class Picky:
        def save(self, calls: Iterable[Call]) -> int:
            raise RecordRefused("数据库不接受这条记录")

        def get(self, call_id: str) -> Call | None:
            return None

        def known(self, linkedids: object) -> set[str]:
            return set()

    refused = RefusedRecords(tmp_path / NAME)
    for _ in range(3):
        assert rebuild_missing(Picky(), cel("caller-hangs-up"), ENDED + 60_000, refused=refused) == 0
        refused = RefusedRecords(tmp_path / NAME)  # a restart
    assert refused.count == 1


def test_late_facts_alone_never_overwrite_a_stored_call(store: Store, tmp_path: Path) -> None:
    whole = fold("c", told(WHOLE))
    store.save([whole])
    crash(tmp_path / "j", {"c": told("20000 WrappedUp 1001 5000")})
    assert recover(tmp_path / "j", store, now=BASE + 30_000).saved == 0
    assert list(store.all()) == [whole]


def test_what_was_added_to_a_stored_call_survives_the_next_start(store: Store, tmp_path: Path) -> None:
    with closing(Recorder(Journal(tmp_path / "j"), store)) as recorder:
        recorder.fact("other", told(WHOLE)[0])  # goes on, so the segment stays
        for fact in told(WHOLE):
            recorder.fact("c", fact)
        recorder.finish("c")
        assert recorder.drain(10)
    call = store.get("c")
    assert call is not None
    annotated = Call(**{name: getattr(call, name) for name in call.__dataclass_fields__} | {"turns": (TURN,)})
    store.save([annotated])
    recover(tmp_path / "j", store, now=BASE + 10_000)
    assert store.get("c") == annotated


TURN = Turn("t1", BASE, BASE + 1, "查余额", 0.9)


def test_torn_lines_are_reported(store: Store, tmp_path: Path) -> None:
    crash(tmp_path / "j", {"c": told(WHOLE)})
    with (tmp_path / "j" / "journal-00000001.jsonl").open("ab") as file:
        file.write(b'{"call_id":"c","fa')
    recovery = recover(tmp_path / "j", store, now=BASE + 10_000)
    assert recovery.saved == 1 and len(recovery.faults) == 1
    assert str(recovery) == "1 通入库，0 通仍在进行，1 处有问题"
    assert list((tmp_path / "j").glob("journal-*")) == []


def test_a_line_that_cannot_be_read_is_kept_once(store: Store, tmp_path: Path) -> None:
    """Its segment goes when its calls are stored; the line may still tell somebody something."""
    crash(tmp_path / "j", {"c": told(WHOLE)[:3]})
    with (tmp_path / "j" / "journal-00000001.jsonl").open("ab") as file:
        file.write(b'{"call_id":"c","fact":"Ended"}\n{"call_id":"c","fa')
    for _ in range(2):
        with closing(Journal(tmp_path / "j")) as journal:
            assert len(journal.faults) == 2
    kept = tmp_path / "j" / UNREADABLE
    assert kept.read_bytes() == b'{"call_id":"c","fact":"Ended"}\n{"call_id":"c","fa\n'
    assert kept.stat().st_mode & 0o777 == 0o600


def test_calls_the_dialplan_served_alone_are_rebuilt_once(store: Store) -> None:
    lines = cel("caller-hangs-up", "agent-hangs-up", "abandoned", "unknown-number", "capacity", "transferred")
    now = ENDED + 10**9
    assert rebuild_missing(store, lines, now) == 5
    assert rebuild_missing(store, lines, now) == 0
    assert {call.source for call in store.all()} == {"rebuilt"}
    assert [call.hangup_cause for call in store.all()].count("capacity") == 1


def test_a_live_record_that_comes_late_replaces_the_rebuilt_one(store: Store) -> None:
    assert rebuild_missing(store, cel("caller-hangs-up"), ENDED + 60_000) == 1
    (story,) = by_call(parse(cel("caller-hangs-up")).rows).values()
    live = fold(LINK, call_facts(story))
    store.save([live])
    assert list(store.all()) == [live]


def test_calls_that_just_ended_or_still_go_on_are_left_alone(store: Store) -> None:
    lines = cel("caller-hangs-up")
    assert rebuild_missing(store, lines, ENDED + 9_999) == 0
    assert rebuild_missing(store, lines[:10], OFFERED + 60_000) == 0
    assert rebuild_missing(store, lines, ENDED + 60_000, skip={LINK}) == 0
    assert rebuild_missing(store, lines, ENDED + 10_000) == 1


def test_a_call_asterisk_died_in_is_rebuilt_after_long_silence(store: Store) -> None:
    assert rebuild_missing(store, cel("caller-hangs-up")[:10], OFFERED + SILENCE_MS * 2) == 1
    assert [call.hangup_cause for call in store.all()] == ["app_lost"]


def test_the_number_is_brought_into_the_shape_asked_for(store: Store) -> None:
    rebuild_missing(store, cel("caller-hangs-up"), ENDED + 60_000, number=lambda text: f"x{text}")
    assert [call.caller_number for call in store.all()] == ["x13800000011"]


def test_no_cel_at_all(store: Store) -> None:
    assert rebuild_missing(store, [], 0) == 0
    assert rebuild_missing(store, ["nonsense", "\x00"], 0) == 0
