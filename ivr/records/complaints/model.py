"""A complaint as it is worked on (CBA 五十一, HB 10.2), as it is kept in the database. Times are UTC epoch
milliseconds. Its figures are counted from `ivr.records.model.Complaint`, which is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Via(StrEnum):
    """How it came: the caller left it, an agent took it down, it was found in a message, or the customer wrote it."""

    CALL = "call"
    AGENT = "agent"
    MESSAGE = "message"
    TEXT = "text"


class State(StrEnum):
    """Where it stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    ACKNOWLEDGED = "acknowledged"
    IN_WORK = "in_work"
    PASSED_ON = "passed_on"
    DECIDED = "decided"
    NOTIFIED = "notified"
    CALLED_BACK = "called_back"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"

    @property
    def label(self) -> str:
        """In the operators' words."""
        return _STATES[self]

    @property
    def over(self) -> bool:
        """Nothing is left to be done."""
        return self in (State.CLOSED, State.WITHDRAWN, State.MERGED)


_STATES = {
    State.RECEIVED: "已收到",
    State.ACCEPTED: "已受理",
    State.ACKNOWLEDGED: "已答复受理",
    State.IN_WORK: "处理中",
    State.PASSED_ON: "已转办",
    State.DECIDED: "已作出决定",
    State.NOTIFIED: "已告知决定",
    State.CALLED_BACK: "已回访",
    State.CLOSED: "已结案",
    State.WITHDRAWN: "已撤回",
    State.MERGED: "已并案",
}


class StepKind(StrEnum):
    """What somebody did."""

    RECEIVE = "receive"
    SUPPLEMENT = "supplement"
    ACCEPT = "accept"
    ASSIGN = "assign"
    ACKNOWLEDGE = "acknowledge"
    PASS_ON = "pass_on"  # noqa: S105 - no password
    RECEIPT = "receipt"
    EXTEND = "extend"
    APPROVE = "approve"
    TELL_EXTENSION = "tell_extension"
    DECIDE = "decide"
    NOTIFY = "notify"
    CALL_BACK = "call_back"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    MERGE = "merge"

    @property
    def label(self) -> str:
        """In the operators' words."""
        return _STEPS[self]


_STEPS = {
    StepKind.RECEIVE: "收到",
    StepKind.SUPPLEMENT: "补充信息",
    StepKind.ACCEPT: "受理",
    StepKind.ASSIGN: "指派",
    StepKind.ACKNOWLEDGE: "答复受理",
    StepKind.PASS_ON: "转办",
    StepKind.RECEIPT: "工单回执",
    StepKind.EXTEND: "申请延期",
    StepKind.APPROVE: "批准延期",
    StepKind.TELL_EXTENSION: "告知延期",
    StepKind.DECIDE: "作出决定",
    StepKind.NOTIFY: "告知决定",
    StepKind.CALL_BACK: "回访",
    StepKind.CLOSE: "结案",
    StepKind.REOPEN: "重新处理",
    StepKind.WITHDRAW: "撤回",
    StepKind.MERGE: "并案",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The decision as the customer is told it (CBA 五十一(四)): what was found, on what basis, for what reason, and
    what else he may do."""

    facts: str = field(repr=False)
    basis: str = field(repr=False)
    reason: str = field(repr=False)
    remedies: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Extension:
    """A longer term that was asked for: another person approves it. It counts once the customer was told
    (`Case.extended_to`)."""

    until: int
    reason: str = field(repr=False)
    asked_by: str
    approved_by: str | None = None


class Cause(StrEnum):
    """Where a complaint's cause lies (CBA 五十二)."""

    CONTROL = "control"
    PROCESS = "process"
    PRODUCT = "product"
    SERVICE = "service"
    STAFF = "staff"
    NONE = "none"

    @property
    def label(self) -> str:
        """In the standard's words."""
        return _CAUSES[self]


_CAUSES = {
    Cause.CONTROL: "内部控制",
    Cause.PROCESS: "业务流程和操作",
    Cause.PRODUCT: "产品设计及销售",
    Cause.SERVICE: "服务提供",
    Cause.STAFF: "人员管理",
    Cause.NONE: "非银行原因",
}


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint. `id` is the reference number that the customer is told: digits, the last one checks the others.
    `ref` names once and for all what came in: what is reported twice is one complaint. `number` is the caller's
    (E.164), `call_back_number` the one where he wants to be called; `audio` is the recording's path below the state
    folder. `kind` and `grade` are ids of the policy, `right` one of the eight, `amount` in yuan. `waived` are elements
    that could not be had (the step says why). `round` counts from 1 and begins anew when it is reopened, with clocks of
    its own. `version` counts its steps. `handler` is who sees to it, `contact` what the customer was told of him;
    `work_order` is the last order with which it was passed on, `receipt` what says that it arrived. `extended_by`: who
    approved the extension."""

    id: str
    ref: str
    via: Via
    received_at: int
    ack_due: int
    due: int
    state: State = State.RECEIVED
    version: int = 1
    round: int = 1
    call_ids: tuple[str, ...] = ()
    number: str | None = field(default=None, repr=False)
    call_back_number: str | None = field(default=None, repr=False)
    kind: str | None = None
    right: str | None = None
    amount: int | None = None
    audio: str | None = None
    ms: int = 0
    transcript: str | None = field(default=None, repr=False)
    summary: str | None = field(default=None, repr=False)
    waived: tuple[str, ...] = ()
    grade: str | None = None
    owner: str | None = None
    complex: bool = False
    handler: str | None = None
    contact: str | None = None
    accepted_at: int | None = None
    acknowledged_at: int | None = None
    decided_at: int | None = None
    notified_at: int | None = None
    called_back_at: int | None = None
    closed_at: int | None = None
    withdrawn_at: int | None = None
    callback_ok: bool | None = None
    satisfied: bool | None = None
    extension: Extension | None = None
    extended_to: int | None = None
    extended_by: str | None = None
    extension_told_at: int | None = None
    decision: Decision | None = None
    cause: Cause | None = None
    merged_into: str | None = None
    work_order: str | None = None
    passed_on_at: int | None = None
    receipt: str | None = None
    receipt_at: int | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The elements that a complaint needs (CBA 五十一(一)) and that nobody has given or waived: keys of
        `ELEMENTS`."""
        there = {
            "number": self.call_back_number is not None,
            "kind": self.kind is not None,
            "statement": any((self.audio, self.transcript, self.summary)),
        }
        return tuple(name for name, given in there.items() if not given and name not in self.waived)

    @property
    def effective_due(self) -> int:
        """When it has to be decided: an extension counts that was approved and told."""
        return self.due if self.extended_to is None else self.extended_to


#: What makes a complaint complete, in the operators' words.
ELEMENTS: Mapping[str, str] = {"number": "回复电话", "kind": "投诉类别", "statement": "投诉内容（录音或文字）"}


@dataclass(frozen=True, slots=True)
class Step:
    """Who did what, when and why; `number` is the case's version that it made."""

    case_id: str
    number: int
    kind: StepKind
    state: State
    person: str
    at: int
    why: str | None = field(default=None, repr=False)
    detail: Mapping[str, str] = field(default_factory=dict, repr=False)
