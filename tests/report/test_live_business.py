"""What the endpoint tells of identity, transactions and calls to look at, as calls end."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client.parser import text_string_to_metric_families

from ivr.metrics.counted import ratio
from ivr.records.model import Call, Recording, Transaction, Verification
from ivr.records.vocabulary import TransactionOutcome
from ivr.report.monitoring.exporter import Exporter, Snapshot
from ivr.report.monitoring.live_business import LiveBusiness
from ivr.report.monitoring.live_calls import LiveState
from tests.metrics.told import TEN, call


def tried(name: str, attempts: int = 3, outcome: str = "wrong") -> Call:
    return call(name, caller_number="+861", verifications=(Verification("pin", attempts, outcome, TEN + 1),))


def exposed(board: LiveBusiness) -> dict[tuple[str, ...], float]:
    """Every figure of business: name and label's value → number."""
    live = LiveState(0, {}, {}, 0, ratio(0, 0))
    text = Exporter(lambda: Snapshot(live, business=board.state())).text().decode()
    names = ("ivr_identity", "ivr_transactions", "ivr_unrecorded", "ivr_flagged")
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith(names) and one.name.endswith("_total")
    }


def test_what_did_not_happen_is_nought_and_not_missing() -> None:
    assert len(exposed(LiveBusiness())) == 6 + 4 + 1 + 4 and set(exposed(LiveBusiness()).values()) == {0}


def test_calls_are_counted_as_they_end_and_once() -> None:
    board = LiveBusiness()
    deed = Transaction("report_loss", TEN + 1, TransactionOutcome.DONE)
    served = call("s", transactions=(deed, replace(deed, outcome=TransactionOutcome.IN_DOUBT)))
    for one in (served, tried("a"), tried("b", 1, "verified"), tried("c"), call("nothing")):
        board.take(one)
        board.take(one)
    board.take(replace(tried("d"), drill=True))
    board.take(replace(tried("e"), direction="out"))
    assert {name: number for name, number in exposed(board).items() if number} == {
        ("ivr_transactions_total", "done"): 1,
        ("ivr_transactions_total", "in_doubt"): 1,
        ("ivr_unrecorded_transactions_total",): 2,
        ("ivr_identity_checks_total", "wrong"): 2,
        ("ivr_identity_checks_total", "verified"): 1,
        ("ivr_flagged_calls_total", "identity_of_number"): 1,
    }


def test_a_recorded_transaction_is_not_missed() -> None:
    board = LiveBusiness()
    deed = Transaction("report_loss", TEN + 1, TransactionOutcome.DONE)
    board.take(call("s", transactions=(deed,), recordings=(Recording("r", TEN, TEN + 2),)))
    assert board.state().unrecorded == 0


def test_figures_name_nobody() -> None:
    """No label has a number or a customer in it (CBA 十三)."""
    board = LiveBusiness()
    board.take(replace(tried("a", 9, "6222020200112230"), customer_id="k7"))
    assert all(label.isalpha() or "_" in label for name in exposed(board) for label in name)


def test_a_call_that_comes_again_counts_for_what_is_new() -> None:
    """The bank answered when the caller had gone: in doubt first, done then."""
    board = LiveBusiness()
    deed = Transaction("report_loss", TEN + 1, TransactionOutcome.IN_DOUBT, key="k")
    one = call("s", recordings=(Recording("r", TEN, TEN + 60_000),))
    for transactions in ((), (deed,), (replace(deed, outcome=TransactionOutcome.DONE),)):
        assert board.knows("s") == bool(transactions)
        board.take(replace(one, transactions=transactions))
        board.take(replace(one, transactions=transactions))
    assert board.state().transactions == {"done": 1, "refused": 0, "failed": 0, "in_doubt": 1}
    assert board.state().unrecorded == 0


def test_a_call_that_comes_again_is_flagged_once() -> None:
    board = LiveBusiness()
    deeds = [Transaction("a", TEN + at, TransactionOutcome.DONE) for at in range(6)]
    for most in (4, 4, 5, 6, 6):
        board.take(call("s", transactions=tuple(deeds[:most])))
        assert board.state().flagged["many_transactions"] == (most >= 5)
