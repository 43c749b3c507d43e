"""What is kept about one customer, and its erasure as far as the law allows (CBA 三十, 个人信息保护法 四十七)."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.care.privacy.sound_files import UTTERANCES, SoundFiles, call_of
from ivr.people.access import Permit
from ivr.records.model import Call
from ivr.records.privacy.model import Consent, Hold, HoldKind, Purpose
from ivr.records.privacy.purge import Making
from ivr.records.store import Store

#: Why a call is not erased, the first that holds.
ON_HOLD, TRANSACTION, OPEN_WORK = "法定保全或投诉涉及", "有交易，须按期保存（HB 7.3.3）", "有未办结的回电或留言"


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is about a number (E.164): calls, the files of their sound, callbacks and messages, complaints by
    their reference numbers, what he agreed to, holds on him."""

    calls: tuple[Call, ...]
    files: tuple[str, ...]
    work: tuple[tuple[str, int, bool], ...]
    complaints: tuple[str, ...]
    consents: tuple[Consent, ...]
    holds: tuple[Hold, ...]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: calls and files that are gone, closed callbacks and messages that are gone, and the calls
    that stay with the reason why. `failed`: files that could not be deleted, and why."""

    calls: int
    files: int
    work: int
    stay: tuple[tuple[str, str], ...]
    failed: tuple[str, ...] = ()


def gathered(store: Store, sound: SoundFiles, number: str) -> Kept:
    """Everything about a number. Raises StoreError, OSError."""
    calls = tuple(store.list(limit=None, caller_number=number))
    sound.forget()
    files = tuple(sound.of_calls([call.call_id for call in calls]))
    return Kept(
        calls,
        files,
        store.privacy.work_of(number),
        tuple(case.id for case in store.complaints.of_numbers([number])),
        store.privacy.consents.of(number),
        tuple(one for one in store.privacy.holds() if one.kind is HoldKind.NUMBER and one.target == number),
    )


def erase(store: Store, sound: SoundFiles, making: Making, number: str, permit: Permit, now: int) -> Erased:
    """Delete what nothing obliges the bank to keep: calls without transactions and what was recorded on them, closed
    callbacks and messages, and every sound that was kept for labelling; a consent to marketing is withdrawn. What stays
    goes when its class ends. Raises StoreError, OSError; what is gone until then is gone whole."""
    store.audit.note(permit.entry, now)  # whatever it stops at, or finds nothing to do
    while store.counts.count_some():
        pass
    kept = gathered(store, sound, number)
    held = store.privacy.held_calls()
    waiting = {call_id for call_id, _, open_ in kept.work if open_}
    why = {
        call.call_id: reason
        for call in kept.calls
        if (reason := _stays(call, call.call_id in held, call.call_id in waiting)) is not None
    }
    free = [call.call_id for call in kept.calls if call.call_id not in why]
    purge = store.privacy.purge(making)
    gone = 0
    for at in range(0, len(free), 200):
        gone += purge.calls(free[at : at + 200], sound.of_calls, permit.entry, now).rows
    work = purge.work_of(number, permit.entry, now)
    if store.privacy.consents.allowed(number, Purpose.MARKETING, now):
        withdrawn = Consent(number, Purpose.MARKETING, False, now, "erased", permit.person)
        store.privacy.consents.note(withdrawn, permit.entry, now)
    done, failed = sound.delete(purge.files())
    purge.files_gone(done)
    labelled, more = sound.delete(path for path in kept.files if path.startswith(UTTERANCES) and not _of(path, held))
    store.privacy.tidy()
    return Erased(gone, len({*done, *labelled}), work, tuple(sorted(why.items())), (*failed, *more))


def _stays(call: Call, held: bool, waits: bool) -> str | None:
    if held:
        return ON_HOLD
    if call.transactions:
        return TRANSACTION
    return OPEN_WORK if waits else None


def _of(path: str, held: frozenset[str]) -> bool:
    return call_of(path.rpartition("/")[2]) in held
