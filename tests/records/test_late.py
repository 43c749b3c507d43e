"""Facts that come when their call's record was made long ago: they are added, and nothing of the record is lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ivr.records.facts import Fact
from ivr.records.folding.fold import fold
from ivr.records.folding.late import add_late
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.recovery import SILENCE_MS, rebuild_missing, recover
from ivr.records.model import Call, HeardAnnouncement, Survey
from ivr.records.store import Store
from tests.records.drawn import CALLS, FACTS_DRAWN
from tests.records.told import BASE, told

WHOLE = """
    0     Offered          c in 95000 +8613800000001 normal
    1000  Answered
    1000  FlowChosen       rev1 menu zh
    1100  FirstPrompt
    1100  PromptSpoken     greeting greeting
    1500  MenuEntered      main 1
    2000  MenuKey          agent 0
    2000  HandoffRequested key general
    2100  Queued           general
    6000  Ringing          1001
    9000  Connected        1001 3000
    9500  AgentAnnounced   1001
    30000 Ended            caller 16
"""
LATE: dict[str, tuple[str, dict[str, object]]] = {
    "wrap-up": ("90000 WrappedUp 1001 60000", {"acw_ms": 60000}),
    "release": ("29000 Released 1001", {"t_released": BASE + 29000}),
    "disposition": ("29500 DispositionGiven 1001 2", {"disposition": "2"}),
    "transfer": ("28000 Transferred 1001 1002", {"transferred_to": "1002"}),
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    return made


def tell(recorder: Recorder, call_id: str, facts: Sequence[Fact]) -> None:
    for fact in facts:
        recorder.fact(call_id, fact)


def long_ago(recorder: Recorder, calls: int) -> Call:
    """A call, and so many after it."""
    for number in range(calls + 1):
        call_id = f"c{number}" if number else "c"
        tell(recorder, call_id, told(WHOLE))
        assert recorder.finish(call_id) is not None
    assert recorder.drain(60)
    return fold("c", told(WHOLE))


@pytest.mark.parametrize("kind", LATE)
def test_a_fact_after_a_thousand_later_calls_and_a_restart_is_added(kind: str, store: Store, tmp_path: Path) -> None:
    words, changed = LATE[kind]
    many = 1000 if kind == "wrap-up" else 2
    with closing(Recorder(Journal(tmp_path / "j"), store, remembered=many)) as recorder:
        whole = long_ago(recorder, many + 1)
        tell(recorder, "c", told(words))
        assert recorder.live() == {}
        assert recorder.finish("c") is None
    assert recover(tmp_path / "j", store, now=BASE + 10**6).saved == 1
    (leg,) = whole.agent_legs
    assert store.get("c") == dataclasses.replace(whole, agent_legs=(dataclasses.replace(leg, **changed),))  # type: ignore[arg-type]
    assert recover(tmp_path / "j", store, now=BASE + 10**6).saved == 0
    assert list((tmp_path / "j").glob("journal-*")) == []


def test_it_is_added_while_the_application_runs(store: Store, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with closing(Recorder(journal, store, remembered=2)) as recorder:
        long_ago(recorder, 3)
        tell(recorder, "c", told("90000 WrappedUp 1001 60000"))
        assert recover(journal, store, now=BASE + 10**6).saved == 1
        assert journal.left == {}
    call = store.get("c")
    assert call is not None and [leg.acw_ms for leg in call.agent_legs] == [60000]
    assert [visit.key for visit in call.menu_visits] == ["0"] and call.flow_revision == "rev1"


def test_asterisks_log_still_holds_the_call_and_replaces_nothing(store: Store, tmp_path: Path) -> None:
    """At the restart the log is read from its beginning: with the late fact it tells a call of its own."""
    lines = (Path(__file__).parent / "cel" / "caller-hangs-up.csv").read_text(encoding="utf-8").splitlines()
    link = "node1-1795285744.0"
    with closing(Recorder(Journal(tmp_path / "j"), store, remembered=1)) as recorder:
        assert rebuild_missing(store, lines, 2 * 10**12) == 1
        rebuilt = store.get(link)
        assert rebuilt is not None
        full = dataclasses.replace(rebuilt, source="live", flow_revision="rev1", customer_id="k7")
        store.save([full])
        tell(recorder, link, told("20000 WrappedUp 1001 5000", rebuilt.t_offered))
    assert recover(tmp_path / "j", store, lines, now=2 * 10**12).saved == 1
    legs = (dataclasses.replace(full.agent_legs[0], acw_ms=5000),)
    assert store.get(link) == dataclasses.replace(full, agent_legs=legs)


def test_a_late_fact_of_a_call_that_nobody_recorded_is_no_fragment(store: Store, tmp_path: Path) -> None:
    """The dialplan served the call alone; the agent's wrap-up is told before the call is rebuilt."""
    lines = (Path(__file__).parent / "cel" / "caller-hangs-up.csv").read_text(encoding="utf-8").splitlines()
    link = "node1-1795285744.0"
    with closing(Recorder(Journal(tmp_path / "j"), store)) as recorder:
        tell(recorder, link, told("60000 WrappedUp 1001 5000", 1795285744000))
    assert recover(tmp_path / "j", store, lines, now=2 * 10**12).saved == 1
    call = store.get(link)
    assert call is not None
    assert [(one.outcome, one.agent_id, one.t_queued is not None) for one in call.handoffs] == [
        ("answered", "1001", True)
    ]
    assert [leg.acw_ms for leg in call.agent_legs] == [5000]


