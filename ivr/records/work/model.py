"""Work that outlives a call, as it is kept in the database. Times are UTC epoch milliseconds. No part of the exchange
form: what became of a callback is in the call records (D9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class CallbackState(StrEnum):
    """`open`: to be called, or being called; `done`: agent and customer talked; `given_up`: it became a work item, or
    nobody has to call any more."""

    OPEN = "open"
    DONE = "done"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Callback:
    """A promise to call back, one a call. `number` is E.164, `about` what the agent is told; the wait counts from
    `t_requested` (D9), the promise was made at `t_asked`. `tries`: how often the customer's telephone rang in vain;
    the next try begins at `t_next` at the earliest. `call_id`: the call that stands for the customer now, or the last
    that did. `priority` and `position` keep the place in the queue (position 0: by priority alone)."""

    parent_call_id: str
    queue: str
    number: str = field(repr=False)
    about: str
    priority: int
    position: int
    t_requested: int
    t_asked: int
    t_next: int
    tries: int = 0
    state: CallbackState = CallbackState.OPEN
    call_id: str | None = None
    t_closed: int | None = None


class WorkKind(StrEnum):
    """What is to be done: hear a message and see to it, reach a customer whom callbacks did not reach, or ask him for
    what his complaint lacks."""

    MESSAGE = "message"
    CALLBACK = "callback"
    COMPLAINT = "complaint"

    @property
    def label(self) -> str:
        """In the staff's words."""
        return {"message": "留言", "callback": "回电未果", "complaint": "投诉待补"}[self.value]


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that somebody has to see to until `t_due`. `ref` names it once and for all: what is reported twice is
    one item. `audio` is the recording's path below the state folder, `ms` its length; `confirmed`: the caller heard
    it and agreed, else the call ended before that. `done_by` and `note` say who closed it and how. `id` is 0 until the
    store has given one."""

    ref: str
    kind: WorkKind
    call_id: str
    queue: str
    number: str | None = field(repr=False)
    about: str
    t_received: int
    t_due: int
    audio: str | None = None
    ms: int = 0
    confirmed: bool = True
    t_done: int | None = None
    done_by: str | None = None
    note: str | None = None
    id: int = 0

    def overdue(self, now: int) -> bool:
        """Whether it should have been closed by now."""
        return self.t_done is None and now > self.t_due
