"""The recorder: what the running node relies on while disk and database misbehave."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from ivr.errors import RecordRefused, StoreError
from ivr.records.database.engine import writing
from ivr.records.exchange.lines import ImportResult, import_lines
from ivr.records.facts import Answered, Ended, Fact, Offered
from ivr.records.folding.fold import fold
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.refused import NAME
from ivr.records.journal.segments import Segment
from ivr.records.model import Call
from ivr.records.store import Store
from tests.records.told import told

CALL = """
    0     Offered          link in 95000 +8613800000001 normal
    1000  Answered
    2000  HandoffRequested key general
    2100  Queued           general
    9000  Connected        1001 3000
    30000 Ended            caller 16
"""


class Shelf:
    """A store in memory that can be told to fail, or to refuse some calls for good."""

    def __init__(self) -> None:
        self.kept: dict[str, Call] = {}
        self.away = False
        self.never: set[str] = set()
        self.breaks: set[str] = set()
        self.tries = 0
        self.hold: threading.Event | None = None

    def save(self, calls: Iterable[Call]) -> int:
        """As Store.save."""
        calls = list(calls)
        self.tries += 1
        if self.hold:
            self.hold.wait(30)
        if self.away:
            raise StoreError("数据库正被占用：database is locked")
        if any(call.call_id in self.breaks for call in calls):
            raise TypeError("a bug")
        if any(call.call_id in self.never for call in calls):
            raise RecordRefused("数据库不接受这条记录：out of range")
        self.kept |= {call.call_id: call for call in calls}
        return len(calls)


def eventually(condition: Callable[[], object]) -> bool:
    waiter = threading.Event()
    for _ in range(2000):
        if condition():
            return True
        waiter.wait(0.005)
    return bool(condition())


def tell(recorder: Recorder, call_id: str, facts: Iterable[Fact]) -> None:
    for fact in facts:
        recorder.fact(call_id, fact)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_a_finished_call_is_in_the_store_and_gone_from_the_journal(tmp_path: Path, shelf: Shelf) -> None:
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        tell(recorder, "c", told(CALL))
        assert recorder.live() == {"c": tuple(told(CALL))}
        call = recorder.finish("c")
        assert call == fold("c", told(CALL))
        assert recorder.live() == {}
        assert recorder.drain(10)
        assert shelf.kept == {"c": call}
        assert recorder.trouble is None
        assert recorder.finish("c") == call
    with closing(Journal(tmp_path)) as journal:
        assert journal.left == {}


def test_finishing_a_call_nobody_spoke_of(tmp_path: Path, shelf: Shelf) -> None:
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        assert recorder.finish("nobody") is None
    assert shelf.kept == {}


def test_the_real_store_locked_for_a_while(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ivr.sqlite'}"
    with closing(Store(url, busy_ms=10)) as store, closing(Store(url, busy_ms=10)) as other:
        store.migrate()
        with closing(Recorder(Journal(tmp_path / "journal"), store, retry_seconds=0.01)) as recorder:
            with writing(other._engine):
                tell(recorder, "c", told(CALL))
                recorder.finish("c")
                assert eventually(lambda: recorder.trouble)
                assert "正被占用" in str(recorder.trouble) and "1 通暂存" in str(recorder.trouble)
            assert recorder.drain(10)
            assert recorder.trouble is None
        assert store.count() == 1


def test_a_store_that_is_away_until_the_end_leaves_the_call_in_the_journal(tmp_path: Path, shelf: Shelf) -> None:
    shelf.away = True
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=3600)) as recorder:
        tell(recorder, "c", told(CALL))
        recorder.finish("c")
        assert eventually(lambda: recorder.trouble)
        assert not recorder.drain(0.01)
    with closing(Journal(tmp_path)) as journal:
        assert fold("c", journal.left["c"]) == fold("c", told(CALL))


def test_one_call_the_database_never_takes_does_not_hold_up_the_others(tmp_path: Path, shelf: Shelf) -> None:
    shelf.never = {"c1"}
    shelf.hold = threading.Event()
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=0.01)) as recorder:
        for number in range(4):
            tell(recorder, f"c{number}", told(CALL))
            recorder.finish(f"c{number}")
        shelf.hold.set()
        assert recorder.drain(10)
        assert "1 条记录被数据库拒收" in str(recorder.trouble) and str(tmp_path) in str(recorder.trouble)
        tries = shelf.tries
        tell(recorder, "c4", told(CALL))
        recorder.finish("c4")
        assert recorder.drain(10)
        assert shelf.tries == tries + 1  # the poison is not tried again
    assert set(shelf.kept) == {"c0", "c2", "c3", "c4"}
    with closing(Journal(tmp_path)) as journal:
        assert journal.left == {}


def test_what_was_set_aside_is_mended_and_read_back(tmp_path: Path, shelf: Shelf) -> None:
    shelf.never = {"c1"}
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        tell(recorder, "c1", told(CALL))
        call = recorder.finish("c1")
        assert recorder.drain(10)
        file = recorder.refused.path
        assert file.stat().st_mode & 0o777 == 0o600
        shelf.never = set()
        with file.open("rb") as lines:
            assert import_lines(lines, cast(Store, shelf)) == ImportResult(1, ())
        assert shelf.kept == {"c1": call}
        file.unlink()
        assert recorder.trouble is None and recorder.refused.count == 0


def test_no_room_to_set_it_aside_leaves_it_in_the_journal(tmp_path: Path, shelf: Shelf) -> None:
    shelf.never = {"c1"}
    (tmp_path / NAME).mkdir()  # as good as a full disk
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=0.01)) as recorder:
        tell(recorder, "c1", told(CALL))
        recorder.finish("c1")
        assert eventually(lambda: "1 通暂存" in str(recorder.trouble))
        (tmp_path / NAME).rmdir()
        assert recorder.drain(10)
        assert recorder.refused.count == 1


def test_a_database_that_is_locked_when_the_poison_comes_is_tried_again(tmp_path: Path, shelf: Shelf) -> None:
    shelf.never, shelf.away = {"c1"}, True
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=0.01)) as recorder:
        for number in range(3):
            tell(recorder, f"c{number}", told(CALL))
            recorder.finish(f"c{number}")
        assert eventually(lambda: shelf.tries > 3)
        assert recorder.refused.count == 0 and shelf.kept == {}
        shelf.away = False
        assert recorder.drain(10)
        assert set(shelf.kept) == {"c0", "c2"} and recorder.refused.count == 1


def test_a_wrap_up_after_the_end_mends_the_record(tmp_path: Path, shelf: Shelf) -> None:
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        tell(recorder, "c", told(CALL))
        recorder.finish("c")
        assert recorder.drain(10)
        tell(recorder, "c", told("35000 WrappedUp 1001 5000"))
        assert recorder.live() == {}
        assert recorder.drain(10)
    assert shelf.kept["c"].agent_legs[0].acw_ms == 5000
    with closing(Journal(tmp_path)) as journal:
        assert journal.left == {}


def test_a_wrap_up_that_is_not_stored_yet_is_whole_in_the_journal(tmp_path: Path, shelf: Shelf) -> None:
    wrap_up = told("35000 WrappedUp 1001 5000")
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=3600)) as recorder:
        tell(recorder, "c", told(CALL))
        recorder.finish("c")
        assert recorder.drain(10)
        shelf.away = True
        tell(recorder, "c", wrap_up)
        assert eventually(lambda: recorder.trouble)
    with closing(Journal(tmp_path)) as journal:
        assert fold("c", journal.left["c"]) == fold("c", [*told(CALL), *wrap_up])


def test_a_fact_that_comes_while_its_call_is_being_saved_is_not_lost(tmp_path: Path, shelf: Shelf) -> None:
    shelf.hold = threading.Event()
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        tell(recorder, "c", told(CALL))
        recorder.finish("c")
        assert eventually(lambda: shelf.tries == 1)
        tell(recorder, "c", told("35000 WrappedUp 1001 5000"))
        shelf.hold.set()
        assert recorder.drain(10)
    assert shelf.kept["c"].agent_legs[0].acw_ms == 5000
    assert shelf.tries == 2


def test_a_full_disk_never_harms_the_call(tmp_path: Path, shelf: Shelf) -> None:
    class Full(Segment):
        def append(self, data: bytes) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with closing(Recorder(Journal(tmp_path, opener=Full, retry_seconds=0.01), shelf)) as recorder:
        tell(recorder, "c", told(CALL))
        assert eventually(lambda: recorder.trouble)
        assert "No space left" in str(recorder.trouble)
        assert recorder.finish("c") is not None
        assert eventually(lambda: "c" in shelf.kept)


def test_an_error_nobody_thought_of_holds_up_its_own_call_only(
    tmp_path: Path, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    shelf.breaks = {"bad"}
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=0.01)) as recorder:
        for call in ("bad", "good", "better"):
            tell(recorder, call, told(CALL))
            recorder.finish(call)
        assert eventually(lambda: {"good", "better"} <= shelf.kept.keys())
        assert eventually(lambda: "TypeError" in str(recorder.trouble))
        shelf.breaks.clear()
        assert recorder.drain(10) and recorder.trouble is None
    assert "bad" in shelf.kept
    assert any(one.exc_info and one.exc_info[0] is TypeError for one in caplog.records)


def test_a_broken_fact_is_counted_and_the_call_goes_on(tmp_path: Path, shelf: Shelf) -> None:
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        recorder.fact("c", Offered(1, "l", "in", "95000", None, "withheld"))
        recorder.fact("c", Answered(None))  # type: ignore[arg-type]
        recorder.fact("c", "not a fact")  # type: ignore[arg-type]
        recorder.fact("c", Ended(9, "caller", "16"))
        call = recorder.finish("c")
        assert call is not None and call.t_ended == 9
        assert "2 条事实无法记录" in str(recorder.trouble)


def test_memory_for_unsaved_calls_is_bounded_and_the_journal_keeps_the_rest(tmp_path: Path, shelf: Shelf) -> None:
    shelf.away = True
    with closing(Recorder(Journal(tmp_path), shelf, retry_seconds=3600, waiting=2)) as recorder:
        for number in range(5):
            tell(recorder, f"c{number}", told(CALL))
            assert recorder.finish(f"c{number}") is not None
        assert eventually(lambda: "另有 3 通" in str(recorder.trouble))
    with closing(Journal(tmp_path)) as journal:
        assert len(journal.left) == 5


def test_a_call_that_outlived_the_application_goes_on_with_what_was_known(tmp_path: Path, shelf: Shelf) -> None:
    facts = told(CALL)
    with closing(Journal(tmp_path)) as journal:
        for fact in facts[:4]:
            journal.append("c", fact)
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:
        tell(recorder, "c", facts[4:])
        assert recorder.finish("c") == fold("c", facts)
        assert recorder.drain(10)
    assert shelf.kept["c"] == fold("c", facts)
    with closing(Journal(tmp_path)) as journal:
        assert journal.left == {}


def test_only_the_last_calls_are_remembered(tmp_path: Path, shelf: Shelf) -> None:
    with closing(Recorder(Journal(tmp_path), shelf, remembered=1)) as recorder:
        for call_id in ("a", "b"):
            tell(recorder, call_id, told(CALL))
            recorder.finish(call_id)
        assert recorder.finish("a") is None
        assert recorder.finish("b") is not None


def test_many_threads_tell_at_once(tmp_path: Path, shelf: Shelf) -> None:
    with closing(Recorder(Journal(tmp_path), shelf)) as recorder:

        def serve(number: int) -> None:
            tell(recorder, f"c{number}", told(CALL))
            recorder.finish(f"c{number}")

        threads = [threading.Thread(target=serve, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert recorder.drain(10)
    assert len(shelf.kept) == 30