def test_a_wrap_up_alone_is_no_call(store: Store, tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "j")) as journal:
        journal.append("x", told("0 WrappedUp 1001 5000")[0])
    assert recover(tmp_path / "j", store, now=BASE + 60_000).pending == ("x",)
    done = recover(tmp_path / "j", store, now=BASE + SILENCE_MS)
    assert (done.saved, done.pending, len(done.faults)) == (0, (), 1)
    assert store.count() == 0 and list((tmp_path / "j").glob("journal-*")) == []


def test_a_fact_that_comes_while_the_record_is_being_mended_is_not_lost(store: Store, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with closing(Recorder(journal, store, remembered=1)) as recorder:
        long_ago(recorder, 2)
        tell(recorder, "c", told("90000 WrappedUp 1001 60000"))
        taken = journal.left_of("c")
        tell(recorder, "c", told("28000 Transferred 1001 1002"))
        assert not journal.settle_left("c", taken)
    recover(tmp_path / "j", store, now=BASE + 10**6)
    call = store.get("c")
    assert call is not None
    assert [(leg.acw_ms, leg.transferred_to) for leg in call.agent_legs] == [(60000, "1002")]


def test_a_put_off_call_stays_whole_in_the_journal(tmp_path: Path, store: Store) -> None:
    """The database is away for long: the call waits in the journal alone, and so does what is told of it later."""
    away = Store(f"sqlite:///{tmp_path / 'no-tables.sqlite'}")
    with closing(Recorder(Journal(tmp_path / "j"), away, retry_seconds=3600, waiting=1, remembered=1)) as recorder:
        for call_id in ("b", "c", "d"):
            tell(recorder, call_id, told(WHOLE))
            recorder.finish(call_id)
        tell(recorder, "c", told("90000 WrappedUp 1001 60000"))
        assert recorder._journal.left == {}
    assert recover(tmp_path / "j", store, now=BASE + 10**6).saved == 3
    call = store.get("c")
    assert call is not None and [leg.acw_ms for leg in call.agent_legs] == [60000] and len(call.menu_visits) == 1


def test_the_parts_that_the_record_lacks_are_added() -> None:
    bare = fold("c", told("0 Offered c in 95000 +8613800000001 normal\n60000 Ended caller 16"))
    more = told(WHOLE)[1:-1] + told("20000 HoldStarted 1001 true\n25000 HoldEnded 1001\n21000 LeafCompleted balance")
    done = add_late(bare, more)
    assert (done.t_offered, done.t_ended, done.hangup_by) == (bare.t_offered, bare.t_ended, "caller")
    assert (done.flow_revision, done.t_answered, done.completed_leaf) == ("rev1", BASE + 1000, ("balance",))
    assert [visit.menu_id for visit in done.menu_visits] == ["main"]
    assert [(one.agent_id, one.agent_id_announced_at) for one in done.handoffs] == [("1001", BASE + 9500)]
    assert [[hold.t_end - hold.t_start for hold in leg.hold] for leg in done.agent_legs] == [[5000]]


def test_a_transaction_in_doubt_is_cleared_up_by_a_later_word_of_the_bank() -> None:
    story = told("""
        0     Offered          c in 95000 +8613800000001 normal
        2000  CustomerKnown    k7 verified
        3000  TransactionEnded report_loss in_doubt - key1
        4000  TransactionEnded transfer_accept done R2 key2
        5000  SurveyInvited    bot
        6000  Ended            caller 16
    """)
    call = fold("c", story)
    later = told("""
        90000 TransactionEnded report_loss done R1 key1
        91000 TransactionEnded transfer_accept failed - key2
        92000 TransactionEnded activate_card done - key3
        93000 SurveyAnswered   bot 2
        94000 SurveyInvited    bot
        95000 IdentityChecked  pin 3 wrong
    """)
    done = add_late(call, later)
    assert [(one.operation, one.t - BASE, one.outcome, one.reference) for one in done.transactions] == [
        ("report_loss", 3000, "done", "R1"),
        ("transfer_accept", 4000, "done", "R2"),
        ("activate_card", 92000, "done", None),
    ]
    assert done.surveys == (Survey("bot", True, True, 2),)
    assert [one.outcome for one in done.verifications] == ["wrong"] and done.customer_id == "k7"
    assert add_late(done, later) == done


def test_a_supervisor_told_late_is_added_once() -> None:
    call = fold("c", told(WHOLE))
    late = told("12000 SupervisionBegan 1006 1001 listen\n14000 SupervisionEnded 1006")
    again = told("12090 SupervisionBegan 1006 1001 listen\n14010 SupervisionEnded 1006")
    once = add_late(call, late)
    assert [(one.t_start, one.t_end) for one in once.supervisions] == [(BASE + 12000, BASE + 14000)]
    assert add_late(once, again) == once


def test_an_announcement_told_late_is_added_once() -> None:
    call = fold("c", told(WHOLE))
    late = told("12000 AnnouncementHeard net_bank queue true")
    once = add_late(call, late)
    assert once.announcements_heard == (HeardAnnouncement("net_bank", "queue", BASE + 12000, True),)
    assert add_late(once, told("12010 AnnouncementHeard net_bank queue true")) == once


@pytest.mark.parametrize("cause", ["app_lost", "last_seen", "asterisk_lost", "16"])
def test_an_end_that_somebody_saw_takes_the_place_of_one_that_nobody_saw(cause: str) -> None:
    call = dataclasses.replace(fold("c", told(WHOLE)), hangup_cause=cause, hangup_by="system")
    done = add_late(call, told("31000 Ended caller 16"))
    assert (done.t_ended == BASE + 31000, done.hangup_by == "caller") == (cause != "16", cause != "16")


@given(call=CALLS, facts=st.lists(FACTS_DRAWN, max_size=8))
@example(call=dataclasses.replace(fold("c", told(WHOLE)), completed_leaf=("balance", "balance", "rates")), facts=[])
def test_nothing_of_a_record_is_ever_lost(call: Call, facts: list[Fact]) -> None:
    done = add_late(call, facts)
    assert add_late(done, facts) == done
    for name in ("call_id", "linkedid", "t_offered", "source", "did", "caller_number", "direction", "drill"):
        assert getattr(done, name) == getattr(call, name)
    for name in ("turns", "menu_visits", "verifications", "recordings"):
        before = getattr(call, name)
        assert getattr(done, name)[: len(before)] == before
    # a leaf counts once; a record that says it twice is left so where there is nothing to add
    leaves = tuple(dict.fromkeys(call.completed_leaf))
    assert tuple(dict.fromkeys(done.completed_leaf))[: len(leaves)] == leaves
    for survey, after in zip(call.surveys, done.surveys, strict=False):
        assert after == survey or (not survey.answered and after.answered and after.subject == survey.subject)
    for one, later in zip(call.transactions, done.transactions, strict=False):
        assert later == one or (one.outcome == "in_doubt" and (later.key, later.t) == (one.key, one.t))
    assert len(done.surveys) >= len(call.surveys) and len(done.transactions) >= len(call.transactions)
    assert len(done.handoffs) >= len(call.handoffs) and len(done.agent_legs) >= len(call.agent_legs)
