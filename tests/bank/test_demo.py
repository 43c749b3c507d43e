"""The demo bank through the adapter: it keeps the contract, does everything once, and has every fault that is asked."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ivr.bank import results
from ivr.bank.client import Bank
from ivr.bank.demo import server
from ivr.bank.demo.customers import CUSTOMERS, DemoCustomer
from ivr.bank.demo.faults import FaultKind, fault_in, fault_of
from ivr.bank.operations import Level, Method, Operation
from ivr.bank.secret import Secret
from ivr.errors import BankRefused, NodeError
from ivr.settings import BankSystems
from ivr.text.check_digits import id_number_ok, luhn_ok

TODAY = date(2026, 11, 30)
WANG, LI, ZHANG, AYI, LIU, CHEN, ZHAO, SUN, ZHOU = CUSTOMERS
_O = Operation


class Asking:
    """The adapter in front of a bank, blocking: `ask` raises what the adapter raises."""

    def __init__(self, folder: Path) -> None:
        self._app = server.application(folder, lambda: TODAY)
        self._keys = iter(range(10_000))

    def ask(self, operation: Operation, write_key: str | None = None, **arguments: Any) -> Any:
        """One request; a write has another key each time unless one is given."""

        async def once() -> Any:
            transport = httpx2.ASGITransport(self._app)
            async with Bank(BankSystems(url=f"http://127.0.0.1{server.BASE}"), transport=transport) as bank:
                return await bank.request(
                    operation, arguments, key=write_key or f"k-{next(self._keys)}", call_id="n1-1.0"
                )

        return asyncio.run(once())

    def refused(self, operation: Operation, **arguments: Any) -> str:
        """The code of its no."""
        with pytest.raises(BankRefused) as no:
            self.ask(operation, **arguments)
        return no.value.code

    def verify(self, customer: DemoCustomer, pin: str | None = None) -> results.Verified:
        """By card, or by ID number where there is none, and PIN."""
        number = customer.accounts[0].number if customer.accounts else customer.id_number
        found = self.ask(_O.VERIFY, method=Method.PIN, number=Secret(number), proof=Secret(pin or customer.pin))
        assert isinstance(found, results.Verified)
        return found

    def balance(self, customer: DemoCustomer, place: int = 1) -> int:
        """Fen of the customer's account at that place."""
        found = self.ask(_O.BALANCE, customer=customer.id, account=account(customer, place))
        return int(found.available)


def account(customer: DemoCustomer, place: int) -> str:
    """The opaque id of an account."""
    return f"a-{customer.id[2:]}-{place}"


@pytest.fixture
def bank(tmp_path: Path) -> Asking:
    """A fresh one."""
    return Asking(tmp_path)


# ---- customers


def test_every_number_has_its_check_digit_and_no_two_are_the_same() -> None:
    cards = [one.number for customer in CUSTOMERS for one in customer.accounts if one.kind in ("debit", "credit")]
    assert all(map(luhn_ok, cards)) and len(set(cards)) == len(cards)
    assert all(id_number_ok(customer.id_number) for customer in CUSTOMERS)
    for customer in CUSTOMERS:
        assert re.fullmatch(r"[0-9]{6}", customer.pin) and re.fullmatch(r"\+861380000[0-9]{4}", customer.telephone)
        last4 = [one.number[-4:] for one in customer.accounts]
        assert len(set(last4)) == len(last4)
    assert len({customer.telephone for customer in CUSTOMERS}) == len({c.pin for c in CUSTOMERS}) == len(CUSTOMERS)


def test_nothing_that_proves_who_somebody_is_lies_in_the_database(tmp_path: Path, bank: Asking) -> None:
    bank.verify(WANG)
    written = b"".join(file.read_bytes() for file in tmp_path.glob("demo-bank.sqlite*"))
    for customer in CUSTOMERS:
        for digits in (customer.pin, customer.id_number, *(one.number for one in customer.accounts)):
            assert digits.encode() not in written


def test_who_calls_is_known_with_age(bank: Asking) -> None:
    assert bank.ask(_O.CALLER, number=LI.telephone) == results.Caller(LI.id, 72)
    assert bank.ask(_O.CALLER, number="13800000102") == results.Caller(LI.id, 72)
    assert bank.ask(_O.CALLER, number="+8613999999999") == results.Caller()


# ---- proof


