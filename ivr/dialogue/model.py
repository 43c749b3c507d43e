"""What goes into the engine and what comes out. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.flow.model import HandoffReason
from ivr.records.facts import Fact

Value = int | str


@dataclass(frozen=True, slots=True)
class Say:
    """One prompt to be spoken, with the values of its placeholders."""

    prompt: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listen:
    """After the last prompt wait this long for a key; keys during a prompt cut it short."""

    timeout_ms: int


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Bring the caller to an agent. The prompts before it are not cut by keys."""

    queue: str
    priority: int
    reason: HandoffReason


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


Event = Key | NoInput | HungUp | QueueEnded | Failed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: E.164 number, or None where it is withheld."""

    number: str | None
