"""What happened on one call, as it happens: the journal's vocabulary. `ivr.records.folding.fold` makes a
`Call` of them. Every `t` is UTC epoch milliseconds; differences between channels use Asterisk's
clock only (D5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.records.announcement_facts import AnnouncementHeard as AnnouncementHeard
from ivr.records.announcement_facts import DrillJoined as DrillJoined
from ivr.records.fact import Fact as Fact
from ivr.records.prompts import PromptEnded as PromptEnded
from ivr.records.prompts import PromptSpoken as PromptSpoken
from ivr.records.text_facts import ResolutionAsked as ResolutionAsked
from ivr.records.text_facts import ResolutionGiven as ResolutionGiven


@dataclass(frozen=True, slots=True)
class Offered(Fact):
    """The INVITE arrived, or (`channel` text) a conversation in writing was begun."""

    linkedid: str
    direction: str
    did: str
    caller_number: str | None
    caller_kind: str
    drill: bool = False
    channel: str = "voice"


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
    """The caller said something; `t` is when he began. `asr_text` is what the recogniser wrote first, masked, and empty
    where the answer was personal; `corrected` what it was taken for, where that differs: another of the recogniser's
    alternatives that makes more sense, the bank's words where they sound alike.
    `action`: what the hotline did with it. It went to what was meant: `leaf:card_loss`, `menu:cards`, `queue:general`,
    `answer:INTENT`. It asked back: `confirm:INTENT`, `which:INTENT,INTENT`. It took an answer: `yes`, `no`, `slot:ID`
    (a value, to be confirmed), `confirmed:ID`, `chosen:N`
    (one of the options that were read out). It did what a word asked for: `agent`, `elderly`, `complaint`, `back`,
    `home`, `repeat`, `slower`, `wait`, `leave` (the queue's question), `callback`, `message` (instead of waiting). A
    `key` that was pressed in the same moment counted instead. It did not understand: `rephrase`, `offer_agent`,
    `hand_over`."""

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
    corrected: str | None = None


@dataclass(frozen=True, slots=True)
class LeafCompleted(Fact):
    """The machine served the leaf: its information or the answer of its query was heard to the end, or its transaction
    ended well."""

    leaf_id: str


@dataclass(frozen=True, slots=True)
class IdentityChecked(Fact):
    """The caller tried to prove who he is, and this came of it (HB 7.3.2): `method` pin, id_digits, number_id4 …,
    `outcome` an `IdentityOutcome`; `attempts` counts the wrong tries of the call so far, and this one. Never what was
    keyed."""

    method: str
    attempts: int
    outcome: str


@dataclass(frozen=True, slots=True)
class CustomerKnown(Fact):
    """Who calls is known: the bank's own opaque id of the customer, never a card's or an ID number, and the `level` to
    which that is proved: `identified` or `verified`; anything else proves nothing and makes no customer (D6)."""

    customer_id: str
    level: str


@dataclass(frozen=True, slots=True)
class TransactionEnded(Fact):
    """A transaction that the caller had confirmed came to its end (HB 7.3.3): the bank's `operation`, `outcome` a
    `TransactionOutcome`, the bank's `reference` where it gave one. `key` is the request's idempotency key: one that was
    in doubt and is cleared up later is told again with the same."""

    operation: str
    outcome: str
    reference: str | None
    key: str


@dataclass(frozen=True, slots=True)
class SurveyInvited(Fact):
    """The caller was asked how satisfied he is, with the `subject` agent, bot or complaint (HB 11.2)."""

    subject: str


@dataclass(frozen=True, slots=True)
class SurveyAnswered(Fact):
    """He answered: `score` 1 满意, 2 一般, 3 不满意; `audio_ref` is what he said about it, where that was recorded."""

    subject: str
    score: int
    audio_ref: str | None = None


@dataclass(frozen=True, slots=True)
class RecordingAnswered(Fact):
    """The caller was asked whether the call may be recorded (CBA 二十九). `how`: key, word, or none: no consent."""

    given: bool
    how: str


@dataclass(frozen=True, slots=True)
class RecordingStarted(Fact):
    """The call's sound is recorded from here (HB 7.3.3); `ref` is where."""

    ref: str


@dataclass(frozen=True, slots=True)
class RecordingMuted(Fact):
    """Nothing is recorded from here on, until `RecordingUnmuted`: secret digits are keyed (CBA 十三)."""


@dataclass(frozen=True, slots=True)
class RecordingUnmuted(Fact):
    """The recording goes on."""


@dataclass(frozen=True, slots=True)
class RecordingEnded(Fact):
    """Nothing more is recorded."""


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
class CallbackAsked(Fact):
    """The caller, who has left the queue, was promised to be called back: his last request goes on until then (D9)."""

    queue: str


@dataclass(frozen=True, slots=True)
class CallbackOf(Fact):
    """This call is made because a callback was promised on that one (D9)."""

    parent_call_id: str


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
class DispositionGiven(Fact):
    """The agent said what became of the call: a key of `Flow.dispositions`. The last one counts."""

    agent_id: str
    disposition: str


@dataclass(frozen=True, slots=True)
class HoldExplained(Fact):
    """The caller on hold was told why he waits (HB 7.4.5)."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class SupervisionBegan(Fact):
    """A supervisor listens to this agent's talk, whispers or joins (`how`: listen, whisper, join; HB 7.3.3)."""

    supervisor: str
    agent_id: str
    how: str


@dataclass(frozen=True, slots=True)
class SupervisionEnded(Fact):
    """The supervisor no longer takes part."""

    supervisor: str


@dataclass(frozen=True, slots=True)
class AppLost(Fact):
    """The application lost the call in its middle; what follows comes from CEL."""

    why: str


@dataclass(frozen=True, slots=True)
class StillUp(Fact):
    """The call was still up: written now and then while it lasts, so that a power cut does not end it long before."""


@dataclass(frozen=True, slots=True)
class Ended(Fact):
    """The call is over. hangup_by: caller, system, agent, network."""

    hangup_by: str
    cause: str


#: Name in the journal ↔ class, unique by construction.
FACTS: Mapping[str, type[Fact]] = {cls.__name__: cls for cls in Fact.__subclasses__()}
