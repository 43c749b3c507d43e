"""Facts of identity, transactions, surveys and recordings to the call's record, and no number of a card in it."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import ExchangeError
from ivr.records.days import zone
from ivr.records.exchange.checks import as_imported
from ivr.records.exchange.lines import from_line, to_line
from ivr.records.facts import CustomerKnown, TransactionEnded
from ivr.records.folding.fold import fold
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.model import Call, Muted, Recording, Survey, Transaction, Verification
from ivr.records.store import Store
from ivr.records.vocabulary import TransactionOutcome
from ivr.report.record_text import describe
from tests.records.told import BASE, told

#: Made up; the check signs are right.
CARD, ID = "6222020200112230", "11010519491231002X"

SERVED = """
    0      Offered           link1 in 95000 +8613800000001 normal
    1000   Answered
    2000   RecordingStarted  rec/c.wav
    5000   RecordingMuted
    9000   RecordingUnmuted
    9100   IdentityChecked   pin 2 verified
    9100   CustomerKnown     k7 verified
    15000  TransactionEnded  report_loss done R20261130001 key1
    20000  SurveyInvited     bot
    22000  SurveyAnswered    bot 1
    25000  Ended             caller 16
"""


def test_a_served_transaction_is_told_whole() -> None:
    call = fold("c", told(SERVED))
    assert call.customer_id == "k7"
    assert call.verifications == (Verification("pin", 2, "verified", BASE + 9100),)
    assert call.transactions == (
        Transaction("report_loss", BASE + 15000, TransactionOutcome.DONE, "R20261130001", "key1"),
    )
    assert call.surveys == (Survey("bot", True, True, 1),)
    assert call.recordings == (Recording("rec/c.wav", BASE + 2000, BASE + 25000, (Muted(BASE + 5000, BASE + 9000),)),)


def test_store_and_exchange_form_give_it_back(store: Store) -> None:
    call = fold("c", told(SERVED))
    store.save([call])
    stored = store.get("c")
    assert stored == call and stored is not None
    assert stored.transactions[0].outcome is TransactionOutcome.DONE
    assert from_line(to_line(call)) == call


def test_a_file_without_the_new_lists_is_still_valid_and_a_wrong_word_is_not() -> None:
    given = json.loads(to_line(fold("c", told(SERVED))))
    del given["transactions"], given["recordings"]
    assert from_line(json.dumps(given)) == replace(fold("c", told(SERVED)), transactions=(), recordings=())
    given["transactions"] = [{"operation": "transfer_accept", "t": BASE, "outcome": "perhaps"}]
    with pytest.raises(ExchangeError, match=r"'transactions\[0\]\.outcome' 应为 done、refused、failed、in_doubt 之一"):
        from_line(json.dumps(given))


@pytest.mark.parametrize(
    ("facts", "customer"),
    [
        ("1 CustomerKnown k1 none", None),
        ("1 CustomerKnown k1 identified", "k1"),
        ("1 CustomerKnown k1 verified\n2 CustomerKnown k2 identified", "k1"),
        ("1 CustomerKnown k1 identified\n2 CustomerKnown k2 verified", "k2"),
        ("1 CustomerKnown k1 verified\n2 CustomerKnown k2 verified", "k2"),
        (f"1 CustomerKnown {CARD} verified", None),
    ],
)
def test_only_a_proved_customer_is_the_calls_customer(facts: str, customer: str | None) -> None:
    assert fold("c", told(facts)).customer_id == customer


@pytest.mark.parametrize(
    ("facts", "rows"),
    [
        ("1 IdentityChecked pin 1 verified", [(1, "verified", 1)]),
        (
            "1 IdentityChecked pin 1 wrong\n2 IdentityChecked pin 2 wrong\n3 IdentityChecked pin 3 wrong",
            [(3, "wrong", 3)],
        ),
        ("1 IdentityChecked pin 1 wrong\n2 IdentityChecked pin 2 verified", [(2, "verified", 2)]),
        ("1 IdentityChecked pin 1 wrong\n2 IdentityChecked pin 3 locked", [(3, "locked", 2)]),
        ("1 IdentityChecked pin 1 wrong\n2 IdentityChecked pin 2 unavailable", [(2, "unavailable", 2)]),
        # a second business asks for more: the wrong tries of the first are not told again
        (
            "1 IdentityChecked number_id4 1 wrong\n2 IdentityChecked number_id4 2 identified\n"
            "5 IdentityChecked pin 2 wrong\n6 IdentityChecked pin 3 verified",
            [(2, "identified", 2), (2, "verified", 6)],
        ),
        (
            "1 IdentityChecked pin 1 identified\n2 IdentityChecked pin 1 verified",
            [(1, "identified", 1), (1, "verified", 2)],
        ),
        (
            "1 IdentityChecked pin 1 unavailable\n2 IdentityChecked pin 1 verified",
            [(1, "unavailable", 1), (1, "verified", 2)],
        ),
        # the application died and counts anew
        ("1 IdentityChecked pin 2 wrong\n2 IdentityChecked pin 1 wrong", [(2, "wrong", 1), (1, "wrong", 2)]),
        ("1 IdentityChecked pin 1 who_knows", [(1, "abandoned", 1)]),
    ],
)
def test_tries_one_after_the_other_are_one_verification(facts: str, rows: list[tuple[int, str, int]]) -> None:
    found = fold("c", told(facts)).verifications
    assert [(one.attempts, one.outcome, one.t - BASE) for one in found] == rows


@pytest.mark.parametrize(
    ("facts", "outcomes"),
    [
        ("1 TransactionEnded loss in_doubt - k\n2 TransactionEnded loss done R k", ["done"]),
        ("1 TransactionEnded loss done R k\n2 TransactionEnded loss in_doubt - k", ["done"]),
        ("1 TransactionEnded loss done R k\n2 TransactionEnded loss failed - k", ["done"]),
        ("1 TransactionEnded loss done R k\n2 TransactionEnded loss done R2 k2", ["done", "done"]),
        ("1 TransactionEnded loss who_knows - k", ["in_doubt"]),
    ],
)
def test_a_request_is_one_transaction_and_its_first_certain_outcome_counts(facts: str, outcomes: list[str]) -> None:
    assert [one.outcome for one in fold("c", told(facts)).transactions] == outcomes


@pytest.mark.parametrize(
    ("facts", "surveys"),
    [
        ("1 SurveyInvited agent", [("agent", False, None)]),
        ("1 SurveyInvited agent\n2 SurveyInvited agent\n3 SurveyAnswered agent 3", [("agent", True, 3)]),
        ("1 SurveyAnswered bot 2", [("bot", True, 2)]),
        ("1 SurveyInvited bot\n2 SurveyAnswered agent 2", [("bot", False, None), ("agent", True, 2)]),
        ("1 SurveyInvited bot\n2 SurveyAnswered bot 9", [("bot", True, None)]),
        ("1 SurveyInvited weather", []),
    ],
)
def test_an_answer_belongs_to_its_invitation(facts: str, surveys: list[tuple[str, bool, int | None]]) -> None:
    call = fold("c", told(facts))
    assert [(one.subject, one.answered, one.score) for one in call.surveys] == surveys
    assert all(one.invited for one in call.surveys)


def test_what_was_said_about_an_answer_belongs_to_the_same_answer() -> None:
    call = fold("c", told("1 SurveyInvited bot\n2 SurveyAnswered bot 3\n9 SurveyAnswered bot 3 reason"))
    assert call.surveys == (Survey("bot", True, True, 3, "reason"),)


def test_a_recording_that_nobody_ended_ends_with_the_call_and_its_gap_too() -> None:
    call = fold("c", told("1 RecordingStarted a\n5 RecordingMuted\n9 Ended caller 16\n50 WrappedUp 1001 41"))
    assert call.recordings == (Recording("a", BASE + 1, BASE + 9, (Muted(BASE + 5, BASE + 9),)),)


def test_a_number_of_a_card_or_of_a_person_is_written_down_nowhere(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    facts = told(SERVED)
    grouped = " ".join(CARD[at : at + 4] for at in range(0, 16, 4))
    facts = [replace(f, customer_id=ID) if isinstance(f, CustomerKnown) else f for f in facts]
    facts = [replace(f, reference=f"凭证 {grouped}") if isinstance(f, TransactionEnded) else f for f in facts]
    recorder = Recorder(Journal(tmp_path / "journal"), store)
    with closing(recorder), caplog.at_level(logging.DEBUG):
        for fact in facts:
            recorder.fact("c", fact)
        recorder.finish("c")
        assert recorder.drain(60)
        call = store.get("c")
    assert call is not None and call.customer_id is None and call.transactions[0].reference is None
    assert [record.levelname for record in caplog.records if "card" in record.message] == ["ERROR", "ERROR"]
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    written = files.decode("utf-8", "replace") + caplog.text + describe(call, None, zone()) + to_line(call)
    assert not any(number in written for number in (CARD, ID, grouped))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"customer_id": CARD}, "customer_id"),
        (
            {"transactions": (Transaction("a", BASE, TransactionOutcome.DONE, f"A{ID}"),)},
            r"transactions\[0\].reference",
        ),
    ],
)
def test_an_import_with_such_a_number_is_refused_by_the_fields_name(changes: dict[str, object], name: str) -> None:
    call: Call = replace(fold("c", told(SERVED)), **changes)  # type: ignore[arg-type]
    with pytest.raises(ExchangeError, match=name) as refused:
        as_imported(call)
    assert CARD not in str(refused.value) and ID not in str(refused.value)


def test_the_record_is_told_to_people_in_chinese() -> None:
    text = describe(fold("c", told(SERVED)), None, zone())
    assert "客户 k7" in text and "核实身份（电话银行密码，2 次）：通过" in text
    assert "办理 挂失：已办成，凭证号 R20261130001" in text
    assert "开始录音 rec/c.wav（23.0 秒，其中静音 1 段）" in text
    assert "满意度　　自助服务 满意" in text


def test_a_supervisor_is_never_unnoticed_in_the_record(store: Store) -> None:
    call = fold("c", told("1 Connected 1001 0\n2 SupervisionBegan 9001 1001 whisper\n6002 SupervisionEnded 9001"))
    store.save([call])
    assert store.get("c") == call == from_line(to_line(call))
    assert "班长 9001 密语座席 1001 的通话（6.0 秒）" in describe(call, None, zone())
