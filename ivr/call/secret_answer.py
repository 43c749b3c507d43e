"""The keys of a secret on a live line: no more of them is kept than its `Secret`, and none belongs to anything else."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from ivr.bank.secret import Secret
from ivr.dialogue import secret_keys
from ivr.dialogue.model import Listen

#: After the last digit that a secret can have, keys that follow one another so soon still belong to it, the `#` after a
#: PIN say: they are no choice, and nobody is to know them.
TYPED_ON_SECONDS = 1.0


class SecretAnswer:
    """One line's. `next_key` waits so many milliseconds for a key."""

    def __init__(self, next_key: Callable[[int], Awaitable[str | None]]) -> None:
        self._next_key = next_key
        self._typed_on_until = 0.0

    async def take(self, key: str, then: Listen) -> Secret:
        """The answer that begins with `key`."""
        digits, over = secret_keys.taken("", key, then.keys, star=then.star)
        while not over and (more := await self._next_key(then.timeout_ms)) is not None:
            digits, over = secret_keys.taken(digits, more, then.keys, star=then.star)
        if len(digits) == then.keys or digits.endswith("X"):
            self._typed_on_until = time.monotonic() + TYPED_ON_SECONDS
        return Secret(digits)

    @property
    def may_go_on(self) -> bool:
        """Whether the secret before may still be typed on."""
        return time.monotonic() < self._typed_on_until

    def typed_on(self) -> bool:
        """Whether a key that is pressed now still belongs to the secret before."""
        if self.may_go_on:
            self._typed_on_until = time.monotonic() + TYPED_ON_SECONDS
            return True
        return False
