"""The demo bank's books: what every operation looks up, and how it says no."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

#: Arguments of a request, read already.
Arguments = Mapping[str, Any]


class Refused(Exception):
    """The answer is no; `code` as in the contract."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Ledger:
    """The database and the day. Not for several threads."""

    def __init__(self, database: sqlite3.Connection, today: Callable[[], date]) -> None:
        self.database, self.today = database, today

    def one(self, query: str, *values: object) -> sqlite3.Row | None:
        """The first row."""
        row: sqlite3.Row | None = self.database.execute(query, values).fetchone()
        return row

    def all(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Every row."""
        return self.database.execute(query, values).fetchall()

    def account(self, asked: Arguments, kinds: str, name: str = "account") -> sqlite3.Row:
        """The customer's own account that the argument `name` names, of one of `kinds` (`debit|credit`). Raises
        Refused."""
        row = self.one("SELECT * FROM account WHERE id = ? AND customer = ?", asked[name], asked["customer"])
        if row is None or row["kind"] not in kinds.split("|"):
            raise Refused("unknown")
        return row

    def customer(self, asked: Arguments) -> None:
        """There is such a customer. Raises Refused."""
        if self.one("SELECT 1 FROM customer WHERE id = ?", asked["customer"]) is None:
            raise Refused("unknown")


def cny(fen: int) -> dict[str, Any]:
    """Money as the contract has it."""
    return {"fen": fen, "currency": "CNY"}


def international(number: str) -> str:
    """A telephone number with its country, China where it has none; as keys give it, it has no plus."""
    return f"+86{number.removeprefix('+').removeprefix('86')}"
