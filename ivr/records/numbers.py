"""Calling numbers in one shape, so that a customer is the same customer in live and in rebuilt records (D6), and
as they may be shown."""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[0-9]{1,20}\Z")
_LOCAL = re.compile(r"[0-9]{1,20}\Z")


def e164(text: str) -> str | None:
    """The number as E.164 (Chinese numbers get +86, short codes stay), or None where it is withheld or is none."""
    number = re.sub(r"\A00", "+", text.strip())
    if _E164.match(number):
        return number
    if not _LOCAL.match(number):
        return None
    return number if len(number) < 7 else "+86" + number.removeprefix("0")


def masked(number: str | None) -> str:
    """The last four digits of a caller's number."""
    return "隐藏号码" if number is None else "*" * max(0, len(number) - 4) + plain(number[-4:])


def plain(text: str | None) -> str:
    """Recorded text fit for a terminal: nothing in it can move the cursor; nothing recorded is a dash."""
    return "".join(c if c.isprintable() else "?" for c in text) if text else "—"
