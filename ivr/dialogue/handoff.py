"""A caller's request for an agent, as long as it lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ivr.dialogue.model import Enqueue, QueueOutcome
from ivr.flow.model import Flow, HandoffReason

#: Waiting on keeps the place: each further visit to the queue raises the priority by one, up to
#: this, so that pressing 1 over and over does not outrun everybody.
MAX_BONUS = 9

#: What the caller is told when the queue gives him back; a failure has nothing to add to the question.
OUTCOME_PROMPTS: Mapping[QueueOutcome, tuple[str, ...]] = {
    QueueOutcome.TIMEOUT: ("queue_timeout",),
    QueueOutcome.NO_AGENTS: ("queue_empty",),
    QueueOutcome.FULL: ("queue_full",),
    QueueOutcome.FAILED: (),
}


@dataclass(frozen=True, slots=True)
class Request:
    """Which queue and why; `waits` counts the times the caller chose to wait on, `failures` the
    times the queue could not be entered, `outcome` is how the last visit ended; `notes` are for the agent, and may be
    personal."""

    queue: str
    reason: HandoffReason
    waits: int = 0
    failures: int = 0
    outcome: QueueOutcome | None = None
    notes: Mapping[str, str] = field(default_factory=dict, repr=False)

    def again(self) -> Request:
        """The caller waits on."""
        return replace(self, waits=self.waits + 1)

    def ended(self, outcome: QueueOutcome) -> Request:
        """The caller is back from the queue."""
        return replace(self, outcome=outcome, failures=self.failures + (outcome is QueueOutcome.FAILED))

    def enqueue(self, flow: Flow, elderly: bool) -> Enqueue:
        """The order to the line; elderly callers have their priority in every queue (CBA 十二)."""
        priority = flow.queues[self.queue].priority
        if elderly:
            priority = max(priority, flow.elderly.priority)
        return Enqueue(self.queue, priority + min(self.waits, MAX_BONUS), self.reason, self.notes)


def transferring(flow: Flow, queue: str) -> str:
    """The prompt before the queue; a recorded queue says so before the recording (CBA 十九)."""
    return "transferring" if flow.queues[queue].record else "transferring_unrecorded"
