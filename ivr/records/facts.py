"""What happened on one call, as it happens: the journal's vocabulary. `ivr.records.fold` makes a
`Call` of them. Every `t` is UTC epoch milliseconds; differences between channels use Asterisk's
clock only (D5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened at `t`."""

    t: int


@dataclass(frozen=True, slots=True)
class Offered(Fact):
    """The INVITE arrived."""

    linkedid: str
    direction: str
    did: str
    caller_number: str | None
    caller_kind: str
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Answered(Fact):
    """The call was answered."""


@dataclass(frozen=True, slots=True)
class FlowChosen(Fact):
    """The revision that serves the call, how the call came in (menu, elderly_direct, closed …) and its language."""

    revision: str
    entry: str
    language: str


@dataclass(frozen=True, slots=True)
class FirstPrompt(Fact):
    """The first prompt began (HB 7.4.1)."""


@dataclass(frozen=True, slots=True)
class PromptSpoken(Fact):
    """A prompt of this kind began; the last one decides HB 7.2.2."""

    prompt: str
    kind: str


@dataclass(frozen=True, slots=True)
class EntryChanged(Fact):
    """The elderly key was the first key: entry becomes elderly_direct."""

    entry: str


@dataclass(frozen=True, slots=True)
class LanguageChosen(Fact):
    """The caller chose a language."""

    language: str


@dataclass(frozen=True, slots=True)
class MenuEntered(Fact):
    """A menu began to be spoken to the caller."""

    menu_id: str
    level: int


@dataclass(frozen=True, slots=True)
class MenuKey(Fact):
    """What came of a menu: outcome choice, repeat, back, agent, invalid, timeout or hangup.
    Ends the visit; another `MenuEntered` follows where the same menu is spoken again."""

    outcome: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class CallerSpoke(Fact):
    """The caller said something; `t` is when he began. `asr_text` is masked, and empty where the answer was personal.
    `action`: what the hotline did with it. It went to what was meant: `leaf:card_loss`, `menu:cards`, `queue:general`,
    `answer:INTENT`. It asked back: `confirm:INTENT`, `which:INTENT,INTENT`. It took an answer: `yes`, `no`, `slot:ID`
    (a value, to be confirmed), `confirmed:ID`. It did what a word asked for: `agent`, `elderly`, `complaint`, `back`,
    `home`, `repeat`, `slower`, `wait`, `leave` (the queue's question). It did not understand: `rephrase`,
    `offer_agent`, `hand_over`."""

    turn_id: str
    t_end: int
    asr_text: str
    asr_conf: float | None
    intent: str | None
    intent_score: float | None
    action: str
    barge_in: bool
    audio_ref: str | None = None
    pii: bool = False


@dataclass(frozen=True, slots=True)
class LeafCompleted(Fact):
    """A consult leaf's information was heard to its end, or a transaction ended well."""

    leaf_id: str


@dataclass(frozen=True, slots=True)
class HandoffRequested(Fact):
    """The caller's key or the engine's decision asked for an agent; refused ones say why."""

    reason: str
    queue: str
    refused: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Queued(Fact):
    """The caller stands in the queue."""

    queue: str


@dataclass(frozen=True, slots=True)
class Ringing(Fact):
    """An agent's telephone began to ring."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class Connected(Fact):
    """The agent answered; `ring_ms` is how long this telephone rang."""

    agent_id: str
    ring_ms: int


@dataclass(frozen=True, slots=True)
class AgentAnnounced(Fact):
    """The caller has heard the agent's number (HB 7.1.3)."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class HandoffLeft(Fact):
    """The request ended without an agent: abandoned, timeout, full, closed, callback, no_agents."""

    outcome: str


@dataclass(frozen=True, slots=True)
class HoldStarted(Fact):
    """The agent put the caller on hold."""

    agent_id: str
    explained: bool = False


@dataclass(frozen=True, slots=True)
class HoldEnded(Fact):
    """The hold ended."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class Transferred(Fact):
    """The agent passed the caller on to another agent."""

    agent_id: str
    to: str


@dataclass(frozen=True, slots=True)
class Released(Fact):
    """The agent and the caller no longer talk."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class WrappedUp(Fact):
    """The agent's wrap-up after this call took so long."""

    agent_id: str
    acw_ms: int


@dataclass(frozen=True, slots=True)
class AppLost(Fact):
    """The application lost the call in its middle; what follows comes from CEL."""

    why: str


@dataclass(frozen=True, slots=True)
class Ended(Fact):
    """The call is over. hangup_by: caller, system, agent, network."""

    hangup_by: str
    cause: str


#: Name in the journal ↔ class, unique by construction.
FACTS: Mapping[str, type[Fact]] = {cls.__name__: cls for cls in Fact.__subclasses__()}
