"""What goes into the engine and what comes out. Times are UTC epoch milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ivr.bank.secret import Secret
from ivr.flow.model import HandoffReason, SlotKind
from ivr.flow.steps.acts import Say
from ivr.flow.steps.effects import Effect, Result
from ivr.records.facts import Fact


@dataclass(frozen=True, slots=True)
class ExpectedSpeech:
    """What a turn listens for. `words` are the context words of the question, most likely first (never called a
    prompt: that is what the caller hears). `closed`: nothing but one of `words` and the universal words is expected, as
    for yes or no. `alphabet`: the characters of the number that was asked for, "" where none was. Of a `personal` turn
    neither sound nor text is kept."""

    words: tuple[str, ...] = ()
    closed: bool = False
    slot: SlotKind | None = None
    personal: bool = False
    alphabet: str = ""


@dataclass(frozen=True, slots=True)
class Listen:
    """After the last prompt wait this long for a key or, with `expected`, for speech; keys and speech during a prompt
    cut it short. `keys`: this many keys make one answer (a card's last four), ended early by `#` or by the time-out;
    its first key cuts the prompt. `secret`: the keys asked for are secret. Nothing of them may be written, the answer
    is `SecretKeys`, and nobody listens meanwhile, whatever is `expected`.
    `star`: `*` as the last key of it stands for the X of an ID number."""

    timeout_ms: int
    expected: ExpectedSpeech | None = None
    keys: int = 1
    secret: bool = False
    star: bool = False


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Bring the caller to an agent. The prompts before it are not cut by keys. `notes`: what the caller was asked
    before, by the question's id, confirmed, for the agent's eyes: amounts as 5000.00, dates as 2026-12-01. May be
    personal: never in a repr, a fact or a log. `record`: the talk with the agent is recorded. `first`: at the head of
    the queue, before everybody."""

    queue: str
    priority: int
    reason: HandoffReason
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)
    bonus: int = 0
    again: bool = False
    record: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """Hang up once the prompts, the last of them a goodbye or a notice, have been spoken (HB 7.2.2)."""


@dataclass(frozen=True, slots=True)
class Await:
    """Carry the effect out, from the moment the turn begins, and wait for its result, at most `deadline_ms`. After a
    second without one the caller hears music. `number` names the effect within the call: the same number is the same
    effect, still going on. `keys` end the wait."""

    effect: Effect
    deadline_ms: int
    number: int
    keys: str = ""


Then = Listen | Enqueue | End | Await


@dataclass(frozen=True, slots=True)
class Turn:
    """What the line must do next: speak `say` in `language` and `variant` (normal, elderly), then `then`.
    `facts` are what the engine decided, for the record. `recorded`: from here to the next queue, or to its end, the
    call is recorded, but for secrets that are keyed (HB 7.3.3)."""

    say: tuple[Say, ...]
    then: Then
    facts: tuple[Fact, ...]
    language: str
    variant: str
    recorded: bool = False


class QueueOutcome(StrEnum):
    """How a visit to a queue ended while the caller stayed on the line."""

    ANSWERED = "answered"  # an agent talked to the caller and has left
    PASSED_BACK = "passed_back"  # an agent passed the caller on, and nobody was there
    AGENT_LOST = "agent_lost"  # the agent's telephone was lost in the talk
    ASKED = "asked"  # a key led out of the queue to the question; the request goes on
    TIMEOUT = "timeout"
    NO_AGENTS = "no_agents"
    FULL = "full"
    FAILED = "failed"  # the queue could not be entered


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
class Key:
    """A key was pressed; `heard` of the turn's prompts had been spoken to their end by then. `beside`: what the caller
    had just said, whose text came in the same moment; the key counts, and the record has both."""

    at: int
    key: str
    heard: int
    beside: Spoke | None = None


@dataclass(frozen=True, slots=True)
class Digits:
    """The keys of one answer where `Listen.keys` is more than one, without the `#` that ended them. Never in a repr.
    `beside` as in Key."""

    at: int
    digits: str = field(repr=False)
    heard: int
    beside: Spoke | None = None


@dataclass(frozen=True, slots=True)
class SecretKeys:
    """The keys of one answer where `Listen.secret` is on, without the `#` that ended them; one alone, 0 say, is an
    answer like any other here. `*` after 17 digits is the X that an ID number may end with; pressed first, `*` and `#`
    are a Key as everywhere. `heard` as in Key."""

    at: int
    secret: Secret
    heard: int


@dataclass(frozen=True, slots=True)
class SpeechUnavailable:
    """The caller's speech cannot be recognised now (recogniser dead, stalled or overloaded, no sound from the audio
    stream): the caller is told, and the call goes on with keys. `heard` as in Key."""

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
    """The caller is back from the queue. `queue`: the one he was in last, where an agent passed him on to another than
    he was sent to; "" where it is the same."""

    at: int
    outcome: QueueOutcome
    queue: str = ""


@dataclass(frozen=True, slots=True)
class EffectEnded:
    """What came of the effect `number` that the turn waited for; `heard` as in Key."""

    at: int
    heard: int
    number: int
    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """The line could not speak a prompt; the caller is told and handed over."""

    at: int


Event = Key | Digits | SecretKeys | Spoke | SpeechUnavailable | NoInput | HungUp | QueueEnded | EffectEnded | Failed


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: E.164 number, or None where it is withheld; and what the bank knew of that number in time: the
    customer's opaque id and his age in years, None where it knew nothing. Personal: never in a repr."""

    number: str | None = field(repr=False)
    age: int | None = field(default=None, repr=False)
    customer: str | None = field(default=None, repr=False)