def test_each_method_reaches_its_level(bank: Asking) -> None:
    assert bank.verify(WANG) == results.Verified(WANG.id, Level.VERIFIED)
    for method, number, proof, level in (
        (Method.PIN, WANG.id_number, WANG.pin, Level.VERIFIED),
        (Method.ID_DIGITS, WANG.accounts[2].number, WANG.id_number[-4:], Level.VERIFIED),
        (Method.ID_DIGITS, WANG.accounts[2].number, WANG.id_number[-6:], Level.VERIFIED),
        (Method.NUMBER_ID4, WANG.telephone, WANG.id_number[-4:], Level.IDENTIFIED),
        (Method.NUMBER_ID4, WANG.telephone.lstrip("+"), WANG.id_number[-4:], Level.IDENTIFIED),
    ):
        found = bank.ask(_O.VERIFY, method=method, number=Secret(number), proof=Secret(proof))
        assert found == results.Verified(WANG.id, level)


def test_three_wrong_proofs_in_a_row_lock(bank: Asking) -> None:
    number = Secret(WANG.accounts[0].number)

    def wrong() -> str:
        return bank.refused(_O.VERIFY, method=Method.PIN, number=number, proof=Secret("000000"))

    assert [wrong(), wrong()] == ["wrong", "wrong"]
    bank.verify(WANG)
    assert [wrong(), wrong(), wrong(), wrong()] == ["wrong", "wrong", "locked", "locked"]
    assert bank.refused(_O.VERIFY, method=Method.PIN, number=number, proof=Secret(WANG.pin)) == "locked"
    assert bank.refused(_O.VERIFY, method=Method.PIN, number=Secret(LIU.id_number), proof=Secret(LIU.pin)) == "locked"
    unknown = Secret("4111111111111111")
    assert bank.refused(_O.VERIFY, method=Method.PIN, number=unknown, proof=Secret("123456")) == "wrong"


# ---- questions


def test_accounts_of_everybody(bank: Asking) -> None:
    found = {customer.id: bank.ask(_O.ACCOUNTS, customer=customer.id).items for customer in CUSTOMERS}
    assert {name: len(items) for name, items in found.items()} == {
        customer.id: len(customer.accounts) for customer in CUSTOMERS
    }
    assert len(found[ZHAO.id]) == 200 and found[CHEN.id] == ()
    assert found[AYI.id][0].label == "阿依古丽·买买提（薪）"
    assert found[ZHOU.id][0].state == "lost"
    assert bank.refused(_O.ACCOUNTS, customer="c-9999") == "unknown"


def test_amounts_at_the_edges(bank: Asking) -> None:
    assert (bank.balance(AYI, 1), bank.balance(AYI, 2), bank.balance(SUN, 1), bank.balance(SUN, 2)) == (
        -1, 1, 9_999_999_999, 0,
    )  # fmt: skip


def test_of_an_account_of_another_nothing_is_told(bank: Asking) -> None:
    for operation, other in ((_O.BALANCE, 1), (_O.TRANSACTIONS, 1), (_O.CARD_BILL, 3), (_O.LOAN, 4)):
        assert bank.refused(operation, customer=LI.id, account=account(WANG, other)) == "unknown"
    assert bank.refused(_O.REPORT_LOSS, customer=LI.id, account=account(WANG, 1)) == "unknown"
    asked = {"customer": LI.id, "account": account(LI, 1), "to": account(WANG, 1)}
    assert bank.refused(_O.TRANSFER_QUOTE, **asked, amount=1) == "unknown"


def test_bookings_come_page_by_page_each_once(bank: Asking) -> None:
    seen: list[results.Booking] = []
    more, sizes = None, []
    while True:
        page = bank.ask(_O.TRANSACTIONS, customer=WANG.id, account=account(WANG, 1), after=more)
        seen += page.items
        sizes.append(len(page.items))
        if (more := page.more) is None:
            break
    assert sizes == [20, 3]
    assert [one.day for one in seen] == sorted((one.day for one in seen), reverse=True)
    assert bank.refused(_O.TRANSACTIONS, customer=WANG.id, account=account(WANG, 1), after="elsewhere") == "invalid"


