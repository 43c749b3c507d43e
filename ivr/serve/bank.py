"""The bank's systems of a running node: opened where they are set, and asked now and then whether they are there."""

from __future__ import annotations

import asyncio
import contextlib

from ivr.bank.client import Bank, Figures
from ivr.bank.operations import Operation
from ivr.errors import BankError
from ivr.settings import BankSystems

#: Between two looks whether they answer, where no caller asks.
LOOK_SECONDS = 15.0


def open_bank(settings: BankSystems, figures: Figures) -> Bank | None:
    """The adapter; None where no bank is set. Raises SettingsError where a key or certificate cannot be used."""
    return Bank(settings, figures=figures) if settings.url else None


async def keep_looking(bank: Bank) -> None:
    """Ask for what is nobody's secret and changes nothing, until cancelled: an outage is known before a caller
    meets it, and its end as well."""
    while True:
        with contextlib.suppress(BankError):  # counted and logged by the adapter
            await bank.request(Operation.RATES, {}, call_id="look")
        await asyncio.sleep(LOOK_SECONDS)
