"""The business part of a call: facts to the customer, verifications, transactions, surveys and recordings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, TypeVar, cast, get_args

from ivr.records.facts import (
    CustomerKnown,
    Fact,
    IdentityChecked,
    RecordingEnded,
    RecordingMuted,
    RecordingStarted,
    RecordingUnmuted,
    SurveyAnswered,
    SurveyInvited,
    TransactionEnded,
)
from ivr.records.model import Muted, Recording, Subject, Survey, Transaction, Verification
from ivr.records.vocabulary import FAILED_IDENTITY, IdentityOutcome, TransactionOutcome

W = TypeVar("W", bound=StrEnum)

_LEVELS = (str(IdentityOutcome.IDENTIFIED), str(IdentityOutcome.VERIFIED))


def business(story: Sequence[Fact], t_ended: int) -> dict[str, Any]:
    """These fields of the record, of facts in order; what was still recorded at `t_ended` was recorded until then."""
    return {
        "customer_id": _customer(story),
        "verifications": _verifications(story),
        "transactions": _transactions(story),
        "surveys": _surveys(story),
        "recordings": _recordings(story, t_ended),
    }


def cleared_up(stands: Transaction, told: Transaction) -> Transaction:
    """The transaction `stands`, of which the same request's `told` is told later: what was in doubt is so no longer."""
    if stands.outcome != TransactionOutcome.IN_DOUBT or told.outcome == TransactionOutcome.IN_DOUBT:
        return stands
    return replace(stands, outcome=told.outcome, reference=told.reference)


def more_surveys(stands: tuple[Survey, ...], told: Iterable[Survey]) -> tuple[Survey, ...]:
    """`stands` with what is told later: an answer belongs to the invitation that waits for it."""
    done = list(stands)
    for one in told:
        if one in stands or (not one.answered and any(one.subject == other.subject for other in stands)):
            continue
        waiting = [at for at, other in enumerate(done) if other.subject == one.subject and not other.answered]
        if one.answered and waiting:
            done[waiting[0]] = one
        else:
            done.append(one)
    return tuple(done)


def _customer(story: Sequence[Fact]) -> str | None:
    """Whom the best proof, and of those as good the last, says that it was (D6)."""
    proved = [fact for fact in story if isinstance(fact, CustomerKnown) and fact.level in _LEVELS and fact.customer_id]
    proved.sort(key=lambda fact: _LEVELS.index(fact.level))
    return proved[-1].customer_id if proved else None


def _verifications(story: Sequence[Fact]) -> tuple[Verification, ...]:
    """A row for the tries one after the other until one was right, or no more were made: how many these were, and what
    came of the last."""
    done: list[Verification] = []
    before, last = 0, IdentityChecked(0, "", 0, IdentityOutcome.UNAVAILABLE)
    for fact in story:
        if not isinstance(fact, IdentityChecked):
            continue
        if last.outcome != IdentityOutcome.WRONG or fact.attempts <= last.attempts:
            before = last.attempts if last.outcome in FAILED_IDENTITY else max(0, last.attempts - 1)
            # an application that came back in mid-call counts anew
            before = before if fact.attempts > before else 0
            done.append(Verification("", 0, "", 0))
        outcome = str(_word(IdentityOutcome, fact.outcome, IdentityOutcome.ABANDONED))
        done[-1] = Verification(fact.method, fact.attempts - before, outcome, fact.t)
        last = fact
    return tuple(done)


def _transactions(story: Sequence[Fact]) -> tuple[Transaction, ...]:
    found: dict[tuple[str, str], Transaction] = {}
    for fact in story:
        if isinstance(fact, TransactionEnded):
            outcome = _word(TransactionOutcome, fact.outcome, TransactionOutcome.IN_DOUBT)
            told = Transaction(fact.operation, fact.t, outcome, fact.reference, fact.key)
            request = fact.operation, fact.key
            found[request] = cleared_up(found[request], told) if request in found else told
    return tuple(found.values())


def _surveys(story: Sequence[Fact]) -> tuple[Survey, ...]:
    """Each invitation with its answer; who is asked again before he answered was invited once. An answer that comes
    again, with what he said about it, is the same answer."""
    found: list[Survey] = []
    for fact in story:
        if not isinstance(fact, SurveyInvited | SurveyAnswered) or fact.subject not in get_args(Subject):
            continue
        subject = cast(Subject, fact.subject)
        waiting = [at for at, one in enumerate(found) if one.subject == subject and not one.answered]
        if isinstance(fact, SurveyInvited):
            found += [] if waiting else [Survey(subject, invited=True, answered=False)]
            continue
        score = cast(Any, fact.score if fact.score in (1, 2, 3) else None)
        answer = Survey(subject, True, True, score, fact.audio_ref)
        again = replace(answer, audio_ref=None)
        if not waiting and fact.audio_ref is not None and again in found:
            found[found.index(again)] = answer
        elif waiting:
            found[waiting[0]] = answer
        else:
            found.append(answer)
    return tuple(found)


def _recordings(story: Sequence[Fact], t_ended: int) -> tuple[Recording, ...]:
    done: list[Recording] = []
    now: Recording | None = None
    muted: int | None = None
    for fact in (*story, RecordingEnded(t_ended)):
        match fact:
            case RecordingStarted(t=t, ref=ref):
                done += _closed(now, muted, t)
                now, muted = Recording(ref, t, t), None
            case RecordingMuted(t=t) if now and muted is None:
                muted = t
            case RecordingUnmuted(t=t) if now and muted is not None:
                now, muted = replace(now, muted=(*now.muted, Muted(muted, t))), None
            case RecordingEnded(t=t):
                done += _closed(now, muted, t)
                now = muted = None
    return tuple(done)


def _closed(recording: Recording | None, muted: int | None, t: int) -> list[Recording]:
    if recording is None:
        return []
    end = max(t, recording.t_start)
    gaps = recording.muted if muted is None else (*recording.muted, Muted(muted, max(muted, end)))
    return [replace(recording, t_end=end, muted=gaps)]


def _word(kind: type[W], value: str, otherwise: W) -> W:
    """`value` where the vocabulary has it, else `otherwise`, which claims the least."""
    return kind(value) if value in list(kind) else otherwise
