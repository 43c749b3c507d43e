"""Who calls, and whether he proves it."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

from ivr.bank.demo.database import digest
from ivr.bank.demo.ledger import Arguments, Ledger, Refused, international
from ivr.bank.secret import Secret
from ivr.bank.vocabulary import Method

#: Wrong proofs in a row that lock a customer.
TRIES = 3


def caller(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Whose number this is."""
    row = bank.one("SELECT * FROM customer WHERE telephone = ?", international(asked["number"]))
    return {"customer": row["id"], "age": _age(bank, row)} if row is not None else {}


def _age(bank: Ledger, row: sqlite3.Row) -> int:
    born, today = date.fromisoformat(row["born"]), bank.today()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def verify(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Judge a proof; the third wrong one in a row locks the customer."""
    row = _who(bank, asked["method"], asked["number"])
    # who asks with numbers of others does not learn which there are
    if row is None:
        raise Refused("wrong")
    if row["locked"]:
        raise Refused("locked")
    proof: Secret = asked["proof"]
    column = "pin" if asked["method"] == Method.PIN else "id6" if len(proof) == 6 else "id4"
    if proof.passes(lambda digits: digest(digits) == row[column]):
        bank.database.execute("UPDATE customer SET wrong = 0 WHERE id = ?", (row["id"],))
        return {"customer": row["id"], "level": _level(asked["method"])}
    wrong = row["wrong"] + 1
    bank.database.execute("UPDATE customer SET wrong = ?, locked = ? WHERE id = ?", (wrong, wrong >= TRIES, row["id"]))
    raise Refused("locked" if wrong >= TRIES else "wrong")


def _who(bank: Ledger, method: str, number: Secret) -> sqlite3.Row | None:
    if method == Method.NUMBER_ID4:
        return bank.one("SELECT * FROM customer WHERE telephone = ?", international(number.reveal()))
    found = bank.one(
        "SELECT customer.* FROM customer JOIN account ON account.customer = customer.id WHERE number = ?",
        digest(number.reveal()),
    )
    return found or bank.one("SELECT * FROM customer WHERE id_number = ?", digest(number.reveal()))


def _level(method: str) -> str:
    return "identified" if method == Method.NUMBER_ID4 else "verified"
