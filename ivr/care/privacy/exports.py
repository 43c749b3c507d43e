"""Records that leave the hotline: asked for by one person, approved by another, carried out once; numbers are hashed
with a key unless the approval says otherwise, and nothing that a caller said goes along (CBA 三十)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import IO, Any, TypeVar

from ivr.errors import ApprovalRefused
from ivr.people import approvals
from ivr.people.access import Permit
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.days import day_end, day_start
from ivr.records.exchange.lines import to_line
from ivr.records.model import Annotation, Call, Turn
from ivr.records.privacy.model import Purpose
from ivr.records.privacy.register import identifying
from ivr.records.store import Store

R = TypeVar("R", Turn, Annotation)

#: Of a hash, as hexadecimal digits: 64 bits tell customers apart, and nothing else.
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Export:
    """What is asked for: the calls of local days, both included (None: no bound; only then complaints, states and
    scores too), with whole numbers and words, or hashed. `marketing`: only customers who have agreed to that."""

    since: date | None
    until: date | None
    full: bool = False
    marketing: bool = False

    @property
    def digest(self) -> str:
        """Stands for all of it."""
        return hashlib.sha256(json.dumps(asdict(self), default=str, sort_keys=True).encode()).hexdigest()

    @property
    def words(self) -> str:
        """What the second person reads."""
        days = f"{self.since or '最早'} 至 {self.until or '最新'}"
        numbers = "号码和原话完整" if self.full else "号码散列、不含原话"
        return f"通话记录 {days}，{numbers}{'，用于营销（限已同意的客户）' if self.marketing else ''}"


def leave(store: Store, permit: Permit, export: Export, reason: str, now: int) -> Approval | None:
    """Leave to carry the export out: where people are registered, the word of a second one, used up by this. Where
    there is none it is asked for, and comes back: nothing may be exported then. None: go on. Raises ApprovalRefused
    where it was refused, there is no reason, or nobody may make that use of it."""
    if not store.people.all():
        return None
    _check_use(export)  # before an approval is asked for, or used up
    standing = [
        one
        for one in store.approvals.list(open_only=False)
        if one.kind is ApprovalKind.EXPORT and one.digest == export.digest and one.requested_by == permit.person
    ]
    if any(one.approved and one.t_used is None and now < one.t_expires for one in standing):
        approvals.use(store, permit, ApprovalKind.EXPORT, export.digest, now)
        return None
    for one in standing:
        if one.t_decided is None and now < one.t_expires:
            return one
    expires = now + approvals.USUAL_MS
    return approvals.request(store, permit, ApprovalKind.EXPORT, export.words, export.digest, reason, expires, now)


def write(store: Store, export: Export, out: IO[str], key: bytes, now: int) -> int:
    """The lines of the export; how many. `key` is what numbers are hashed with. Raises StoreError, OSError, and
    ApprovalRefused for a use that nobody may make of it."""
    _check_use(export)
    hide = _as_they_are if export.full else _hidden(key)
    since = None if export.since is None else day_start(export.since)
    until = None if export.until is None else day_end(export.until)
    count = 0
    for call in store.all(since, until):
        if export.marketing and not _agreed(store, call, now):
            continue
        out.write(to_line(hide(call)))
        count += 1
    if since is None and until is None and not export.marketing:
        for record in store.others():
            out.write(to_line(record))
            count += 1
    return count


def _check_use(export: Export) -> None:
    if export.marketing and not export.full:
        raise ApprovalRefused("营销名单须写明 --full：散列的号码不能用来联系客户")


def _agreed(store: Store, call: Call, now: int) -> bool:
    """CBA 二十九: a consent stands before every use for marketing."""
    number = call.caller_number
    return number is not None and store.privacy.consents.allowed(number, Purpose.MARKETING, now)


def _as_they_are(call: Call) -> Call:
    return call


def _hidden(key: bytes) -> Callable[[Call], Call]:
    """Whatever the register says tells who somebody is: numbers and ids hashed, words left out."""

    def hide(call: Call) -> Call:
        turns = tuple(_wordless(_noteless(turn), "turn") for turn in call.turns)
        own: dict[str, Any] = {name: hashed(getattr(call, name), key) for name in identifying("call")}
        return replace(call, turns=turns, **own)

    return hide


def _noteless(turn: Turn) -> Turn:
    return replace(turn, annotations=tuple(_wordless(note, "annotation") for note in turn.annotations))


def _wordless(record: R, table: str) -> R:
    own: dict[str, Any] = {name: None if getattr(record, name) is None else "" for name in identifying(table)}
    return replace(record, **own)


def hashed(value: str | None, key: bytes) -> str | None:
    """The same value gives the same text, and without the key nobody finds out which it was; None stays None."""
    if value is None:
        return None
    return "h-" + hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:_DIGITS]
