"""The call record of requirements.md 2.0, frozen: one `Call` with its children, and the three records that stand
alone. Field names are the exchange form's names. Every `t…` and `…_at` is UTC epoch milliseconds; a field that may be
absent has a default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ivr.records.prompts import PromptHeard as PromptHeard
from ivr.records.vocabulary import TransactionOutcome

Source = Literal["live", "rebuilt"]
Direction = Literal["in", "out"]
CallerKind = Literal["normal", "withheld"]
HangupBy = Literal["caller", "system", "agent", "network"]
EntryKind = Literal["menu", "bot", "elderly_direct", "emergency", "closed"]
VisitOutcome = Literal["choice", "repeat", "back", "agent", "invalid", "timeout", "hangup"]
Reason = Literal["key", "elderly_key", "intent", "fallback", "complaint", "policy"]
HandoffOutcome = Literal["answered", "abandoned", "timeout", "full", "closed", "callback", "no_agents"]
Subject = Literal["agent", "bot", "complaint"]
ConsentHow = Literal["key", "word", "none"]
How = Literal["listen", "whisper", "join"]
Place = Literal["menu", "leaf", "queue"]
Resolution = Literal["asked", "resolved", "unresolved"]
StateName = Literal["ready", "ring", "talk", "acw", "pause", "offline"]


@dataclass(frozen=True, slots=True)
class MenuVisit:
    """A menu was spoken once; `outcome` is what the caller did with it, `key` the key pressed."""

    menu_id: str
    level: int
    t_enter: int
    outcome: VisitOutcome
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a person says about a turn (CBA 二十一)."""

    turn_id: str
    annotator: str
    ref_text: str
    valid: bool
    t: int
    asr_ok: bool | None = None
    intent_gold: str | None = None
    intent_ok: bool | None = None
    interaction_ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance of the caller and what was made of it; confidences are 0…1. `asr_text` is what the recogniser
    wrote first. `corrected` is ours, beside the frozen fields: what it was taken for, where that differs (another of
    the recogniser's alternatives that makes more sense, 汇款 where 会款 sounds like it); a line of the exchange form
    names it only then. So is `resolution`: what the customer said of the answer to his question in writing, `asked`
    where he could say and did not."""

    turn_id: str
    t_start: int
    t_end: int
    asr_text: str
    asr_conf: float | None = None
    intent: str | None = None
    intent_score: float | None = None
    action: str | None = None
    barge_in: bool = False
    audio_ref: str | None = None
    pii: bool = False
    corrected: str | None = field(default=None, metadata={"named": "if known"})
    resolution: Resolution | None = field(default=None, metadata={"named": "if known"})
    annotations: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Handoff:
    """A request for an agent. A refused one (`why`) never entered a queue. `ring_ms_answering` is how long the
    answering agent's telephone rang; t_connected ≤ agent_id_announced_at (HB 7.1.3). `queue` is ours, beside the frozen
    fields: the queue that was asked for, where that is known; a line of the exchange form names it only then."""

    t_requested: int
    reason: Reason
    t_left: int
    outcome: HandoffOutcome
    refused: bool = False
    why: str | None = None
    t_queued: int | None = None
    t_ring_first: int | None = None
    ring_ms_answering: int | None = None
    t_connected: int | None = None
    agent_id: str | None = None
    agent_id_announced_at: int | None = None
    queue: str | None = field(default=None, metadata={"named": "if known"})


@dataclass(frozen=True, slots=True)
class Hold:
    """The agent kept the caller waiting (HB 7.4.5)."""

    t_start: int
    t_end: int
    explained: bool = False


@dataclass(frozen=True, slots=True)
class AgentLeg:
    """One agent's part of the conversation, holds included; `acw_ms` is the wrap-up after it. `disposition` is ours,
    beside the frozen fields: what the agent says became of the call (a key of `Flow.dispositions`)."""

    agent_id: str
    t_connected: int
    t_released: int
    hold: tuple[Hold, ...] = ()
    transferred_to: str | None = None
    acw_ms: int = 0
    disposition: str | None = field(default=None, metadata={"named": "if known"})


@dataclass(frozen=True, slots=True)
class Supervision:
    """A supervisor took part in an agent's talk: heard it, spoke to the agent alone, or to both (HB 7.3.3)."""

    supervisor: str
    agent_id: str
    how: How
    t_start: int
    t_end: int


@dataclass(frozen=True, slots=True)
class HeardAnnouncement:
    """The caller was told something beside what he came for: an announcement by its id, or what had happened in an
    emergency (`emergency:KIND:LEVEL:PHASE`). `whole`: he heard it to its end."""

    announcement: str
    place: Place
    t: int
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Verification:
    """How the customer was identified, never with what digits (HB 7.3.2)."""

    method: str
    attempts: int
    outcome: str
    t: int


@dataclass(frozen=True, slots=True)
class Survey:
    """The customer was asked; `score` is 1 满意, 2 一般, 3 不满意. `audio_ref` is ours, beside the frozen fields:
    what he said about it, where that was recorded; a line of the exchange form names it only then."""

    subject: Subject
    invited: bool
    answered: bool
    score: Literal[1, 2, 3] | None = None
    audio_ref: str | None = field(default=None, metadata={"named": "if known"})


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction that the caller had confirmed (HB 7.3.3): the bank's operation, when it ended, and the bank's
    reference of what was done; `key` is the request's idempotency key, by which one in doubt is cleared up."""

    operation: str
    t: int
    outcome: TransactionOutcome
    reference: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Muted:
    """A gap in a recording: secret digits were keyed (CBA 十三)."""

    t_start: int
    t_end: int


@dataclass(frozen=True, slots=True)
class Recording:
    """The call's sound was recorded from `t_start` to `t_end` but for the gaps; `ref` is where (HB 7.3.3)."""

    ref: str
    t_start: int
    t_end: int
    muted: tuple[Muted, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordingConsent:
    """The caller was asked whether the call may be recorded, and so he answered: by key, by word, or not at all (none),
    which is no consent (CBA 二十九)."""

    given: bool
    how: ConsentHow
    t: int


@dataclass(frozen=True, slots=True)
class Call:
    """One inbound or outbound call (Asterisk's linkedid) with everything that happened on it. `flow_revision` is
    None where no flow served the call (rebuilt from CEL, D11). `supervisions` and those after it are ours,
    beside the frozen fields; a line of the exchange form names them only where there are some."""

    call_id: str
    linkedid: str
    direction: Direction
    did: str
    caller_kind: CallerKind
    t_offered: int
    t_ended: int
    hangup_by: HangupBy
    caller_number: str | None = None
    parent_call_id: str | None = None
    source: Source = "live"
    channel: str = "voice"
    customer_id: str | None = None
    t_answered: int | None = None
    t_first_prompt: int | None = None
    hangup_cause: str | None = None
    last_prompt_kind: str | None = None
    flow_revision: str | None = None
    entry: EntryKind = "menu"
    completed_leaf: tuple[str, ...] = ()
    language: str | None = None
    drill: bool = False
    handoffs: tuple[Handoff, ...] = ()
    agent_legs: tuple[AgentLeg, ...] = ()
    turns: tuple[Turn, ...] = ()
    surveys: tuple[Survey, ...] = ()
    menu_visits: tuple[MenuVisit, ...] = ()
    verifications: tuple[Verification, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    recordings: tuple[Recording, ...] = field(default=(), metadata={"named": "if known"})
    supervisions: tuple[Supervision, ...] = field(default=(), metadata={"named": "if known"})
    announcements_heard: tuple[HeardAnnouncement, ...] = field(default=(), metadata={"named": "if known"})
    recording_consents: tuple[RecordingConsent, ...] = field(default=(), metadata={"named": "if known"})
    prompts_heard: tuple[PromptHeard, ...] = field(default=(), metadata={"named": "if known"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint and its clocks (HB 10.2, CBA 五十一). The last two are ours, beside the frozen fields: when the
    customer was told of the extension, and when he withdrew the complaint."""

    id: str
    received_at: int
    accepted_at: int
    ack_due: int
    due: int
    extended_to: int | None = None
    approved_by: str | None = None
    acknowledged_at: int | None = None
    decided_at: int | None = None
    notified_at: int | None = None
    closed_at: int | None = None
    callback_ok: bool | None = None
    satisfied: bool | None = None
    call_ids: tuple[str, ...] = ()
    work_order: str | None = None
    extension_told_at: int | None = field(default=None, metadata={"named": "if known"})
    withdrawn_at: int | None = field(default=None, metadata={"named": "if known"})


@dataclass(frozen=True, slots=True)
class AgentState:
    """What an agent did from `t_from` to `t_to`; an agent's states tile the time signed in. `reason` is ours, beside
    the frozen fields: why one pauses (a key of `Flow.pauses`)."""

    agent_id: str
    state: StateName
    t_from: int
    t_to: int
    reason: str | None = field(default=None, metadata={"named": "if known"})


@dataclass(frozen=True, slots=True)
class QualityScore:
    """A monitor's score of one agent's part of one call."""

    call_id: str
    agent_id: str
    form_id: str
    score: float
    monitor: str
    t: int


Other = Complaint | AgentState | QualityScore
Record = Call | Other

#: `type` in the exchange form ↔ class.
RECORDS: Mapping[str, type[Record]] = {
    "call": Call,
    "complaint": Complaint,
    "agent_state": AgentState,
    "quality_score": QualityScore,
}


@dataclass(frozen=True, slots=True)
class FlowRevision:
    """A flow as it stood when `first_seen`: its files' texts by name, its author and reason (HB 12.2.2)."""

    id: str
    author: str
    reason: str
    first_seen: int
    files: Mapping[str, str] = field(default_factory=dict, repr=False)


CustomerKey = tuple[str, str]


def customer_key(call: Call) -> CustomerKey | None:
    """D6: the verified customer's id, else the number; None for a withheld or absent number."""
    return customer_of(call.customer_id, call.caller_number, call.caller_kind)


def customer_of(customer_id: str | None, caller_number: str | None, caller_kind: str) -> CustomerKey | None:
    """The same of a call's three fields."""
    if customer_id is not None:
        return ("customer", customer_id)
    if caller_kind == "withheld" or caller_number is None:
        return None
    return ("number", caller_number)


def identity(record: Record) -> tuple[str, ...]:
    """What makes a record the same record: the class's name and its natural key."""
    match record:
        case Call():
            return ("call", record.call_id)
        case Complaint():
            return ("complaint", record.id)
        case AgentState():
            return ("agent_state", record.agent_id, str(record.t_from))
        case QualityScore():
            return ("quality_score", record.call_id, record.agent_id, record.form_id, record.monitor, str(record.t))
