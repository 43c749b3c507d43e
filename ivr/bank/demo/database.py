"""The demo bank's own SQLite database. Of what proves who somebody is it keeps digests; of numbers the last four."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from datetime import date, timedelta
from pathlib import Path

from ivr.bank.demo.customers import BRANCHES, CUSTOMERS, DemoAccount, DemoCustomer
from ivr.bank.vocabulary import AccountKind, AccountState, BookingKind, Direction

_SCHEMA = """
CREATE TABLE customer (id TEXT PRIMARY KEY, telephone TEXT UNIQUE, born TEXT, id_number TEXT UNIQUE, id4 TEXT,
    id6 TEXT, pin TEXT, wrong INTEGER DEFAULT 0, locked INTEGER);
CREATE TABLE account (id TEXT PRIMARY KEY, customer TEXT REFERENCES customer, kind TEXT, state TEXT, number TEXT UNIQUE,
    last4 TEXT, label TEXT, balance INTEGER, most INTEGER, due INTEGER, due_day TEXT);
CREATE TABLE booking (seq INTEGER PRIMARY KEY, account TEXT REFERENCES account, day TEXT, direction TEXT,
    amount INTEGER, kind TEXT);
CREATE TABLE quote (id TEXT PRIMARY KEY, operation TEXT, customer TEXT, account TEXT, target TEXT, amount INTEGER,
    fee INTEGER, months INTEGER, used INTEGER DEFAULT 0);
CREATE TABLE written (key TEXT PRIMARY KEY, operation TEXT, asked TEXT, status TEXT, reference TEXT, refused TEXT);
CREATE TABLE application (customer TEXT, telephone TEXT, status TEXT, day TEXT);
CREATE TABLE branch (name TEXT, address TEXT, words TEXT);
"""
#: Bookings of an account that has any.
_BOOKINGS = 23


def digest(text: str) -> str:
    """What is compared instead of a number or PIN."""
    return hashlib.blake2b(text.upper().encode(), key=b"demo bank", digest_size=16).hexdigest()


def open_database(path: Path | str, today: date) -> sqlite3.Connection:
    """The bank's database, with its customers where it is new. Raises sqlite3.Error."""
    database = sqlite3.connect(path, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'customer'").fetchone():
        database.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
        for customer in CUSTOMERS:
            _add(database, customer, today)
        database.executemany("INSERT INTO branch VALUES (?, ?, ?)", BRANCHES)
        database.execute("COMMIT")
    return database


def _add(database: sqlite3.Connection, customer: DemoCustomer, today: date) -> None:
    number = customer.id_number
    database.execute(
        "INSERT INTO customer VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
        (
            customer.id,
            customer.telephone,
            customer.born.isoformat(),
            digest(number),
            digest(number[-4:]),
            digest(number[-6:]),
            digest(customer.pin),
            customer.locked,
        ),
    )
    if customer.application:
        database.execute(
            "INSERT INTO application VALUES (?, ?, ?, ?)",
            (customer.id, customer.telephone, customer.application, (today - timedelta(4)).isoformat()),
        )
    for place, account in enumerate(customer.accounts, 1):
        _add_account(database, customer.id, f"a-{customer.id[2:]}-{place}", account, today)


def _add_account(database: sqlite3.Connection, customer: str, name: str, account: DemoAccount, today: date) -> None:
    database.execute(
        "INSERT INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            name,
            customer,
            account.kind.value,
            account.state.value,
            digest(account.number),
            account.number[-4:],
            account.label,
            account.balance,
            account.limit,
            account.due,
            (today + timedelta(account.days)).isoformat(),
        ),
    )
    if account.kind in (AccountKind.DEBIT, AccountKind.CREDIT) and account.state is not AccountState.INACTIVE:
        chance = random.Random(name)  # noqa: S311 - the same bookings each time, nothing secret
        for back in reversed(range(_BOOKINGS)):
            coming = account.kind is AccountKind.DEBIT and back % 5 == 2
            kind = BookingKind.SALARY if coming else chance.choice((BookingKind.PURCHASE, BookingKind.TRANSFER))
            direction = Direction.IN if coming else Direction.OUT
            book(database, name, today - timedelta(2 * back), direction, chance.randint(1, 300_000), kind)


def book(
    database: sqlite3.Connection, account: str, day: date, direction: Direction, amount: int, kind: BookingKind
) -> None:
    """Add a booking; the balance is the caller's business."""
    database.execute(
        "INSERT INTO booking (account, day, direction, amount, kind) VALUES (?, ?, ?, ?, ?)",
        (account, day.isoformat(), direction.value, amount, kind.value),
    )
