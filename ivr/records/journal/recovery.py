"""After a crash: what the journal holds goes into the store, completed from CEL, never lost and never twice; and calls
that the dialplan served alone are rebuilt (D11)."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ivr.errors import RecordRefused
from ivr.records.cel.facts import Number, call_facts, end_row, is_call, rebuild_one, rest
from ivr.records.facts import AppLost, Ended, Fact, Offered, StillUp, WrappedUp
from ivr.records.folding.fold import fold, in_order
from ivr.records.folding.late import add_late
from ivr.records.journal.journal import Journal
from ivr.records.journal.refused import RefusedRecords
from ivr.records.model import Call
from ivr.records.numbers import e164
from ivr.telephony.events.cel import CelRow, by_call, parse

log = logging.getLogger(__name__)

#: A call that ended so recently may still be on its way into the store.
GRACE_MS = 10_000
#: After so long without a word a call that CEL never saw end is taken for ended.
SILENCE_MS = 4 * 3_600_000


class Records(Protocol):
    """The part of `Store` that recovery needs."""

    def save(self, calls: Iterable[Call]) -> int:
        """Keep calls, all or none."""

    def get(self, call_id: str) -> Call | None:
        """A call, or None."""

    def known(self, linkedids: Collection[str]) -> set[str]:
        """Those that have a record."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What recovery did: calls saved, calls that still go on, and what could not be read or kept."""

    saved: int
    pending: tuple[str, ...]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        words = [f"{self.saved} 通入库", f"{len(self.pending)} 通仍在进行"]
        return "，".join(words + [f"{len(self.faults)} 处有问题"] * bool(self.faults))


def recover(
    journal: Journal | Path,
    store: Records,
    cel: Iterable[str] = (),
    now: int | None = None,
    *,
    alive: Collection[str] | None = None,
    skip: Collection[str] = (),
) -> Recovery:
    """Save what an earlier run left in the journal (a folder, or the running node's own).

    A call that had not ended is completed from the lines of `cel`; if it still goes on there it stays
    in the journal (`pending`), so call this again now and then. `alive` are the linkedids that Asterisk has now, where
    the caller knows them: any other call is over. `skip` are calls the running node serves again. Raises StoreError
    with nothing lost, JournalError where the folder is not to be had.
    """
    if isinstance(journal, Path):
        with closing(Journal(journal)) as opened:
            return recover(opened, store, cel, now, alive=alive, skip=skip)
    moment = time.time_ns() // 1_000_000 if now is None else now
    stories = by_call(parse(cel).rows)
    done: list[Call] = []
    pending: list[str] = []
    alone: list[str] = []
    left = {call_id: facts for call_id, facts in journal.left.items() if call_id not in skip}
    for call_id, facts in left.items():
        story = in_order(facts)
        begun = any(isinstance(fact, Offered) for fact in story)
        if not begun and (stands := store.get(call_id)) is not None:
            # The record was made without these: it must never give way to what they alone tell.
            if (added := add_late(stands, story)) != stands:
                done.append(added)
            continue
        if not begun and ("call", call_id) in journal.refused:  # until the record itself has been mended
            pending.append(call_id)
            continue
        if not stories.get(call_id) and all(isinstance(fact, WrappedUp) for fact in story):
            # A wrap-up is no call: it waits for its call's record, for a while.
            if moment - story[-1].t < SILENCE_MS:
                pending.append(call_id)
            else:
                alone.append(f"{call_id}：只有事后处理时长，没有通话记录，未入库")
            continue
        whole = _complete(call_id, story, stories, moment, alive)
        if whole is None:
            pending.append(call_id)
        else:
            done.append(fold(call_id, whole))
    refused = _save(store, done, journal.refused)
    for call_id in left.keys() - set(pending) - {call_id for call_id, one in refused.items() if not one.aside}:
        journal.settle_left(call_id, left[call_id])
    return Recovery(len(done) - len(refused), tuple(pending), (*journal.faults, *alone, *map(str, refused.values())))


def rebuild_missing(
    store: Records,
    cel: Iterable[str],
    now: int | None = None,
    *,
    number: Number = e164,
    skip: Collection[str] = (),
    grace_ms: int = GRACE_MS,
    refused: RefusedRecords | None = None,
) -> int:
    """Rebuild the calls in `cel`'s lines that are over and that the store does not know; returns how many. Left alone
    are calls that ended less than `grace_ms` ago, those in `skip` (the journal's `left` and the recorder's `live()`),
    and those that were set aside. What the store will never take goes to `refused`. Raises StoreError with nothing
    lost."""
    moment = time.time_ns() // 1_000_000 if now is None else now
    stories = {call: rows for call, rows in by_call(parse(cel).rows).items() if call not in skip and is_call(rows)}
    over = {call: rows for call, rows in stories.items() if _over(rows, moment, grace_ms)}
    known = store.known(list(over)) if over else set()
    aside = {call for call in over if refused is not None and ("call", call) in refused}
    made = [rebuild_one(call, rows, number) for call, rows in over.items() if call not in known | aside]
    return len(made) - len(_save(store, made, refused)) if made else 0


@dataclass(frozen=True, slots=True)
class _Refused:
    """A call that the database will never take, why, and whether it could be set aside."""

    call_id: str
    why: str
    aside: bool

    def __str__(self) -> str:
        return f"{self.call_id}：{self.why}"


def _save(store: Records, calls: list[Call], refused: RefusedRecords | None) -> dict[str, _Refused]:
    """Save the calls; those the database will never take are set aside, told, and do not hold up the others."""
    try:
        store.save(calls)
    except RecordRefused as wrong:
        if len(calls) == 1:
            aside = refused is not None and refused.keep(calls[0], wrong)
            return {calls[0].call_id: _Refused(calls[0].call_id, str(wrong), aside)}
        return {call_id: one for call in calls for call_id, one in _save(store, [call], refused).items()}
    return {}


def _complete(
    call_id: str,
    facts: tuple[Fact, ...],
    stories: Mapping[str, list[CelRow]],
    now: int,
    alive: Collection[str] | None,
) -> list[Fact] | None:
    """All that is known of a call that is over; None while it goes on."""
    if any(isinstance(fact, Ended) for fact in facts):
        return list(facts)
    last = facts[-1].t
    linkedid = next((fact.linkedid for fact in facts if isinstance(fact, Offered)), call_id)
    story = stories.get(linkedid, [])
    if _goes_on(linkedid, story, last, now, alive):
        return None
    begun = any(isinstance(fact, Offered) for fact in facts)
    # A call whose beginning was never written down has all of it from CEL.
    seen = rest(story, last) if begun or not story else call_facts(story)
    whole = [*facts, AppLost(last, "crash"), *seen]
    if story and end_row(story) is None:  # Asterisk died as well: its last row is a sign of life, not the end
        whole.append(StillUp(story[-1].t))
    return whole


def _goes_on(linkedid: str, story: list[CelRow], last: int, now: int, alive: Collection[str] | None) -> bool:
    if story and end_row(story):
        return False
    if alive is not None:
        return linkedid in alive
    return bool(story) and now - max(last, story[-1].t) < SILENCE_MS


def _over(story: list[CelRow], now: int, grace_ms: int) -> bool:
    end = end_row(story)
    return end.t <= now - grace_ms if end else story[-1].t <= now - SILENCE_MS
