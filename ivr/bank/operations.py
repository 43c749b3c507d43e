"""What may be asked of the bank's systems: every operation, who may ask, with what, and what comes back. Pure.

`docs/bank-api.yaml` says the same to the bank; tests hold the two together. `encode` and `decode` are the only ways in
and out: what a caller is told about his money is right, or not said.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ivr.bank import fields, results
from ivr.bank.fields import CURRENCY, Odd
from ivr.bank.secret import Secret
from ivr.bank.vocabulary import MOST_BY_METHOD, Level, Method
from ivr.errors import BankRefused, BankUnavailable

__all__ = [
    "OPERATIONS",
    "REFUSALS",
    "ArgumentKind",
    "Level",
    "Method",
    "Operation",
    "OperationSpec",
    "decode",
    "encode",
]


class Operation(StrEnum):
    """The name of an operation, as in its path."""

    CALLER = "caller"
    VERIFY = "verify"
    ACCOUNTS = "accounts"
    BALANCE = "balance"
    TRANSACTIONS = "transactions"
    CARD_BILL = "card_bill"
    LOAN = "loan"
    DEPOSITS = "deposits"
    HOLDINGS = "holdings"
    REPORT_LOSS = "report_loss"
    ACTIVATE_CARD = "activate_card"
    INSTALMENT_QUOTE = "instalment_quote"
    INSTALMENT_ACCEPT = "instalment_accept"
    PREPAY_APPOINTMENT = "prepay_appointment"
    TRANSFER_QUOTE = "transfer_quote"
    TRANSFER_ACCEPT = "transfer_accept"
    APPLICATION = "application"
    BRANCHES = "branches"
    RATES = "rates"
    OUTCOME = "outcome"


class ArgumentKind(StrEnum):
    """What an argument is: opaque ids (customer, account, quote, cursor, key), a `Method`, the calling number, fen of
    CNY (amount), an ISO date, how many (count), words (text), or a `Secret`."""

    CUSTOMER = "customer"
    ACCOUNT = "account"
    QUOTE = "quote"
    CURSOR = "cursor"
    KEY = "key"
    METHOD = "method"
    NUMBER = "number"
    AMOUNT = "amount"
    DATE = "date"
    COUNT = "count"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the kind, not one


_PATTERNS: Mapping[ArgumentKind, re.Pattern[str]] = {ArgumentKind.CURSOR: fields.CURSOR, ArgumentKind.KEY: fields.KEY}
#: Code of a refusal → why, for agents and reports. Each operation names its own; these may come from any.
REFUSALS: Mapping[str, str] = {
    "invalid": "所给内容不符合要求",
    "unknown": "没有查到",
    "not_allowed": "不允许通过电话办理",
    "other": "银行未予办理，未说明原因",
}
_DONE = {"already": "此前已办理"}
_MONEY = {"amount": "金额不在可办理范围内", "funds": "余额不足"}
_EXPIRED = {"expired": "报价已失效"}

_K = ArgumentKind
_CUSTOMER = {"customer": _K.CUSTOMER}
_ACCOUNT = {**_CUSTOMER, "account": _K.ACCOUNT}
_ACCEPT = {**_CUSTOMER, "quote": _K.QUOTE}

#: Milliseconds until the hotline gives up, repeats included. The caller hears music from the second second on.
_READ_MS, _WRITE_MS = 8_000, 12_000


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation. `auth` is the level below which it cannot be asked for; `write` changes something at the bank and
    carries an idempotency key; `retries`: how often it may be repeated where it did not get through; `result` is a
    type of `ivr.bank.results`; `refusals` are the codes with which the bank says no, and their meaning."""

    operation: Operation
    result: type[Any]
    arguments: Mapping[str, ArgumentKind]
    auth: Level = Level.VERIFIED
    write: bool = False
    optional: frozenset[str] = frozenset()
    own_refusals: Mapping[str, str] = field(default_factory=dict)
    deadline_ms: int = _READ_MS
    retries: int = 1

    @property
    def refusals(self) -> Mapping[str, str]:
        """Code → meaning, those that may come from any operation included."""
        return {**self.own_refusals, **REFUSALS}


