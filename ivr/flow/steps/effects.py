"""What a step asks of the world outside the dialogue, and what comes of it. Pure: the dialogue hands an effect out with
a turn, whoever drives it (a line, the simulator, a test) brings the result back as an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.bank.operations import Operation


@dataclass(frozen=True, slots=True)
class BankRequest:
    """An operation of the bank's systems. `serial` numbers the writes of one call from 1: with the call's id it makes
    the idempotency key; 0 for a read. `arguments` are personal: never in a repr."""

    operation: Operation
    arguments: Mapping[str, object] = field(repr=False)
    serial: int = 0


@dataclass(frozen=True, slots=True)
class OutcomeRequest:
    """Look a write up again by its key: did the bank carry it out?"""

    serial: int


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Record what the caller says after the beep, at most `max_ms`. Result: a `Recorded`. `complaint`: it is one, and
    is kept from now on whatever becomes of the call, until it is filed or dropped. `instead_of`: the recording that
    this one takes the place of, once something has been said."""

    about: str
    max_ms: int = 120_000
    complaint: bool = False
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class WriteComplaint:
    """What a customer has written of his complaint, in place of a recording; `instead_of` as there. Result: a
    `Recorded`."""

    text: str = field(repr=False)
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that was made: its name for later effects, and how long it is; `ref` "" where nothing was said."""

    ref: str
    ms: int


@dataclass(frozen=True, slots=True)
class PlayMessage:
    """Play a recording to the caller."""

    ref: str


@dataclass(frozen=True, slots=True)
class KeepMessage:
    """The caller wants the recording to be heard by somebody: it becomes a work item. Result: its reference."""

    ref: str
    about: str
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DropMessage:
    """The caller does not want it: nothing of the recording is kept."""

    ref: str


@dataclass(frozen=True, slots=True)
class NoteComplaint:
    """What the caller has told so far of the complaint recorded as `ref`, should the call end before it is filed:
    where to call back. `later`: he was told that somebody calls him to tell his reference number."""

    ref: str
    number: str = field(repr=False)
    later: bool = False


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """The complaint recorded as `ref` becomes a case of this `kind` (None: the caller did not say), once. Result: a
    `FiledComplaint`."""

    ref: str
    kind: str | None = None
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FiledComplaint:
    """The case's number, digits, and until when the caller hears from us and has an answer: ISO dates, local."""

    reference: str
    ack_due: str
    due: str


@dataclass(frozen=True, slots=True)
class FindComplaint:
    """How far a complaint has come. Only to who complained: by the number that calls, or by the last four digits of
    the number that he left. Result: a `ComplaintProgress`. Refusals: unknown; prove (`last4` is needed, or wrong)."""

    reference: str = field(repr=False)
    last4: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ComplaintProgress:
    """The state of a case, one of `ivr.flow.steps.complaint_progress.STATES`; the dates as in `FiledComplaint`."""

    state: str
    ack_due: str
    due: str


@dataclass(frozen=True, slots=True)
class RequestCallback:
    """The caller wants to be called back by the agents of `queue`, at `number` (None: the one that called); he waits
    since `since` (UTC epoch ms, D9). Refusals: not_allowed, hours, withheld."""

    queue: str
    since: int
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SurveyDue:
    """May the caller be asked how content he is with the `subject` (agent, bot, complaint)? Result: a bool."""

    subject: str


Effect = (
    BankRequest
    | OutcomeRequest
    | RecordMessage
    | WriteComplaint
    | PlayMessage
    | KeepMessage
    | DropMessage
    | NoteComplaint
    | FileComplaint
    | FindComplaint
    | RequestCallback
    | SurveyDue
)


@dataclass(frozen=True, slots=True)
class Done:
    """It was carried out. `value` is what it gives; personal: never in a repr."""

    value: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """It was understood and refused: `code` is one of the effect's refusals."""

    code: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """It could not be asked for, or no answer came in time; nothing was carried out. `why` is for the log."""

    why: str = ""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """It may have been carried out, or not: nobody knows yet."""


Result = Done | Refused | Unavailable | InDoubt


def is_write(effect: Effect) -> bool:
    """Whether it changes something at the bank: it goes on when the caller hangs up, and keys do not end it."""
    return isinstance(effect, BankRequest) and effect.serial > 0
