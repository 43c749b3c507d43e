"""The adapter against a real server over real connections, with each fault: what happened is told as it was."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ivr.bank.client import Bank
from ivr.bank.operations import Method, Operation
from ivr.bank.secret import Secret
from ivr.errors import BankError, BankInDoubt, BankRefused, BankUnavailable
from ivr.settings import BankSystems
from tests.rig.demo_bank import RunningBank, demo_bank

T = TypeVar("T")
WANG = {"customer": "c-1001", "account": "a-1001-1"}
LOAN = {"customer": "c-1001", "account": "a-1001-4", "day": ""}
_keys = iter(range(10_000))


def settings(bank: RunningBank, **more: Any) -> BankSystems:
    """As an operator would set them."""
    return BankSystems(url=bank.url, public_key=str(bank.public_key), **more)


def talk(given: BankSystems, what: Callable[[Bank], Coroutine[Any, Any, T]]) -> T:
    """With the adapter open."""

    async def open_() -> T:
        async with Bank(given) as bank:
            return await what(bank)

    return asyncio.run(asyncio.wait_for(open_(), 30))


def ask(given: BankSystems, operation: Operation, write_key: str | None = None, **arguments: Any) -> Any:
    """One request."""
    own = write_key or f"f-{next(_keys)}"
    return talk(given, lambda bank: bank.request(operation, arguments, key=own, call_id="n1-1.0"))


def test_a_proof_travels_encrypted(running_bank: RunningBank) -> None:
    given: dict[str, Any] = {"method": Method.PIN, "number": Secret("9900010001079194")}
    assert ask(settings(running_bank), Operation.VERIFY, **given, proof=Secret("258046")).customer == "c-1001"
    with pytest.raises(BankRefused):
        ask(settings(running_bank), Operation.VERIFY, **given, proof=Secret("258047"))
    ask(settings(running_bank), Operation.VERIFY, **given, proof=Secret("258046"))
    told = (running_bank.folder / "bank.log").read_text(encoding="utf-8")
    assert "verify: 200" in told and "verify: 409" in told
    assert not {digits for digits in ("258046", "258047", "9900010001079194") if digits in told}


def test_a_slow_bank_is_waited_for(running_bank: RunningBank) -> None:
    running_bank.fault("balance", "slow", seconds=1.2)
    begun = time.monotonic()
    assert ask(settings(running_bank), Operation.BALANCE, **WANG).last4 == "9194"
    assert time.monotonic() - begun >= 1.2


def test_who_calls_is_not_waited_for_longer_than_a_second(running_bank: RunningBank) -> None:
    running_bank.fault("caller", "slow", seconds=20)
    begun = time.monotonic()
    with pytest.raises(BankUnavailable, match="no answer within 1 s"):
        ask(settings(running_bank), Operation.CALLER, number="+8613800000101")
    assert 1 <= time.monotonic() - begun < 3


@pytest.mark.parametrize("kind", ["down", "nonsense", "half"])
def test_a_read_that_fails_is_unavailable(running_bank: RunningBank, kind: str) -> None:
    running_bank.fault("balance", kind, times=10)
    with pytest.raises(BankUnavailable):
        ask(settings(running_bank), Operation.BALANCE, **WANG)


def test_a_read_that_fails_once_is_repeated(running_bank: RunningBank) -> None:
    running_bank.fault("balance", "down")
    assert ask(settings(running_bank), Operation.BALANCE, **WANG).last4 == "9194"


@pytest.mark.parametrize("body", [{}, {"available": {"fen": 1, "currency": "USD"}, "last4": "9194"}, [], None, "x"])
def test_a_recorded_odd_answer_is_not_told(running_bank: RunningBank, body: object) -> None:
    running_bank.fault("balance", "nonsense", body=body)
    with pytest.raises(BankUnavailable):
        ask(settings(running_bank), Operation.BALANCE, **WANG)


def appointment(bank: RunningBank, given: BankSystems, kind: str | None, **more: object) -> tuple[str, Any]:
    """An early repayment with a fault: its key and its result, or the error."""
    key = f"f-{next(_keys)}"
    if kind is not None:
        bank.fault("prepay_appointment", kind, **more)
    try:
        day = (date.today() + timedelta(7)).isoformat()
        return key, ask(given, Operation.PREPAY_APPOINTMENT, key, **{**LOAN, "day": day})
    except BankError as wrong:
        return key, wrong


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("accepted-then-down", "done"), ("half", "done"), ("down", "failed"), ("nonsense", "failed")],
)
def test_a_write_without_an_answer_is_in_doubt_until_it_is_looked_up(
    running_bank: RunningBank, kind: str, outcome: str
) -> None:
    key, result = appointment(running_bank, settings(running_bank), kind)
    assert isinstance(result, BankInDoubt)
    found = talk(settings(running_bank), lambda bank: bank.request(Operation.OUTCOME, {"key": key}, call_id="n1-1.0"))
    assert found.status == outcome and (found.reference is not None) == (outcome == "done")


def test_a_write_that_comes_twice_is_done_once(running_bank: RunningBank) -> None:
    _, first = appointment(running_bank, settings(running_bank), None)
    _, twice = appointment(running_bank, settings(running_bank), "duplicate")
    _, after = appointment(running_bank, settings(running_bank), None)
    assert [int(one.reference) - int(first.reference) for one in (twice, after)] == [1, 2]


def test_a_write_beyond_its_deadline_is_in_doubt(running_bank: RunningBank) -> None:
    given = settings(running_bank, deadline_percent=5)
    key, result = appointment(running_bank, given, "slow", seconds=1.5)
    assert isinstance(result, BankInDoubt)
    found = talk(settings(running_bank), lambda bank: bank.request(Operation.OUTCOME, {"key": key}, call_id="x"))
    # whichever came first at the bank, it happened or can no longer happen
    assert found.status in ("done", "failed")


def test_a_refusal_is_told_with_its_code(running_bank: RunningBank) -> None:
    running_bank.fault("balance", "refuse", code="not_allowed")
    with pytest.raises(BankRefused) as no:
        ask(settings(running_bank), Operation.BALANCE, **WANG)
    assert no.value.code == "not_allowed"


def test_nobody_there_is_unavailable_for_writes_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for operation, arguments in (
        (Operation.BALANCE, WANG),
        (Operation.REPORT_LOSS, WANG),
    ):
        with pytest.raises(BankUnavailable, match="ConnectError"):
            ask(BankSystems(url=url), operation, **arguments)


def test_more_at_once_than_connections_take_turns(running_bank: RunningBank) -> None:
    running_bank.fault("balance", "slow", seconds=0.3, times=4)

    async def many(bank: Bank) -> list[Any]:
        asked = (bank.request(Operation.BALANCE, WANG, call_id=f"n1-{number}") for number in range(4))
        return await asyncio.gather(*asked)

    begun = time.monotonic()
    found = talk(settings(running_bank, connections=2), many)
    assert len({one.available for one in found}) == 1
    assert time.monotonic() - begun >= 0.6


def test_fifty_callers_at_once_each_hear_their_own(running_bank: RunningBank) -> None:
    async def many(bank: Bank) -> list[tuple[int, int]]:
        async def one(number: int) -> tuple[int, int]:
            account = f"a-1007-{1 + number % 200}"
            arguments = {"customer": "c-1007", "account": account}
            result = await bank.request(Operation.BALANCE, arguments, call_id=f"n1-{number}")
            return number, result.available

        return await asyncio.gather(*map(one, range(50)))

    assert talk(settings(running_bank), many) == [(number, (number + 1) * 10_000) for number in range(50)]


def test_a_bank_that_dies_is_unavailable_and_one_that_comes_back_answers(tmp_path: Path) -> None:
    with demo_bank(tmp_path / "bank") as bank:
        assert ask(settings(bank), Operation.BALANCE, **WANG)
        bank.kill()
        with pytest.raises(BankUnavailable):
            ask(settings(bank), Operation.BALANCE, **WANG)
