"""What a customer may have done: quotes, and what changes something."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import date
from typing import Any

from ivr.bank.demo.database import book
from ivr.bank.demo.ledger import Arguments, Ledger, Refused, cny
from ivr.bank.operations import Operation
from ivr.bank.vocabulary import BookingKind, Direction

#: Fen: the least that is paid in instalments, the most that is transferred by telephone.
INSTALMENT_FROM, TRANSFER_TO = 500_00, 50_000_00
#: Months → fee in ten-thousandths of the amount.
INSTALMENT_FEES = {3: 180, 6: 360, 12: 660, 24: 1320}
#: Days from today on which an early repayment can be made.
PREPAY_DAYS = range(1, 61)
_O = Operation


def report_loss(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """The card is stopped."""
    row = bank.account(asked, "debit|credit")
    if row["state"] == "lost":
        raise Refused("already")
    _set_state(bank, row, "lost")
    return {}


def activate_card(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """A card that was sent may be used."""
    row = bank.account(asked, "debit|credit")
    if row["state"] == "active":
        raise Refused("already")
    if row["state"] != "inactive":
        raise Refused("not_allowed")
    _set_state(bank, row, "active")
    return {}


def _set_state(bank: Ledger, account: sqlite3.Row, state: str) -> None:
    bank.database.execute("UPDATE account SET state = ? WHERE id = ?", (state, account["id"]))


def instalment_quote(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """What the instalments would cost."""
    row = bank.account(asked, "credit")
    amount, months = asked["amount"], asked["months"]
    if not INSTALMENT_FROM <= amount <= row["due"]:
        raise Refused("amount")
    if months not in INSTALMENT_FEES:
        raise Refused("invalid")
    fee = amount * INSTALMENT_FEES[months] // 10_000
    name = _quote(bank, _O.INSTALMENT_ACCEPT, asked, amount, fee, months=months)
    monthly = -(-(amount + fee) // months)
    return {"id": name, "amount": cny(amount), "monthly": cny(monthly), "fee": cny(fee), "months": months}


def _quote(bank: Ledger, accept: Operation, asked: Arguments, amount: int, fee: int, *, months: int = 0) -> str:
    name = f"q-{secrets.token_hex(8)}"
    bank.database.execute(
        "INSERT INTO quote VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
        (name, accept.value, asked["customer"], asked["account"], asked.get("to"), amount, fee, months),
    )
    return name


def _quoted(bank: Ledger, accept: Operation, asked: Arguments) -> sqlite3.Row:
    row = bank.one("SELECT * FROM quote WHERE id = ? AND customer = ?", asked["quote"], asked["customer"])
    if row is None or row["operation"] != accept:
        raise Refused("unknown")
    if row["used"]:
        raise Refused("already")
    return row


def _use(bank: Ledger, quote: sqlite3.Row) -> None:
    bank.database.execute("UPDATE quote SET used = 1 WHERE id = ?", (quote["id"],))


def instalment_accept(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """The amount leaves the bill."""
    quote = _quoted(bank, _O.INSTALMENT_ACCEPT, asked)
    account = bank.account({**asked, "account": quote["account"]}, "credit")
    if account["due"] < quote["amount"]:
        raise Refused("expired")
    bank.database.execute("UPDATE account SET due = due - ? WHERE id = ?", (quote["amount"], account["id"]))
    _use(bank, quote)
    return {}


def prepay_appointment(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Early repayment on a day of the next two months."""
    row = bank.account(asked, "loan")
    if (date.fromisoformat(asked["day"]) - bank.today()).days not in PREPAY_DAYS:
        raise Refused("day")
    if not 0 < asked.get("amount", row["balance"]) <= row["balance"]:
        raise Refused("amount")
    return {}


def transfer_quote(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Between debit cards of one customer."""
    source, target = bank.account(asked, "debit"), bank.account(asked, "debit", "to")
    if source["id"] == target["id"] or "lost" in (source["state"], target["state"]):
        raise Refused("not_allowed")
    if not 0 < asked["amount"] <= TRANSFER_TO:
        raise Refused("amount")
    if asked["amount"] > source["balance"]:
        raise Refused("funds")
    name = _quote(bank, _O.TRANSFER_ACCEPT, asked, asked["amount"], 0)
    return {
        "id": name,
        "amount": cny(asked["amount"]),
        "fee": cny(0),
        "last4": source["last4"],
        "to_last4": target["last4"],
    }


def transfer_accept(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """The money moves, booked on both sides."""
    quote = _quoted(bank, _O.TRANSFER_ACCEPT, asked)
    amount, today = quote["amount"], bank.today()
    source = bank.account({**asked, "account": quote["account"]}, "debit")
    if amount > source["balance"]:
        raise Refused("funds")
    for account, sign, direction in (
        (quote["account"], -1, Direction.OUT),
        (quote["target"], 1, Direction.IN),
    ):
        bank.database.execute("UPDATE account SET balance = balance + ? WHERE id = ?", (sign * amount, account))
        book(bank.database, account, today, direction, amount, BookingKind.TRANSFER)
    _use(bank, quote)
    return {}
