"""What is kept of a password."""

from __future__ import annotations

import pytest

from ivr.errors import PeopleRefused
from ivr.people import secret
from tests.rig.passwords import REAL_COST

PASSWORD = "correct horse battery"


@pytest.fixture
def real_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a console makes it."""
    monkeypatch.setattr(secret, "COST", REAL_COST)


@pytest.mark.usefixtures("real_cost")
def test_each_guess_costs_32_mib() -> None:
    kept = secret.made(PASSWORD)
    _, n, r, p, *_ = kept.split("$")
    assert 128 * int(n) * int(r) * int(p) == 32 * 1024 * 1024
    assert secret.fits(kept, PASSWORD)
    assert not secret.fits(kept, PASSWORD + " ")


def test_what_was_kept_at_another_cost_still_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = secret.made(PASSWORD)
    monkeypatch.setattr(secret, "COST", secret.COST * 2)
    assert secret.fits(kept, PASSWORD)


def test_the_same_password_is_kept_otherwise_each_time_and_is_not_in_it() -> None:
    first, second = secret.made(PASSWORD), secret.made(PASSWORD)
    assert first != second
    assert PASSWORD not in first


def test_who_has_no_password_cannot_sign_in() -> None:
    assert not secret.fits(None, PASSWORD)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(PeopleRefused, match="12"):
        secret.made("eleven-char")
