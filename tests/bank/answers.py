"""A right answer of every operation, as a bank sends it."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from ivr.bank.operations import Operation


def yuan(fen: int, currency: str = "CNY") -> dict[str, object]:
    """Money in the contract's form."""
    return {"fen": fen, "currency": currency}


_O = Operation
_ACCOUNT = {"id": "a-1", "kind": "debit", "state": "active", "last4": "0128", "label": "工资卡"}
_RIGHT: dict[Operation, Any] = {
    _O.CALLER: {"customer": "c-1", "age": 67},
    _O.VERIFY: {"customer": "c-1", "level": "verified"},
    _O.ACCOUNTS: {"items": [_ACCOUNT, {**_ACCOUNT, "id": "a-2", "kind": "credit"}]},
    _O.BALANCE: {"available": yuan(1_234_567), "last4": "0128"},
    _O.TRANSACTIONS: {
        "items": [{"day": "2026-11-20", "direction": "out", "amount": yuan(1), "kind": "purchase"}],
        "more": "MjAyNg==",
    },
    _O.CARD_BILL: {
        "due_amount": yuan(300_000), "least_amount": yuan(30_000), "due_day": "2026-12-08",
        "limit": yuan(5_000_000), "available": yuan(-100), "last4": "0005",
    },
    _O.LOAN: {"balance": yuan(80_000_000), "next_amount": yuan(512_345), "next_day": "2026-12-20", "last4": "7781"},
    _O.DEPOSITS: {"items": [{"amount": yuan(5_000_000), "day": "2027-01-03", "last4": "3304"}]},
    _O.HOLDINGS: {
        "total": yuan(300),
        "items": [{"label": "稳健一号", "amount": yuan(100)}, {"label": "添利", "amount": yuan(200)}],
    },
    _O.REPORT_LOSS: {"reference": "20261130000017"},
    _O.ACTIVATE_CARD: {"reference": "20261130000018"},
    _O.INSTALMENT_QUOTE: {
        "id": "q-1", "amount": yuan(300_000), "monthly": yuan(25_900), "fee": yuan(10_800), "months": 12
    },
    _O.INSTALMENT_ACCEPT: {"reference": "20261130000019"},
    _O.PREPAY_APPOINTMENT: {"reference": "20261130000020"},
    _O.TRANSFER_QUOTE: {"id": "q-2", "amount": yuan(100), "fee": yuan(0), "last4": "0128", "to_last4": "0136"},
    _O.TRANSFER_ACCEPT: {"reference": "20261130000021"},
    _O.APPLICATION: {"status": "reviewing", "day": "2026-11-25"},
    _O.BRANCHES: {"items": [{"name": "中山路支行", "address": "中山路12号"}]},
    _O.RATES: {"items": [{"product": "y1", "percent": "1.10"}]},
    _O.OUTCOME: {"status": "done", "reference": "20261130000021"},
}  # fmt: skip


def right(operation: Operation) -> Any:
    """A copy, to be spoilt."""
    return copy.deepcopy(_RIGHT[operation])


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every field in an answer, those inside objects and lists included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*path, name)
        yield from places(one, (*path, name))


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    """What is at `path`."""
    for step in path:
        value = value[step]
    return value


def spoilt(operation: Operation, path: tuple[str | int, ...], value: object) -> Any:
    """The right answer with `value` at `path`; without the field where `value` is `...`."""
    answer = right(operation)
    *above, last = path
    holder = at(answer, tuple(above))
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return answer