def _query(
    operation: Operation, result: type[Any], arguments: Mapping[str, ArgumentKind], **more: Any
) -> OperationSpec:
    return OperationSpec(operation, result, arguments, **more)


def _write(operation: Operation, arguments: Mapping[str, ArgumentKind], **more: Any) -> OperationSpec:
    # never repeated by itself: its outcome is looked up by its key, which closes the key
    more["own_refusals"] = {**more["own_refusals"], "closed": "该笔办理已作废"}
    return OperationSpec(operation, results.Receipt, arguments, write=True, deadline_ms=_WRITE_MS, retries=0, **more)


_O, _NONE, _IDENTIFIED = Operation, Level.NONE, Level.IDENTIFIED
_SPECS = (
    # a call goes on without it after a second
    _query(_O.CALLER, results.Caller, {"number": _K.NUMBER}, auth=_NONE, deadline_ms=1_000, retries=0),
    # a repeat would count as another try
    _query(
        _O.VERIFY,
        results.Verified,
        {"method": _K.METHOD, "number": _K.SECRET, "proof": _K.SECRET, "caller": _K.NUMBER},
        auth=_NONE,
        optional=frozenset({"caller"}),
        own_refusals={"wrong": "证明不符", "locked": "已被银行锁定"},
        retries=0,
    ),
    _query(_O.ACCOUNTS, results.Accounts, _CUSTOMER, auth=_IDENTIFIED),
    _query(_O.BALANCE, results.Balance, _ACCOUNT),
    _query(_O.TRANSACTIONS, results.Transactions, {**_ACCOUNT, "after": _K.CURSOR}, optional=frozenset({"after"})),
    _query(_O.CARD_BILL, results.CardBill, _ACCOUNT, own_refusals={"no_bill": "尚无账单"}),
    _query(_O.LOAN, results.Loan, _ACCOUNT, own_refusals={"settled": "贷款已结清"}),
    _query(_O.DEPOSITS, results.Deposits, _CUSTOMER),
    _query(_O.HOLDINGS, results.Holdings, _CUSTOMER),
    _write(_O.REPORT_LOSS, _ACCOUNT, auth=_IDENTIFIED, own_refusals=_DONE),
    _write(_O.ACTIVATE_CARD, _ACCOUNT, own_refusals=_DONE),
    _query(
        _O.INSTALMENT_QUOTE,
        results.InstalmentQuote,
        {**_ACCOUNT, "amount": _K.AMOUNT, "months": _K.COUNT},
        own_refusals=_MONEY,
    ),
    _write(_O.INSTALMENT_ACCEPT, _ACCEPT, own_refusals={**_DONE, **_EXPIRED}),
    _write(
        _O.PREPAY_APPOINTMENT,
        {**_ACCOUNT, "day": _K.DATE, "amount": _K.AMOUNT},
        optional=frozenset({"amount"}),
        own_refusals={**_DONE, **_MONEY, "day": "该日期不能预约"},
    ),
    _query(
        _O.TRANSFER_QUOTE,
        results.TransferQuote,
        {**_ACCOUNT, "to": _K.ACCOUNT, "amount": _K.AMOUNT},
        own_refusals=_MONEY,
    ),
    _write(_O.TRANSFER_ACCEPT, _ACCEPT, own_refusals={**_DONE, **_EXPIRED, **_MONEY}),
    # of the customer where one is known, else of the calling number
    _query(
        _O.APPLICATION,
        results.Application,
        {**_CUSTOMER, "number": _K.NUMBER},
        auth=_IDENTIFIED,
        optional=frozenset({"customer", "number"}),
    ),
    _query(_O.BRANCHES, results.Branches, {"place": _K.TEXT}, auth=_NONE),
    _query(_O.RATES, results.Rates, {}, auth=_NONE),
    # where the bank does not know the key it answers failed, and refuses a write with it that comes later (closed)
    _query(_O.OUTCOME, results.Outcome, {"key": _K.KEY}, auth=_NONE, deadline_ms=5_000, retries=2),
)

