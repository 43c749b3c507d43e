"""What the bank's systems answer, as the hotline knows it: frozen, checked, in types that can be spoken. Pure.

Money is whole fen of CNY; days are ISO dates; a number of a card, an account or a contract is its last four digits.
`spoken_fields` tells which fields a prompt may name, and as what.
"""

# ruff: noqa: RUF009 - each of these calls declares a field; its value is none of the class
from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.bank import fields
from ivr.bank.vocabulary import (
    AccountKind,
    AccountState,
    ApplicationStatus,
    BookingKind,
    Direction,
    Level,
    OutcomeStatus,
    RateProduct,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose number this is; both None where the bank does not know it. Nothing is proved by it."""

    customer: str | None = fields.identifier(optional=True)
    age: int | None = fields.age()


@dataclass(frozen=True, slots=True)
class Verified:
    """The proof was right: who it is, and how surely."""

    customer: str = fields.identifier()
    level: Level = fields.level()


@dataclass(frozen=True, slots=True)
class Account:
    """One card, account, loan … of a customer; `label` is the bank's name for it (工资卡)."""

    id: str = fields.identifier()
    kind: AccountKind = fields.choice(AccountKind)
    state: AccountState = fields.choice(AccountState)
    last4: str = fields.last4()
    label: str = fields.name()


@dataclass(frozen=True, slots=True)
class Accounts:
    """Everything that a customer has, closed accounts left out."""

    items: tuple[Account, ...] = fields.items(Account)


@dataclass(frozen=True, slots=True)
class Balance:
    """What can be drawn now; negative where it is overdrawn."""

    available: int = fields.money(negative=True)
    last4: str = fields.last4()


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking of an account; `amount` has no sign, `direction` tells whether it came or went."""

    day: str = fields.day()
    direction: Direction = fields.choice(Direction)
    amount: int = fields.money()
    kind: BookingKind = fields.choice(BookingKind)


@dataclass(frozen=True, slots=True)
class Transactions:
    """The newest bookings first; `more` is the argument `after` of the next part, None at the end."""

    items: tuple[Booking, ...] = fields.items(Booking)
    more: str | None = fields.cursor()


@dataclass(frozen=True, slots=True)
class CardBill:
    """The last bill of a credit card; `available` is negative where the limit is exceeded."""

    due_amount: int = fields.money()
    least_amount: int = fields.money()
    due_day: str = fields.day()
    limit: int = fields.money()
    available: int = fields.money(negative=True)
    last4: str = fields.last4()


@dataclass(frozen=True, slots=True)
class Loan:
    """What is left of a loan, and its next instalment."""

    balance: int = fields.money()
    next_amount: int = fields.money()
    next_day: str = fields.day()
    last4: str = fields.last4()


@dataclass(frozen=True, slots=True)
class Deposit:
    """A deposit that falls due."""

    amount: int = fields.money()
    day: str = fields.day()
    last4: str = fields.last4()


@dataclass(frozen=True, slots=True)
class Deposits:
    """Deposits by the day when they fall due, the first one first."""

    items: tuple[Deposit, ...] = fields.items(Deposit)


@dataclass(frozen=True, slots=True)
class Holding:
    """One wealth product that a customer holds, at its last known value."""

    label: str = fields.name()
    amount: int = fields.money()


@dataclass(frozen=True, slots=True)
class Holdings:
    """All wealth products of a customer; `total` is the sum of the items."""

    total: int = fields.money()
    items: tuple[Holding, ...] = fields.items(Holding)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A transaction was carried out."""

    reference: str = fields.reference()


@dataclass(frozen=True, slots=True)
class InstalmentQuote:
    """What paying `amount` in instalments would cost; nothing is agreed yet."""

    id: str = fields.identifier()
    amount: int = fields.money()
    monthly: int = fields.money()
    fee: int = fields.money()
    months: int = fields.count(60)


@dataclass(frozen=True, slots=True)
class TransferQuote:
    """What a transfer between one's own accounts would cost; nothing is moved yet."""

    id: str = fields.identifier()
    amount: int = fields.money()
    fee: int = fields.money()
    last4: str = fields.last4()
    to_last4: str = fields.last4()


@dataclass(frozen=True, slots=True)
class Application:
    """How far the application for a card is, since when."""

    status: ApplicationStatus = fields.choice(ApplicationStatus)
    day: str = fields.day()


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch."""

    name: str = fields.name()
    address: str = fields.name()


@dataclass(frozen=True, slots=True)
class Branches:
    """Branches near a place, the nearest first."""

    items: tuple[Branch, ...] = fields.items(Branch)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of a savings product, per cent a year."""

    product: RateProduct = fields.choice(RateProduct)
    percent: str = fields.percent()


@dataclass(frozen=True, slots=True)
class Rates:
    """Today's rates."""

    items: tuple[Rate, ...] = fields.items(Rate)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write; `reference` where it was done."""

    status: OutcomeStatus = fields.choice(OutcomeStatus)
    reference: str | None = fields.optional_reference()


def spoken_fields(kind: type[Any]) -> Mapping[str, str]:
    """Field → as what it is spoken: a type of `ivr.text.numbers.SPEAKERS`, `name` (any words) or `choice` (`word`)."""
    return {one.name: one.metadata["spoken"] for one in dataclasses.fields(kind) if one.metadata["spoken"]}


def item_kind(kind: type[Any]) -> type[Any] | None:
    """The type of a result's `items`; None where it has none."""
    found = [one.metadata["items"] for one in dataclasses.fields(kind) if "items" in one.metadata]
    return found[0] if found else None
