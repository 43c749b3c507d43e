"""The bank's systems of a node: there where they are set, counted, an outage known before a caller meets it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from ivr.bank.client import Bank
from ivr.bank.operations import Operation
from ivr.errors import SettingsError
from ivr.report.monitoring.exporter import Exporter, Snapshot
from ivr.report.monitoring.live_calls import LiveCalls
from ivr.report.monitoring.scrape import read
from ivr.serve import bank as of_node
from ivr.serve.bank import keep_looking, open_bank
from ivr.serve.upkeep import machine_check
from ivr.settings import BankSystems, Settings
from tests.bank.answers import right
from tests.rig.demo_bank import demo_bank


def exporter(bank: Bank | None = None) -> Exporter:
    """The endpoint of a node that sees this bank."""
    return Exporter(lambda: Snapshot(LiveCalls().live(0), bank=None if bank is None else bank.up))


def test_without_a_url_there_is_no_bank() -> None:
    figures = exporter()
    assert open_bank(BankSystems(), figures.bank_requests) is None
    assert "ivr_bank_up" not in figures.text().decode()
    assert read(figures.text().decode())[0].bank is None


def test_a_key_that_cannot_be_used_keeps_the_node_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="public_key"):
        open_bank(BankSystems(url="https://bank.example", public_key=f"{tmp_path}/gone.pem"), exporter().bank_requests)


async def _until(what: bool, bank: Bank) -> None:
    while bank.up is not what:  # noqa: ASYNC110 - the adapter tells nobody, it is read at each scrape
        await asyncio.sleep(0)


def test_an_outage_and_its_end_are_seen_without_a_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_node, "LOOK_SECONDS", 0)
    there = True

    async def answer(request: httpx2.Request) -> httpx2.Response:
        if not there:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200, json=right(Operation.RATES))

    async def watch() -> None:
        nonlocal there
        figures = exporter()
        transport = httpx2.MockTransport(answer)
        async with Bank(
            BankSystems(url="http://127.0.0.1:1"), figures=figures.bank_requests, transport=transport
        ) as bank:
            looking = asyncio.create_task(keep_looking(bank))
            assert bank.up
            there = False
            await asyncio.wait_for(_until(False, bank), 10)
            # so often in a row that its circuit opened: it is tried again all the same
            monkeypatch.setattr("circuitbreaker.monotonic", lambda: 1e12)
            there = True
            await asyncio.wait_for(_until(True, bank), 10)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            text = figures.text().decode()
        assert 'ivr_bank_requests_total{operation="rates",outcome="done"}' in text
        assert 'ivr_bank_requests_total{operation="rates",outcome="unavailable"}' in text
        assert 'ivr_bank_seconds_bucket{le="1.0",operation="rates"}' in text

    asyncio.run(watch())


def test_what_the_endpoint_says_of_the_bank_is_read_back() -> None:
    async def one() -> None:
        async with Bank(BankSystems(url="http://127.0.0.1:1")) as bank:
            figures = exporter(bank)
            assert read(figures.text().decode())[0].bank is True
            for _ in range(2):
                with pytest.raises(Exception, match="ConnectError"):
                    await bank.request(Operation.RATES, {}, call_id="x")
            assert read(figures.text().decode())[0].bank is False

    asyncio.run(one())


def test_the_doctor_asks_the_bank_that_is_set(tmp_path: Path) -> None:
    with demo_bank(tmp_path) as bank:
        settings = Settings(bank=BankSystems(url=bank.url, public_key=str(bank.public_key)))
        ((well, what, _),) = machine_check._bank(settings)
        assert well and bank.url in what
        bank.fault("rates", "down", times=2)
        ((well, _, advice),) = machine_check._bank(settings)
        assert not well and "503" in advice
    assert list(machine_check._bank(Settings())) == []
