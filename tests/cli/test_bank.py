"""`ivr bank demo`: who its customers are, and what it does not do."""

from __future__ import annotations

import socket

import pytest

from ivr.bank.demo.customers import CUSTOMERS
from tests.cli.conftest import Desk


def test_the_list_has_every_customer_with_what_he_keys(desk: Desk) -> None:
    listed = desk.ivr("bank", "demo", "--list").stdout
    for customer in CUSTOMERS:
        for words in (customer.name, customer.telephone, customer.id_number, customer.pin, customer.note):
            assert words in listed
    for account in CUSTOMERS[0].accounts:
        assert f"{account.number}" in listed and f"{account.balance / 100:,.2f} 元" in listed
    assert "共 200 个账户" in listed
    assert not (desk.folder / "run" / "demo-bank").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--host", "0.0.0.0"), "本机回环地址"),
        (("--host", "bank.example"), "本机回环地址"),
        (("--fault", "balance"), "业务=故障"),
        (("--fault", "balance=late"), "accepted-then-down"),
        (("--port", "70000"), "70000"),
    ],
)
def test_what_it_cannot_do_is_told(desk: Desk, words: tuple[str, ...], told: str) -> None:
    result = desk.ivr("bank", "demo", *words)
    assert result.exit_code == 2 and told in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_told(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = desk.ivr("bank", "demo", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1 and "Address already in use" in result.stderr
