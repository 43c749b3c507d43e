"""Fifty verified callers at once: nobody hears another's balance, nobody a wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.verified import balances
from tests.rig.demo_bank import demo_bank
from tests.rig.hotline import Hotline, hotline

pytestmark = [pytest.mark.calls, pytest.mark.exclusive]

CALLERS = 50


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Hotline]:
    """A hotline with a quick bank behind it."""
    with demo_bank(tmp_path / "bank") as bank, hotline(BANK_URL=bank.url, BANK_PUBLIC_KEY=str(bank.public_key)) as one:
        yield one


def test_fifty_at_once_hear_their_own_balance(line: Hotline, folder: Path) -> None:
    found = balances(line, folder, CALLERS)
    assert len(found) == CALLERS
    assert not [one for one in found if not one.right], [one.words for one in found if not one.right]
