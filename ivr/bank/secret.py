"""Digits that nobody may see: a PIN, a card or an ID number, from the keys until they leave for the bank.

Nothing that shows a value shows a secret: repr, str, format, pickle, copy, a dataclass around it, a traceback's locals.
Only `ivr.bank.client` calls `reveal`; who has to judge the digits before asks `passes`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NoReturn

#: What is shown instead.
HIDDEN = "<secret>"


class Secret:
    """Holds digits (and the X of an ID number); `Secret("")` is nothing keyed. Equal in constant time, not hashable."""

    __slots__ = ("_digits",)

    def __init__(self, digits: str) -> None:
        self._digits = digits

    def reveal(self) -> str:
        """The digits themselves: for the request to the bank, and for nothing else."""
        return self._digits

    def passes(self, check: Callable[[str], object]) -> bool:
        """What `check` says of the digits; it must neither keep nor show them."""
        return bool(check(self._digits))

    def __len__(self) -> int:
        return len(self._digits)

    def __bool__(self) -> bool:
        return bool(self._digits)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._digits.encode(), other._digits.encode())

    __hash__ = None  # type: ignore[assignment]  # a hash of six digits gives them away

    def __repr__(self) -> str:
        return HIDDEN

    def __format__(self, how: str) -> str:
        return format(HIDDEN, how)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied out of the process")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, seen: object) -> Secret:
        return self