def test_cards_loans_deposits_holdings(bank: Asking) -> None:
    bill = bank.ask(_O.CARD_BILL, customer=WANG.id, account=account(WANG, 3))
    assert (bill.due_amount, bill.least_amount, bill.due_day) == (628_050, 62_805, "2026-12-09")
    assert bank.ask(_O.CARD_BILL, customer=ZHANG.id, account=account(ZHANG, 3)).available == -15_000
    assert bank.refused(_O.CARD_BILL, customer=SUN.id, account=account(SUN, 4)) == "no_bill"
    assert bank.ask(_O.LOAN, customer=WANG.id, account=account(WANG, 4)).next_day == "2026-12-20"
    assert bank.refused(_O.LOAN, customer=SUN.id, account=account(SUN, 3)) == "settled"
    assert [one.day for one in bank.ask(_O.DEPOSITS, customer=WANG.id).items] == ["2026-12-05", "2027-01-03"]
    assert bank.ask(_O.HOLDINGS, customer=WANG.id).total == 100_000_00 + 25_360_08
    assert bank.ask(_O.HOLDINGS, customer=LI.id) == results.Holdings(0, ())


def test_the_rest(bank: Asking) -> None:
    assert bank.ask(_O.APPLICATION, customer=ZHANG.id) == results.Application("reviewing", "2026-11-26")  # type: ignore[arg-type]
    assert bank.ask(_O.APPLICATION, number="13800000103").status == "reviewing"
    assert bank.refused(_O.APPLICATION, customer=WANG.id) == "unknown"
    assert [one.name for one in bank.ask(_O.BRANCHES, place="中山路").items] == ["中山路支行"]
    assert bank.ask(_O.BRANCHES, place="火星").items == ()
    assert len(bank.ask(_O.RATES).items) == 7


# ---- business


def test_a_lost_card_is_stopped_once(bank: Asking) -> None:
    asked = {"customer": WANG.id, "account": account(WANG, 1)}
    receipt = bank.ask(_O.REPORT_LOSS, "k-loss", **asked)
    assert receipt == bank.ask(_O.REPORT_LOSS, "k-loss", **asked)
    assert bank.ask(_O.ACCOUNTS, customer=WANG.id).items[0].state == "lost"
    assert bank.refused(_O.REPORT_LOSS, **asked) == "already"
    assert bank.ask(_O.OUTCOME, key="k-loss") == results.Outcome("done", receipt.reference)  # type: ignore[arg-type]


def test_a_card_is_activated_once(bank: Asking) -> None:
    assert bank.ask(_O.ACTIVATE_CARD, customer=ZHANG.id, account=account(ZHANG, 2)).reference
    assert bank.refused(_O.ACTIVATE_CARD, customer=ZHANG.id, account=account(ZHANG, 2)) == "already"
    assert bank.refused(_O.ACTIVATE_CARD, customer=ZHOU.id, account=account(ZHOU, 1)) == "not_allowed"


def test_a_bill_in_instalments(bank: Asking) -> None:
    asked: dict[str, Any] = {"customer": WANG.id, "account": account(WANG, 3), "amount": 300_000}
    quote = bank.ask(_O.INSTALMENT_QUOTE, **asked, months=12)
    assert quote.monthly * 12 >= quote.amount + quote.fee > (quote.monthly - 1) * 12
    assert bank.ask(_O.INSTALMENT_ACCEPT, customer=WANG.id, quote=quote.id).reference
    assert bank.ask(_O.CARD_BILL, customer=WANG.id, account=account(WANG, 3)).due_amount == 328_050
    assert bank.refused(_O.INSTALMENT_ACCEPT, customer=WANG.id, quote=quote.id) == "already"
    assert bank.refused(_O.INSTALMENT_QUOTE, **{**asked, "amount": 1}, months=12) == "amount"
    assert bank.refused(_O.INSTALMENT_QUOTE, **{**asked, "amount": 9_999_999_999}, months=12) == "amount"
    assert bank.refused(_O.INSTALMENT_QUOTE, **asked, months=5) == "invalid"
    assert bank.refused(_O.INSTALMENT_ACCEPT, customer=LI.id, quote=quote.id) == "unknown"


