"""An entry of the audit trail: as it is written, and as it is kept. Times are UTC epoch milliseconds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

#: What the hotline does by itself is done by this person.
SYSTEM = "system"
#: The hash before the first entry.
BEFORE_ALL = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, on what and why. `person`: the id of a person; `os:NAME` where the user NAME of the operating
    system is no person, `system` for what the hotline does by itself, `agent:1001` by telephone. `action`: an Action's
    value. `target`: `call:ID`, `flow:REVISION`, `person:ID`, `export`, …. `detail`: what changed, see `detail`. No
    field ever holds a secret, a full number or anything a caller said. `role`: by which role it was allowed. `os_user`:
    which user of the operating system acted as this person on the command line; None on a page, by telephone, for what
    the hotline does by itself, and in entries from before it was kept."""

    person: str
    action: str
    target: str
    allowed: bool = True
    reason: str | None = None
    detail: str | None = None
    role: str | None = None
    os_user: str | None = None

    def as_kept(self) -> dict[str, str | bool | None]:
        """Its fields as they are hashed and exported: an `os_user` that is not known is left out, so that entries from
        before it was kept are what they were."""
        fields = asdict(self)
        return fields if self.os_user is not None else {name: fields[name] for name in fields if name != "os_user"}


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry as the trail keeps it: the `number`-th from 1, at `t`; `hash` is over all of it and over `previous`, the
    hash of the entry before."""

    number: int
    t: int
    entry: AuditEntry
    previous: str
    hash: str


def detail(**fields: object) -> str:
    """What changed, for `AuditEntry.detail`: a short JSON object of names and ids, no personal data."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(number: int, t: int, entry: AuditEntry, previous: str) -> Kept:
    """The entry in its place behind the one whose hash is `previous`."""
    return Kept(number, t, entry, previous, hash_of(number, t, entry, previous))


def hash_of(number: int, t: int, entry: AuditEntry, previous: str) -> str:
    """SHA-256 over the canonical JSON of everything that an entry holds."""
    whole = {"number": number, "t": t, "previous": previous, **entry.as_kept()}
    text = json.dumps(whole, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
