"""What the demo bank does with a request: each write once, and its outcome to be looked up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from ivr.bank.demo import business, identity, queries
from ivr.bank.demo.ledger import Arguments, Ledger, Refused
from ivr.bank.operations import OPERATIONS, Operation

_DOES: Mapping[Operation, Callable[[Ledger, Arguments], dict[str, Any]]] = {
    Operation.CALLER: identity.caller,
    Operation.VERIFY: identity.verify,
    Operation.ACCOUNTS: queries.accounts,
    Operation.BALANCE: queries.balance,
    Operation.TRANSACTIONS: queries.transactions,
    Operation.CARD_BILL: queries.card_bill,
    Operation.LOAN: queries.loan,
    Operation.DEPOSITS: queries.deposits,
    Operation.HOLDINGS: queries.holdings,
    Operation.APPLICATION: queries.application,
    Operation.BRANCHES: queries.branches,
    Operation.RATES: queries.rates,
    Operation.REPORT_LOSS: business.report_loss,
    Operation.ACTIVATE_CARD: business.activate_card,
    Operation.INSTALMENT_QUOTE: business.instalment_quote,
    Operation.INSTALMENT_ACCEPT: business.instalment_accept,
    Operation.PREPAY_APPOINTMENT: business.prepay_appointment,
    Operation.TRANSFER_QUOTE: business.transfer_quote,
    Operation.TRANSFER_ACCEPT: business.transfer_accept,
}


class DemoBank:
    """Answers requests whose arguments were read already. Not for several threads."""

    def __init__(self, database: sqlite3.Connection, today: Callable[[], date]) -> None:
        self._ledger = Ledger(database, today)

    def answer(self, operation: Operation, arguments: Arguments, key: str | None) -> dict[str, Any]:
        """The answer's JSON; a write is carried out once for each key. Raises Refused."""
        if not OPERATIONS[operation].write:
            return self._do(operation, arguments)
        self._ledger.database.execute("BEGIN IMMEDIATE")
        try:
            return self._written_once(operation, arguments, str(key))
        finally:
            self._ledger.database.execute("COMMIT")

    def _written_once(self, operation: Operation, arguments: Arguments, key: str) -> dict[str, Any]:
        asked = json.dumps(arguments, sort_keys=True)
        earlier = self._ledger.one("SELECT * FROM written WHERE key = ?", key)
        if earlier is not None:
            if earlier["operation"] != operation or earlier["asked"] != asked:
                raise Refused("closed" if earlier["operation"] == Operation.OUTCOME else "invalid")
            if earlier["refused"]:
                raise Refused(earlier["refused"])
            return {"reference": earlier["reference"]}
        try:
            self._do(operation, arguments)
        except Refused as no:
            self._write_down(key, operation, asked, "failed", None, no.code)
            raise
        (count,) = self._ledger.database.execute("SELECT count(*) FROM written WHERE status = 'done'").fetchone()
        reference = f"{self._ledger.today():%m%d}{count + 1:06d}"
        self._write_down(key, operation, asked, "done", reference, None)
        return {"reference": reference}

    def _write_down(self, key: str, *values: str | None) -> None:
        self._ledger.database.execute("INSERT INTO written VALUES (?, ?, ?, ?, ?, ?)", (key, *values))

    def _do(self, operation: Operation, arguments: Arguments) -> dict[str, Any]:
        if operation is Operation.OUTCOME:
            return self._outcome(arguments)
        return _DOES[operation](self._ledger, arguments)

    def _outcome(self, asked: Arguments) -> dict[str, Any]:
        row = self._ledger.one("SELECT * FROM written WHERE key = ?", asked["key"])
        if row is None:
            # it never came: a write with this key that comes later is refused
            self._write_down(asked["key"], Operation.OUTCOME, "", "failed", None, "closed")
            return {"status": "failed"}
        return {"status": row["status"], **({"reference": row["reference"]} if row["status"] == "done" else {})}