def test_a_transfer_moves_what_was_quoted_and_nothing_else(bank: Asking) -> None:
    asked = {"customer": WANG.id, "account": account(WANG, 1), "to": account(WANG, 2)}
    before = bank.balance(WANG, 1), bank.balance(WANG, 2)
    quote = bank.ask(_O.TRANSFER_QUOTE, **asked, amount=1)
    assert (quote.fee, quote.last4, quote.to_last4) == (0, "9194", "8385")
    assert (bank.balance(WANG, 1), bank.balance(WANG, 2)) == before
    bank.ask(_O.TRANSFER_ACCEPT, customer=WANG.id, quote=quote.id)
    assert (bank.balance(WANG, 1), bank.balance(WANG, 2)) == (before[0] - 1, before[1] + 1)
    newest = bank.ask(_O.TRANSACTIONS, customer=WANG.id, account=account(WANG, 2)).items[0]
    assert (newest.amount, newest.direction, newest.day) == (1, "in", "2026-11-30")
    for amount, code in ((0, "invalid"), (before[0], "funds"), (5_000_001, "amount"), (9_999_999_999, "amount")):
        assert bank.refused(_O.TRANSFER_QUOTE, **asked, amount=amount) == code
    assert bank.refused(_O.TRANSFER_QUOTE, **{**asked, "to": account(WANG, 1)}, amount=1) == "not_allowed"


def test_an_early_repayment_is_on_a_day_that_can_be(bank: Asking) -> None:
    asked = {"customer": WANG.id, "account": account(WANG, 4)}
    assert bank.ask(_O.PREPAY_APPOINTMENT, **asked, day="2026-12-15").reference
    assert bank.ask(_O.PREPAY_APPOINTMENT, **asked, day="2026-12-15", amount=100_000).reference
    for day in (TODAY, TODAY - timedelta(1), TODAY + timedelta(61)):
        assert bank.refused(_O.PREPAY_APPOINTMENT, **asked, day=day.isoformat()) == "day"
    assert bank.refused(_O.PREPAY_APPOINTMENT, **asked, day="2026-12-15", amount=10**12) == "amount"


def test_a_key_is_one_transaction(bank: Asking) -> None:
    asked = {"customer": WANG.id, "account": account(WANG, 4), "day": "2026-12-15"}
    bank.ask(_O.PREPAY_APPOINTMENT, "k-1", **asked)
    with pytest.raises(BankRefused, match="refused"):
        bank.ask(_O.PREPAY_APPOINTMENT, "k-1", **{**asked, "day": "2026-12-16"})


def test_a_key_that_was_looked_up_before_it_came_is_closed(bank: Asking) -> None:
    assert bank.ask(_O.OUTCOME, key="k-late").status == "failed"
    with pytest.raises(BankRefused) as no:
        bank.ask(_O.REPORT_LOSS, "k-late", customer=WANG.id, account=account(WANG, 1))
    assert no.value.code == "closed"
    assert bank.ask(_O.ACCOUNTS, customer=WANG.id).items[0].state == "active"
    assert bank.ask(_O.OUTCOME, key="k-late").status == "failed"


def test_a_refused_write_stays_refused(bank: Asking) -> None:
    asked = {"customer": ZHOU.id, "account": account(ZHOU, 1)}
    for _ in range(2):
        with pytest.raises(BankRefused) as no:
            bank.ask(_O.REPORT_LOSS, "k-again", **asked)
        assert no.value.code == "already"
    assert bank.ask(_O.OUTCOME, key="k-again").status == "failed"


def test_what_was_done_is_there_after_a_restart(tmp_path: Path, bank: Asking) -> None:
    bank.ask(_O.REPORT_LOSS, customer=WANG.id, account=account(WANG, 1))
    assert Asking(tmp_path).ask(_O.ACCOUNTS, customer=WANG.id).items[0].state == "lost"


def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "demo-bank.sqlite").write_bytes(b"nothing that SQLite knows" * 100)
    with pytest.raises(NodeError, match="not a database"):
        server.application(tmp_path)
    with pytest.raises(NodeError, match="this machine alone"):
        server.serve("0.0.0.0", 0, tmp_path)
    assert sqlite3.sqlite_version


def test_faults_are_read_strictly() -> None:
    assert fault_in("balance=slow:2.5:3").seconds == 2.5 and fault_in("balance=slow:2.5:3").times == 3
    assert fault_in("*=down").kind is FaultKind.DOWN
    for text in (
        "",
        "x=slow",
        "balance=late",
        "balance=slow:x",
        "balance=slow:1:2:3",
        "balance=slow:-1",
        "balance=slow:1:0",
    ):
        with pytest.raises(ValueError, match=r"is|unknown|could|invalid"):
            fault_in(text)
    odd: list[object] = [
        [],
        {"kind": "slow", "when": 1},
        {"kind": "slow", "times": True},
        {"kind": "slow", "seconds": 1e9},
    ]
    for asked in odd:
        with pytest.raises(ValueError, match=r"is|unknown|could|invalid"):
            fault_of(asked)
