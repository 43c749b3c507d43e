"""What is kept of a password: scrypt (RFC 7914) over it and a salt of its own; the password itself is kept nowhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from ivr.errors import PeopleRefused

#: Characters of a password at least.
LEAST = 12
#: scrypt's cost: 32 MiB and about a tenth of a second for each guess.
COST = 2**15
_R, _P = 8, 1
_MEMORY = 64 * 1024 * 1024


def made(password: str) -> str:
    """What is kept: `scrypt$n$r$p$salt$hash`. Raises PeopleRefused for a password that is too short."""
    if len(password) < LEAST:
        raise PeopleRefused(f"密码至少 {LEAST} 个字符")
    salt = os.urandom(16)
    return "$".join(("scrypt", str(COST), str(_R), str(_P), _text(salt), _text(_hash(password, salt, COST, _R, _P))))


def fits(kept: str | None, password: str) -> bool:
    """Whether this is the password of which `kept` was made. Takes the same time where there is none."""
    if kept is None:
        _hash(password, b"\0" * 16, COST, _R, _P)
        return False
    _, n, r, p, salt, wanted = kept.split("$")
    found = _hash(password, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, base64.b64decode(wanted))


def _hash(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
