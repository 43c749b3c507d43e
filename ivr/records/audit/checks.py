"""When the audit trail was verified last, and what was found: entered in the trail itself, where nobody can change it
unseen. Verifying the entries of years takes minutes; pages and reports say what the last verification found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.records.audit.model import BEFORE_ALL, AuditEntry, detail
from ivr.records.audit.trail import AuditTrail, Head, TrailFault

#: What the trail calls a verification's result, and the action that it belongs to.
TARGET, ACTION = "audit-check", "audit.verify"
#: So many entries are verified at once while somebody waits.
SHORT = 2_000
#: A verification that is older says nothing of the trail of today.
OLD_MS = 2 * 86_400_000


@dataclass(frozen=True, slots=True)
class TrailCheck:
    """What is known of a trail of `entries`: those up to `number` were verified, the last time at `t` (None: just now,
    or never where `number` is 0), and `faults` places were wrong."""

    entries: int
    number: int
    faults: int
    t: int | None = None

    @property
    def newer(self) -> int:
        """How many entries came since."""
        return self.entries - self.number

    def holds(self, now: int) -> bool:
        """Whether it says something of the trail at this moment."""
        return self.newer <= 0 or (self.t is not None and now - self.t < OLD_MS)


def enter(trail: AuditTrail, checked: Head, faults: Sequence[TrailFault], by: AuditEntry, now: int) -> None:
    """Enter what a verification found that began when the trail's head was `checked`; `by` is who wanted it."""
    found = detail(number=checked.number, hash=checked.hash, faults=len(faults))
    trail.note(AuditEntry(by.person, ACTION, TARGET, role=by.role, detail=found, os_user=by.os_user), now)


def look(trail: AuditTrail, witnesses: Mapping[int, str] | None = None) -> TrailCheck:
    """The last verification, with what few entries came since verified now, and the `witnesses` (`AuditTrail.verify`)
    in any case. Raises StoreError."""
    head, last = trail.head(), _last(trail)
    done, hash_, faults, t = last or (0, BEFORE_ALL, 0, None)
    faults += sum(trail.hash_at(number) != seen for number, seen in (witnesses or {}).items())
    if head.number - done > SHORT:
        return TrailCheck(head.number, done, faults, t)
    if done and trail.hash_at(done) != hash_:
        faults += 1
    newer = sum(1 for _ in trail.faults_after(done, hash_))
    return TrailCheck(head.number, head.number, faults + newer)


def last_at(trail: AuditTrail) -> int | None:
    """When it was verified last, None where it never was. Raises StoreError."""
    last = _last(trail)
    return None if last is None else last[3]


def _last(trail: AuditTrail) -> tuple[int, str, int, int] | None:
    for kept in trail.list(target=TARGET, action=ACTION, limit=5):
        try:
            found = json.loads(kept.entry.detail or "")
            return int(found["number"]), str(found["hash"]), int(found["faults"]), kept.t
        except (ValueError, KeyError, TypeError):  # not as we enter it: verification tells whether it was changed
            continue
    return None
