"""Passwords of tests: kept by scrypt at next to no cost, where a guess at a console takes a tenth of a second. Programs
that a test starts keep theirs as ever."""

from __future__ import annotations

from ivr.people import secret

#: What a console makes of a password costs so much.
REAL_COST = secret.COST


def install() -> None:
    """Have every password of this process made and checked so."""
    secret.COST = 2**4
