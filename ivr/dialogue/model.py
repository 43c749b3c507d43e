"""What goes into the engine and what comes out. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.flow.model import HandoffReason, SlotKind
from ivr.records.facts import Fact

Value = int | str


@dataclass(frozen=True, slots=True)
class Say:
    """One prompt to be spoken, with the values of its placeholders, which may be personal: never in a repr."""

    prompt: str
    values: Mapping[str, Value] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a turn listens for. `words` are the context words of the question, most likely first (never called a
    prompt: that is what the caller hears). `closed`: nothing but one of `words` and the universal words is expected, as
    for yes or no. Of a `personal` turn neither sound nor text is kept."""

    words: tuple[str, ...] = ()
    closed: bool = False
    slot: SlotKind | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Listen:
    """After the last prompt wait this long for a key or, with `hearing`, for speech; keys and speech during a prompt
    cut it short. `keys`: this many keys make one answer (a card's last four), ended early by `#` or by the time-out;
    its first key cuts the prompt."""

    timeout_ms: int
    hearing: Hearing | None = None
    keys: int = 1


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Bring the caller to an agent. The prompts before it are not cut by keys. `notes`: what the caller was asked
    before, by the question's id, confirmed, for the agent's eyes: amounts as 5000.00, dates as 2026-12-01. May be
    personal: never in a repr, a fact or a log."""

    queue: str
    priority: int
    reason: HandoffReason
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class End:
    """Hang up once the prompts, the last of them a goodbye or a notice, have been spoken (HB 7.2.2)."""


Then = Listen | Enqueue | End


@dataclass(frozen=True, slots=True)
class Turn:
    """What the line must do next: speak `say` in `language` and `variant` (normal, elderly), then `then`.
    `facts` are what the engine decided, for the record."""

    say: tuple[Say, ...]
    then: Then
    facts: tuple[Fact, ...]
    language: str
    variant: str


class QueueOutcome(StrEnum):
    """How a visit to a queue ended while the caller stayed on the line."""

    ANSWERED = "answered"  # an agent talked to the caller and has left
    TIMEOUT = "timeout"
    NO_AGENTS = "no_agents"
    FULL = "full"
    FAILED = "failed"  # the queue could not be entered


@dataclass(frozen=True, slots=True)
class Key:
    """A key was pressed; `heard` of the turn's prompts had been spoken to their end by then."""

    at: int
    key: str
    heard: int


@dataclass(frozen=True, slots=True)
class Digits:
    """The keys of one answer where `Listen.keys` is more than one, without the `#` that ended them. Never in a repr."""

    at: int
    digits: str = field(repr=False)
    heard: int


@dataclass(frozen=True, slots=True)
class Spoke:
    """The caller said something, from `t_start` to `t_end`; `heard` as in Key. `text` is what was recognised, unmasked,
    "" where nothing was; `score` 0…1, `others` what it may have been instead, with their scores; `barge_in`: it cut a
    prompt short. `turn_id` names it in the record, `audio_ref` its sound where that was kept for labelling."""

    at: int
    heard: int
    text: str = field(repr=False)
    score: float
    t_start: int
    t_end: int
    turn_id: str
    barge_in: bool = False
    audio_ref: str | None = None
    others: tuple[tuple[str, float], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class HearingLost:
    """The caller's speech cannot be recognised now (recogniser dead, stalled or overloaded, no sound from the tap):
    the caller is told, and the call goes on with keys. `heard` as in Key."""

    at: int
    heard: int


@dataclass(frozen=True, slots=True)
class NoInput:
    """Everything was spoken and the time-out passed."""

    at: int


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller is gone; `heard` as in Key."""

    at: int
    heard: int


@dataclass(frozen=True, slots=True)
class QueueEnded:
    """The caller is back from the queue."""

    at: int
    outcome: QueueOutcome


@dataclass(frozen=True, slots=True)
class Failed:
    """The line could not speak a prompt; the caller is told and handed over."""

    at: int


Event = Key | Digits | Spoke | HearingLost | NoInput | HungUp | QueueEnded | Failed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: E.164 number, or None where it is withheld."""

    number: str | None