#: Every operation, by its name.
OPERATIONS: Mapping[Operation, OperationSpec] = {spec.operation: spec for spec in _SPECS}


def encode(operation: Operation, arguments: Mapping[str, object]) -> dict[str, object]:
    """The request's body; a `Secret` stays one, the adapter encrypts it. Raises ValueError for names that the operation
    does not have or lacks, BankRefused("invalid") for a value that no bank is asked with. Neither shows a value."""
    spec = OPERATIONS[operation]
    given = {name: value for name, value in arguments.items() if value is not None}
    if extra := sorted(given.keys() - spec.arguments.keys()):
        raise ValueError(f"{operation} has no argument {', '.join(extra)}")
    if lacking := sorted(spec.arguments.keys() - spec.optional - given.keys()):
        raise ValueError(f"{operation} needs {', '.join(lacking)}")
    body: dict[str, object] = {}
    for name, value in given.items():
        try:
            body[name] = _encoded(spec.arguments[name], value)
        except Odd as odd:
            raise BankRefused("invalid", f"{operation}: {name}: {odd.what}") from None
    return body


def decode(operation: Operation, body: object) -> Any:
    """The result (of the type in the table) of an answer's JSON. Raises BankUnavailable that names the field and what
    is odd about it, never its value."""
    try:
        result = fields.read(OPERATIONS[operation].result, body)
        _whole_makes_sense(result)
    except Odd as odd:
        raise BankUnavailable(f"{operation}: {odd}") from None
    return result


def check_answers(operation: Operation, arguments: Mapping[str, object], result: object) -> None:
    """The answer is one to this question: a quote for the amount that was asked for, no higher level than the proof
    can give. Raises BankUnavailable."""
    if isinstance(result, results.Verified):
        if result.level > MOST_BY_METHOD[Method(str(arguments["method"]))]:
            raise BankUnavailable(f"{operation}: level: more than this proof can give")
    elif isinstance(result, results.InstalmentQuote | results.TransferQuote):
        for one in dataclasses.fields(result):
            if one.name in arguments and getattr(result, one.name) != arguments[one.name]:
                raise BankUnavailable(f"{operation}: {one.name}: not the one that was asked for")


def _whole_makes_sense(result: object) -> None:
    """Fields that contradict each other. Raises Odd."""
    if isinstance(result, results.CardBill) and result.least_amount > result.due_amount:
        raise Odd("more than what is due", "least_amount")
    if isinstance(result, results.Holdings) and result.total != sum(one.amount for one in result.items):
        raise Odd("not the sum of the items", "total")
    if isinstance(result, results.Outcome) and (result.status == "done") != (result.reference is not None):
        raise Odd("a reference goes with done, and with nothing else", "reference")
    if isinstance(result, results.Accounts) and len({one.id for one in result.items}) < len(result.items):
        raise Odd("two accounts have the same id", "items")


def _encoded(kind: ArgumentKind, value: object) -> object:
    """Raises Odd."""
    if kind is ArgumentKind.SECRET:
        if not isinstance(value, Secret):
            raise Odd("digits are a Secret from the keys on")
        if not value.passes(fields.DIGITS.fullmatch):
            raise Odd("not what keys can give")
        return value
    if kind is ArgumentKind.AMOUNT:
        return {"fen": fields.read_whole(value, 1, fields.MOST_FEN), "currency": CURRENCY}
    return read_argument(kind, value)


def read_argument(kind: ArgumentKind, value: object) -> object:
    """An argument that is the same on both sides: neither money nor a secret. Raises Odd."""
    if kind is ArgumentKind.COUNT:
        return fields.read_whole(value, 1, fields.MOST_COUNT)
    if kind is ArgumentKind.DATE:
        return fields.read_day(value)
    if kind is ArgumentKind.TEXT:
        return fields.read_name(value)
    if kind is ArgumentKind.METHOD:
        return fields.matching(value, fields.METHOD, "a method of verification")
    if kind is ArgumentKind.NUMBER:
        return fields.matching(value, fields.TELEPHONE, "a telephone number")
    return fields.matching(value, _PATTERNS.get(kind, fields.IDENTIFIER), "an opaque id")
