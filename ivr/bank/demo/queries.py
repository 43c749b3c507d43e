"""What a customer may ask about."""

from __future__ import annotations

import sqlite3
from typing import Any

from ivr.bank.demo.customers import RATES
from ivr.bank.demo.ledger import Arguments, Ledger, Refused, cny, international

#: Bookings an answer has at most; the hotline tells five of them at a time.
PAGE = 20


def accounts(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Everything that a customer has."""
    bank.customer(asked)
    rows = bank.all("SELECT * FROM account WHERE customer = ? ORDER BY rowid", asked["customer"])
    return {"items": [{name: row[name] for name in ("id", "kind", "state", "last4", "label")} for row in rows]}


def balance(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """What can be drawn from a debit card."""
    row = bank.account(asked, "debit")
    return {"available": cny(row["balance"]), "last4": row["last4"]}


def transactions(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """The newest bookings, PAGE at once; the cursor names the last one that was told."""
    row = bank.account(asked, "debit|credit")
    before = str(asked.get("after", "s-9999999999")).removeprefix("s-")
    if not (before.isascii() and before.isdigit()):
        raise Refused("invalid")
    rows = bank.all(
        "SELECT * FROM booking WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
        row["id"],
        int(before[:15]),
        PAGE + 1,
    )
    items = [
        {"day": one["day"], "direction": one["direction"], "amount": cny(one["amount"]), "kind": one["kind"]}
        for one in rows[:PAGE]
    ]
    return {"items": items, "more": f"s-{rows[PAGE - 1]['seq']}" if len(rows) > PAGE else None}


def card_bill(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """The last bill of a credit card."""
    row = bank.account(asked, "credit")
    if not row["due"]:
        raise Refused("no_bill")
    return {
        "due_amount": cny(row["due"]),
        "least_amount": cny(-(-row["due"] // 10)),
        "due_day": row["due_day"],
        "limit": cny(row["most"]),
        "available": cny(row["most"] - row["balance"]),
        "last4": row["last4"],
    }


def loan(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """What is left, and the next instalment."""
    row = bank.account(asked, "loan")
    if not row["balance"]:
        raise Refused("settled")
    return {
        "balance": cny(row["balance"]),
        "next_amount": cny(row["due"]),
        "next_day": row["due_day"],
        "last4": row["last4"],
    }


def deposits(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """By the day when they fall due."""
    bank.customer(asked)
    rows = bank.all("SELECT * FROM account WHERE customer = ? AND kind = 'deposit' ORDER BY due_day", asked["customer"])
    return {"items": [{"amount": cny(row["balance"]), "day": row["due_day"], "last4": row["last4"]} for row in rows]}


def holdings(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Wealth products and their sum."""
    bank.customer(asked)
    rows = bank.all("SELECT * FROM account WHERE customer = ? AND kind = 'wealth'", asked["customer"])
    items = [{"label": row["label"], "amount": cny(row["balance"])} for row in rows]
    return {"total": cny(sum(row["balance"] for row in rows)), "items": items}


def application(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """How far it is."""
    row = bank.one(
        "SELECT * FROM application WHERE customer = ? OR telephone = ? ORDER BY day DESC",
        asked.get("customer"),
        international(asked.get("number", "")),
    )
    if row is None:
        raise Refused("unknown")
    return {"status": row["status"], "day": row["day"]}


def branches(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Those that the words mean."""
    place = asked["place"]
    rows = bank.all("SELECT * FROM branch ORDER BY rowid")
    near = [row for row in rows if any(word in place or place in word for word in _words(row))]
    return {"items": [{"name": row["name"], "address": row["address"]} for row in near]}


def rates(bank: Ledger, asked: Arguments) -> dict[str, Any]:
    """Today's rates."""
    return {"items": [{"product": product, "percent": percent} for product, percent in RATES.items()]}


def _words(branch: sqlite3.Row) -> list[str]:
    return [branch["name"], branch["address"], *branch["words"].split()]
